import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Formulation } from '../../src/actors/formulation.ts';
import type { BetRecord, ClaimState } from '../../src/actors/player-events.ts';
import type { RuleSet, Bet as UnitBet } from '../../src/actors/pools/rule-set.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { cents, runnerNumber } from '../../src/actors/units.ts';
import { isFailure } from '../../src/gateway/failure.ts';
import { betOf, isFieldOfAll, ticketOf } from '../../src/gateway/tickets.ts';
import {
  BetStatus,
  ClaimStatus,
  Formula,
  PlaceBetRequestSchema,
} from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { ticket } from '../actors/given.ts';
import { bet } from './support/gateway.ts';

const TIERCE: UnitBet = { kind: 'runners', picks: [3], ordered: true };
const MULTI: UnitBet = { kind: 'runners', picks: [4, 5, 6, 7], ordered: false };
const DOUBLE: UnitBet = { kind: 'legs', legs: 2 };

/** A pool of `bet` on a race of so many starters, and one more that was withdrawn. */
function poolOf(unit: UnitBet, starters = 14): Formulation {
  const runners = Array.from({ length: starters + 1 }, (_, index) => ({
    number: index + 1,
    scratched: index === starters,
  }));
  // Only what is asked of a rule set here.
  return { phase: 'open', ruleSet: { bet: unit } as RuleSet, legs: [runners] };
}

const { UNIT, COMBINED, ALL_ORDERS, FIELD, FIELD_ALL_ORDERS, POSITIONS, LEGS } = Formula;
const FORMULAS = [UNIT, COMBINED, ALL_ORDERS, FIELD, FIELD_ALL_ORDERS, POSITIONS, LEGS];

type Otherwise = Parameters<typeof bet>[1];
const lists = (...them: number[][]) => ({ legs: them.map((runners) => ({ runners })) });
const requestOf = (otherwise: Otherwise) => create(PlaceBetRequestSchema, bet('b1', otherwise));

function made(otherwise: Otherwise, pool: Formulation | undefined): Ticket {
  const it = ticketOf(requestOf(otherwise), { pool });
  if (isFailure(it)) throw new Error(it.reason);
  return it;
}

describe('a request without a formula', () => {
  test('is all its runners, at the full stake, online', () => {
    expect(made(lists([1, 2]), undefined)).toMatchObject({
      ...{ formula: 'combined', picks: 0, alternates: [], flexi: 100 },
      ...{ stake: 200, combinations: 2, cost: 400, channel: 'online' },
    });
  });

  test('is its legs, in a pool of several races and where the pool is not known', () => {
    for (const pool of [poolOf(DOUBLE), undefined]) {
      const it = made(lists([1, 2], [3, 4, 5]), pool);
      expect(it).toMatchObject({ formula: 'legs', combinations: 6, cost: 1_200 });
    }
  });

  test('is every choice of its runners where a combination takes three', () => {
    expect(made(lists([1, 2, 3, 4, 5]), poolOf(TIERCE))).toMatchObject({
      formula: 'combined',
      combinations: 10,
    });
  });
});

