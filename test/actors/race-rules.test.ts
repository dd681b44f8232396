/** What rule sets say, from the declaration to what every player has in the end. */
import { describe, expect, test } from 'vitest';
import type { LegRules, NonRunnerRule, RuleSet } from '../../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import { race as raceKind } from '../../src/actors/race.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { betId, cents, playerId, poolId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  close,
  declare,
  doublePool,
  official,
  open,
  ordered,
  PLACE,
  R1,
  register,
  removeSource,
  result,
  scratch,
  settleNext,
  ticket,
  voided,
  WIN,
  winPool,
} from './given.ts';
import { among, multiLegRules, ruleSet, stage } from './pools/given.ts';
import { booked, goOn, moneyOf, raceEvents, type SoldRace, sold } from './sold-races.ts';

const poolOf = (
  rules: Partial<RuleSet>,
  { id = WIN, ...more }: Partial<PoolDeclaration> = {},
): PoolDeclaration => ({ id, ruleSet: ruleSet(rules), legs: [], guarantee: cents(0), ...more });

/** Runners 1 and 2 of one owner. */
const coupled = (pools: readonly PoolDeclaration[]): RaceCommand => {
  const it = declare(pools);
  const runners = it.runners.map((runner) =>
    runner.number === 2 ? { ...runner, coupledWith: 1 } : runner,
  );
  return { ...it, runners };
};

/** One ticket of each, `b0` the first. */
function betting(
  declarations: Readonly<Record<string, RaceCommand>>,
  ...tickets: readonly Ticket[]
): { race: SoldRace; tickets: readonly Ticket[] } {
  const dealt = tickets.map((it, index) => ({
    ...it,
    bet: betId(`b${index}`),
    player: playerId(`p${index}`),
  }));
  return { race: goOn(sold(declarations, { open: [open], tickets: dealt })), tickets: dealt };
}

/** What each ticket has in the end, payout and refund; every cent is somewhere. */
function ended({ race, tickets }: ReturnType<typeof betting>): [number, number][] {
  race.finish();
  expect(race.troupe.refused).toEqual([]);
  const { deposited, free, held, unclaimed, inPools, openBets, house } = moneyOf(race, tickets);
  expect({ held, openBets, inPools }).toEqual({ held: 0, openBets: 0, inPools: 0 });
  expect(free + unclaimed + house).toBe(deposited);
  return [...booked(race, tickets).values()].map(({ payout, refund }) => [payout, refund]);
}

function decide(race: SoldRace, leg: string, order: string): void {
  for (const command of [close, result(order), official]) race.troupe.tell(`race/${leg}`, command);
  race.troupe.deliverAll();
}

