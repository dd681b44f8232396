// Backups of logs that have closed segments: whole days that lie in files of their own.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { backUp } from '../../src/backup/backup.ts';
import { consistentCut } from '../../src/backup/cut.ts';
import { openLiveLogs } from '../../src/backup/data-files.ts';
import { restore } from '../../src/backup/restore.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { copyLog } from '../../src/runtime/log/copy.ts';
import { openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { append, deposited, logOf, PLAYERS } from '../audit/story.ts';

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 10, 20, 12);
let clockMs = FIRST_MS;
const now = () => clockMs++;

describe('a backup of a log of several days', () => {
  test('has the closed segments, is restored with them, and the log goes on', () => {
    const { dir, to, place } = stage(3);
    const { manifest } = backUp(dir, { to, now });
    expect(manifest.files.map((it) => it.path)).toEqual([
      'archive/2026-11-20/p-000-0000000000000001.sqlite',
      'archive/2026-11-21/p-000-0000000000000003.sqlite',
      ...['log/p-000.sqlite', 'log/p-001.sqlite', 'log/p-002.sqlite', 'furlong.json'],
    ]);
    restore(place, { from: to });
    expect(verifyLog(place)).toEqual(verifyLog(dir));
    for (const where of [dir, place]) day(where, 3);
    expect(verifyLog(place).partitions).toEqual(verifyLog(dir).partitions);
    expect(verifyLog(place)).toMatchObject({ records: 8, faults: [] });
  });

  test('copies a segment once', () => {
    const { dir, to } = stage(3);
    backUp(dir, { to, now });
    day(dir, 3);
    const { manifest, addedBytes } = backUp(dir, { to, now });
    const added = manifest.files.filter(
      ({ path }) => path.includes('2026-11-22') || path === 'log/p-000.sqlite',
    );
    expect(added).toHaveLength(2);
    expect(addedBytes).toBe(added.reduce((all, it) => all + it.sizeBytes, 0));
  });

  test('is refused where a segment that was copied before is not what it was', () => {
    const { dir, to, place } = stage(3);
    const { id, files } = backUp(dir, { to, now }).manifest;
    const segment = join(dir, files[0]?.path ?? '');
    const bytes = readFileSync(segment);
    const at = bytes.indexOf('player/ann');
    bytes[at + 8] = (bytes[at + 8] ?? 0) ^ 1;
    chmodSync(segment, 0o644);
    writeFileSync(segment, bytes);
    expect(() => backUp(dir, { to, now })).toThrow(/record 1 is not what was written/);
    // And again: what was refused was not kept.
    expect(() => backUp(dir, { to, now })).toThrow(/record 1 is not what was written/);
    // The one from before is still whole.
    expect(restore(place, { from: to }).manifest.id).toBe(id);
  });

  test('is restored with its segments read-only, as they were', () => {
    const { dir, to, place } = stage(2);
    const { manifest } = backUp(dir, { to, now });
    restore(place, { from: to });
    expect(statSync(join(place, manifest.files[0]?.path ?? '')).mode & 0o777).toBe(0o444);
  });
});

describe('a copy up to a record', () => {
  test('is the same when what it copies was closed since, in the middle of its day', () => {
    const { dir } = stage(2);
    const live = openLiveLogs(dir);
    const [cut] = consistentCut(live.logs);
    for (const log of live.logs) log.close();
    if (cut === undefined) throw new Error('no cut');
    const before = copied(dir, cut.position);
    // More of the same day, then the next one: the segment that is closed holds more than the copy.
    day(dir, 1);
    day(dir, 2);
    day(dir, 3);
    const after = copied(dir, cut.position);
    expect(after).toEqual(before);
    expect(after.head.position).toBe(4);
  });

  test('up to no record at all holds none', () => {
    const { dir } = stage(2);
    expect(copied(dir, 0)).toMatchObject({ records: [], head: { position: 0 } });
  });

  test('beyond the end is refused, and so is one in the middle of a commit', () => {
    const { dir } = stage(2);
    expect(() => copied(dir, 5)).toThrow('partition 0: record 5 is not what was written');
    expect(() => copied(dir, 3)).toThrow('partition 0: record 3 is not what was written');
  });
});

/** A log with two records on each day, of one commit. */
function stage(days: number) {
  const root = mkdtempSync(join(tmpdir(), 'furlong-segments-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const dir = logOf([]);
  for (let index = 0; index < days; index++) day(dir, index);
  return { dir, to: join(root, 'backups'), place: join(root, 'restored') };
}

function day(dir: string, index: number): void {
  const atMs = FIRST_MS + index * DAY_MS;
  append(
    dir,
    PLAYERS,
    [1, 2].map((amount) => ({ ...deposited('ann', amount), atMs })),
  );
}

/** Beside the original, so that its segments are found. */
function copied(dir: string, through: number) {
  const { id: dataId, logs } = readDataDir(dir);
  const path = logs[PLAYERS] ?? '';
  const to = join(dir, 'log', 'copy');
  onTestFinished(() => rmSync(to, { force: true }));
  rmSync(to, { force: true });
  const cursors = { outgoing: 0, bus: 0 };
  const segments = copyLog({ path, partition: PLAYERS, dataId }, { to, through, cursors });
  const reader = openSqliteReader(to, PLAYERS, dataId);
  const after = segments.at(-1)?.last ?? 0;
  const records = [...reader.read(after)].map(({ position, stream }) => ({ position, stream }));
  const found = { records, head: reader.head(), cursors: reader.cursors(), after };
  reader.close();
  return found;
}
