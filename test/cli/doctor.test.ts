/** `furlong doctor`: each thing that can be wrong with a data directory, made so. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp } from '../../src/backup/backup.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import { append, DAY, deposited, logOf, PLAYERS } from '../audit/story.ts';
import { playVerb } from './support/stage.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 18);
const HOUR_MS = 3_600_000;
const clock = { now: () => NOW_MS, after: () => () => {} };

describe('furlong doctor', () => {
  it('finds nothing wrong with a directory and its backup', async () => {
    const { data, backups } = stage();
    backUp(data, { to: backups, now: () => NOW_MS - HOUR_MS });
    const findings = await examined(data, backups);
    expect(findings.logs).toEqual(['right', '3 logs with 21 records, all delivered']);
    expect(findings.owner).toEqual(['right', 'no server has it now']);
    expect(findings.files?.[0]).toBe('right');
    expect(findings.directory?.[0]).toBe('right');
    expect(findings.backup).toEqual(['right', expect.stringContaining('is 1 hours old')]);
  });

  it('says who has it', async () => {
    const { data } = stage();
    const { release } = openDataDir(data, 1);
    expect((await examined(data)).owner).toEqual(['right', 'a server has it']);
    release();
    expect((await examined(data)).owner).toEqual(['right', 'no server has it now']);
  });

  it('names a log that is gone, and a closed segment that is', async () => {
    const { data } = stage();
    const DAY_MS = 24 * HOUR_MS;
    append(data, PLAYERS, [{ ...deposited('ann', 1), atMs: 2 * DAY_MS }]);
    const day = join(data, 'archive', '1970-01-01');
    const [segment = ''] = readdirSync(day);
    rmSync(join(day, segment));
    expect((await examined(data)).logs).toEqual([
      'wrong',
      expect.stringContaining(`${join(day, segment)} is gone`),
    ]);
    rmSync(join(data, 'log', 'p-001.sqlite'));
    expect((await examined(data)).logs?.[1]).toContain('p-001.sqlite is gone');
  });

  it('names what everybody may write', async () => {
    const { data } = stage();
    chmodSync(join(data, 'log', 'p-000.sqlite'), 0o666);
    expect((await examined(data)).files).toEqual([
      'wrong',
      expect.stringContaining(`everybody may write ${join(data, 'log', 'p-000.sqlite')}`),
    ]);
  });

  it('names a backup that is old, of another directory, cut, changed, or not there', async () => {
    const { data, backups } = stage();
    expect((await examined(data)).backup?.[0]).toBe('look');
    expect((await examined(data, backups)).backup).toEqual([
      'wrong',
      expect.stringContaining('holds no whole backup'),
    ]);

    const { manifest } = backUp(data, { to: backups, now: () => NOW_MS - 25 * HOUR_MS });
    expect((await examined(data, backups)).backup).toEqual([
      'look',
      expect.stringContaining('25 hours old'),
    ]);
    expect((await examined(logOf(DAY), backups)).backup?.[1]).toContain(
      'is of another data directory',
    );

    truncateSync(join(backups, 'files', manifest.files[0]?.sha256 ?? ''), 100);
    expect((await examined(data, backups)).backup).toEqual([
      'wrong',
      expect.stringContaining('lacks log/p-000.sqlite'),
    ]);
    writeFileSync(join(backups, `${manifest.id}.json`), '{}');
    expect((await examined(data, backups)).backup).toEqual([
      'wrong',
      expect.stringContaining('is not what was written'),
    ]);
  });

  it('ends with 65 where something is wrong, and with words for people', async () => {
    const { data } = stage();
    writeFileSync(join(data, 'furlong.json'), '{"format":1}');
    const { code, stdout } = await playVerb(['doctor', '--data', data], { clock });
    expect(code).toBe(65);
    expect(stdout).toMatch(/^directory +wrong +.*lacks the number of partitions/m);
  });

  it('ends with 2 without a directory, and with 1 where it is not there', async () => {
    expect((await playVerb(['doctor'])).code).toBe(2);
    expect((await playVerb(['doctor', '--data', 'nowhere'])).code).toBe(1);
  });
});

function stage() {
  const root = mkdtempSync(join(tmpdir(), 'furlong-doctor-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return { data: logOf(DAY), backups: join(root, 'backups') };
}

async function examined(
  data: string,
  backups?: string,
): Promise<Record<string, [string, string] | undefined>> {
  const argv = backups === undefined ? [] : ['--backups', backups];
  const { stdout } = await playVerb(['doctor', '--data', data, '--json', ...argv], { clock });
  const { findings } = JSON.parse(stdout) as {
    findings: { what: string; verdict: string; says: string }[];
  };
  return Object.fromEntries(findings.map(({ what, verdict, says }) => [what, [verdict, says]]));
}
