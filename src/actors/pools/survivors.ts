/**
 * A bet over several races between its legs: what is still alive, what it would be paid as things
 * are, and, with one leg to come, what each of its runners will pay.
 *
 * A pool may fall from millions of combinations to one in a single leg, so the survivors are found
 * in one pass and only they are looked at again.
 */

import type { RunnerNumber } from '../units.ts';
import { judgementOf } from './judgement.ts';
import type { LegOutcome, PricedDividend, PricedTicket } from './price.ts';
import { type PoolSale, pricePool } from './price-pool.ts';
import type { RuleSet } from './rule-set.ts';
import { tallyOf } from './tally.ts';

export interface Survivors {
  /** Tickets that may still win anything. */
  readonly tickets: number;
  /** Stakes on combinations that may still be right in every leg. */
  readonly stakes: number;
  /** What the best tier would pay if every survivor won; undefined where nobody survives. */
  readonly value: PricedDividend | undefined;
  /** With one leg to come: what the best tier pays if the runner wins it; none where nobody has it. */
  readonly willPays: readonly WillPay[];
}

interface WillPay {
  readonly runner: RunnerNumber;
  readonly hundredths: number;
  readonly stakes: number;
}

export interface LegSale extends Omit<PoolSale, 'result'> {
  /** Those to come are `open`. */
  readonly legs: readonly LegOutcome[];
  /** Who runs in each leg. */
  readonly runners: readonly (readonly RunnerNumber[])[];
}

export function survivorsOf(ruleSet: RuleSet, sale: LegSale): Survivors {
  const [stage] = ruleSet.stages;
  if (stage === undefined) throw new RangeError(`rule set ${ruleSet.id} has no stages`);
  const { tickets, legs, runners, money, day, lump = [] } = sale;
  const judgement = judgementOf(ruleSet, stage, { kind: 'legs', legs });
  const tally = tallyOf(ruleSet.bet, judgement, { tickets, lump });
  const alive: PricedTicket[] = [];
  for (const ticket of at(tickets, new Set(tally.hits.map((hit) => hit.ticket)))) {
    // The same object may come again with the next ticket in it.
    alive.push({ ...ticket, legs: ticket.legs.map((runners) => [...runners]) });
  }
  const aliveTally = tallyOf(ruleSet.bet, judgement, { tickets: alive });
  // What is out of it counts as a sum from here on.
  const rest = tally.sources.map(({ source, gross, refunds }) => {
    const own = aliveTally.sources.find((it) => it.source === source);
    return { source, gross: gross - (own?.gross ?? 0), refunds: refunds - (own?.refunds ?? 0) };
  });
  const priceWith = (outcomes: readonly LegOutcome[]) =>
    pricePool(ruleSet, {
      tickets: alive,
      lump: rest,
      money,
      day,
      result: { kind: 'legs', legs: outcomes },
    }).price;
  const best = stage.tiers[0]?.id;
  const now = priceWith(legs);
  const value = now.stage === 0 ? now.dividends.find(({ tier }) => tier === best) : undefined;

  const open = legs.flatMap((leg, index) => (leg.open === true ? [index] : []));
  const [last] = open;
  const willPays: WillPay[] = [];
  if (open.length === 1 && last !== undefined) {
    for (const runner of runners[last] ?? []) {
      if (legs[last]?.nonRunners.includes(runner)) continue;
      const decided = legs.map((leg, index) =>
        index === last ? { ...leg, open: false, winners: [runner], order: [[runner]] } : leg,
      );
      const price = priceWith(decided);
      const pays = price.stage === 0 && price.dividends.find(({ tier }) => tier === best);
      if (!pays) continue;
      willPays.push({ runner, hundredths: pays.hundredths, stakes: pays.winningStakes });
    }
  }
  return { tickets: alive.length, stakes: value?.winningStakes ?? 0, value, willPays };
}

function* at<Item>(items: Iterable<Item>, indices: ReadonlySet<number>): Iterable<Item> {
  let index = 0;
  for (const item of items) if (indices.has(index++)) yield item;
}
