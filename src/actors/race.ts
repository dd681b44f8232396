/**
 * A race: its runners, its life, and the pools that close with it.
 *
 *   declared → open ⇄ suspended → closed → run → provisional ⇄ under-inquiry → official → paid
 *       └────────┴────────┴──────────┴──────┴─────────┴─────────────┴──→ void → refunded
 *
 * `run` may be left out. A correction brings an official or paid race back to official.
 *
 * Invariants: a bet is registered or refused once, for ever; none is registered in any phase but
 * `open`, so none after the recorded close; every run prices a pool once and settles each of
 * its tickets once at most; money in a pool is 0 when it is settled.
 */
import {
  type ActorKind,
  type Lane,
  type Outgoing,
  type Ref,
  unreachable,
} from '../runtime/actor.ts';
import { raceCodec } from './codec.ts';
import { betFact, oddsView, raceView } from './feed.ts';
import { placesNeededInLegs } from './pools/places.ts';
import type { LegOutcome } from './pools/price.ts';
import { cancelBet, registerBet } from './race-bets.ts';
import { declareRace } from './race-declaration.ts';
import type {
  LegOf,
  RaceAnswer,
  RaceCommand,
  RaceEvent,
  RaceQuery,
  RaceRejection,
} from './race-events.ts';
import { evolveRace } from './race-evolve.ts';
import { raceJobs } from './race-jobs.ts';
import { attachLeg, recordLeg, recordLegClosed, recordLegRunners } from './race-legs.ts';
import {
  changeSurface,
  closeRace,
  openRace,
  recordRun,
  scratchRunner,
  suspendRace,
} from './race-orders.ts';
import { recordPrice } from './race-pricing.ts';
import { isPublicationDue, PUBLISHED_EVERY_MS, publishProbables } from './race-probables.ts';
import {
  closeInquiry,
  correctResult,
  enterResult,
  makeOfficial,
  openInquiry,
  voidRace,
} from './race-results.ts';
import { settleNext, settlePlayers } from './race-settlement.ts';
import { raceSnapshot } from './race-snapshot.ts';
import { initialRace, type Race } from './race-state.ts';
import { authorisePool, removeSource } from './race-stewards.ts';
import { raceBooks, raceSummary } from './race-summary.ts';
import { recordSurvivors } from './race-survivors.ts';
import type { RaceId } from './units.ts';
import { ruleSetIn } from './upcasting.ts';

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
        case 'record-run':
          return recordRun(state, command);
        case 'enter-result':
          return enterResult(state, command);
        case 'open-inquiry':
          return openInquiry(state, command);
        case 'close-inquiry':
          return closeInquiry(state, command);
        case 'make-official':
          return makeOfficial(state, command);
        case 'correct-result':
          return correctResult(state, command);
        case 'authorise-pool':
          return authorisePool(state, command);
        case 'remove-source':
          return removeSource(state, command);
        case 'void-race':
          return voidRace(state, command);
        case 'register-bet':
          return registerBet(state, command);
        case 'cancel-bet':
          return cancelBet(state, command);
        case 'attach-leg':
          return attachLeg(state, command);
        case 'record-leg-runners':
          return recordLegRunners(state, command);
        case 'record-leg-closed':
          return recordLegClosed(state, command);
        case 'record-leg':
          return recordLeg(state, command);
        case 'publish-probables':
          return publishProbables(state, command);
        case 'change-surface':
          return changeSurface(state, command);
        case 'record-price':
          return recordPrice(state, command);
        case 'settle-players':
          return settlePlayers(state, command);
        case 'record-survivors':
          return recordSurvivors(state, command);
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
  lane,
  ...raceCodec,
  follow,
  snapshot: raceSnapshot,
  jobs: (_id, state) => raceJobs(state),
  fact: betFact,
  views: (_id, state, seen) =>
    state.phase === 'undeclared' ? [] : [raceView(state, seen), oddsView(state, seen)],
  pulse: {
    everyMs: PUBLISHED_EVERY_MS,
    command: (state, atMs) =>
      isPublicationDue(state) ? { kind: 'publish-probables', atMs } : undefined,
    again: isPublicationDue,
  },
};

