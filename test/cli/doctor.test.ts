/** `furlong doctor`: each thing that can be wrong with a data directory, made so. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  it.each([
    join('archive', '2026-11-20', 'bets.ndjson.gz'),
    join('tlog', 'p-000', 'checkpoint'),
    join('tlog', 'p-000', 'tile', '0', '000'),
    join('snapshots', 'p-000.sqlite'),
  ])('names what everybody may write, however deep: %s', async (path) => {
    const { data } = stage();
    put(join(data, path), 0o646);
    expect((await examined(data)).files).toEqual([
      'wrong',
      expect.stringContaining(`everybody may write ${join(data, path)}:`),
    ]);
  });

  it.each(['604', '640', '601'])('names a key with mode %s', async (mode) => {
    const { data } = stage();
    const key = join(data, 'tlog', 'key');
    put(key, 0o600);
    expect((await examined(data)).files?.[0]).toBe('right');
    chmodSync(key, Number.parseInt(mode, 8));
    expect((await examined(data)).files).toEqual([
      'wrong',
      expect.stringContaining(`others than its owner may use ${key}: chmod 600`),
    ]);
  });

  it('says all it finds of a key and of what everybody may write', async () => {
    const { data } = stage();
    put(join(data, 'tlog', 'key.new'), 0o644);
    put(join(data, 'tlog', 'p-000', 'checkpoint'), 0o646);
    const [verdict, says] = (await examined(data)).files ?? [];
    expect(verdict).toBe('wrong');
    expect(says).toContain(`may use ${join(data, 'tlog', 'key.new')}`);
    expect(says).toContain(`may write ${join(data, 'tlog', 'p-000', 'checkpoint')}`);
  });

  it('passes over a name that is gone when it is looked at', async () => {
    const { data } = stage();
    symlinkSync(join(data, 'nowhere'), join(data, 'log', 'p-000.sqlite-wal'));
    expect((await examined(data)).files?.[0]).toBe('right');
  });

  it('says of what it cannot look at that it cannot, and goes on', async () => {
    const { data } = stage();
    const round = join(data, 'archive');
    symlinkSync(round, round);
    const findings = await examined(data);
    expect(findings.files).toEqual(['look', expect.stringContaining(`stat '${round}': ask as`)]);
    expect(findings.logs?.[0]).toBe('right');
  });

  it('goes into no directory twice', async () => {
    const { data } = stage();
    mkdirSync(join(data, 'archive'));
    symlinkSync('..', join(data, 'archive', 'up'));
    expect((await examined(data)).files?.[0]).toBe('right');
  });

  it('keeps its findings where furlong.json is broken, and judges the backup by itself', async () => {
    const { data, backups } = stage();
    const { dataId } = backUp(data, { to: backups, now: () => NOW_MS - HOUR_MS }).manifest;
    writeFileSync(join(data, 'furlong.json'), '{"format":1,');
    const findings = await examined(data, backups);
    expect(findings.directory).toEqual([
      'wrong',
      `${join(data, 'furlong.json')} holds no JSON object: restore it from a copy`,
    ]);
    expect(findings.disk).toBeDefined();
    expect(findings.backup).toEqual(['look', expect.stringContaining(`of directory ${dataId}`)]);
  });

  it('keeps its findings where the backups cannot be read', async () => {
    const { data, backups } = stage();
    writeFileSync(backups, 'a file');
    const findings = await examined(data, backups);
    expect(findings.backup).toEqual(['wrong', expect.stringContaining('ENOTDIR')]);
    expect(findings.logs?.[0]).toBe('right');
  });

  it('keeps its findings where the lock is none, or the directory a file', async () => {
    const { data, backups } = stage();
    rmSync(join(data, 'lock'));
    mkdirSync(join(data, 'lock'));
    const findings = await examined(data);
    expect(findings.owner).toEqual(['wrong', expect.stringContaining('cannot be looked at')]);
    expect(findings.logs?.[0]).toBe('right');
    writeFileSync(backups, 'a file');
    expect((await examined(backups)).directory?.[0]).toBe('wrong');
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

function put(path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  chmodSync(path, mode);
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
