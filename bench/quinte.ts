/**
 * A Quinté+ pool of 18 runners priced: a million distinct tickets in packed columns, a dead heat
 * for fifth, four incremental tiers. What a job does with such a pool, without the thread around it.
 */
import { priceTickets } from '../src/actors/pool-pricing.ts';
import { NO_MONEY } from '../src/actors/pools/price.ts';
import { ruleSetById } from '../src/actors/pools/rule-sets.ts';
import { createTicketTable } from '../src/actors/ticket-table.ts';
import { betId, cents, playerId, type RunnerNumber, runnerNumber } from '../src/actors/units.ts';
import { median, spread } from './measure.ts';

const RUNNERS = 18;
const PICKS = 5;
const STAKE = cents(200);
const PLAYERS = 100_000;

export function benchQuinte({ tickets, rounds }: { tickets: number; rounds: number }): string[] {
  const ruleSet = ruleSetById('quinte-plus-pmu@1');
  if (ruleSet === undefined) throw new Error('the rule set is not there');
  const table = createTicketTable();
  let combinations = 0;
  for (let number = 0; number < tickets; number++) {
    const runners = sequence(number);
    // Three in ten tick one or two more and combine them in one order.
    const more = number % 10 < 7 ? 0 : (number % 2) + 1;
    for (let extra = 1; runners.length < PICKS + more; extra++) {
      const runner = runnerNumber(extra);
      if (!runners.includes(runner)) runners.push(runner);
    }
    const count = [1, 6, 21][more] ?? 1;
    combinations += count;
    table.push({
      bet: betId(`5e771e00-0000-4000-8000-${number.toString(16).padStart(12, '0')}`),
      player: playerId(`p${number % PLAYERS}`),
      formula: more === 0 ? 'unit' : 'combined',
      legs: [runners],
      picks: 0,
      alternates: [],
      flexi: 100,
      stake: STAKE,
      combinations: count,
      channel: 'online',
      atMs: 0,
    });
  }
  const order = [[3], [1], [7], [2], [5, 6]].map((place) => place.map(runnerNumber));
  const result = { order, nonRunners: [], starters: RUNNERS, entries: [] };
  const task = {
    ruleSet,
    result: { kind: 'race', result },
    money: NO_MONEY,
    day: '2026-11-21',
  } as const;
  const seconds: number[] = [];
  let lines = 0;
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now();
    lines = priceTickets(task, table).price.dividends.length;
    seconds.push((performance.now() - begunMs) / 1_000);
    process.stderr.write(
      `quinte: round ${round + 1} of ${rounds}: ${seconds.at(-1)?.toFixed(2)} s\n`,
    );
  }
  return [
    `${tickets} distinct tickets, ${combinations} combinations, ${lines} winning lines: ` +
      `${median(seconds).toFixed(2)} s (${spread(seconds, 2)}) of ${rounds} rounds`,
  ];
}

/** The number-th sequence of five of the runners: no two numbers have the same. */
function sequence(number: number): RunnerNumber[] {
  const left = Array.from({ length: RUNNERS }, (_, index) => runnerNumber(index + 1));
  const found: RunnerNumber[] = [];
  let rest = number;
  for (let pick = 0; pick < PICKS; pick++) {
    const [runner] = left.splice(rest % left.length, 1);
    rest = Math.floor(rest / (left.length + 1));
    if (runner !== undefined) found.push(runner);
  }
  return found;
}
