import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { allRuleSets } from '../../src/actors/pools/rule-sets.ts';
import { createRuleBook } from '../../src/actors/rule-book.ts';
import { RacePhase, RaceSchema, RuleSetSchema } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import type { SystemOptions } from '../../src/system.ts';
import { playVerb } from './support/stage.ts';

const dir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

const [known] = allRuleSets();
if (known === undefined) throw new Error('the catalogue is empty');
const own = { ...known, id: 'house-win@1' };

function fileOf(text: string): string {
  const path = join(dir, 'rules.json');
  writeFileSync(path, text);
  return path;
}

describe('furlong rules check', () => {
  it('ends with 0 for a rule set, and says which', async () => {
    const path = fileOf(JSON.stringify(own));
    expect(await playVerb(['rules', 'check', path])).toEqual({
      ...{ code: 0, stdout: `${path}: ok, house-win@1\n`, stderr: '' },
    });
    const { stdout } = await playVerb(['rules', 'check', path, '--json']);
    expect(JSON.parse(stdout)).toEqual({ ok: true, ruleSetId: 'house-win@1' });
  });

  it('takes every rule set of the catalogue', async () => {
    for (const ruleSet of allRuleSets()) {
      const { code, stderr } = await playVerb(['rules', 'check', fileOf(JSON.stringify(ruleSet))]);
      expect({ id: ruleSet.id, code, stderr }).toEqual({ id: ruleSet.id, code: 0, stderr: '' });
    }
  });

  const wrong: readonly [what: string, text: string][] = [
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['a missing field', JSON.stringify({ ...own, stages: undefined })],
    ['a value out of range', JSON.stringify({ ...own, combinationsMax: 0 })],
    ['a value deep inside', JSON.stringify({ ...own, stages: [{ ...own.stages[0], pots: [] }] })],
    ['an unknown field', JSON.stringify({ ...own, generosity: 1 })],
    ['an unknown field of an odd name', JSON.stringify({ ...own, 'how much': 1 })],
    [
      'fields that do not go together',
      JSON.stringify({ ...own, from: '9999-01-02', until: '1999-01-01' }),
    ],
  ];
  it.each(wrong)('ends with 65 for %s, in the words of a server’s start', async (_what, text) => {
    const path = fileOf(text);
    const played = await playVerb(['rules', 'check', path]);
    expect(played).toMatchObject({ code: 65, stdout: '' });
    const start = () => createRuleBook([{ name: path, text }]);
    expect(start).toThrow(RangeError);
    expect(start).toThrow(played.stderr.replace('furlong: ', '').trim());
  });

  it('ends with 65 for the id of a rule set, which is none', async () => {
    const played = await playVerb(['rules', 'check', fileOf(JSON.stringify(known.id))]);
    expect(played).toMatchObject({ code: 65, stdout: '' });
  });

  it('ends with 65 for a file that is larger than any, and reads no more of it', async () => {
    const played = await playVerb(['rules', 'check', fileOf(' '.repeat(1024 * 1024 + 1))]);
    expect(played.code).toBe(65);
    expect(played.stderr).toContain('larger than 1048576 bytes');
  });

  it('ends with 2 for a file that is not there', async () => {
    const played = await playVerb(['rules', 'check', join(dir, 'none.json')]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain('none.json');
  });
});

describe('furlong rules', () => {
  it('list reads every page', async () => {
    const row = create(RuleSetSchema, { ruleSetId: 'a@1', title: 'A', fromDay: '2026-01-01' });
    const pages = new Map([
      ['', { ruleSets: [row], nextPageToken: 'more' }],
      ['more', { ruleSets: [{ ...row, ruleSetId: 'b@1', file: 'b.json' }], nextPageToken: '' }],
    ]);
    const listRuleSets = async ({ pageToken }: { pageToken: string }) => pages.get(pageToken);
    const client = { racing: { listRuleSets } };
    const { code, stdout } = await playVerb(['rules', 'list'], { client });
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['rule set', 'for races', 'file', 'title'],
      ['a@1', 'from 2026-01-01', 'A'],
      ['b@1', 'from 2026-01-01', 'b.json', 'A'],
      [''],
    ]);
    const { stdout: json } = await playVerb(['rules', 'list', '--json'], { client });
    expect(JSON.parse(json)).toMatchObject([{ ruleSetId: 'a@1', file: '' }, { file: 'b.json' }]);
  });

  it('show gives a file that check takes', async () => {
    const getRuleSet = async () => ({ json: JSON.stringify(own) });
    const client = { racing: { getRuleSet } };
    for (const flags of [[], ['--json']]) {
      const { stdout } = await playVerb(['rules', 'show', 'house-win@1', ...flags], { client });
      expect(JSON.parse(stdout)).toEqual(own);
      expect((await playVerb(['rules', 'check', fileOf(stdout)])).code).toBe(0);
    }
  });
});

