/** The notary over a data directory on disk, as a thread of its own serves it. */
import { setPriority } from 'node:os';
import { platform } from 'node:process';
import type { Clock } from '../clock.ts';
import type { FencedError } from '../log/log.ts';
import { openSqliteReader } from '../log/sqlite.ts';
import type { Telemetry } from '../telemetry.ts';
import { originOf } from './checkpoint.ts';
import type { KeyOf } from './finder.ts';
import { type Notary, type OpenSource, startNotary } from './notary.ts';
import { createOwned } from './owner.ts';
import { openKeys, treeFilesOf, verifierKeysOf } from './tlog-dir.ts';

/** Nice value: bets and replays go first. */
const PRIORITY = 10;

/** Of the calling thread alone, which is Linux's way; elsewhere it would slow the whole process down. */
export function letOthersGoFirst(): void {
  if (platform === 'linux') setPriority(PRIORITY);
}

/** @throws FencedError where another process has taken the trees. */
export function openNotary(options: {
  readonly dataDir: string;
  readonly dataId: string;
  /** As this process took the trees: see owner.ts. */
  readonly owner: string;
  /** Path of each partition's log, in order. */
  readonly logs: readonly string[];
  /** Of the process: what is older than that was there before. */
  readonly startedAtMs: number;
  readonly everyMs: number;
  readonly keyOf: KeyOf;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Told once, where another process has taken the trees. */
  readonly onLost: (cause: FencedError) => void;
}): Notary {
  const { dataDir, dataId, logs, startedAtMs, everyMs, keyOf, clock, telemetry, onLost } = options;
  const owned = createOwned(dataDir, options.owner);
  const keys = owned(() => openKeys(dataDir, logs.length));
  if (keys.isNew) {
    const publish = 'a new key signs this log from now on: publish it (furlong log key)';
    const isOld = logs.some((path, number) => hasRecordBefore(startedAtMs, path, number, dataId));
    if (!isOld) telemetry.info(publish, { dataId });
    else {
      telemetry.warn(
        `${publish}; whoever trusts another key trusts nothing it signs. A log that was signed before goes on with its own tlog directory, from a copy`,
        { dataId },
      );
    }
  }
  return startNotary({
    partitions: logs.map((path, partition) => ({
      partition,
      files: treeFilesOf(dataDir, partition),
      signer: keys.current.as(originOf(dataId, partition)),
      retired: verifierKeysOf(keys, dataId, partition).slice(1),
      keyOf,
      openSource: () => openLogSource(path, partition, dataId),
    })),
    everyMs,
    clock,
    telemetry,
    soon: setImmediate,
    owned,
    onLost,
  });
}

/** Whether the log is one that somebody may have signed before. */
function hasRecordBefore(atMs: number, path: string, partition: number, dataId: string): boolean {
  const reader = openSqliteReader(path, partition, dataId);
  try {
    for (const record of reader.read(0)) return record.atMs < atMs;
    return false;
  } finally {
    reader.close();
  }
}

/** A partition's log, read beside its owner. */
export function openLogSource(path: string, partition: number, dataId: string): OpenSource {
  const reader = openSqliteReader(path, partition, dataId);
  return {
    end: () => reader.head().position,
    read: (position) => reader.read(position),
    close: () => reader.close(),
  };
}
