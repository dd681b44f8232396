import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contribution } from '../../../src/actors/scoring/contribution.ts';
import { scoreOf } from '../../../src/actors/scoring/player-score.ts';
import { rulesFor, type ScoringRuleSet } from '../../../src/actors/scoring/rule-set.ts';

const DAY_MS = 86_400_000;
const ALONE = { opensMs: 0, entrants: 1, before: () => 0, placeOf: () => 0 };

let made = 0;
function won(win: number, rest: Partial<Contribution> = {}): Contribution {
  const id = `e${made++}`;
  return { id, game: id, stake: 100, win, timeMs: made, sequence: 0, ...rest };
}

function rules(rest: Partial<ScoringRuleSet> = {}): ScoringRuleSet {
  return { id: 'r@1', points: { kind: 'return-percent' }, ...rest };
}

const scored = (rest: Partial<ScoringRuleSet>, ...all: readonly Contribution[]) =>
  scoreOf(rules(rest), all, ALONE);

describe('what one event is worth', () => {
  test.each<[string, Partial<ScoringRuleSet>, Contribution, number]>([
    ['a multiplier', { points: { kind: 'multiplier' } }, won(700), 300],
    ['a multiplier of nothing won', { points: { kind: 'multiplier' } }, won(0), 0],
    ['a multiplier without stake', { points: { kind: 'multiplier' } }, won(700, { stake: 0 }), 0],
    ['a return in percent, cut', {}, won(199, { stake: 201 }), 99],
    ['a return without stake', {}, won(199, { stake: 0 }), 0],
    ['a win on a curve', { points: { kind: 'win-curve', unit: 50 } }, won(150), 200],
    ['a success', { points: { kind: 'fixed', points: 7 } }, won(1), 7],
    ['no success', { points: { kind: 'fixed', points: 7 } }, won(0), 0],
    ['a place', { points: { kind: 'places', points: [10, 6] } }, won(0, { place: 2 }), 6],
    ['a place beyond', { points: { kind: 'places', points: [10, 6] } }, won(0, { place: 3 }), 0],
    ['no place', { points: { kind: 'places', points: [10, 6] } }, won(9), 0],
    ['more than the cap', { caps: { event: 250 } }, won(300), 250],
    ['as much as the cap', { caps: { event: 250 } }, won(250), 250],
    ['a bonus, without a rule for it', {}, won(300, { bonus: true }), 0],
    ['a bonus at half', { bonusPermille: 500 }, won(301, { bonus: true }), 150],
    ['real money, with a rule for bonuses', { bonusPermille: 500 }, won(301), 301],
    [
      'a stake that weighs',
      {
        stakeWeights: [
          { fromStake: 0, permille: 500 },
          { fromStake: 100, permille: 900 },
        ],
      },
      won(200),
      180,
    ],
    [
      'a stake that weighs less',
      {
        stakeWeights: [
          { fromStake: 100, permille: 900 },
          { fromStake: 0, permille: 500 },
        ],
      },
      won(198, { stake: 99 }),
      100,
    ],
    [
      'a stake below all weights',
      { stakeWeights: [{ fromStake: 101, permille: 900 }] },
      won(200),
      0,
    ],
  ])('%s', (_what, rest, event, points) => {
    expect(scored(rest, event).score).toBe(points);
  });

  test('first come, by who came before', () => {
    const context = { ...ALONE, entrants: 5, before: (game: string) => (game === 'g1' ? 3 : 0) };
    const by = rules({ points: { kind: 'first-come' }, counts: 'first-success' });
    expect(scoreOf(by, [won(1, { game: 'g1' })], context).score).toBe(2);
    expect(scoreOf(by, [won(1, { game: 'g2' })], context).score).toBe(5);
    expect(scoreOf(by, [won(0, { game: 'g1' })], context).score).toBe(0);
  });
});

