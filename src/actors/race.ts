/**
 * A race: its runners, its life, and the pools that close with it.
 *
 *   declared → open ⇄ suspended → closed → provisional → official → paid
 *       └────────┴────────┴──────────┴──────────┴──→ void → refunded
 *
 * Invariants: a bet is registered or refused once, for ever; none is registered in any phase but
 * `open`, so none after the recorded close; every pool is priced once and each of its tickets is
 * settled once; money in a pool is 0 when it is settled.
 */
import { type ActorKind, type Outgoing, type Ref, unreachable } from '../runtime/actor.ts';
import { raceCodec } from './codec.ts';
import { betFact, oddsView, raceView } from './feed.ts';
import {
  attachLeg,
  recordLeg,
  recordLegClosed,
  recordLegRunners,
  registerBet,
} from './race-bets.ts';
import type {
  LegOf,
  RaceAnswer,
  RaceCommand,
  RaceEvent,
  RaceQuery,
  RaceRejection,
} from './race-events.ts';
import { evolveRace } from './race-evolve.ts';
import {
  closeRace,
  declareRace,
  enterResult,
  makeOfficial,
  openRace,
  scratchRunner,
  suspendRace,
  voidRace,
} from './race-orders.ts';
import { settleNext } from './race-settlement.ts';
import { initialRace, type Race } from './race-state.ts';
import { raceBooks, raceSummary } from './race-summary.ts';
import type { RaceId } from './units.ts';

export const race: ActorKind<RaceCommand, RaceEvent, Race, RaceRejection, RaceQuery, RaceAnswer> = {
  kind: 'race',
  decider: {
    initial: initialRace,
    decide(state, command) {
      switch (command.kind) {
        case 'declare-race':
          return declareRace(state, command);
        case 'open-race':
          return openRace(state, command);
        case 'suspend-race':
          return suspendRace(state, command);
        case 'scratch-runner':
          return scratchRunner(state, command);
        case 'close-race':
          return closeRace(state, command);
        case 'enter-result':
          return enterResult(state, command);
        case 'make-official':
          return makeOfficial(state, command);
        case 'void-race':
          return voidRace(state, command);
        case 'register-bet':
          return registerBet(state, command.ticket);
        case 'attach-leg':
          return attachLeg(state, command.legOf);
        case 'record-leg-runners':
          return recordLegRunners(state, command);
        case 'record-leg-closed':
          return recordLegClosed(state, command);
        case 'record-leg':
          return recordLeg(state, command);
        case 'settle-next':
          return settleNext(state, command.pool);
        default:
          return unreachable(command);
      }
    },
    evolve: evolveRace,
    answer(state, query) {
      if (state.phase === 'undeclared') return { kind: 'nothing' };
      switch (query.kind) {
        case 'race':
          return { kind: 'race', race: raceSummary(state) };
        case 'books':
          return { kind: 'books', inPools: raceBooks(state) };
        default:
          return unreachable(query);
      }
    },
  },
  ...raceCodec,
  follow,
  fact: betFact,
  views: (_id, state, seen) =>
    state.phase === 'undeclared' ? [] : [raceView(state, seen), oddsView(state, seen)],
};

export function raceRef(id: RaceId): Ref<RaceCommand, RaceRejection, RaceQuery, RaceAnswer> {
  return { address: `race/${id}` };
}

/** What an event of race `id` makes due elsewhere: see each line for who hears of it. */
function follow(id: string, event: RaceEvent): readonly Outgoing[] {
  // The runtime made the address from a RaceId.
  const self = id as RaceId;
  switch (event.kind) {
    case 'race-declared':
      return [
        ...event.pools.flatMap((pool) =>
          pool.legs.map((leg, index) =>
            toRace(leg, { kind: 'attach-leg', legOf: { race: self, pool: pool.id, leg: index } }),
          ),
        ),
        ...event.legOf.map((leg) =>
          toHome(leg, 'record-leg-runners', { runners: event.runners.map((it) => it.number) }),
        ),
      ];
    case 'leg-attached':
      return [
        ...(event.declared
          ? [toHome(event.legOf, 'record-leg-runners', { runners: event.runners })]
          : []),
        ...(event.closed ? [toHome(event.legOf, 'record-leg-closed', {})] : []),
        ...(event.outcome === undefined
          ? []
          : [toHome(event.legOf, 'record-leg', { outcome: event.outcome })]),
      ];
    case 'runner-scratched':
      return [
        ...event.legOf.map((leg) => toHome(leg, 'record-leg-runners', { runners: event.runners })),
        ...event.refunding.map((pool) => toRace(self, { kind: 'settle-next', pool })),
      ];
    case 'race-closed':
      return event.legOf.map((leg) => toHome(leg, 'record-leg-closed', {}));
    case 'bet-registered':
      return [toPlayer(event.player, { kind: 'confirm-bet', bet: event.bet })];
    case 'bet-refused':
      return [
        toPlayer(event.player, { kind: 'release-bet', bet: event.bet, refusal: event.refusal }),
      ];
    case 'race-made-official': {
      const outcome = {
        winners: event.order[0] ?? [],
        nonRunners: event.nonRunners,
        voided: false,
      };
      return event.legOf.map((leg) => toHome(leg, 'record-leg', { outcome }));
    }
    case 'race-voided': {
      const outcome = { winners: [], nonRunners: [], voided: true };
      return event.legOf.map((leg) => toHome(leg, 'record-leg', { outcome }));
    }
    case 'pool-priced': {
      const { pool, takeout, breakage, broughtIn: fromReserve, carriedOut: toReserve } = event;
      return [
        {
          to: 'operator/house',
          command: {
            kind: 'post-pool',
            race: self,
            pool,
            takeout,
            breakage,
            fromReserve,
            toReserve,
          },
        },
        toRace(self, { kind: 'settle-next', pool }),
      ];
    }
    case 'tickets-settled':
      return [
        ...event.tickets.map(({ bet, player, payout, refund }) =>
          toPlayer(player, { kind: 'settle-bet', bet, payout, refund, settlement: 1 }),
        ),
        ...(event.more ? [toRace(self, { kind: 'settle-next', pool: event.pool })] : []),
      ];
    default:
      return [];
  }
}

function toRace(race: RaceId, command: RaceCommand): Outgoing {
  return { to: `race/${race}`, command };
}

function toHome(
  { race: home, pool, leg }: LegOf,
  kind: 'record-leg' | 'record-leg-closed' | 'record-leg-runners',
  what: object,
): Outgoing {
  return { to: `race/${home}`, command: { kind, pool, leg, ...what } };
}

function toPlayer(player: string, command: object): Outgoing {
  return { to: `player/${player}`, command };
}