describe('an entry', () => {
  const win = poolOf({ coupled: 'one-interest' });

  test('stands while one of it runs, and is paid for either', () => {
    const bets = betting({ r1: coupled([win]) }, ticket('1'), ticket('3', { stake: 300 }));
    bets.race.tell(scratch(1));
    // Nothing goes back, nothing leaves the pool, and the two totals at the close agree.
    expect(raceEvents(bets.race).at(-1)).toMatchObject({ refunding: [] });
    expect(bets.race.pool()).toMatchObject({ gross: 400, refundQueue: [] });
    decide(bets.race, 'r1', '2 3 4');
    expect(bets.race.pool().disagreement).toBeUndefined();
    // 4.00, a fifth taken: 3.20 for 1.00.
    expect(ended(bets)).toEqual([
      [320, 0],
      [0, 0],
    ]);
  });

  test('goes back at once, all of it, with the last that ran', () => {
    const bets = betting(
      { r1: coupled([win]) },
      ticket('1'),
      ticket('2', { stake: 200 }),
      ticket('1,3'),
      ticket('3', { stake: 300 }),
      ticket('4', { stake: 300 }),
    );
    bets.race.tell(scratch(2), scratch(1));
    expect(raceEvents(bets.race).at(-1)).toMatchObject({ refunding: [WIN] });
    expect(bets.race.pool()).toMatchObject({ gross: 700, refundQueue: [0, 1] });
    expect(bets.race.pool().stakesByCombination).toEqual(
      new Map([
        ['3', 400],
        ['4', 300],
      ]),
    );
    bets.race.tell(removeSource('kiosk'), close);
    expect(raceEvents(bets.race).at(-1)).toMatchObject({
      totals: [{ gross: 700, recounted: 700 }],
    });
    bets.race.tell(result('3 4'), official);
    // 7.00, a fifth taken: 5.60 over 4.00 is 1.40.
    expect(ended(bets)).toEqual([
      [0, 100],
      [0, 200],
      [140, 100],
      [420, 0],
      [0, 0],
    ]);
  });

  test('that counts for itself goes back with its one runner', () => {
    const bets = betting({ r1: coupled([winPool]) }, ticket('1'), ticket('3'));
    bets.race.tell(scratch(1));
    expect(bets.race.pool()).toMatchObject({ gross: 100, refundQueue: [0] });
    decide(bets.race, 'r1', '2 3 4');
    expect(ended(bets)).toEqual([
      [0, 100],
      [0, 100],
    ]);
  });

  test('leaves its stakes in the pool that a source takes out: both totals agree', () => {
    const bets = betting(
      { r1: coupled([win]) },
      ticket('1', { channel: 'kiosk' }),
      ticket('1,3', { channel: 'kiosk' }),
      ticket('2'),
    );
    bets.race.tell(scratch(1), removeSource('kiosk'));
    expect(bets.race.pool()).toMatchObject({ gross: 100, money: 400 });
    decide(bets.race, 'r1', '2 3 4');
    expect(ended(bets)).toEqual([
      [0, 100],
      [0, 200],
      [80, 0],
    ]);
  });

  test('that fills two of three places has two of three parts', () => {
    const show = poolOf(
      {
        coupled: 'one-interest',
        stages: [stage(among(3, 1), { reserve: 'stake', per: 'line' })],
      },
      { id: PLACE },
    );
    const bets = betting(
      { r1: coupled([show]) },
      ticket('1', { pool: 'place', stake: 500 }),
      ticket('2', { pool: 'place', stake: 500 }),
      ticket('3', { pool: 'place', stake: 1_000 }),
      ticket('4', { pool: 'place', stake: 4_000 }),
    );
    decide(bets.race, 'r1', '1 2 3 4');
    // 60.00, a fifth taken: 48.00; profit 28.00. Two thirds over 10.00: 2.866; one third: 1.933.
    expect(ended(bets)).toEqual([
      [1_400, 0],
      [1_400, 0],
      [1_900, 0],
      [0, 0],
    ]);
  });
});

describe('a non-runner in a bet over several races', () => {
  const double = (nonRunner: NonRunnerRule): PoolDeclaration => ({
    ...doublePool(),
    ruleSet: multiLegRules({ nonRunner, combinationsMax: 6 }, { legs: 2 }),
  });
  const bets = (nonRunner: NonRunnerRule, backed: readonly [number, number]) =>
    betting(
      { r1: declare([double(nonRunner)]), r2: declare([winPool]) },
      ticket('1/4', { pool: 'double' }),
      ticket('1/3', { pool: 'double' }),
      { ...ticket('1/4', { pool: 'double' }), alternates: [0, 1] },
      ticket('2', { race: 'r2', stake: backed[0] }),
      ticket('3', { race: 'r2', stake: backed[1] }),
    );

  test.each([
    // 3.00, a fifth taken: 2.40 over all of it, or over 2.00.
    ['the most backed in the win pool of its race', [200, 300], '3 2', [80, 80, 80]],
    ['of equals the lower number', [200, 200], '2 3', [120, 0, 120]],
  ] as const)('is replaced by the favourite: %s', (_what, backed, order, pays) => {
    const it = bets('favourite', backed);
    it.race.troupe.tell('race/r2', scratch(4));
    decide(it.race, 'r1', '1 2 3');
    decide(it.race, 'r2', order);
    expect(ended(it).slice(0, 3)).toEqual(pays.map((payout) => [payout, 0]));
  });

  test('is given back where the rule set knows no substitute', () => {
    const it = bets('refund', [200, 300]);
    it.race.troupe.tell('race/r2', scratch(4));
    decide(it.race, 'r1', '1 2 3');
    decide(it.race, 'r2', '3 2');
    // Left is 1.00 on 1/3: 0.80 of it.
    expect(ended(it).slice(0, 3)).toEqual([
      [0, 100],
      [80, 0],
      [0, 100],
    ]);
  });

  test('is replaced by the player’s own alternate, where there is one', () => {
    const it = bets('alternate', [200, 300]);
    it.race.troupe.tell('race/r2', scratch(4));
    decide(it.race, 'r1', '1 2 3');
    decide(it.race, 'r2', '1 2');
    // Left are 1/3 and, by its alternate, 1/1: 1.60 for it.
    expect(ended(it).slice(0, 3)).toEqual([
      [0, 100],
      [0, 0],
      [160, 0],
    ]);
  });
});