describe('which events count', () => {
  test('the best so many, summed, and the earlier of two alike', () => {
    const all = [won(300, { timeMs: 9 }), won(200, { timeMs: 8 }), won(200, { timeMs: 3 })];
    expect(scored({ best: { of: 2, by: 'sum' } }, ...all)).toMatchObject({
      score: 500,
      reached: 9,
      counted: 2,
    });
    expect(scored({ best: { of: 2, by: 'sum' } }, ...all.slice(1))).toMatchObject({ reached: 8 });
  });

  test('one that was best and is corrected gives way to the next, without a trace', () => {
    const best = { best: { of: 1, by: 'sum' } } as const;
    const [high, low] = [won(900), won(300)];
    expect(scored(best, high, low).score).toBe(900);
    expect(scored(best, { ...high, win: 0 }, low)).toEqual(scored(best, low, { ...high, win: 0 }));
    expect(scored(best, { ...high, win: 0 }, low).score).toBe(300);
  });

  test.each([
    [3, [300, 200, 100], 200],
    [3, [300, 200], 200],
    [3, [300], 0],
    [4, [400, 300, 201, 100], 250],
    [4, [400, 301], 150],
    [1, [400, 301], 400],
  ])('the median of the best %i of %j', (of, wins, score) => {
    expect(scored({ best: { of, by: 'median' } }, ...wins.map((it) => won(it))).score).toBe(score);
  });

  test('the earliest attempts, by when they happened', () => {
    const [late, early] = [won(900, { timeMs: 20 }), won(100, { timeMs: 10 })];
    expect(scored({ attempts: 1 }, late, early).score).toBe(100);
    const [second, first] = [
      won(900, { timeMs: 10, sequence: 2 }),
      won(100, { timeMs: 10, sequence: 1 }),
    ];
    expect(scored({ attempts: 1 }, second, first).score).toBe(100);
  });

  test('no more than a day gives, or a provider', () => {
    const at = (day: number, provider: string) => ({ timeMs: day * DAY_MS + made, provider });
    const all = [
      won(300, at(1, 'p')),
      won(300, at(1, 'q')),
      won(300, at(2, 'p')),
      won(300, at(3, 'p')),
    ];
    expect(scored({ caps: { day: 400 } }, ...all).score).toBe(1_000);
    expect(scored({ caps: { provider: 500 } }, ...all).score).toBe(800);
    expect(scored({ caps: { day: 400, provider: 500 } }, ...all).score).toBe(600);
  });

  test('of each game the first success, with the misses before it', () => {
    const contest: Partial<ScoringRuleSet> = {
      points: { kind: 'fixed', points: 1 },
      outcomes: { successes: ['yes'], ignored: ['void'] },
      counts: 'first-success',
      penalty: { unitMs: 60_000, perMiss: 20 },
    };
    const tried = (game: string, minute: number, outcome: string) =>
      won(0, { game, timeMs: minute * 60_000 + 59_999, outcome });
    const all = [
      tried('A', 5, 'no'),
      tried('A', 6, 'void'),
      tried('A', 10, 'yes'),
      tried('A', 11, 'no'),
      tried('A', 12, 'yes'),
      tried('B', 3, 'no'),
    ];
    expect(scored(contest, ...all)).toEqual({
      score: 1,
      penalty: 30,
      reached: 10 * 60_000 + 59_999,
      diversity: 1,
      counted: 1,
    });
    expect(scoreOf(rules(contest), all, { ...ALONE, opensMs: 60_000 }).penalty).toBe(29);
  });
});

describe('what breaks ties', () => {
  test('is reached when the last that gave points happened, within the quantum', () => {
    const all = [
      won(100, { timeMs: 61_000 }),
      won(0, { timeMs: 999_000 }),
      won(5, { timeMs: 119_999 }),
    ];
    expect(scored({}, ...all).reached).toBe(119_999);
    expect(scored({ reachedQuantumMs: 60_000 }, ...all).reached).toBe(60_000);
    expect(scored({}, won(0))).toMatchObject({ reached: 0, diversity: 0, counted: 1 });
  });

  test('is how many games gave points', () => {
    const all = [
      won(1, { game: 'a' }),
      won(2, { game: 'a' }),
      won(3, { game: 'b' }),
      won(0, { game: 'c' }),
    ];
    expect(scored({}, ...all).diversity).toBe(2);
  });
});

