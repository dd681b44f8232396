/** Logs that earlier versions wrote, as they lie there, before any server of today has opened them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reconcile } from '../../src/archive/reconcile.ts';
import { writeList } from '../../src/archive/write.ts';
import { exportLog } from '../../src/audit/export.ts';
import { replayLog } from '../../src/audit/replay.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { backUp } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import { unpackLog } from '../support/fixture-logs.ts';

describe.each(['0.1', '0.2', '0.3'])('a log of %s', (version) => {
  test('is backed up and restored as it is, and again once it goes on in today’s format', () => {
    const { dir, root } = unpacked(version);
    const to = join(root, 'backups');
    const before = verifyLog(dir);
    backUp(dir, { to, now: Date.now });
    restore(join(root, 'first'), { from: to });
    expect(verifyLog(join(root, 'first'))).toEqual(before);

    const { id, logs, release } = openDataDir(dir, 1);
    for (const [partition, path] of logs.entries()) openSqliteLog(path, partition, id).close();
    release();
    const { manifest } = backUp(dir, { to, now: () => Date.now() + 1 });
    expect(manifest.files.some(({ path }) => path.startsWith('archive/'))).toBe(true);
    restore(join(root, 'second'), { from: to });
    expect(verifyLog(join(root, 'second'))).toMatchObject({ records: before.records, faults: [] });
  });

  test('is exported, replayed, and its bets are listed and reconciled', async () => {
    const { dir, root } = unpacked(version);
    const records = [...exportLog(dir, {})];
    expect(replayLog(dir)).toMatchObject({ records: records.length, faults: [] });
    const accepted = records.filter(({ event }) => 'bet_registered' in Object(event));
    const days = new Set(accepted.map(({ time }) => time.slice(0, 10)));
    let listed = 0;
    for (const day of days) {
      const options = { dataDir: dir, archive: join(root, 'vault'), day };
      const { end } = await writeList({ ...options, nowMs: Date.now() + 1e12 });
      listed += end.bets;
      expect(await reconcile(options)).toMatchObject({ reconciled: true, accepted: end.bets });
    }
    expect(listed).toBe(accepted.length);
    expect(listed).toBeGreaterThan(0);
  });
});

function unpacked(version: string) {
  const root = mkdtempSync(join(tmpdir(), 'furlong-earlier-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const dir = join(root, 'data');
  unpackLog(version, dir);
  return { dir, root };
}
