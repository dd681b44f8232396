/** A race as the contract shows it. */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { PoolSummary, RacePhase, RaceSummary, RecordedPrice } from '../actors/race-events.ts';
import {
  RacePhase as Phase,
  type Pool,
  type PoolPrice,
  PoolPriceSchema,
  PoolSchema,
  type Race,
  RaceSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';

const PHASES: Readonly<Record<RacePhase, Phase>> = {
  undeclared: Phase.UNSPECIFIED,
  declared: Phase.DECLARED,
  open: Phase.OPEN,
  suspended: Phase.SUSPENDED,
  closed: Phase.CLOSED,
  provisional: Phase.PROVISIONAL,
  official: Phase.OFFICIAL,
  paid: Phase.PAID,
  void: Phase.VOID,
  refunded: Phase.REFUNDED,
};

export function raceOf(summary: RaceSummary): Race {
  return create(RaceSchema, {
    raceId: summary.race,
    title: summary.title,
    offTime: timestampFromMs(summary.offAtMs),
    phase: PHASES[summary.phase],
    runners: summary.runners.map(({ number, name, scratched }) => ({ number, name, scratched })),
    pools: summary.pools.map(poolOf),
    order: summary.order.map((runners) => ({ runners: [...runners] })),
  });
}

function poolOf(pool: PoolSummary): Pool {
  return create(PoolSchema, {
    poolId: pool.id,
    ruleSetId: pool.ruleSet,
    legRaceIds: [...pool.legs],
    guaranteeCents: BigInt(pool.guarantee),
    grossCents: BigInt(pool.gross),
    tickets: BigInt(pool.tickets),
    runners: pool.runners.map(({ runner, stakes, probableHundredths }) => ({
      runner,
      stakesCents: BigInt(stakes),
      ...(probableHundredths === undefined
        ? {}
        : { probableHundredths: BigInt(probableHundredths) }),
    })),
    ...(pool.price === undefined ? {} : { price: priceOf(pool.price) }),
    settled: pool.settled,
  });
}

function priceOf(price: RecordedPrice): PoolPrice {
  return create(PoolPriceSchema, {
    grossCents: BigInt(price.gross),
    broughtInCents: BigInt(price.broughtIn),
    takeoutCents: BigInt(price.takeout),
    payoutCents: BigInt(price.payout),
    breakageCents: BigInt(price.breakage),
    carriedOutCents: BigInt(price.carriedOut),
    refundCents: BigInt(price.refunds),
    dividends: price.dividends.map((it) => ({
      outcome: it.outcome,
      dividendHundredths: BigInt(it.hundredths),
      exactNumerator: it.numerator,
      exactDenominator: it.denominator,
      winningStakesCents: BigInt(it.winningStakes),
    })),
  });
}
