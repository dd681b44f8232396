/** A race as the contract shows it. */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  InquirySort,
  PoolSummary,
  PublicationSummary,
  RacePhase,
  RaceSummary,
  RecordedPrice,
  RecordedSurvivors,
} from '../actors/race-events.ts';
import {
  InquiryKind,
  RacePhase as Phase,
  type Pool,
  type PoolPrice,
  PoolPriceSchema,
  PoolSchema,
  type PoolSurvivors,
  PoolSurvivorsSchema,
  type Race,
  RaceSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';

const PHASES: Readonly<Record<RacePhase, Phase>> = {
  undeclared: Phase.UNSPECIFIED,
  declared: Phase.DECLARED,
  open: Phase.OPEN,
  suspended: Phase.SUSPENDED,
  closed: Phase.CLOSED,
  run: Phase.RUN,
  provisional: Phase.PROVISIONAL,
  'under-inquiry': Phase.UNDER_INQUIRY,
  official: Phase.OFFICIAL,
  paid: Phase.PAID,
  void: Phase.VOID,
  refunded: Phase.REFUNDED,
};

const INQUIRY_KINDS: Readonly<Record<InquirySort, InquiryKind>> = {
  inquiry: InquiryKind.INQUIRY,
  objection: InquiryKind.OBJECTION,
  photo: InquiryKind.PHOTO,
};

/** @param kind Valid by the contract: one of those that have a name. */
export function inquirySortOf(kind: InquiryKind): InquirySort {
  switch (kind) {
    case InquiryKind.OBJECTION:
      return 'objection';
    case InquiryKind.PHOTO:
      return 'photo';
    default:
      return 'inquiry';
  }
}

export function raceOf(summary: RaceSummary): Race {
  return create(RaceSchema, {
    raceId: summary.race,
    title: summary.title,
    offTime: timestampFromMs(summary.offAtMs),
    phase: PHASES[summary.phase],
    runners: summary.runners.map(({ number, name, scratched, coupledWith = 0 }) => ({
      number,
      name,
      scratched,
      coupledWith,
    })),
    pools: summary.pools.map(poolOf),
    order: summary.order.map((runners) => ({ runners: [...runners] })),
    inquiries: summary.inquiries.map(({ id, sort, why, runners }) => ({
      inquiryId: id,
      kind: INQUIRY_KINDS[sort],
      why,
      runners: [...runners],
    })),
    run: summary.run,
    surfaceChanged: summary.surfaceChanged,
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
    toShareCents: BigInt(pool.toShare),
    ...(pool.published === undefined ? {} : publishedOf(pool.published)),
    ...(pool.price === undefined ? {} : { price: priceOf(pool.price) }),
    ...(pool.survivors === undefined ? {} : { survivors: survivorsOf(pool.survivors) }),
    settled: pool.settled,
    run: pool.run,
    pricing: pool.pricing,
    removedSources: [...pool.removedSources],
    ...(pool.disagreement === undefined
      ? {}
      : {
          disagreement: {
            grossCents: BigInt(pool.disagreement.gross),
            recountedCents: BigInt(pool.disagreement.recounted),
            authorised: pool.disagreement.authorised,
          },
        }),
  });
}

function publishedOf({ atMs, combinations }: PublicationSummary) {
  return {
    probablesAsOf: timestampFromMs(atMs),
    combinations: combinations.map(({ combination, stakes, probableHundredths }) => ({
      combination,
      stakesCents: BigInt(stakes),
      ...(probableHundredths === undefined
        ? {}
        : { probableHundredths: BigInt(probableHundredths) }),
    })),
  };
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
      tier: it.tier,
      source: it.source,
    })),
    stage: price.stage,
    sources: price.sources.map(({ source, gross, refunds, takeoutBasisPoints }) => ({
      source,
      grossCents: BigInt(gross),
      refundCents: BigInt(refunds),
      takeoutBasisPoints,
    })),
    carryOverCents: BigInt(price.carryOver),
    topUpCents: BigInt(price.topUp),
    carriedNetCents: BigInt(price.carriedNet),
    carriedGrossCents: BigInt(price.carriedGross),
    carriedReserveCents: BigInt(price.carriedReserve),
    shortfallRoundingsCents: BigInt(price.shortRoundings),
    shortfallDeductionCents: BigInt(price.shortDeduction),
    shortfallOperatorCents: BigInt(price.shortOperator),
    software: price.software,
  });
}

function survivorsOf(survivors: RecordedSurvivors): PoolSurvivors {
  return create(PoolSurvivorsSchema, {
    decidedLegs: survivors.decided,
    tickets: BigInt(survivors.tickets),
    stakesCents: BigInt(survivors.stakes),
    valueHundredths: BigInt(survivors.valueHundredths),
    willPays: survivors.willPays.map(({ runner, hundredths, stakes }) => ({
      runner,
      dividendHundredths: BigInt(hundredths),
      stakesCents: BigInt(stakes),
    })),
  });
}
