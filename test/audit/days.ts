/** Days that the real actors play, as the logs they leave: with everything that moves money. */
import fc from 'fast-check';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import { cents } from '../../src/actors/units.ts';
import type { Told } from '../../src/audit/records.ts';
import {
  cancelOf,
  claim,
  close,
  correct,
  declare,
  deposit,
  doublePool,
  official,
  open,
  openAccount,
  PLACE,
  place,
  placePool,
  removeSource,
  result,
  scratch,
  ticket,
  voided,
  winPool,
  withdraw,
} from '../actors/given.ts';
import { picks } from '../support/arbitraries.ts';
import { createJobsByHand } from '../support/jobs-by-hand.ts';
import { createTroupe, type LogEntry, type Troupe } from '../support/scenario.ts';

const DAY_MS = 86_400_000;
export const FIRST_DAY_MS = Date.UTC(2026, 7, 2);
const CLAIM_DAYS = 3;

/** `online` is paid at once and may be cancelled, `kiosk` waits for whoever holds the ticket. */
const sold = (pool: PoolDeclaration, rules: Partial<PoolDeclaration['ruleSet']> = {}) => ({
  ...pool,
  ruleSet: {
    ...pool.ruleSet,
    channels: [
      { channel: 'online', cancelSeconds: 60 },
      { channel: 'kiosk', claimDays: CLAIM_DAYS },
    ],
    ...rules,
  },
});

/** A win pool that pays 2.50 at least, whoever funds it; one that is carried; a guarantee. */
const POOLS = {
  r1: [
    sold(winPool, {
      minimum: [{ belowHundredths: 250, paysHundredths: 250 }],
      shortfall: ['roundings', 'operator'],
    }),
    sold(placePool, { nobodyWins: 'carry-net', fund: 'place' }),
    sold(doublePool(3_000)),
  ],
  r2: [{ ...sold(winPool, { nobodyWins: 'carry-net', fund: 'place' }), carriedNet: cents(50) }],
};

const DECLARATIONS: Readonly<Record<'r1' | 'r2', RaceCommand>> = {
  r1: { ...declare(POOLS.r1, 3), offAtMs: FIRST_DAY_MS + DAY_MS / 2 },
  r2: { ...declare(POOLS.r2, 3), offAtMs: FIRST_DAY_MS + DAY_MS + 1 },
};

export type Step =
  | { readonly kind: 'player'; readonly player: string; readonly command: PlayerCommand }
  | { readonly kind: 'race'; readonly race: string; readonly command: RaceCommand }
  | { readonly kind: 'deliver'; readonly choice: number; readonly keep: boolean };

const players = fc.constantFrom('ann', 'bob');
const bets = fc.integer({ min: 1, max: 6 }).map((it) => `b${it}`);

const placed: fc.Arbitrary<Step> = fc
  .record({
    player: players,
    bet: bets,
    where: fc.constantFrom(['r1', 'win'], ['r1', 'place'], ['r1', 'double'], ['r2', 'win']),
    first: picks,
    second: picks,
    stake: fc.constantFrom(100, 150, 1_000),
    channel: fc.constantFrom('online', 'kiosk'),
  })
  .map(({ player, bet, where: [race = '', pool = ''], first, second, stake, channel }) => {
    const legs = pool === 'double' ? `${first.join()}/${second.join()}` : first.join();
    const it = ticket(legs, { player, bet, race, pool, stake, channel });
    return { kind: 'player', player, command: place(it) };
  });

const wishes: fc.Arbitrary<Step> = fc
  .record({
    player: players,
    command: fc.oneof(
      bets.map((bet) => cancelOf(bet)),
      bets.map(claim),
      fc.constant(withdraw(40)),
      fc
        .constantFrom(1, 2 * CLAIM_DAYS * DAY_MS)
        .map((atMs): PlayerCommand => ({ kind: 'expire-claims', atMs })),
    ),
  })
  .map(({ player, command }) => ({ kind: 'player', player, command }));

const claims: fc.Arbitrary<Step> = fc
  .record({ player: players, bet: bets })
  .map(({ player, bet }) => ({ kind: 'player', player, command: claim(bet) }));

const toRace = (commands: fc.Arbitrary<RaceCommand>): fc.Arbitrary<Step> =>
  fc
    .record({ race: fc.constantFrom('r1', 'r2'), command: commands })
    .map(({ race, command }) => ({ kind: 'race', race, command }));

/** While the races are open: rarely, so that most pools fill. */
const before = toRace(fc.constantFrom(scratch(1), scratch(3), removeSource('kiosk'), close));

/** Once they are run. */
const after = toRace(
  fc.constantFrom(
    ...[correct('2 1'), correct('1 3'), correct('3 2 1'), correct('1+2 3'), correct('2', 1, 3)],
    ...[removeSource('kiosk'), removeSource('online'), removeSource('kiosk', PLACE)],
  ),
);

const deliveries: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('deliver' as const),
  choice: fc.nat(20),
  keep: fc.boolean(),
});

