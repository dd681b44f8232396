/** `furlong log export`, `log replay` and `archive`: what is said, in which form, with which code. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { FIRST_DAY_MS, FULL_DAY, played } from '../audit/days.ts';
import { logOf, toldOf } from '../audit/story.ts';
import { playVerb } from './support/stage.ts';

const full = played(FULL_DAY);
const MINUTE_MS = 60_000;
const written = () =>
  logOf(full.map((entry, index) => toldOf(entry, FIRST_DAY_MS + index * MINUTE_MS)));
const WRONG = { partition: 1, stream: 'race/r1', bytes: Uint8Array.of(0xff), name: 'wrong' };

describe('furlong log export', () => {
  it('writes a line of JSON for each record to stdout, and nothing else', async () => {
    const { code, stdout, stderr } = await playVerb(['log', 'export', '--data', written()]);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(full.length);
    expect(stderr).toBe(`${full.length} records exported\n`);
  });

  it('takes days, times and positions, and one actor', async () => {
    const data = written();
    const count = async (...argv: readonly string[]) => {
      const { stdout } = await playVerb(['log', 'export', '--data', data, ...argv]);
      return stdout.split('\n').length - 1;
    };
    expect(await count('--from', '2026-08-02', '--to', '2026-08-02')).toBe(full.length);
    expect(await count('--from', '2026-08-03')).toBe(0);
    expect(await count('--to', '2026-08-02T00:09:00Z')).toBe(10);
    expect(await count('--to', '2026-08-02T02:09:00+02:00')).toBe(10);
    expect(await count('--from', '0:2', '--to', '0:4,1:0,2:0')).toBe(3);
    const r2 = full.filter(({ address }) => address === 'race/r2').length;
    expect(await count('--race', 'r2')).toBe(r2);
    const ann = full.filter(({ address }) => address === 'player/ann').length;
    expect(await count('--player', 'ann')).toBe(ann);
  });

  it('goes at the pace of its reader', async () => {
    const said: string[] = [];
    let waits = 0;
    const output = createOutput({
      stdout: (text) => said.push(text),
      stderr: () => {},
      json: true,
      style: (_, text) => text,
      drained: async () => {
        // Nothing more is written before this has resolved.
        const before = said.length;
        await Promise.resolve();
        expect(said).toHaveLength(before);
        waits++;
      },
    });
    const line = 'x'.repeat(1_000);
    await output.flow(Array.from({ length: 1_000 }, () => line));
    expect(said.join('')).toBe(`${line}\n`.repeat(1_000));
    expect(waits).toBeGreaterThan(10);
  });

  it.each([
    ['2 for a time that is none', ['--to', 'yesterday'], 2, 'but must be a time'],
    ['2 for a day that is none', ['--from', '2026-06-31'], 2, 'but must be a time'],
    ['2 for a time of a day that is none', ['--to', '2026-06-31T12:00:00Z'], 2, 'but must be'],
    ['2 for a partition twice', ['--to', '0:1,0:2'], 2, 'names a partition twice'],
    ['2 for two actors', ['--race', 'r1', '--player', 'ann'], 2, 'exclude each other'],
    ['2 for another format', ['--format', 'csv'], 2, 'but must be ndjson'],
  ])('ends with %s', async (_, argv, code, words) => {
    const found = await playVerb(['log', 'export', '--data', logOf([]), ...argv]);
    expect(found).toMatchObject({ code, stdout: '' });
    expect(found.stderr).toContain(words);
  });

  it('ends with 65 at what cannot be read, after what can', async () => {
    const { code, stderr } = await playVerb(['log', 'export', '--data', logOf([WRONG])]);
    expect(code).toBe(65);
    expect(stderr).toContain('cannot be decoded; the 0 records before it are exported');
    const data = written();
    const [, path = ''] = readDataDir(data).logs;
    const file = new Database(path);
    file.exec('DROP TRIGGER IF EXISTS frame_never_updated');
    file.exec('UPDATE frame SET hash = zeroblob(32)');
    file.close();
    const damaged = await playVerb(['log', 'export', '--data', data]);
    expect(damaged.code).toBe(65);
    const lines = damaged.stdout.trimEnd().split('\n');
    expect(damaged.stderr).toContain(`; the ${lines.length} records before it are exported`);
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ partition: 0, position: lines.length });
  });
});

describe('furlong log replay', () => {
  it('shows books, counts and the hash, for people', async () => {
    const { code, stdout } = await playVerb(['log', 'replay', '--data', written()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^actors: 2 player, 2 race, /m);
    expect(stdout).toMatch(/^in transit +0\.00$/m);
    expect(stdout).toMatch(/^hash of all states: [0-9a-f]{64}$/m);
    expect(stdout).toContain('the books add up, as the actors have them too');
  });

  it('shows one actor as it was then', async () => {
    const data = written();
    const argv = ['log', 'replay', '--data', data, '--actor', 'race/r1', '--json'];
    const early = JSON.parse((await playVerb([...argv, '--to', '2026-08-02T00:00:00Z'])).stdout);
    const late = JSON.parse((await playVerb(argv)).stdout);
    expect(early.actor).toMatchObject({
      address: 'race/r1',
      picture: { race: { race: { phase: 'declared' } } },
    });
    expect(late.actor).toMatchObject({ picture: { race: { race: { phase: 'paid' } } } });
    expect(JSON.parse((await playVerb(argv)).stdout)).toEqual(late);
    const none = await playVerb(['log', 'replay', '--data', data, '--actor', 'race/r9']);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('nothing had happened to race/r9 by then');
  });

  it('ends with 2 for what is no actor, and with 65 at what cannot be played', async () => {
    const data = logOf([WRONG]);
    expect(await playVerb(['log', 'replay', '--data', data, '--actor', 'r1'])).toMatchObject({
      code: 2,
    });
    const { code, stderr } = await playVerb(['log', 'replay', '--data', data]);
    expect(code).toBe(65);
    expect(stderr).toContain('partition 1, record 1: race/r1 cannot be played');
  });
});

describe('furlong archive', () => {
  const clock = { now: () => FIRST_DAY_MS + 48 * 60 * MINUTE_MS, after: () => () => {} };
  const archive = (verb: string, data: string, ...argv: readonly string[]) =>
    playVerb(['archive', verb, '--day', '2026-08-02', '--data', data, ...argv], { clock });

  it('writes the list into the data directory, and finds it reconciled', async () => {
    const data = written();
    const first = await archive('write', data);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(
      `${join(data, 'archive', '2026-08-02', 'bets.ndjson.gz')} is written: `,
    );
    expect(first.stdout).toContain('complete: the day is over');
    expect((await archive('write', data)).stdout).toContain(
      'is there already, complete and the same',
    );
    const found = await archive('reconcile', data);
    expect(found.code).toBe(0);
    expect(found.stdout).toMatch(/^r1 +win +\d+ +\d+ +/m);
    expect(found.stdout).toContain('bets that were accepted, and no other');
  });

  it('says that the list of today is not complete', async () => {
    const today = { now: () => FIRST_DAY_MS + MINUTE_MS, after: () => () => {} };
    const argv = ['archive', 'write', '--day', '2026-08-02', '--data', written()];
    expect((await playVerb(argv, { clock: today })).stdout).toContain('NOT complete');
  });

  it('ends with 65 and names the bet that a list from elsewhere lacks', async () => {
    const vault = mkdtempSync(join(tmpdir(), 'furlong-vault-'));
    onTestFinished(() => rmSync(vault, { recursive: true }));
    const registered = full.findLastIndex(({ event }) => event.kind === 'bet-registered');
    const lacking = logOf(
      full
        .toSpliced(registered, 1)
        .map((entry, index) => toldOf(entry, FIRST_DAY_MS + index * MINUTE_MS)),
    );
    await archive('write', lacking, '--archive', vault);
    const { code, stdout } = await archive('reconcile', written(), '--archive', vault, '--json');
    expect(code).toBe(65);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ ok: false, counts: { missing: 1 } });
    expect(found.missing[0]).toContain('and not listed');
    const again = await archive('write', written(), '--archive', vault);
    expect(again.code).toBe(65);
    expect(again.stdout).toContain('it was left as it is');
  });

  it('ends with 65 where there is no list, and with 2 without a day', async () => {
    expect((await archive('reconcile', written())).code).toBe(65);
    expect((await playVerb(['archive', 'write', '--data', 'x'])).code).toBe(2);
    expect((await playVerb(['archive', 'write', '--day', 'x', '--data', logOf([])])).code).toBe(2);
  });
});
