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
import type { CombinationMoney, PublishedPool, RaceEvent } from './race-events.ts';
import { combinationsOf, isOnOneRunner } from './race-probables.ts';
import { type PoolState, type Race, startersOf } from './race-state.ts';
import { raceSummary } from './race-summary.ts';
import type { Standing, TournamentAnswer, TournamentSummary } from './tournament-events.ts';
import { sumOf } from './units.ts';

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

/**
 * What was last published of each pool, whatever has been bet since. Bytes of one pool are made once
 * and put end to end, which makes them one message: this is asked ten times a second.
 */
export function oddsView(state: Race, { version, atMs }: Seen): Publication {
  const pools = [...state.pools.values()];
  const published = pools.map((pool) => pool.published?.atMs ?? 0);
  const view = create(OddsViewSchema, {
    raceId: state.id,
    version: BigInt(version),
    asOfMs: BigInt(Math.max(0, ...published) || atMs),
  });
  return {
    subject: `furlong.odds.${state.id}`,
    bytes: joined([...pools.map((pool) => poolOdds(state, pool)), toBinary(OddsViewSchema, view)]),
  };
}

/** Of publications that a pool still shows. */
const oddsBytes = new WeakMap<PublishedPool, Uint8Array>();

function poolOdds(state: Race, pool: PoolState): Uint8Array {
  const { published } = pool;
  const known = published && oddsBytes.get(published);
  if (known !== undefined) return known;
  const starters = published?.starters ?? startersOf(state);
  const combinations = published === undefined ? [] : combinationsOf(published);
  const money = new Map(combinations.map((it) => [it.combination, it]));
  const odds = {
    poolId: pool.id,
    grossCents: BigInt(published?.gross ?? 0),
    tickets: BigInt(published?.tickets ?? 0),
    toShareCents: BigInt(published?.toShare ?? pool.guarantee),
    asOfMs: BigInt(published?.atMs ?? 0),
    ...(isOnOneRunner(pool)
      ? { runners: starters.map((runner) => ({ runner, ...shown(money.get(String(runner))) })) }
      : {
          combinations: combinations.map((it) => ({ ...shown(it), combination: it.combination })),
        }),
  };
  const bytes = toBinary(OddsViewSchema, create(OddsViewSchema, { pools: [odds] }));
  if (published !== undefined) oddsBytes.set(published, bytes);
  return bytes;
}

function shown(it: CombinationMoney | undefined) {
  return {
    stakesCents: BigInt(it?.stakes ?? 0),
    ...(it?.probableHundredths === undefined
      ? {}
      : { probableHundredths: BigInt(it.probableHundredths) }),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sumOf(parts.map(({ length }) => length)));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function boardView(
  {
    tournament,
    title,
    players,
    phase,
    phaseUntilMs,
    scoringRule,
    resultVersion,
  }: TournamentSummary,
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
    phase,
    phaseUntilMs: BigInt(phaseUntilMs),
    scoringRuleId: scoringRule,
    resultVersion: BigInt(resultVersion),
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
