/**
 * What tickets get by each line. A ticket is rounded once for all its lines, so each line has what
 * the ticket's sum grows by with it.
 *
 * Invariant: over all lines this is the pool's payout, to the cent.
 */
import { earned, payoutOf } from '../actors/pools/dividend.ts';
import { judgementOf } from '../actors/pools/judgement.ts';
import type { PoolPrice, PricedDividend } from '../actors/pools/price.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import { tallyOf } from '../actors/pools/tally.ts';
import type { DocumentSale } from './sale.ts';

type Line = Pick<PricedDividend, 'tier' | 'outcome' | 'source'>;

/** @returns Cents by dividend. */
export function payoutsByLine(
  ruleSet: RuleSet,
  sale: DocumentSale,
  price: PoolPrice,
): (dividend: Line) => number {
  const sums = new Map<string, number>();
  const stage = ruleSet.stages[price.stage];
  if (price.verdict !== 'won' || stage === undefined) return () => 0;
  const judgement = judgementOf(ruleSet, stage, sale.result);
  const { hits, sources } = tallyOf(ruleSet.bet, judgement, sale);
  const dividends = new Map(price.dividends.map((it) => [keyOf(it), it]));
  const netPrice = ruleSet.takeoutMethod === 'net-price';

  let ticket = -1;
  let before = 0n;
  // The hits of a ticket are together.
  for (const hit of hits) {
    if (hit.ticket !== ticket) before = 0n;
    ticket = hit.ticket;
    const line = judgement.lines[hit.line];
    const source = netPrice ? (sources[hit.source]?.source ?? '') : '';
    const dividend = line && dividends.get(keyOf({ tier: line.tier, outcome: line.label, source }));
    if (dividend === undefined) continue;
    const after = before + earned(hit.stakes, dividend.hundredths);
    const key = keyOf(dividend);
    sums.set(key, (sums.get(key) ?? 0) + payoutOf(after) - payoutOf(before));
    before = after;
  }
  return (dividend) => sums.get(keyOf(dividend)) ?? 0;
}

function keyOf({ tier, outcome, source }: Line): string {
  return JSON.stringify([tier, outcome, source]);
}
