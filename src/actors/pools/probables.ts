/**
 * Probables: what 1 on each combination would pay if it alone won with the stakes as they are.
 *
 * Invariant: the probable of a combination is its dividend by `pricePool`, all stakes taken as unit
 * tickets and the arrival as `arrivalFor` has it; none where another stage pays or none.
 *
 * All arrivals are alike but for who stands where, so the winning lines are found once, by rank,
 * and for each combination only the stakes on them are looked up: a fifth to a twentieth of the
 * time of as many pools (bench/probables.ts).
 */
import { add, type Fraction, fraction, multiply, ZERO_FRACTION } from '../fraction.ts';
import { type RunnerNumber, runnerNumber, sumOf } from '../units.ts';
import { type Backed, type BackedField, createBackedField, type Depth, depthOf } from './backed.ts';
import { roundedPrice } from './dividend.ts';
import { type Judgement, judgementOf } from './judgement.ts';
import type { Line } from './lines.ts';
import { lineParts } from './pots.ts';
import type { PoolMoney, PoolResult, PricedTicket } from './price.ts';
import { pricePool } from './price-pool.ts';
import type { RuleSet, Stage } from './rule-set.ts';
import { sharePool } from './sharing.ts';
import { takingsOf } from './takings.ts';

/** Combinations that are each priced as a whole pool, where a rule set asks for it: some 10 ms. */
export const PRICED_WHOLE_MAX = 100;

/** What 1 on a combination would pay. */
export interface Probable {
  /** `3-7`; see `combinationKey`. */
  readonly combination: string;
  readonly hundredths: number;
}

export interface ProbableSale {
  /** Cents by `combinationKey`, those with a non-runner included. */
  readonly stakes: ReadonlyMap<string, number>;
  readonly starters: readonly RunnerNumber[];
  readonly nonRunners: readonly RunnerNumber[];
  /** Runners that were declared as one; see `RaceResult`. */
  readonly entries: readonly (readonly RunnerNumber[])[];
  readonly money: PoolMoney;
  readonly day: string;
}

export function probables(ruleSet: RuleSet, sale: ProbableSale): Probable[] {
  const { bet } = ruleSet;
  const [stage] = ruleSet.stages;
  if (bet.kind === 'legs' || stage === undefined) return [];
  const { stakes, starters, nonRunners } = sale;
  const depth = depthOf(stage, starters.length);
  const field = createBackedField(stakes, starters, depth);
  const running = field.combinations.filter(
    ({ runners }) => !runners.some((runner) => nonRunners.includes(runner)),
  );
  const whole = isPricedWhole(ruleSet, stage, sale);
  if (whole && running.length > PRICED_WHOLE_MAX) return [];
  const priceOf = whole
    ? pricedWhole(ruleSet, stage, { field, sale })
    : pricedByShares(ruleSet, stage, { field, depth, sale });
  return running.flatMap((it) => {
    const arrival = field.arrivalFor(it);
    const hundredths = priceOf(it, arrival);
    return hundredths === undefined ? [] : [{ combination: it.key, hundredths }];
  });
}

/** What depends on more than the stakes on the lines that win together. */
function isPricedWhole(ruleSet: RuleSet, { pots }: Stage, { entries }: ProbableSale): boolean {
  return (
    ruleSet.takeoutMethod !== 'common' ||
    (ruleSet.coupled === 'one-interest' && entries.length > 0) ||
    ruleSet.partWon !== undefined ||
    ruleSet.refundBelowHundredths !== undefined ||
    pots.some((pot) => pot.uniqueUnitCents !== undefined)
  );
}

/** For 1 staked on it, in hundredths, if the race ends so; undefined where it does not win. */
type PriceOf = (it: Backed, arrival: readonly RunnerNumber[]) => number | undefined;

/** The winning lines of any arrival, its runners named by rank. */
interface Ranked {
  readonly judgement: Judgement;
  /** Cents on combinations that are not given back. */
  readonly gross: number;
  /** By line; the combination's own line, or undefined where it wins none. */
  stakesFor(
    it: Backed,
    arrival: readonly RunnerNumber[],
  ): { readonly own: number; readonly sold: readonly number[] } | undefined;
}

/** A rank that no runner of the arrival has. */
const WITHDRAWN = runnerNumber(99);

interface Ranking {
  readonly field: BackedField;
  readonly depth: Depth;
  readonly sale: ProbableSale;
}

