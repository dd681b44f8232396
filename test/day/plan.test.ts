import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import { isId } from '../../src/actors/units.ts';
import { WITHDRAWAL_MS } from '../../src/day/market.ts';
import { displayUnitHundredths, NET, placeShares, winShares } from '../../src/day/odds.ts';
import { type PlanOptions, planDay } from '../../src/day/plan.ts';
import { programme, raceOf } from './support/sha-tin.ts';

const OPTIONS: PlanOptions = { seed: 1, players: 40, terminals: 3, betsPerRace: 300 };
const full = planDay(programme, { ...OPTIONS, betsPerRace: 3_000 });

const anyOptions = fc.record({
  seed: fc.nat(),
  players: fc.integer({ min: 1, max: 400 }),
  terminals: fc.integer({ min: 1, max: 9 }),
  betsPerRace: fc.integer({ min: 10, max: 60 }),
});
const few = { numRuns: 15 };

const offMsOf = (raceId: string) => programme.races.find(({ id }) => id === raceId)?.offMs ?? 0;
const combinationsOf = (legs: readonly (readonly number[])[]) =>
  legs.reduce((product, leg) => product * leg.length, 1);

describe('a plan', () => {
  it('is the same for the same seed, and another for another', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const again = planDay(programme, options);
        expect(again).toEqual(planDay(programme, options));
        const other = planDay(programme, { ...options, seed: options.seed + 1 });
        expect(other.tag).not.toBe(again.tag);
        expect(other.bets.map(({ legs }) => legs)).not.toEqual(again.bets.map(({ legs }) => legs));
      }),
      few,
    );
  });

  it('numbers bets with ids that no other plan uses', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { bets, tag } = planDay(programme, options);
        const ids = new Set(bets.map(({ betId }) => betId));
        expect(ids.size).toBe(bets.length);
        for (const id of ids) expect(isId(id) && id.endsWith(`-${tag}`)).toBe(true);
      }),
      few,
    );
    expect(full.bets.find(({ raceId }) => raceId === 'sha-tin-r6')?.betId).toMatch(
      /^r6-000001-[a-z0-9]+$/,
    );
  });

  it('stakes what each pool’s rule set takes', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        for (const { raceId, poolId, stakeCents, legs } of planDay(programme, options).bets) {
          const race = programme.races.find(({ id }) => id === raceId);
          const pool = race?.pools.find(({ id }) => id === poolId);
          const ruleSet = ruleSetById(pool?.ruleSetId ?? '');
          if (!ruleSet) throw new Error(`${raceId} ${poolId} has no rule set`);
          expect(stakeCents % ruleSet.stake.unitCents).toBe(0);
          expect(stakeCents).toBeGreaterThanOrEqual(ruleSet.stake.minimumCents);
          expect(stakeCents).toBeLessThanOrEqual(ruleSet.stake.maximumCents);
          expect(legs).toHaveLength(ruleSet.bet.kind === 'legs' ? ruleSet.bet.legs : 1);
          expect(combinationsOf(legs)).toBeLessThanOrEqual(Math.min(100, ruleSet.combinationsMax));
        }
      }),
      few,
    );
  });

  it('is in the order of time, every bet between the start of the day and its off', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { bets } = planDay(programme, options);
        expect(bets).toEqual(bets.toSorted((a, b) => a.atMs - b.atMs));
        for (const { atMs, raceId } of bets) {
          expect(atMs).toBeGreaterThanOrEqual(0);
          expect(atMs).toBeLessThan(offMsOf(raceId));
        }
      }),
      few,
    );
  });

  it('has most money in the last five minutes, and more in each than in the one before', () => {
    const minutes = Array.from({ length: 6 }, () => 0);
    let allCents = 0;
    for (const { atMs, raceId, stakeCents } of full.bets) {
      const minute = Math.floor((offMsOf(raceId) - atMs) / 60_000);
      if (minute < minutes.length) minutes[minute] = (minutes[minute] ?? 0) + stakeCents;
      allCents += stakeCents;
    }
    const lastFive = minutes.slice(0, 5).reduce((sum, cents) => sum + cents, 0);
    expect(lastFive / allCents).toBeGreaterThan(0.6);
    expect(minutes).toEqual(minutes.toSorted((a, b) => b - a));
  });

  it('gives each player money for all of its bets, and a name of its own', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { players, bets } = planDay(programme, options);
        const left = new Map(players.map(({ id, depositCents }) => [id, depositCents]));
        for (const { playerId, stakeCents, legs } of bets) {
          left.set(playerId, (left.get(playerId) ?? 0) - stakeCents * combinationsOf(legs));
        }
        for (const cents of left.values()) expect(cents).toBeGreaterThanOrEqual(0);
        expect(new Set(players.map(({ alias }) => alias)).size).toBe(options.players);
        expect(left.size).toBe(options.players);
      }),
      few,
    );
  });

  it('bets on the withdrawn horse before its withdrawal, and never after', () => {
    const onIt = full.bets.filter(
      ({ raceId, legs }) => raceId === 'sha-tin-r9' && legs[0]?.includes(15),
    );
    expect(onIt.length).toBeGreaterThan(0);
    for (const { atMs } of onIt) expect(atMs).toBeLessThan(raceOf(9).offMs - WITHDRAWAL_MS);
  });

  it('takes several runners in some leg of most five-race tickets', () => {
    const tickets = full.bets.filter(({ poolId }) => poolId === 'big5');
    const several = tickets.filter(({ legs }) => combinationsOf(legs) > 1);
    expect(tickets.length).toBeGreaterThan(500);
    expect(several.length / tickets.length).toBeGreaterThan(0.9);
    expect(tickets.every(({ legs }) => !legs[2]?.includes(15))).toBe(true);
  });
});