export function raceRef(id: RaceId): Ref<RaceCommand, RaceRejection, RaceQuery, RaceAnswer> {
  return { address: `race/${id}` };
}

/** What stops the betting waits for no bet; what pays, for nobody's bet to wait. */
function lane({ kind }: RaceCommand): Lane {
  switch (kind) {
    case 'suspend-race':
    case 'close-race':
    case 'record-leg-closed':
    case 'void-race':
      return 'control';
    case 'settle-next':
    case 'settle-players':
    case 'record-price':
    case 'record-survivors':
      return 'background';
    default:
      return 'command';
  }
}

/** What an event of race `id` makes due elsewhere: see each line for who hears of it. */
function follow(id: string, event: RaceEvent): readonly Outgoing[] {
  // The runtime made the address from a RaceId.
  const self = id as RaceId;
  switch (event.kind) {
    case 'race-declared':
      return [
        ...event.pools.flatMap((pool) => {
          const places = placesNeededInLegs(ruleSetIn(pool.ruleSet));
          return pool.legs.map((race, leg) => {
            const legOf = { race: self, pool: pool.id, leg };
            return toRace(race, { kind: 'attach-leg', legOf, places });
          });
        }),
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
          : [
              toHome(event.legOf, 'record-leg', {
                outcome: event.outcome,
                revision: event.revision || 1,
              }),
            ]),
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
    case 'bet-cancelled':
      return [toPlayer(event.player, { kind: 'confirm-cancel', bet: event.bet })];
    case 'cancel-refused':
      return [
        toPlayer(event.player, { kind: 'refuse-cancel', bet: event.bet, refusal: event.refusal }),
      ];
    case 'bet-refused':
      return [
        toPlayer(event.player, { kind: 'release-bet', bet: event.bet, refusal: event.refusal }),
      ];
    case 'race-made-official': {
      const { order, nonRunners, starters, substitutes, entries, atMs } = event;
      const { surfaceChanged, surfaceAtMs } = event;
      const outcome: LegOutcome = {
        winners: order[0] ?? [],
        nonRunners,
        voided: false,
        order,
        ...(starters === undefined ? {} : { starters }),
        ...(substitutes === undefined ? {} : { substitutes }),
        ...(surfaceChanged === undefined ? {} : { surfaceChanged }),
        ...(surfaceAtMs === undefined ? {} : { surfaceAtMs }),
        ...(entries === undefined ? {} : { entries }),
      };
      const revision = event.run || 1;
      return event.legOf.map((leg) => toHome(leg, 'record-leg', { outcome, revision, atMs }));
    }
    case 'race-voided': {
      const outcome = { winners: [], nonRunners: [], voided: true };
      const { atMs } = event;
      return event.legOf.map((leg) => toHome(leg, 'record-leg', { outcome, revision: 1, atMs }));
    }
    case 'source-removed':
      return event.tickets === 0 ? [] : [toRace(self, { kind: 'settle-next', pool: event.pool })];
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
            run: event.run || 1,
            fund: event.fund,
          },
        },
        toRace(self, { kind: 'settle-next', pool }),
      ];
    }
    case 'tickets-settled': {
      const { settlement = 1, atMs = 0 } = event;
      const terms = { settlement: settlement || 1, atMs };
      return [
        ...event.tickets.map(({ bet, player, payout, refund, claimDays = 0 }) =>
          toPlayer(player, { kind: 'settle-bet', bet, payout, refund, claimDays, ...terms }),
        ),
        ...(event.more ? [toRace(self, { kind: 'settle-next', pool: event.pool })] : []),
      ];
    }
    case 'players-settled': {
      const { pool, run: settlement, atMs } = event;
      const terms = { race: self, pool, settlement, atMs };
      return event.players.map(({ player, tickets, except }) => {
        const paid = tickets.map(({ bet, payout, refund, claimDays = 0 }) => {
          return { bet, payout, refund, claimDays };
        });
        return toPlayer(player, { kind: 'settle-pool', ...terms, paid, except });
      });
    }
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
