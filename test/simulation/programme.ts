/** The races of a simulated day and what is sold on them: every way that money can go, in few pools. */
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  type RunnerNumber,
  raceId,
  runnerNumber,
} from '../../src/actors/units.ts';
import { multiLegRules, placeRules, ruleSet, stage } from '../actors/pools/given.ts';
import type { Chance } from './kernel.ts';

const CLAIM_DAYS = 3;
export const CHANNELS = ['online', 'kiosk'] as const;
export const TOURNAMENT = 't1';

/** All orders of three of them are more combinations than a shard prices itself: a job does. */
const TRIFECTA_RUNNERS = 29;

const channels: RuleSet['channels'] = [
  { channel: 'online', cancelSeconds: 60 },
  { channel: 'kiosk', claimDays: CLAIM_DAYS },
];
const stake = { minimumCents: 100, unitCents: 50, maximumCents: 10_000 };

const win = ruleSet({ channels, stake });
/** Pays 2.50 at least, whoever funds it. */
const floor = ruleSet({
  channels,
  stake,
  minimum: [{ belowHundredths: 250, paysHundredths: 250 }],
  shortfall: ['roundings', 'operator'],
});
const place = placeRules([{ startersMin: 2, places: 2 }], {
  channels,
  stake,
  nobodyWins: 'carry-net',
  fund: 'place',
});
const double = multiLegRules({ channels, stake }, { legs: 2 });
const trifecta = ruleSet({
  channels,
  bet: { kind: 'runners', picks: [3], ordered: true },
  stages: [stage({ kind: 'at', positions: [1, 2, 3] })],
  formulas: ['unit', 'all-orders'],
  stake: { minimumCents: 1, unitCents: 1, maximumCents: 10_000 },
});

function pool(id: string, rules: RuleSet, more: Partial<PoolDeclaration> = {}): PoolDeclaration {
  return { id: poolId(id), ruleSet: rules, legs: [], guarantee: cents(0), ...more };
}

export interface RaceOfDay {
  readonly id: string;
  readonly runners: number;
  readonly pools: readonly PoolDeclaration[];
}

const R1 = raceId('r1');
const R2 = raceId('r2');

/** @param large Whether one pool is for a job. */
export function programme(large: boolean): readonly RaceOfDay[] {
  return [
    {
      id: 'r1',
      runners: 6,
      pools: [
        pool('win', win),
        pool('place', place),
        pool('double', double, { legs: [R1, R2], guarantee: cents(3_000) }),
      ],
    },
    { id: 'r2', runners: 5, pools: [pool('win', win), pool('floor', floor)] },
    {
      id: 'r3',
      runners: large ? TRIFECTA_RUNNERS : 4,
      pools: [pool('win', win), ...(large ? [pool('trifecta', trifecta)] : [])],
    },
  ];
}

export function declaration(race: RaceOfDay, ordered: { by: string; atMs: number }): RaceCommand {
  return {
    kind: 'declare-race',
    title: race.id,
    offAtMs: Date.UTC(2026, 7, 2, 13),
    runners: numbered(race.runners).map((number) => ({ number, name: `horse ${number}` })),
    pools: race.pools,
    ...ordered,
  };
}

export function numbered(howMany: number): RunnerNumber[] {
  return Array.from({ length: howMany }, (_, index) => runnerNumber(index + 1));
}

/** A bet that somebody might place; some are on runners that will not run. */
export function ticketOf(
  races: readonly RaceOfDay[],
  { player, bet }: { readonly player: string; readonly bet: string },
  chance: Chance,
): Ticket {
  const race = chance.pick(races);
  const { id, ruleSet: rules } = chance.pick(race.pools);
  const common = {
    bet: betId(bet),
    player: playerId(player),
    race: raceId(race.id),
    pool: id,
    picks: 0,
    alternates: [],
    flexi: 100,
    channel: chance.pick(CHANNELS),
  };
  const amount = cents(chance.pick([100, 150, 500, 2_000]));
  if (rules.bet.kind === 'legs') {
    const legs = [pick(chance, 3, 2), pick(chance, 3, 2)];
    const combinations = legs.reduce((product, leg) => product * leg.length, 1);
    const cost = cents(amount * combinations);
    return { ...common, formula: 'legs', legs, stake: amount, combinations, cost };
  }
  if (rules.bet.picks[0] === 3) {
    const all = chance.oneIn(2);
    const legs = [all ? numbered(race.runners) : pick(chance, 4, 3).slice(0, 3)];
    const [list = []] = legs;
    while (list.length < 3) list.push(runnerNumber(list.length + 10));
    const size = list.length;
    const combinations = all ? size * (size - 1) * (size - 2) : 1;
    const one = cents(all ? 1 : 50);
    const cost = cents(one * combinations);
    return {
      ...common,
      formula: all ? 'all-orders' : 'unit',
      legs,
      stake: one,
      combinations,
      cost,
    };
  }
  const legs = [pick(chance, 4, 2)];
  const combinations = legs[0]?.length ?? 0;
  return {
    ...common,
    formula: 'combined',
    legs,
    stake: amount,
    combinations,
    cost: cents(amount * combinations),
  };
}

/** One to `most` different runners up to number `below`. */
function pick(chance: Chance, below: number, most: number): RunnerNumber[] {
  const left = numbered(below);
  return Array.from({ length: chance.between(1, most) }, () =>
    left.splice(chance.below(left.length), 1),
  ).flat();
}
