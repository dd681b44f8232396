/**
 * Where backups are kept: files under the hash of what is in them, so that what does not change from
 * one day to the next is there once; and one manifest for each backup.
 *
 *   BACKUPS/lock                      held by whoever writes
 *   BACKUPS/files/<sha-256>           what is in a file of the data directory
 *   BACKUPS/<id>.json                 a backup: which of them, and where each belongs
 *   BACKUPS/files/*.new, *.json.new   what somebody was writing when he was stopped
 *
 * Invariant: a name without `.new` is whole and on disk; a manifest names only files that are.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { holdLock } from '../runtime/log/database.ts';
import { makeDirDurable, syncPath } from '../runtime/log/files.ts';

/** Read at a time to be hashed. */
const CHUNK_BYTES = 1024 * 1024;

export interface Stored {
  /** Hex SHA-256 of what is in it. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether it was there before. */
  readonly known: boolean;
}

export interface Store {
  readonly path: string;
  /** A place to make a file in, for `take`; gone with the next writer if it is left. */
  draftPath(name: string): string;
  /** Takes over a file that was made at `draftPath`: it is moved, not copied. */
  take(draft: string): Stored;
  /**
   * Copies a file that nobody changes any more.
   * @param expectWhole Throws where the file must not be kept. Asked before anything of it is here, and
   *   only then: what has a name here has passed.
   */
  add(path: string, expectWhole?: () => void): Stored;
  /** The last thing of a backup: from here on there is one. */
  writeManifest(id: string, text: string): void;
  release(): void;
}

/** @throws Error where somebody else writes a backup there. */
export function openStore(path: string): Store {
  const files = join(path, 'files');
  makeDirDurable(files);
  const release = holdLock(join(path, 'lock'));
  if (release === undefined) {
    throw new Error(`${path} is in use by another backup: wait for it, or give another directory`);
  }
  sweep(path);
  sweep(files);
  const draftPath = (name: string) => join(files, `${name}.new`);

  function take(draft: string): Stored {
    const sha256 = sha256Of(draft);
    const sizeBytes = statSync(draft).size;
    const place = join(files, sha256);
    // One that is there, but no longer what its name says, is mended by the one at hand.
    const known = existsSync(place) && sha256Of(place) === sha256;
    if (known) rmSync(draft);
    else {
      syncPath(draft);
      renameSync(draft, place);
      syncPath(files);
    }
    return { sha256, sizeBytes, known };
  }

  return {
    path,
    draftPath,
    take,
    add(from, expectWhole) {
      const sha256 = sha256Of(from);
      const place = join(files, sha256);
      if (existsSync(place) && sha256Of(place) === sha256) {
        return { sha256, sizeBytes: statSync(place).size, known: true };
      }
      expectWhole?.();
      const draft = draftPath(sha256);
      copyFileSync(from, draft);
      return take(draft);
    },
    writeManifest(id, text) {
      const place = manifestPath(path, id);
      const draft = `${place}.new`;
      // A crash between a rename and its sync leaves a name that later backups find, and that may not be
      // on disk yet.
      syncPath(files);
      writeFileSync(draft, text, { flush: true });
      renameSync(draft, place);
      syncPath(path);
    },
    release,
  };
}

/** Whole backups, oldest first: their ids are times. */
export function backupIds(store: string): string[] {
  if (!existsSync(store)) return [];
  return readdirSync(store)
    .flatMap((name) => /^(\d{8}T\d{9}Z)\.json$/.exec(name)?.[1] ?? [])
    .sort();
}

export function readManifestText(store: string, id: string): string {
  return readFileSync(manifestPath(store, id), 'utf8');
}

export function storedPath(store: string, sha256: string): string {
  return join(store, 'files', sha256);
}

export function sha256Of(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** What nobody finished. */
function sweep(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (/\.new(-journal)?$/.test(name)) rmSync(join(dir, name), { force: true });
  }
}

function manifestPath(store: string, id: string): string {
  return join(store, `${id}.json`);
}