function createRanked(ruleSet: RuleSet, stage: Stage, { field, depth, sale }: Ranking): Ranked {
  const { starters, nonRunners } = sale;
  const places = Math.min(depth.places, starters.length);
  const judgement = judgementOf(ruleSet, stage, {
    kind: 'race',
    result: {
      order: Array.from({ length: places }, (_, index) => [runnerNumber(index + 1)]),
      nonRunners: [WITHDRAWN],
      starters: starters.length,
      entries: [],
    },
  });

  /** @returns Whether it is given back. */
  function judge({ runners }: Backed, add: (line: number) => void): boolean {
    const ranks = runners.map((runner) =>
      nonRunners.includes(runner) ? WITHDRAWN : runnerNumber(field.rankOf(runner)),
    );
    const ticket = { formula: 'unit', legs: [ranks], picks: ranks.length, alternates: [] } as const;
    return judgement.judge(ticket, add) > 0;
  }

  // Whether a combination stands has nothing to do with who arrives.
  let gross = 0;
  for (const it of field.combinations) if (!judge(it, () => {})) gross += it.stakes;
  return {
    judgement,
    gross,
    stakesFor(it, arrival) {
      const sold = judgement.lines.map(() => 0);
      let own: number | undefined;
      field.eachLikely(arrival, (likely) => {
        judge(likely, (line) => {
          sold[line] = (sold[line] ?? 0) + likely.stakes;
          if (likely === it) own = line;
        });
      });
      return own === undefined ? undefined : { own, sold };
    },
  };
}

/** As `pricePool` does it, with what is the same for every arrival done once. */
function pricedByShares(ruleSet: RuleSet, stage: Stage, ranking: Ranking): PriceOf {
  const ranked = createRanked(ruleSet, stage, ranking);
  const { judgement, gross } = ranked;
  const { money, day } = ranking.sale;
  const takings = takingsOf(ruleSet, [{ source: '', gross }], { money, day });
  const salesMatter = ruleSet.minimum.some((step) => step.ifWithinSales === true);

  return (it, arrival) => {
    const found = ranked.stakesFor(it, arrival);
    if (found === undefined) return undefined;
    const { own, sold } = found;
    const stakes = sold.map((staked) => (staked === 0 ? ZERO_FRACTION : fraction(staked)));
    const sharing = { judgement, sold, stakes, first: true, takings, money, day };
    const { prices } = sharePool(ruleSet, stage, sharing).shares;
    const price = prices[own];
    if (price === undefined) return undefined;
    const winningStakes = sold[own] ?? 0;
    const lineSales = salesMatter ? salesOf(stage, { judgement, sold, own, gross }) : ZERO_FRACTION;
    return roundedPrice(ruleSet, price, { winningStakes, lineSales }).hundredths;
  };
}

/** Each arrival as a pool of its own, all stakes as unit tickets. */
function pricedWhole(
  ruleSet: RuleSet,
  stage: Stage,
  { field, sale }: { readonly field: BackedField; readonly sale: ProbableSale },
): PriceOf {
  const { starters, nonRunners, entries, money, day } = sale;
  const tickets = field.combinations.map(unitTicket);
  return (it, arrival) => {
    const result: PoolResult = {
      kind: 'race',
      result: {
        // All of them: an entry that fills two places moves the others up.
        order: [...arrival, ...starters.filter((it) => !arrival.includes(it))].map((it) => [it]),
        nonRunners,
        starters: starters.length,
        entries,
      },
    };
    const judgement = judgementOf(ruleSet, stage, result);
    let own: Line | undefined;
    judgement.judge(unitTicket(it), (line) => {
      own = judgement.lines[line];
    });
    const { price } = pricePool(ruleSet, { tickets, result, money, day });
    if (price.verdict !== 'won' || price.stage !== 0) return undefined;
    return price.dividends.find(({ tier, outcome }) => tier === own?.tier && outcome === own.label)
      ?.hundredths;
  };
}

function unitTicket({ runners, stakes }: Backed): PricedTicket {
  return {
    formula: 'unit',
    legs: [runners],
    picks: runners.length,
    alternates: [],
    stake: stakes,
    source: '',
  };
}

/** What of the gross is the line's: its stakes and its part of what was lost. */
function salesOf(
  stage: Stage,
  it: {
    readonly judgement: Judgement;
    readonly sold: readonly number[];
    readonly own: number;
    readonly gross: number;
  },
): Fraction {
  const { judgement, sold, own, gross } = it;
  const parts = lineParts(stage, judgement, (line) => (sold[line] ?? 0) > 0);
  const part = multiply(fraction(gross - sumOf(sold)), parts.get(own) ?? ZERO_FRACTION);
  return add(fraction(sold[own] ?? 0), part);
}
