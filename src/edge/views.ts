/**
 * From what the shards publish to what a channel shows. Each view becomes keyed rows of plain
 * JSON; members stand in the order of their names (see json.ts), and no int64 loses a digit.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type BoardRow,
  type BoardView,
  BoardViewSchema,
  type OddsView,
  OddsViewSchema,
  type PoolOdds,
  type RaceView,
  RaceViewSchema,
} from '../gen/furlong/feed/v1/feed_pb.ts';
import { type JsonObject, type Row, toNumber } from './json.ts';

/** The state of one thing, as its owner last told it. */
export interface View {
  readonly channel: string;
  /** What `version` counts: a race or a tournament. Views of one scope replace each other. */
  readonly scope: string;
  /** Only grows in a scope; the bus may repeat and, after a change of owner, reorder. */
  readonly version: bigint;
  readonly head: JsonObject;
  readonly rows: readonly Row[];
  /** Whether `rows` are all the channel has, so that others go; else they are its scope's. */
  readonly whole: boolean;
}

/** @throws When `bytes` are no view of that subject; its message says what was wrong. */
export function viewOf(subject: string, bytes: Uint8Array): View {
  if (subject === 'furlong.races') return raceView(fromBinary(RaceViewSchema, bytes));
  if (subject.startsWith('furlong.odds.')) return oddsView(fromBinary(OddsViewSchema, bytes));
  if (subject.startsWith('furlong.board.')) return boardView(fromBinary(BoardViewSchema, bytes));
  throw new Error(`no view is published on ${subject}`);
}

function raceView(view: RaceView): View {
  const row: Row = {
    asOfMs: toNumber(view.asOfMs),
    id: view.raceId,
    key: named(view.raceId),
    offTimeMs: toNumber(view.offTimeMs),
    order: view.order.map((place) => place.runners),
    phase: view.phase,
    pools: view.pools.map((pool) => ({
      dividends: pool.dividends.map((dividend) => ({
        hundredths: toNumber(dividend.dividendHundredths),
        outcome: dividend.outcome,
      })),
      guaranteeCents: toNumber(pool.guaranteeCents),
      id: pool.poolId,
      legs: pool.legRaceIds,
      ruleSet: pool.ruleSetId,
    })),
    runners: view.runners.map(({ name, number, scratched }) => ({ name, number, scratched })),
    title: view.title,
    version: toNumber(view.version),
  };
  const { raceId: scope, version } = view;
  return { channel: 'races', scope, version, head: {}, rows: [row], whole: false };
}

function oddsView(view: OddsView): View {
  const rows = view.pools.flatMap((pool): Row[] => [
    {
      ...(pool.asOfMs === 0n ? {} : { asOfMs: toNumber(pool.asOfMs) }),
      grossCents: toNumber(pool.grossCents),
      key: pool.poolId,
      pool: pool.poolId,
      ...(pool.combinations.length === 0 ? {} : { probables: probablesOf(pool) }),
      tickets: toNumber(pool.tickets),
      toShareCents: toNumber(pool.toShareCents),
    },
    ...pool.runners.map(({ probableHundredths, runner, stakesCents }) => ({
      key: `${pool.poolId}/${runner}`,
      pool: pool.poolId,
      probableHundredths: probableHundredths === undefined ? null : toNumber(probableHundredths),
      runner,
      stakesCents: toNumber(stakesCents),
    })),
  ]);
  const { raceId, version } = view;
  const head = { asOfMs: toNumber(view.asOfMs), race: raceId, version: toNumber(version) };
  return { channel: `odds:${named(raceId)}`, scope: raceId, version, head, rows, whole: true };
}

/**
 * By combination, in one row with the pool's money: every bet moves them all, and a row for each
 * would be six times as long. Names stand in the order of their text, as in all rows.
 */
function probablesOf({ combinations }: PoolOdds): JsonObject {
  const found: [string, number][] = [];
  for (const { combination, probableHundredths } of combinations) {
    // A name that is a whole number would be put first by every parser; pairs and more are none.
    if (probableHundredths === undefined || !combination.includes('-')) continue;
    found.push([combination, toNumber(probableHundredths)]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function boardView(view: BoardView): View {
  const { tournamentId, version } = view;
  const head = {
    asOfMs: toNumber(view.asOfMs),
    phase: view.phase,
    ...(view.phaseUntilMs === 0n ? {} : { phaseUntilMs: toNumber(view.phaseUntilMs) }),
    players: toNumber(view.players),
    resultVersion: toNumber(view.resultVersion),
    ruleSet: view.scoringRuleId,
    title: view.title,
    tournament: tournamentId,
    version: toNumber(version),
  };
  const rows = view.rows.map(boardRow);
  const channel = `board:${named(tournamentId)}`;
  return { channel, scope: tournamentId, version, head, rows, whole: true };
}

function boardRow(row: BoardRow): Row {
  return {
    alias: row.alias,
    countedBets: toNumber(row.countedBets),
    entry: toNumber(row.entry),
    key: String(row.entry),
    rank: toNumber(row.rank),
    score: toNumber(row.score),
  };
}

function named(id: string): string {
  if (id === '') throw new Error('a view without the id of what it shows');
  return id;
}
