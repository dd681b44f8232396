import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Formulation, judgeFormulation } from '../../src/actors/formulation.ts';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import type { RacePhase } from '../../src/actors/race-events.ts';
import { combinationsOf, type RefusalReason, type Ticket } from '../../src/actors/ticket.ts';
import {
  betId,
  type Cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
} from '../../src/actors/units.ts';
import { multiLegRules, ruleSet } from './pools/given.ts';

const sold: Partial<RuleSet> = {
  stake: { minimumCents: 100, unitCents: 50, maximumCents: 1000 },
  combinationsMax: 6,
};
const oneRace = ruleSet({ ...sold, formulas: ['combined'] });
const twoRaces = multiLegRules(sold, { legs: 2 });

const running = (...numbers: number[]) => numbers.map((number) => ({ number, scratched: false }));
const oneLeg: Formulation = {
  phase: 'open',
  ruleSet: oneRace,
  legs: [[...running(1, 2, 3), { number: 4, scratched: true }]],
};
const twoLegs: Formulation = {
  phase: 'open',
  ruleSet: twoRaces,
  legs: [running(1, 2, 3), running(1, 2)],
};

/** Of a card of several legs, or of one race. */
function ticketOn(card: Formulation, legs: number[][], stake = 100, cost?: number): Ticket {
  const numbers = legs.map((leg) => leg.map(runnerNumber));
  const combinations = combinationsOf(numbers);
  return {
    bet: betId('b1'),
    player: playerId('alice'),
    race: raceId('r1'),
    pool: poolId('win'),
    formula: card.legs.length > 1 ? 'legs' : 'combined',
    legs: numbers,
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: stake as Cents,
    combinations,
    cost: (cost ?? stake * combinations) as Cents,
    channel: 'online',
  };
}
const ticket = (legs: number[][], stake?: number, cost?: number) =>
  ticketOn(oneLeg, legs, stake, cost);
const pair = (legs: number[][]) => ticketOn(twoLegs, legs);

const PHASES: Record<RacePhase, boolean> = {
  undeclared: false,
  declared: false,
  open: true,
  suspended: false,
  closed: false,
  run: false,
  provisional: false,
  'under-inquiry': false,
  official: false,
  paid: false,
  void: false,
  refunded: false,
};

