/** `furlong report` over a log that real actors wrote: what is shown, in which form, with which code. */
import { describe, expect, it } from 'vitest';
import { SOFTWARE } from '../../src/actors/software.ts';
import { FIRST_DAY_MS, FULL_DAY, played } from '../audit/days.ts';
import { logOf, toldOf } from '../audit/story.ts';
import type { LogEntry } from '../support/scenario.ts';
import { playVerb } from './support/stage.ts';

const full = played(FULL_DAY);
const written = (log: readonly LogEntry[] = full) =>
  logOf(log.map((entry, index) => toldOf(entry, FIRST_DAY_MS + index * 60_000)));
const clock = { now: () => FIRST_DAY_MS + 1_234, after: () => () => {} };
const report = (dir: string, ...argv: readonly string[]) =>
  playVerb(['report', ...argv, '--data', dir], { clock, terminal: false });

describe('furlong report day', () => {
  it('shows a day that balances, and ends with 0', async () => {
    const { code, stdout } = await playVerb(['report', 'day', '2026-08-02', '--data', written()], {
      clock,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Day 2026-08-02 (UTC): 1 races, 3 pools');
    expect(stdout).toMatch(/^r1 +win +36\.00 +1\.00 +0\.00 +35\.00 .* settled, run 2$/m);
    expect(stdout).toMatch(/^place +0\.00 +3\.20 +0\.50 +2\.70$/m);
    for (let number = 1; number <= 9; number++) expect(stdout).toContain(`(${number}) `);
    expect(stdout).toContain('2026-08-02 is balanced');
    expect(stdout).toContain(`made by ${SOFTWARE} at 2026-08-02T00:00:01Z from data directory `);
    expect(stdout).toMatch(/^partition 1 to \d+: [0-9a-f]{64}$/m);
  });

  it('ends with 65 where a day does not balance', async () => {
    const dir = written(full.filter(({ event }) => event.kind !== 'unclaimed-posted'));
    const { code, stdout } = await playVerb(['report', 'day', '2026-08-02', '--data', dir], {
      clock,
    });
    expect(code).toBe(65);
    expect(stdout).toContain('2026-08-02 is NOT balanced');
  });

  it('is of today where no day is named, and JSON for programs', async () => {
    const { code, stdout } = await report(written(), 'day');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ day: '2026-08-02', balanced: true });
  });

  it('gives a line for each pool as CSV, below the stamp', async () => {
    const { stdout } = await report(written(), 'day', '2026-08-02', '--csv');
    const lines = stdout.trimEnd().split('\n');
    const table = lines.filter((line) => !line.startsWith('#'));
    expect(lines[0]).toMatch(/^# made by furlong /);
    expect(table).toHaveLength(4);
    expect(table[0]).toMatch(/^day,race,pool,rule_set,state,run,sold_cents,/);
    expect(table[1]).toBe(
      '2026-08-02,r1,win,test@1,settled,2,3600,100,0,3500,0,700,-950,3750,0,true',
    );
  });

  it('leaves check 7 out with --no-reprice', async () => {
    const { stdout } = await report(written(), 'day', '--no-reprice');
    expect(JSON.parse(stdout).checks[6]).toMatchObject({ number: 7, verdict: 'not made' });
  });
});

describe('furlong report race', () => {
  it('makes the race again for people', async () => {
    const { code, stdout } = await playVerb(['report', 'race', 'r1', '--data', written()], {
      clock,
    });
    expect(code).toBe(0);
    for (const part of ['Orders', 'Bets', 'Close', 'Prices', 'Survivors', 'Settlement']) {
      expect(stdout).toMatch(new RegExp(`^${part}$`, 'm'));
    }
    expect(stdout).toContain('pool win, run 2: won');
    expect(stdout).toContain('28/15');
    expect(stdout).toMatch(/identity +gross 35\.00 \+ brought in 0\.00 = .*: balanced/);
    expect(stdout).toContain('shortfall');
  });

  it('gives programs the same, with every field of the prices', async () => {
    const { stdout } = await report(written(), 'race', 'r1');
    const made = JSON.parse(stdout);
    expect(made.prices).toHaveLength(6);
    expect(made.prices[2]).toMatchObject({ run: 2, shortOperator: 950, software: SOFTWARE });
    expect(made.orders.at(-1)).toMatchObject({ authorisedBy: 'second steward' });
  });

  it('ends with 1 where the log has no such race', async () => {
    const { code, stdout, stderr } = await report(written(), 'race', 'r9');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the log has no race r9');
  });
});

describe('furlong report unclaimed', () => {
  it('shows the book, balanced against the ledger', async () => {
    const { code, stdout } = await playVerb(['report', 'unclaimed', '--data', written()], {
      clock,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^r1 +0\.00 +39\.50 +25\.00 +12\.50 +2\.00$/m);
    expect(stdout).toContain('2.00 waits in the ledger: balanced');
  });

  it('gives lines for days and races as CSV', async () => {
    const { stdout } = await report(written(), 'unclaimed', '--day', '2026-08-02', '--csv');
    const table = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(table).toEqual([
      'of,id,opening_cents,added_cents,claimed_cents,expired_cents,remaining_cents',
      'day,2026-08-02,0,3950,2500,1250,200',
      'race,r1,0,3950,2500,1250,200',
    ]);
  });
});

describe('what no report can be made of ends with', () => {
  it.each([
    ['2 without a directory', ['day'], 2, '--data DIR'],
    ['2 for a day that is none', ['day', '2026-06-31', '--data', 'x'], 2, 'must be a day'],
    ['2 for an id that is none', ['race', 'r 1', '--data', 'x'], 2, 'race is "r 1"'],
    ['1 where there is no log', ['unclaimed', '--data', 'x'], 1, 'x holds no furlong log'],
  ])('%s', async (_, argv, code, words) => {
    const found = await playVerb(['report', ...argv], { clock });
    expect(found).toMatchObject({ code, stdout: '' });
    expect(found.stderr).toContain(words);
  });
});

it('furlong log verify --reprice makes every price again', async () => {
  const { code, stdout } = await playVerb([
    'log',
    'verify',
    '--reprice',
    '--json',
    '--data',
    written(),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, repriced: 7, bets: { cancelled: 1 } });
});