const results = fc.constantFrom(result('1 2'), result('2 1 3'), result('1+2 3'), result('3 2'));

const run: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.constantFrom('r1', 'r2'), results, fc.constantFrom(official, official, voided))
  .map(([race, order, end]) =>
    [close, order, end].map((command): Step => ({ kind: 'race', race, command })),
  );

const hours = (...steps: readonly fc.Arbitrary<Step>[]) =>
  fc.array(fc.oneof(...steps.map((arbitrary) => ({ weight: 4, arbitrary })), deliveries), {
    maxLength: 40,
    size: 'max',
  });

/** Sale, a race, more sale, the other race, and what comes of it. */
export const days: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    hours(placed, placed, placed, wishes, deliveries),
    fc.array(before, { maxLength: 1 }),
    run,
    hours(placed, claims, wishes, deliveries, after),
    run,
    hours(claims, claims, wishes, deliveries, after),
  )
  .map((parts) => parts.flat());

/** Two races that are open, two players with money; then what the steps say, until all is quiet. */
export function played(steps: readonly Step[]): readonly LogEntry[] {
  const troupe = createTroupe();
  for (const race of ['r1', 'r2'] as const) {
    troupe.tell(`race/${race}`, DECLARATIONS[race]);
    troupe.tell(`race/${race}`, open);
  }
  for (const player of ['ann', 'bob']) {
    troupe.tell(`player/${player}`, openAccount);
    troupe.tell(`player/${player}`, deposit(100_000));
  }
  finish(troupe);
  for (const step of steps) {
    if (step.kind === 'player') {
      troupe.tell(`player/${step.player}`, step.command, 'may-refuse');
    } else if (step.kind === 'race') {
      troupe.tell(`race/${step.race}`, step.command, 'may-refuse');
    } else if (troupe.underWay > 0) {
      troupe.deliver(step.choice, step.keep ? 'keep' : undefined);
    }
  }
  finish(troupe);
  if (troupe.refused.length > 0) throw new Error(JSON.stringify(troupe.refused[0]));
  return troupe.log;
}

/** Until nothing is under way, and nothing is left to compute. */
export function finish(troupe: Troupe): void {
  troupe.deliverAll();
  for (const race of ['r1', 'r2']) createJobsByHand(troupe, `race/${race}`).finish();
}

/** As the auditor is told of it. */
export function toldIn({ address, event }: LogEntry): Told {
  const id = address.slice(address.indexOf('/') + 1);
  const of = address.slice(0, address.indexOf('/'));
  // The log pairs each address with its own kind of events.
  return { of, id, event } as Told;
}

const bet = (player: string, ...it: Parameters<typeof ticket>): Step => ({
  kind: 'player',
  player,
  command: place(ticket(it[0], { ...it[1], player })),
});
const wish = (player: string, command: PlayerCommand): Step => ({
  kind: 'player',
  player,
  command,
});
const order = (race: string, ...commands: readonly RaceCommand[]): Step[] =>
  commands.map((command) => ({ kind: 'race', race, command }));
const allDelivered: readonly Step[] = Array.from({ length: 60 }, () => ({
  kind: 'deliver',
  choice: 0,
  keep: false,
}));

/**
 * Everything once: a bet taken back, a minimum that the house funds, winnings claimed and winnings
 * left to the house, a correction after all was paid, a source removed after that, a pool that is
 * carried and a pool that has it, a guarantee.
 */
export const FULL_DAY: readonly Step[] = [
  bet('ann', '1', { bet: 'b1', stake: 1_000 }),
  bet('ann', '1', { bet: 'b2', stake: 1_000, channel: 'kiosk' }),
  bet('ann', '3', { bet: 'b3', stake: 100 }),
  bet('ann', '3', { bet: 'b4', stake: 200, pool: 'place', channel: 'kiosk' }),
  bet('ann', '1/1', { bet: 'b5', stake: 300, pool: 'double' }),
  bet('ann', '2', { bet: 'b6', stake: 300, race: 'r2' }),
  bet('bob', '2', { bet: 'b1', stake: 1_000 }),
  bet('bob', '2', { bet: 'b2', stake: 500, channel: 'kiosk' }),
  bet('bob', '3', { bet: 'b3', stake: 400, pool: 'place' }),
  bet('bob', '2/2', { bet: 'b4', stake: 300, pool: 'double' }),
  ...allDelivered,
  wish('ann', cancelOf('b3')),
  ...allDelivered,
  ...order('r1', close, result('1 2'), official),
  bet('bob', '2', { bet: 'b5', stake: 100 }),
  ...allDelivered,
  wish('ann', claim('b2')),
  ...order('r1', correct('2 1')),
  ...allDelivered,
  wish('bob', { kind: 'expire-claims', atMs: FIRST_DAY_MS }),
  ...allDelivered,
  ...order('r1', removeSource('kiosk', PLACE)),
  ...allDelivered,
  ...order('r2', close, result('2 1'), official),
];