describe('formulation', () => {
  for (const [phase, takesBets] of Object.entries(PHASES) as [RacePhase, boolean][]) {
    test(`${takesBets ? 'takes' : 'refuses'} a bet while the race is ${phase}`, () => {
      expect(judgeFormulation({ ...oneLeg, phase }, ticket([[1]]))).toEqual(
        takesBets ? undefined : { reason: 'race-not-open', details: { race: 'r1', phase } },
      );
    });
  }

  const refused: [string, Formulation, Ticket, RefusalReason, Record<string, string>][] = [
    [
      'two legs in a pool of one',
      oneLeg,
      ticket([[1], [2]]),
      'wrong-number-of-legs',
      { pool: 'win', legs: '2', needed: '1' },
    ],
    [
      'one leg in a pool of two',
      twoLegs,
      pair([[1]]),
      'wrong-number-of-legs',
      { pool: 'win', legs: '1', needed: '2' },
    ],
    [
      'no legs',
      oneLeg,
      ticket([]),
      'wrong-number-of-legs',
      { pool: 'win', legs: '0', needed: '1' },
    ],
    [
      'a leg without runners',
      twoLegs,
      pair([[1], []]),
      'wrong-number-of-runners',
      { leg: '1', runners: 'none' },
    ],
    [
      'a runner named twice',
      oneLeg,
      ticket([[2, 1, 2]]),
      'wrong-number-of-runners',
      { leg: '0', runners: '2,1,2' },
    ],
    [
      'a runner nobody declared',
      oneLeg,
      ticket([[1, 5]]),
      'unknown-runner',
      { leg: '0', runner: '5' },
    ],
    [
      'a runner of another leg',
      twoLegs,
      pair([[1], [3]]),
      'unknown-runner',
      { leg: '1', runner: '3' },
    ],
    ['a scratched runner', oneLeg, ticket([[1, 4]]), 'scratched-runner', { leg: '0', runner: '4' }],
    [
      'a leg nobody declared',
      { ...twoLegs, legs: [running(1), undefined] },
      pair([[1], [1]]),
      'leg-not-declared',
      { pool: 'win', leg: '1' },
    ],
    [
      'a stake one unit below the minimum',
      oneLeg,
      ticket([[1]], 50),
      'stake-below-minimum',
      { stake: '50', minimum: '100' },
    ],
    [
      'a stake of nothing',
      oneLeg,
      ticket([[1]], 0),
      'stake-below-minimum',
      { stake: '0', minimum: '100' },
    ],
    [
      'a stake one unit above the maximum',
      oneLeg,
      ticket([[1]], 1050),
      'stake-above-maximum',
      { stake: '1050', maximum: '1000' },
    ],
    [
      'a stake one cent over a multiple',
      oneLeg,
      ticket([[1]], 151),
      'stake-not-a-multiple',
      { stake: '151', unit: '50' },
    ],
    [
      'one combination too many',
      { ...twoLegs, ruleSet: { ...twoRaces, combinationsMax: 5 } },
      pair([
        [1, 2, 3],
        [1, 2],
      ]),
      'too-many-combinations',
      { pool: 'win', combinations: '6', maximum: '5' },
    ],
    [
      'a cost one cent short',
      oneLeg,
      ticket([[1, 2]], 100, 199),
      'wrong-cost',
      { cost: '199', stake: '100', combinations: '2' },
    ],
  ];
  test.each(refused)('refuses %s', (_what, card, bet, reason, details) => {
    expect(judgeFormulation(card, bet)).toEqual({ reason, details });
  });

  const taken: [string, Formulation, Ticket][] = [
    ['the minimum stake', oneLeg, ticket([[1]], 100)],
    ['the maximum stake', oneLeg, ticket([[1]], 1000)],
    [
      'as many combinations as the rule set takes',
      twoLegs,
      pair([
        [1, 2, 3],
        [1, 2],
      ]),
    ],
    [
      'a leg that the asker cannot see',
      { ...twoLegs, legs: [running(1), 'unseen'] },
      pair([[1], [99]]),
    ],
  ];
  test.each(taken)('takes %s', (_what, card, bet) => {
    expect(judgeFormulation(card, bet)).toBeUndefined();
  });

  test('names a repeated runner even in a leg that the asker cannot see', () => {
    const card: Formulation = { ...twoLegs, legs: [running(1), 'unseen'] };
    expect(judgeFormulation(card, pair([[1], [7, 7]]))?.reason).toBe('wrong-number-of-runners');
  });

  test('property: what passes keeps every promise of the head', () => {
    const runner = fc.integer({ min: 1, max: 5 });
    const legs = fc.array(fc.array(runner, { maxLength: 3 }), { maxLength: 3 });
    const stake = fc.constantFrom(0, 50, 100, 125, 150, 1000, 1050);
    fc.assert(
      fc.property(legs, stake, fc.boolean(), (picked, amount, onTwo) => {
        const card = onTwo ? twoLegs : oneLeg;
        const bet = ticketOn(card, picked, amount);
        const allRight =
          picked.length === card.legs.length &&
          picked.every((leg, index) => {
            const known = card.legs[index];
            const starters = Array.isArray(known) ? known.filter((it) => !it.scratched) : [];
            return (
              leg.length > 0 &&
              new Set(leg).size === leg.length &&
              leg.every((it) => starters.some(({ number }) => number === it))
            );
          }) &&
          amount >= 100 &&
          amount <= 1000 &&
          amount % 50 === 0 &&
          picked.reduce((product, leg) => product * leg.length, 1) <= card.ruleSet.combinationsMax;
        expect(judgeFormulation(card, bet) === undefined).toBe(allRight);
      }),
    );
  });
});