describe('--rules', () => {
  it.each([
    ['a flag', ['--rules', '/r'], {}],
    ['the environment', [], { FURLONG_RULES: '/r' }],
  ])('of serve and dev goes to the system, from %s', async (_what, flags, environment) => {
    for (const verb of [
      ['serve', '--data', dir],
      ['dev', '--no-day'],
    ]) {
      const started: SystemOptions[] = [];
      const startSystem = (options: SystemOptions) => {
        started.push(options);
        return Promise.reject(new Error('far enough'));
      };
      const argv = [...verb, '--port', '0', '--http-port', '0', ...flags];
      const played = await playVerb(argv, { startSystem, environment });
      expect(played.stderr).toContain('the server cannot start: far enough');
      expect(started).toMatchObject([{ rulesDir: '/r' }]);
    }
  });
});

describe('furlong race', () => {
  it('surface is told with who does it and why', async () => {
    const asked: unknown[] = [];
    const changeSurface = async (request: unknown) => {
      asked.push(request);
      return { race: create(RaceSchema, { raceId: 'r6' }) };
    };
    const argv = ['race', 'surface', 'r6', '--why', 'off the turf', '--steward', 'jo'];
    expect((await playVerb(argv, { client: { racing: { changeSurface } } })).code).toBe(0);
    expect(asked).toEqual([{ raceId: 'r6', steward: 'jo', why: 'off the turf' }]);
  });

  const race = create(RaceSchema, {
    raceId: 'r6',
    phase: RacePhase.OFFICIAL,
    surfaceChanged: true,
    runners: [{ number: 2, name: 'B', coupledWith: 1, scratched: true }],
    pools: [
      {
        poolId: 'tierce',
        run: 2,
        pricing: true,
        price: {
          stage: 1,
          software: 'furlong 0.2.0',
          sources: [
            { source: 'online', grossCents: 1_000n },
            { source: 'kiosk', grossCents: 2_050n },
          ],
          carryOverCents: 100n,
          topUpCents: 250n,
          carriedNetCents: 3n,
          carriedGrossCents: 4n,
          carriedReserveCents: 5n,
          shortfallRoundingsCents: 6n,
          shortfallDeductionCents: 7n,
          shortfallOperatorCents: 8n,
          dividends: [
            {
              ...{ tier: 'ordre', outcome: '1-2-3', source: 'kiosk', dividendHundredths: 1060n },
              ...{ exactNumerator: '53', exactDenominator: '5' },
            },
            { tier: 'désordre', outcome: '1-2-3', dividendHundredths: 210n },
          ],
        },
      },
      {
        poolId: 'big5',
        legRaceIds: ['r6', 'r7', 'r8', 'r9', 'r10'],
        survivors: {
          ...{ decidedLegs: 4, tickets: 1_200n, stakesCents: 240_000n, valueHundredths: 5_000n },
          willPays: [
            { runner: 3, dividendHundredths: 1_000n },
            { runner: 7, dividendHundredths: 99_900n },
          ],
        },
      },
    ],
  });

  it('show tells how a price was made, and who is left in a pool over several races', async () => {
    const getRace = async () => ({ race });
    const { stdout } = await playVerb(['race', 'show', 'r6'], { client: { racing: { getRace } } });
    expect(stdout).toContain('surface changed');
    expect(stdout).toContain('B (with 1) (withdrawn)');
    expect(stdout).toContain('ordre 1-2-3 pays 10.60 (kiosk), désordre 1-2-3 pays 2.10');
    for (const line of [
      'tierce: the price is being computed',
      'big5 after 4 of 5 legs: 1,200 tickets alive, stakes 2,400.00, worth 50.00 for 1',
      'big5 will pay: 3 10.00, 7 999.00',
      'tierce priced: run 2, by stage 2, by furlong 0.2.0',
      'tierce exact: 1-2-3 53/5',
      'tierce stakes: online 10.00, kiosk 20.50',
      'tierce brought in: carry-over 1.00, top-up 2.50',
      'tierce carried out: net 0.03, gross 0.04, reserve 0.05',
      'tierce short, paid by: roundings 0.06, deduction 0.07, operator 0.08',
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
  });

  it('show leaves out of a price what there is not', async () => {
    const plain = create(RaceSchema, { pools: [{ poolId: 'win', run: 1, price: {} }] });
    const getRace = async () => ({ race: plain });
    const { stdout } = await playVerb(['race', 'show', 'r6'], { client: { racing: { getRace } } });
    expect(stdout).not.toMatch(/win [a-z ,]+:/);
  });
});
