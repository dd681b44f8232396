/**
 * Who may do what with the files of a data directory, by their modes. Whoever can write a log can write
 * another one in its place, and whoever has the key can sign it.
 */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

export interface FileModes {
  /** Paths that everybody may write. */
  readonly open: readonly string[];
  /** Paths of keys that others than their owner may use: a notary refuses such a one. */
  readonly lent: readonly string[];
  /** What the system said of those that could not be looked at. */
  readonly unseen: readonly string[];
}

/** Folders that are ours to the last file; of what else lies there, only the name is. */
const OURS = ['log', 'archive', 'snapshots', 'tlog'];
/** The key, and the draft of the next one; of those before it only public halves are kept. */
const KEYS = ['key', 'key.new'];

/** A server may write meanwhile: a name that is gone when it is looked at is passed over. */
export function fileModes(dataDir: string): FileModes {
  const open: string[] = [];
  const lent: string[] = [];
  const unseen: string[] = [];
  // Links are followed, an archive may be on another disk; and one may lead back.
  const entered = new Set<string>();

  function visit(path: string, isOurs: boolean): void {
    const it = statOf(path);
    if (it === undefined) return;
    if ((it.mode & 0o002) !== 0) open.push(path);
    const inode = `${it.dev}:${it.ino}`;
    if (!isOurs || !it.isDirectory() || entered.has(inode)) return;
    entered.add(inode);
    for (const name of namesIn(path)) visit(join(path, name), true);
  }

  function statOf(path: string): Stats | undefined {
    return orUnseen(() => statSync(path, { throwIfNoEntry: false }));
  }

  function namesIn(path: string): string[] {
    return orUnseen(() => readdirSync(path)) ?? [];
  }

  function orUnseen<Seen>(look: () => Seen): Seen | undefined {
    try {
      return look();
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) throw cause;
      if (cause.code !== 'ENOENT') unseen.push(cause.message);
      return undefined;
    }
  }

  visit(dataDir, false);
  for (const name of namesIn(dataDir)) visit(join(dataDir, name), OURS.includes(name));
  for (const name of KEYS) {
    const path = join(dataDir, 'tlog', name);
    // As the notary asks of it (runtime/tlog/key.ts).
    if (((statOf(path)?.mode ?? 0) & 0o077) !== 0) lent.push(path);
  }
  return { open, lent, unseen };
}