it('the net pool is what the win rules leave after the takeout', () => {
  expect(NET).toBe(1 - (ruleSetById('win-hkjc@1')?.takeout[0]?.basisPoints ?? 0) / 10_000);
});

describe.each(programme.races.map((race) => ({ race, number: race.number })))(
  'the money on race $number',
  ({ race }) => {
    it.each([
      ['win', winShares(race)],
      ['place', placeShares(race)],
    ])('stands in the shares that the %s odds say', (poolId, shares) => {
      expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      const moneyCents = new Map<number, number>();
      let allCents = 0;
      for (const { raceId, legs, stakeCents, ...bet } of full.bets) {
        const runner = legs[0]?.[0] ?? 0;
        if (raceId !== race.id || bet.poolId !== poolId || runner === 15) continue;
        moneyCents.set(runner, (moneyCents.get(runner) ?? 0) + stakeCents);
        allCents += stakeCents;
      }
      for (const { runner, share } of shares) {
        expect(Math.abs((moneyCents.get(runner) ?? 0) / allCents - share)).toBeLessThan(0.01);
      }
    });

    it('gives every runner a dividend that displays as published', () => {
      for (const { runner, share } of winShares(race)) {
        const odds = race.runners.find(({ number }) => number === runner)?.oddsHundredths ?? 0;
        const dividend = (NET * 100) / share;
        expect(dividend).toBeGreaterThanOrEqual(odds);
        expect(dividend).toBeLessThan(odds + displayUnitHundredths(odds));
      }
    });

    it('is worth more to win than to be placed for the favourite alone', () => {
      const byWin = winShares(race).toSorted((a, b) => b.share - a.share);
      const byPlace = new Map(placeShares(race).map(({ runner, share }) => [runner, share]));
      const [first, last] = [byWin.at(0), byWin.at(-1)];
      expect(byPlace.get(first?.runner ?? 0)).toBeLessThan(first?.share ?? 0);
      expect(byPlace.get(last?.runner ?? 0)).toBeGreaterThan(last?.share ?? 1);
    });
  },
);
