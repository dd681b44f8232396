/**
 * A data directory made again from a backup: every file checked against its hash, the logs read from
 * the first record to the last, the ledger made again; and only then given its name.
 *
 * Invariant: what bears the name of the data directory has passed every check, and is on disk.
 */
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Verification, verifyLog } from '../audit/verify.ts';
import { makeDirDurable, syncPath } from '../runtime/log/files.ts';
import { CorruptBackupError, type Manifest, parseManifest } from './manifest.ts';
import { backupIds, readManifestText, sha256Of, storedPath } from './store.ts';

/** In one sentence; `furlong log verify` names more. */
const FAULTS_NAMED = 5;

export interface RestoreOptions {
  readonly from: string;
  /** The last one if not said. */
  readonly id?: string | undefined;
  /**
   * Restores a log whose ledger has faults, as long as it is to the last record what was backed up: the
   * faults were in the books before.
   */
  readonly despiteFaults?: boolean;
  readonly onProgress?: (what: string) => void;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly verification: Verification;
}

/**
 * @param dataDir Is made; must not be there.
 * @throws CorruptBackupError where the backup is not what was written: nothing is left at `dataDir`.
 * @throws Error where there is no such backup, or something is at `dataDir`.
 */
export function restore(
  dataDir: string,
  { from, id, despiteFaults = false, onProgress = () => {} }: RestoreOptions,
): Restored {
  const path = resolve(dataDir);
  if (existsSync(path)) {
    throw new Error(`${dataDir} is there already: give a directory that is not, or move it away`);
  }
  const manifest = findManifest(from, id);
  const draft = `${path}.restoring`;
  // What an earlier try left: its name says that nobody may rely on it.
  rmSync(draft, { recursive: true, force: true });
  try {
    for (const file of manifest.files) {
      bring(from, file, join(draft, ...file.path.split('/')));
      onProgress(`${file.path}: restored, its hash is right`);
    }
    const verification = verifyLog(draft, {
      onProgress: (records) => onProgress(`${records} records verified`),
    });
    expectSame(verification, manifest);
    if (verification.faults.length > 0 && !despiteFaults) {
      throw new CorruptBackupError(
        `the log is what was backed up, and does not verify: ${someOf(verification.faults)}`,
      );
    }
    renameSync(draft, path);
    syncPath(dirname(path));
    return { manifest, verification };
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    throw cause;
  }
}

/** @throws Error where there is none; CorruptBackupError where it is not what was written. */
function findManifest(from: string, id: string | undefined): Manifest {
  const ids = backupIds(from);
  const last = ids.at(-1);
  if (last === undefined) {
    throw new Error(`${from} holds no whole backup: give a directory that furlong backup wrote to`);
  }
  const wanted = id ?? last;
  if (!ids.includes(wanted)) {
    throw new Error(`${from} holds no backup ${wanted}: it has ${ids.join(', ')}`);
  }
  const manifest = parseManifest(readManifestText(from, wanted), join(from, `${wanted}.json`));
  if (manifest.id === wanted) return manifest;
  throw new CorruptBackupError(`${join(from, `${wanted}.json`)} is the manifest of ${manifest.id}`);
}

/** On disk when it returns. */
function bring(
  from: string,
  { path, sizeBytes, sha256 }: Manifest['files'][number],
  to: string,
): void {
  const stored = storedPath(from, sha256);
  if (!existsSync(stored)) {
    throw new CorruptBackupError(`${path} is gone from the backup: ${stored} is not there`);
  }
  makeDirDurable(dirname(to));
  copyFileSync(stored, to);
  // A log is written by its owner, whatever the mode of the place it was kept in.
  chmodSync(to, path.startsWith('archive/') ? 0o444 : 0o644);
  // Of what was written, not of what was read.
  if (statSync(to).size !== sizeBytes || sha256Of(to) !== sha256) {
    throw new CorruptBackupError(`${path} is not what was backed up: ${stored} was changed`);
  }
  syncPath(to);
  syncPath(dirname(to));
}

/** @throws CorruptBackupError where the logs are not, to the last record, those of the backup. */
function expectSame({ partitions, faults }: Verification, manifest: Manifest): void {
  const same =
    partitions.length === manifest.partitions.length &&
    manifest.partitions.every(({ position, headHash }, partition) => {
      const read = partitions[partition];
      return read?.records === position && read.headHash === headHash;
    });
  if (same) return;
  const heads = partitions.map((it) => `${it.partition} at ${it.records}`).join(', ');
  throw new CorruptBackupError(
    `the restored logs are not those of the backup (partitions ${heads}): ${someOf(faults)}`,
  );
}

function someOf(faults: readonly string[]): string {
  const left = faults.length - FAULTS_NAMED;
  return faults.slice(0, FAULTS_NAMED).join('; ') + (left > 0 ? `; and ${left} more` : '');
}
