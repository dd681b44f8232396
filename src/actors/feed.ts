/**
 * What the world may see: events and states as messages of `furlong.feed.v1` on the bus. Nobody's
 * identity leaves here but the alias on a board.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  BoardViewSchema,
  OddsViewSchema,
  PositionReplySchema,
  RaceViewSchema,
  RegisteredBetsSchema,
} from '../gen/furlong/feed/v1/feed_pb.ts';
import type { Publication, Seen } from '../runtime/actor.ts';
import type { RaceEvent } from './race-events.ts';
import type { Race } from './race-state.ts';
import { raceSummary } from './race-summary.ts';
import type { Standing, TournamentAnswer, TournamentSummary } from './tournament-events.ts';

/** Rows of a board that viewers get; everybody else asks for the own position. */
export const BOARD_ROWS = 100;

export function betFact(race: string, event: RaceEvent): Publication | undefined {
  if (event.kind !== 'bet-registered') return undefined;
  const { pool, legs, stake, cost, ticket } = event;
  const bet = {
    raceId: race,
    poolId: pool,
    legs: legs.map((runners) => ({ runners: [...runners] })),
    stakeCents: BigInt(stake),
    costCents: BigInt(cost),
    ticket: BigInt(ticket),
  };
  const bytes = toBinary(RegisteredBetsSchema, create(RegisteredBetsSchema, { bets: [bet] }));
  return { subject: `furlong.bets.${race}`, bytes };
}

export function raceView(state: Race, { version, atMs }: Seen): Publication {
  const { race, title, offAtMs, phase, runners, order, pools } = raceSummary(state);
  const view = create(RaceViewSchema, {
    raceId: race,
    title,
    offTimeMs: BigInt(offAtMs),
    phase,
    runners: runners.map(({ number, name, scratched }) => ({ number, name, scratched })),
    order: order.map((place) => ({ runners: [...place] })),
    pools: pools.map((pool) => ({
      poolId: pool.id,
      ruleSetId: pool.ruleSet,
      legRaceIds: [...pool.legs],
      guaranteeCents: BigInt(pool.guarantee),
      dividends: (pool.price?.dividends ?? []).map(({ outcome, hundredths }) => ({
        outcome,
        dividendHundredths: BigInt(hundredths),
      })),
    })),
    version: BigInt(version),
    asOfMs: BigInt(atMs),
  });
  return { subject: 'furlong.races', bytes: toBinary(RaceViewSchema, view) };
}

export function oddsView(state: Race, { version, atMs }: Seen): Publication {
  const { race, pools } = raceSummary(state);
  const view = create(OddsViewSchema, {
    raceId: race,
    pools: pools.map((pool) => ({
      poolId: pool.id,
      grossCents: BigInt(pool.gross),
      tickets: BigInt(pool.tickets),
      toShareCents: BigInt(pool.toShare),
      runners: pool.runners.map(({ runner, stakes, probableHundredths }) => ({
        runner,
        stakesCents: BigInt(stakes),
        ...(probableHundredths === undefined
          ? {}
          : { probableHundredths: BigInt(probableHundredths) }),
      })),
    })),
    version: BigInt(version),
    asOfMs: BigInt(atMs),
  });
  return { subject: `furlong.odds.${race}`, bytes: toBinary(OddsViewSchema, view) };
}

export function boardView(
  { tournament, title, players }: TournamentSummary,
  top: readonly Standing[],
  { version, atMs }: Seen,
): Publication {
  const view = create(BoardViewSchema, {
    tournamentId: tournament,
    title,
    players: BigInt(players),
    rows: top.map(boardRow),
    version: BigInt(version),
    asOfMs: BigInt(atMs),
  });
  return { subject: `furlong.board.${tournament}`, bytes: toBinary(BoardViewSchema, view) };
}

/** The answer to `furlong.ask.position`. */
export function positionReply(answer: TournamentAnswer | undefined, version: number): Uint8Array {
  const reply =
    answer?.kind === 'position'
      ? {
          found: true,
          row: boardRow(answer.standing),
          players: BigInt(answer.players),
          toNext: BigInt(answer.toNext),
          version: BigInt(version),
        }
      : { found: false };
  return toBinary(PositionReplySchema, create(PositionReplySchema, reply));
}

function boardRow({ rank, entry, alias, score, countedBets }: Standing) {
  return {
    rank: BigInt(rank),
    entry: BigInt(entry),
    alias,
    score: BigInt(score),
    countedBets: BigInt(countedBets),
  };
}
