/** `npm run simulate -- --seed N [--seeds COUNT] [--steps N] [--trace]`: see docs/SIMULATION.md. */
import { parseArgs } from 'node:util';
import type { Finding } from './auditor.ts';
import { hunt, plantedBugs } from './planted.ts';
import { type Simulation, STEPS, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: String(STEPS) },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    /** Of planted bugs: only those whose names begin so. */
    only: { type: 'string', default: '' },
  },
});

const first = whole('seed', values.seed);
const count = whole('seeds', values.seeds);
const steps = whole('steps', values.steps);
/** All but one: chance may be against one of them. */
const FOUND_MIN = 19;
/** For one planted bug. */
const PLANTED_SEEDS = 400;

process.exitCode = values.planted ? huntAll() : await simulateAll();

/** @returns The exit code. */
async function simulateAll(): Promise<number> {
  const startedAt = performance.now();
  const totals = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    const it = await simulate({ seed, steps, keepTrace: values.trace });
    if (values.trace) console.log(it.trace.join('\n'));
    if (it.finding !== undefined) {
      tellOf(it, it.finding);
      return 1;
    }
    for (const [what, times] of Object.entries(countsOf(it))) {
      totals.set(what, (totals.get(what) ?? 0) + times);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const pace = `${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} seeds/s`;
  console.log(`${count} seeds from ${first}: no finding (${pace})`);
  for (const [what, times] of totals) console.log(`  ${what}: ${times}`);
  return 0;
}

function huntAll(): number {
  const bugs = plantedBugs().filter(({ name }) => name.startsWith(values.only));
  const seeds = count > 1 ? count : PLANTED_SEEDS;
  let found = 0;
  for (const bug of bugs) {
    const it = hunt(bug, { seed: first, seeds, steps });
    if (it.found) found++;
    const where = it.found ? `found by seed ${it.seed}, step ${it.step}` : 'NOT FOUND';
    console.log(`${bug.name.padEnd(32)} ${where}: ${it.how}`);
  }
  console.log(`${found} of ${bugs.length} found, at least ${FOUND_MIN} wanted`);
  return found >= bugs.length - (20 - FOUND_MIN) ? 0 : 1;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} is a whole number, not ${text}`);
  process.exit(2);
}

function countsOf(it: Simulation): Readonly<Record<string, number>> {
  return { steps: it.steps, 'virtual ms': it.virtualMs, ...it.faults, ...it.checked };
}

function tellOf(it: Simulation, { invariant, what }: Finding): void {
  if (!values.trace) console.log(it.trace.join('\n'));
  console.log(`seed ${it.seed}, step ${it.steps}: NOT TRUE: ${invariant}`);
  console.log(what);
  console.log(`again: npm run simulate -- --seed ${it.seed} --steps ${steps} --trace`);
}