describe('a formula', () => {
  const rows: [string, UnitBet, Otherwise, number][] = [
    ['unit', TIERCE, { formula: Formula.UNIT, ...lists([3, 1, 2]) }, 1],
    ['combined', TIERCE, { formula: Formula.COMBINED, ...lists([1, 2, 3, 4]) }, 4],
    ['all-orders', TIERCE, { formula: Formula.ALL_ORDERS, ...lists([1, 2, 3, 4]) }, 24],
    ['field', TIERCE, { formula: Formula.FIELD, ...lists([1, 2], [3, 4, 5]) }, 3],
    ['field-all-orders', TIERCE, { formula: Formula.FIELD_ALL_ORDERS, ...lists([1], [2, 3]) }, 6],
    ['positions', TIERCE, { formula: Formula.POSITIONS, ...lists([1, 2], [1, 2], [3]) }, 2],
    ['legs', DOUBLE, { formula: Formula.LEGS, ...lists([1, 2], [3]) }, 2],
    ['combined', MULTI, { formula: Formula.COMBINED, picks: 5, ...lists([1, 2, 3, 4, 5, 6]) }, 6],
  ];
  test.each(rows)('%s of %j is counted as the house counts it', (formula, unit, it, count) => {
    expect(made(it, poolOf(unit))).toMatchObject({
      formula,
      combinations: count,
      cost: count * 200,
    });
  });

  test.each([
    [{ formula: Formula.FIELD, ...lists([1, 2]) }, 12],
    [{ formula: Formula.FIELD_ALL_ORDERS, ...lists([1, 2]) }, 6 * 12],
  ])('of bases alone takes all other starters, and nobody who was withdrawn', (it, count) => {
    const field = made(it, poolOf(TIERCE));
    expect(field.legs).toEqual([
      [1, 2],
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    ]);
    expect(field.combinations).toBe(count);
    expect(isFieldOfAll(requestOf(it))).toBe(true);
    expect(isFieldOfAll(requestOf({ ...it, ...lists([1, 2], [3]) }))).toBe(false);
  });

  test('of bases alone that was placed before takes who ran then', () => {
    const request = requestOf({ formula: Formula.FIELD, ...lists([1, 2]) });
    const others = [7, 8, 9].map(runnerNumber);
    expect(ticketOf(request, { pool: poolOf(TIERCE), others })).toMatchObject({
      legs: [[1, 2], others],
      combinations: 3,
    });
  });

  test.each([{ formula: Formula.UNIT }, { formula: Formula.LEGS }, { picks: 4 }])(
    'is refused where the gateway does not know the pool: %j',
    (it) => {
      expect(ticketOf(requestOf(it), { pool: undefined })).toMatchObject({
        reason: 'formula-not-counted',
        details: { race: 'r1', pool: 'win' },
      });
    },
  );

  test('that the client counts otherwise is refused with both numbers', () => {
    const it = { formula: Formula.ALL_ORDERS, ...lists([1, 2, 3, 4]) };
    const pool = poolOf(TIERCE);
    expect(made({ ...it, combinations: 24n }, pool).combinations).toBe(24);
    expect(ticketOf(requestOf({ ...it, combinations: 4n }), { pool })).toMatchObject({
      reason: 'wrong-combinations',
      details: { given: '4', counted: '24' },
    });
  });

  test('that costs more than any account holds is refused before it is sent anywhere', () => {
    const most = { formula: Formula.ALL_ORDERS, picks: 7, stakeCents: 1_000_000_000n };
    const all = lists(Array.from({ length: 40 }, (_, index) => index + 1));
    const ordered: UnitBet = { kind: 'runners', picks: [7], ordered: true };
    const it = ticketOf(requestOf({ ...most, ...all }), { pool: poolOf(ordered, 40) });
    expect(it).toMatchObject({ reason: 'cost-too-large' });
  });

  test('whatever it is makes a ticket whose cost is stake times combinations, one at least', () => {
    const runners = fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.constantFrom(TIERCE, MULTI, DOUBLE),
        fc.constantFrom(...FORMULAS),
        fc.integer({ min: 0, max: 8 }),
        fc.array(runners, { minLength: 1, maxLength: 4 }),
        (unit, formula, picks, them) => {
          const it = made({ formula, picks, ...lists(...them) }, poolOf(unit));
          expect(it.combinations).toBeGreaterThanOrEqual(1);
          expect(it.cost).toBe(it.stake * it.combinations);
        },
      ),
    );
  });
});

test('terms that the request names are the ticket’s', () => {
  const terms = { channel: 'terminal', flexiPercent: 50, alternates: [0, 9] };
  expect(made(terms, poolOf(DOUBLE))).toMatchObject({
    ...{ channel: 'terminal', flexi: 50, alternates: [0, 9] },
  });
});

describe('a bet on the wire', () => {
  const record = (status: BetRecord['status']): BetRecord => ({
    ticket: { ...ticket('1,2'), formula: 'unit', picks: 2, alternates: [7], flexi: 25 },
    atMs: 1,
    tournaments: [],
    status,
  });

  test('shows its formula, picks, alternates, flexi and channel', () => {
    expect(betOf(record({ kind: 'cancelled' }))).toMatchObject({
      ...{ formula: Formula.UNIT, picks: 2, alternates: [7], flexiPercent: 25 },
      ...{ channel: 'online', combinations: 2n, status: BetStatus.CANCELLED },
    });
  });

  test('shows why a cancellation was refused', () => {
    const refusal = { reason: 'cancel-window-over', details: { seconds: '30' } } as const;
    const it = { ...record({ kind: 'registered' }), cancel: { kind: 'refused', refusal } } as const;
    expect(betOf(it)).toMatchObject({
      status: BetStatus.REGISTERED,
      cancelRefusalReason: 'cancel-window-over',
    });
  });

  test.each<[ClaimState, number, ClaimStatus]>([
    [{ kind: 'paid' }, 900, ClaimStatus.UNSPECIFIED],
    [{ kind: 'unclaimed', untilMs: 0 }, 900, ClaimStatus.UNCLAIMED],
    [{ kind: 'unclaimed', untilMs: 0 }, 0, ClaimStatus.UNSPECIFIED],
    [{ kind: 'claimed' }, 900, ClaimStatus.CLAIMED],
    [{ kind: 'expired' }, 900, ClaimStatus.EXPIRED],
  ])('shows where its money is: %j of %i', (claim, payout, shown) => {
    const paid = { payout: cents(payout), refund: cents(0), settlement: 1, claim };
    expect(betOf(record({ kind: 'settled', ...paid })).claimStatus).toBe(shown);
  });
});