test('a score depends on the set of events alone, and no cap or quota raises it', () => {
  const event = fc.record({
    id: fc.uuid(),
    game: fc.constantFrom('a', 'b', 'c'),
    stake: fc.constantFrom(100, 250),
    win: fc.integer({ min: 0, max: 2_000 }),
    timeMs: fc.integer({ min: 0, max: 3 * DAY_MS }),
    sequence: fc.constantFrom(0, 1),
    provider: fc.constantFrom('p', 'q'),
  });
  const drawn = fc.record({
    best: fc.record({ of: fc.integer({ min: 1, max: 5 }), by: fc.constant('sum' as const) }),
    caps: fc.record({
      event: fc.integer({ min: 0, max: 900 }),
      day: fc.integer({ min: 0, max: 2_000 }),
      provider: fc.integer({ min: 0, max: 2_000 }),
    }),
    attempts: fc.integer({ min: 1, max: 10 }),
  });
  const events = fc.uniqueArray(event, { maxLength: 20, selector: ({ id }) => id });
  fc.assert(
    fc.property(events, drawn, (all, rest) => {
      const whole = scored(rest, ...all);
      expect(scored(rest, ...all.toReversed())).toEqual(whole);
      expect(whole.score).toBeLessThanOrEqual(scored({}, ...all).score);
      expect(whole.score).toBeLessThanOrEqual(rest.best.of * rest.caps.event);
      expect(whole.score).toBeLessThanOrEqual(2 * rest.caps.provider);
      expect(whole.counted).toBeLessThanOrEqual(Math.min(rest.best.of, rest.attempts));
    }),
    { numRuns: 500 },
  );
});

describe('a repeat within the narrow window', () => {
  const at = (timeMs: number, rest: Partial<Contribution> = {}) =>
    won(300, { game: 'g', timeMs, ...rest });
  const within = (windowMs: number | undefined, ...all: readonly Contribution[]) =>
    scoreOf(rules(), all, { ...ALONE, duplicateWindowMs: windowMs }).score;

  test.each<[string, number | undefined, Contribution[], number]>([
    ['counts once', 50, [at(0), at(50)], 300],
    ['counts twice beyond it', 50, [at(0), at(51)], 600],
    ['counts twice without a window', undefined, [at(0), at(0)], 600],
    ['is measured from what counted', 50, [at(0), at(40), at(80)], 600],
    ['is none with another stake', 50, [at(0), at(0, { stake: 50 })], 900],
    ['is none in another game', 50, [at(0), at(0, { game: 'h' })], 600],
  ])('%s', (_, windowMs, all, score) => {
    expect(within(windowMs, ...all)).toBe(score);
    expect(within(windowMs, ...all.toReversed())).toBe(score);
  });
});

describe('what is reached by game', () => {
  const programme = ['g1', 'g2', 'g3'];
  const context = { ...ALONE, placeOf: (game: string) => programme.indexOf(game) + 1 };
  const by = rules({ reachedBy: 'game', best: { of: 1, by: 'sum' } });

  test('is the last of the programme that gave points', () => {
    const all = [won(100, { game: 'g2' }), won(0, { game: 'g3' }), won(100, { game: 'g1' })];
    expect(scoreOf({ ...by, best: { of: 3, by: 'sum' } }, all, context).reached).toBe(2);
  });

  test('of equals the earlier counts, whenever it was bet', () => {
    const all = [won(100, { game: 'g2', timeMs: 1 }), won(100, { game: 'g1', timeMs: 2 })];
    expect(scoreOf(by, all, context).reached).toBe(1);
  });
});

describe('a switch', () => {
  const by = rules({
    caps: { event: 100 },
    bonusPermille: 500,
    switches: [
      { off: ['caps'], regions: ['fr'] },
      { off: ['bonusPermille'], regions: ['fr'], divisions: ['gold'] },
    ],
  });

  test.each([
    ['', '', ['caps', 'bonusPermille']],
    ['fr', '', ['bonusPermille']],
    ['fr', 'gold', []],
    ['de', 'gold', ['caps', 'bonusPermille']],
  ])('for region %j and division %j leaves %j', (region, division, left) => {
    const found = Object.keys(rulesFor(by, { region, division }));
    expect(found.filter((it) => it === 'caps' || it === 'bonusPermille')).toEqual(left);
  });

  test('of a bonus makes what was staked with one worth nothing', () => {
    const own = rulesFor(by, { region: 'fr', division: 'gold' });
    expect(scoreOf(own, [won(400, { bonus: true })], ALONE).score).toBe(0);
    expect(scoreOf(by, [won(400, { bonus: true })], ALONE).score).toBe(100);
  });
});