describe('a non-runner in a couplé', () => {
  const COUPLE = poolId('couple');
  const rules = ruleSetById('couple-gagnant-pmu@1');
  if (rules === undefined) throw new Error('no couplé');
  const declared = { ...declare([poolOf({}, { id: COUPLE, ruleSet: rules })]), offAtMs: 1 };
  const pair = (runners: string, stake: number, alternates: readonly number[] = []): Ticket => ({
    ...ticket(runners.replaceAll('-', ','), { pool: 'couple', stake }),
    formula: 'unit',
    alternates,
    combinations: 1,
    cost: cents(stake),
  });

  test('pays who has the winner with it from the pot of one non-runner', () => {
    const bets = betting(
      { r1: declared },
      pair('1-2', 1_000),
      pair('1-4', 1_000),
      pair('2-4', 1_000),
      pair('2-3', 7_000),
    );
    bets.race.tell(scratch(4));
    decide(bets.race, 'r1', '1 2 3');
    const price = bets.race.pool(COUPLE).price;
    expect(price?.dividends.map(({ tier, outcome }) => [tier, outcome])).toEqual([
      ['gagnant', '1-2'],
      ['1-np', '1-NP'],
    ]);
    const [both = 0, one = 0] = price?.dividends.map((it) => it.hundredths) ?? [];
    expect(both).toBeGreaterThan(one);
    // Who has the second with a non-runner has nothing.
    expect(ended(bets)).toEqual([
      [both * 10, 0],
      [one * 10, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('is replaced by the complement, and the bet counts as any other', () => {
    const bets = betting(
      { r1: declared },
      pair('1-4', 1_000, [2]),
      pair('1-3', 1_000),
      pair('3-4', 1_000, [2]),
    );
    bets.race.tell(scratch(4));
    decide(bets.race, 'r1', '1 2 3');
    const price = bets.race.pool(COUPLE).price;
    expect(price?.dividends.map(({ tier }) => tier)).toEqual(['gagnant']);
    const [dividend] = price?.dividends ?? [];
    expect(ended(bets)).toEqual([
      [(dividend?.hundredths ?? 0) * 10, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('a leg that is moved to another surface', () => {
  const double = (surfaceChange: LegRules['surfaceChange']): PoolDeclaration => ({
    ...doublePool(),
    ruleSet: multiLegRules(
      { legs: { voided: 'all-win', voidedMax: 1, surfaceChange }, combinationsMax: 6 },
      { legs: 2 },
    ),
  });
  const moved: RaceCommand = { kind: 'change-surface', why: 'rain', ...ordered };
  function played(rule: LegRules['surfaceChange'], leg: string) {
    const bets = betting(
      { r1: declare([double(rule)]), r2: declare([]) },
      ticket('1/1', { pool: 'double' }),
      ticket('1/2', { pool: 'double' }),
      ticket('2/1', { pool: 'double' }),
    );
    bets.race.troupe.tell(`race/${leg}`, moved);
    decide(bets.race, 'r1', '1 2');
    decide(bets.race, 'r2', '1 2');
    return bets;
  }

  test('is won by all where the rule set says so', () => {
    // 3.00, a fifth taken: 2.40 over 2.00.
    expect(ended(played('all-win', 'r2'))).toEqual([
      [120, 0],
      [120, 0],
      [0, 0],
    ]);
    expect(ended(played('all-win', 'r1'))).toEqual([
      [120, 0],
      [0, 0],
      [120, 0],
    ]);
  });

  test('stands where the rule set says so', () => {
    expect(ended(played('stands', 'r2'))).toEqual([
      [240, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('is told once, before the race is official and not after', () => {
    const one = given(raceKind, 'r1').after(declare(), open);
    one.when(moved).yields({ kind: 'surface-changed', why: 'rain', ...ordered });
    one.after(moved).when(moved).yields();
    one.after(close, result('1 2'), official).when(moved).refuses({
      reason: 'wrong-phase',
      phase: 'official',
      needed: 'declared or open or suspended or closed or run or provisional or under-inquiry',
    });
    given(raceKind, 'r1').after(declare(), voided).when(moved).refuses({
      reason: 'wrong-phase',
      phase: 'void',
      needed: 'declared or open or suspended or closed or run or provisional or under-inquiry',
    });
  });
});

describe('a carry-over', () => {
  const declared = (nobodyWins: RuleSet['nobodyWins'], more: Partial<PoolDeclaration>) =>
    declare([poolOf({ nobodyWins, fund: 'pot', stages: POTS }, more)]);
  /** Three quarters to the winner, one to the first two; what is not won is carried. */
  const POTS: RuleSet['stages'] = [
    {
      tiers: [
        { id: 'first', match: among(1, 1) },
        { id: 'second', match: among(2, 1) },
      ],
      reserve: 'none',
      pots: [
        { id: 'major', parts: 3, tiers: ['first'], per: 'stake', unwon: 'carry-net' },
        { id: 'minor', parts: 1, tiers: ['second'], per: 'stake', unwon: 'share' },
      ],
    },
  ];
  const bets = (nobodyWins: RuleSet['nobodyWins'], more: Partial<PoolDeclaration>) =>
    betting(
      { r1: declared(nobodyWins, more) },
      ticket('1', { stake: 500 }),
      ticket('2', { stake: 500 }),
    );

  test('that is brought in is won with the rest', () => {
    const it = bets('carry-net', { carriedNet: cents(1_000) });
    decide(it.race, 'r1', '1 2');
    // 10.00, a fifth taken: 8.00, of it 6.00 and 10.00 to the winner, 2.00 to the second.
    expect(it.race.pool().price).toMatchObject({
      broughtIn: 1_000,
      carryOver: 1_000,
      carriedOut: 0,
    });
    expect(ended(it)).toEqual([
      [1_600, 0],
      [200, 0],
    ]);
    expect(houseOf(it.race)).toMatchObject({ funds: [{ fund: 'pot', amount: -1_000 }] });
  });

  test('that nobody wins goes on, less the takeout', () => {
    const it = bets('carry-net', { carriedNet: cents(1_000) });
    decide(it.race, 'r1', '3 2');
    expect(it.race.pool().price).toMatchObject({ carriedOut: 1_600, carriedNet: 1_600 });
    expect(ended(it)).toEqual([
      [0, 0],
      [200, 0],
    ]);
    expect(houseOf(it.race)).toMatchObject({ funds: [{ fund: 'pot', amount: 600 }] });
  });

  test('is all paid on a mandatory day while anybody has anything right', () => {
    const it = bets('carry-net', { carriedNet: cents(1_000), mandatory: true });
    decide(it.race, 'r1', '3 2');
    expect(it.race.pool().price).toMatchObject({ carriedOut: 0 });
    expect(ended(it)).toEqual([
      [0, 0],
      [1_800, 0],
    ]);
  });

  test('from which nothing was taken before is taken from now', () => {
    const it = bets('carry-gross', { carriedGross: cents(1_000) });
    decide(it.race, 'r1', '1 2');
    // 20.00, a fifth taken: 16.00, of it 12.00 and 4.00.
    expect(it.race.pool().price).toMatchObject({ takeout: 400 });
    expect(ended(it)).toEqual([
      [1_200, 0],
      [400, 0],
    ]);
    const unwon = bets('carry-gross', { carriedGross: cents(1_000) });
    decide(unwon.race, 'r1', '3 4');
    expect(unwon.race.pool().price).toMatchObject({ takeout: 0, carriedGross: 2_000 });
    ended(unwon);
  });

  test('makes a declaration another one', () => {
    const once = given(raceKind, 'r1').after(declared('carry-net', { carriedNet: cents(1) }));
    once.when(declared('carry-net', { carriedNet: cents(1) })).yields();
    for (const other of [
      { carriedNet: cents(2) },
      { carriedNet: cents(1), carriedGross: cents(1) },
      { carriedNet: cents(1), mandatory: true },
    ]) {
      once.when(declared('carry-net', other)).refuses({ reason: 'race-exists', race: R1 });
    }
  });

  function houseOf({ troupe }: SoldRace): unknown {
    return troupe.answer('operator/house', { kind: 'books' });
  }
});

describe('what a rule set allows', () => {
  const DAY_MS = 86_400_000;
  const on = (day: number): RaceCommand => ({
    ...declare([poolOf({ from: '1970-01-03', until: '1970-01-04' })]),
    offAtMs: day * DAY_MS,
  });

  test.each([
    ['1970-01-02', 2 * DAY_MS - 1],
    ['1970-01-05', 4 * DAY_MS],
  ])('is for races of its days, not of %s', (day, offAtMs) => {
    given(raceKind, 'r1')
      .when({ ...on(0), offAtMs } as RaceCommand)
      .refuses({
        reason: 'bad-declaration',
        path: 'pools[0].ruleSet',
        problem: `test@1 is for 1970-01-03 to 1970-01-04, not ${day}`,
      });
  });

  test.each([2 * DAY_MS, 4 * DAY_MS - 1])(
    'is for races of its first and last day: %i',
    (offAtMs) => {
      expect(given(raceKind, 'r1').when({ ...on(0), offAtMs } as RaceCommand).events).toMatchObject(
        [{ kind: 'race-declared' }],
      );
    },
  );

  test('are the channels that sell it, and no bet of one that was taken out comes late', () => {
    const pool = poolOf({ channels: [{ channel: 'online' }, { channel: 'kiosk' }] });
    const opened = given(raceKind, 'r1').after(declare([pool]), open);
    const refusals = (command: RaceCommand, ...before: RaceCommand[]) =>
      opened
        .after(...before)
        .when(command)
        .events.map((it) => (it.kind === 'bet-refused' ? it.refusal.reason : it.kind));
    expect(refusals(register('1', { channel: 'phone' }))).toEqual(['channel-not-sold']);
    expect(refusals(register('1', { channel: 'kiosk' }))).toEqual(['bet-registered']);
    const late = register('2', { channel: 'kiosk', bet: 'b2' });
    expect(refusals(late, register('1', { channel: 'kiosk' }), removeSource())).toEqual([
      'source-removed',
    ]);
    expect(refusals(register('2', { bet: 'b2' }), removeSource(), settleNext())).toEqual([
      'bet-registered',
    ]);
  });

  test('is a takeout of each source, in a price of its own', () => {
    const takeout = [{ basisPoints: 2_000 }, { basisPoints: 1_000, source: 'kiosk' }];
    const pool = poolOf({
      takeout,
      takeoutMethod: 'net-price',
      stages: [stage(among(1, 1), { reserve: 'none', per: 'stake' })],
    });
    const bets = betting(
      { r1: declare([pool]) },
      ticket('1', { stake: 1_000 }),
      ticket('1', { stake: 1_000, channel: 'kiosk' }),
      ticket('2', { stake: 1_000 }),
      ticket('2', { stake: 1_000, channel: 'kiosk' }),
    );
    decide(bets.race, 'r1', '1 2');
    const { price } = bets.race.pool();
    // Net 16.00 and 18.00; 34.00 over net winning stakes of 8.00 and 9.00 is 2.00 net for 1.00 net.
    expect(price?.dividends.map(({ source, hundredths }) => [source, hundredths])).toEqual([
      ['online', 160],
      ['kiosk', 180],
    ]);
    expect(price).toMatchObject({
      takeout: 600,
      sources: [
        { source: 'online', gross: 2_000, takeoutBasisPoints: 2_000 },
        { source: 'kiosk', gross: 2_000, takeoutBasisPoints: 1_000 },
      ],
    });
    expect(ended(bets)).toEqual([
      [1_600, 0],
      [1_800, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});
