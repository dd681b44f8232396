/**
 * Processor time to price every combination of a pool once, beside the naive way: the whole pool
 * priced anew for each arrival.
 *
 *   node bench/probables.ts
 */
import { cpuUsage } from 'node:process';
import { eachCombination } from '../src/actors/formula.ts';
import { runnersOf } from '../src/actors/pools/backed.ts';
import { NO_MONEY, type PricedTicket } from '../src/actors/pools/price.ts';
import { pricePool } from '../src/actors/pools/price-pool.ts';
import { type ProbableSale, probables } from '../src/actors/pools/probables.ts';
import { type RuleSet, unitOf } from '../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../src/actors/pools/rule-sets.ts';
import { runnerNumber } from '../src/actors/units.ts';

const RUNNERS = Array.from({ length: 18 }, (_, index) => runnerNumber(index + 1));
const POOLS = [
  'simple-place-pmu@2',
  'couple-gagnant-pmu@1',
  'couple-place-pmu@1',
  '2sur4-pmu@1',
  'trio-pmu@1',
  'couple-ordre-pmu@1',
];

for (const id of POOLS) {
  const ruleSet = ruleSetById(id);
  if (ruleSet === undefined) throw new Error(`no rule set ${id}`);
  const sale = saleOf(ruleSet);
  const own = measured(() => probables(ruleSet, sale), 30);
  const naive = measured(() => onePoolEach(ruleSet, sale), 1);
  const { size } = sale.stakes;
  process.stdout.write(`${id}: ${size} combinations, ${own} ms; naive ${naive} ms\n`);
}

function measured(work: () => unknown, rounds: number): string {
  for (let round = 0; round < rounds; round++) work();
  const before = cpuUsage();
  for (let round = 0; round < rounds; round++) work();
  return (cpuUsage(before).user / 1_000 / rounds).toFixed(1);
}

/** No two combinations have the same stakes. */
function saleOf({ bet }: RuleSet): ProbableSale {
  const stakes = new Map<string, number>();
  const unit = unitOf(bet, 0);
  const formula = unit.kind === 'runners' && unit.ordered ? 'all-orders' : 'combined';
  eachCombination({ formula, legs: [RUNNERS] }, unit, (runners) => {
    stakes.set(runners.join('-'), 10_000 + ((stakes.size * 7_919) % 9_973) * 130);
  });
  const day = '2026-11-21';
  return { stakes, starters: RUNNERS, nonRunners: [], entries: [], money: NO_MONEY, day };
}

function onePoolEach(ruleSet: RuleSet, { stakes, starters, money, day }: ProbableSale): void {
  const tickets = [...stakes].map(([key, stake]): PricedTicket => {
    const legs = [runnersOf(key)];
    return { formula: 'unit', legs, picks: 0, alternates: [], stake, source: '' };
  });
  for (const { legs } of tickets) {
    const [runners = []] = legs;
    const order = [...runners, ...starters.filter((it) => !runners.includes(it))];
    pricePool(ruleSet, {
      tickets,
      result: {
        kind: 'race',
        result: {
          order: order.map((it) => [it]),
          nonRunners: [],
          starters: starters.length,
          entries: [],
        },
      },
      money,
      day,
    });
  }
}
