// What shards publish, in as few words as a test needs.
import { create, toBinary } from '@bufbuild/protobuf';
import {
  BoardViewSchema,
  OddsViewSchema,
  RaceViewSchema,
} from '../../../src/gen/furlong/feed/v1/feed_pb.ts';
import type { BusMessage } from '../../../src/runtime/bus/bus.ts';

export function race(id: string, version: number, phase = 'open'): BusMessage {
  const view = create(RaceViewSchema, {
    raceId: id,
    title: `The ${id} Stakes`,
    offTimeMs: 1_800_000_600_000n,
    phase,
    runners: [
      { number: 3, name: 'Épée', scratched: false },
      { number: 10, name: 'Furlong Past', scratched: true },
    ],
    order: [{ runners: [3, 10] }, { runners: [2] }],
    pools: [
      {
        poolId: 'win',
        ruleSetId: 'win-1',
        legRaceIds: [id],
        guaranteeCents: 100_000n,
        dividends: [{ outcome: '3', dividendHundredths: 420n }],
      },
    ],
    version: BigInt(version),
    asOfMs: 1_800_000_000_000n,
  });
  return { subject: 'furlong.races', bytes: toBinary(RaceViewSchema, view) };
}

/** @param stakes Cents by runner, in the win pool; the probable dividend is unknown for 0. */
export function odds(raceId: string, version: number, stakes: Record<number, number>): BusMessage {
  const entries = Object.entries(stakes).map(([runner, cents]) => [Number(runner), cents] as const);
  const grossCents = BigInt(entries.reduce((sum, [, cents]) => sum + cents, 0));
  const view = create(OddsViewSchema, {
    raceId,
    pools: [
      {
        poolId: 'win',
        grossCents,
        tickets: BigInt(entries.length),
        toShareCents: grossCents,
        runners: entries.map(([runner, cents]) => ({
          runner,
          stakesCents: BigInt(cents),
          ...(cents > 0 ? { probableHundredths: (grossCents * 100n) / BigInt(cents) } : {}),
        })),
      },
    ],
    version: BigInt(version),
    asOfMs: 1_800_000_000_000n + BigInt(version),
  });
  return { subject: `furlong.odds.${raceId}`, bytes: toBinary(OddsViewSchema, view) };
}

/** @param scores From the first rank down, by alias; an entry's number is its alias's length. */
export function board(id: string, version: number, scores: Record<string, number>): BusMessage {
  const rows = Object.entries(scores).map(([alias, score], index) => ({
    rank: BigInt(index + 1),
    entry: BigInt(alias.length),
    alias,
    score: BigInt(score),
    countedBets: 2n,
  }));
  const view = create(BoardViewSchema, {
    tournamentId: id,
    title: 'Spring Cup',
    players: BigInt(rows.length),
    rows,
    version: BigInt(version),
    asOfMs: 1_800_000_000_000n,
    phase: 'review',
    phaseUntilMs: 1_800_000_060_000n,
    scoringRuleId: 'multiplier-best-5@1',
    resultVersion: 2n,
  });
  return { subject: `furlong.board.${id}`, bytes: toBinary(BoardViewSchema, view) };
}
