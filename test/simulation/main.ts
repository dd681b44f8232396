/** `npm run simulate -- --seed N [--seeds COUNT] [--steps N] [--trace]`: see docs/SIMULATION.md. */
import { parseArgs } from 'node:util';
import { type Simulation, STEPS, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: String(STEPS) },
    trace: { type: 'boolean', default: false },
  },
});

const first = whole('seed', values.seed);
const count = whole('seeds', values.seeds);
const steps = whole('steps', values.steps);
const startedAt = performance.now();
const totals = new Map<string, number>();

for (let seed = first; seed < first + count; seed++) {
  const it = await simulate({ seed, steps, keepTrace: values.trace });
  if (values.trace) console.log(it.trace.join('\n'));
  add(it);
  if (it.finding !== undefined) fail(it, it.finding);
}
const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  `${count} seeds from ${first}: no finding (${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} seeds/s)`,
);
for (const [what, times] of totals) console.log(`  ${what}: ${times}`);

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} is a whole number, not ${text}`);
  process.exit(2);
}

function add(it: Simulation): void {
  const all = { steps: it.steps, 'virtual ms': it.virtualMs, ...it.faults, ...it.checked };
  for (const [what, times] of Object.entries(all)) totals.set(what, (totals.get(what) ?? 0) + times);
}

function fail(it: Simulation, { invariant, what }: { invariant: string; what: string }): never {
  if (!values.trace) console.log(it.trace.slice(-60).join('\n'));
  console.log(`seed ${it.seed}, step ${it.steps}: NOT TRUE: ${invariant}`);
  console.log(what);
  console.log(`again: npm run simulate -- --seed ${it.seed} --steps ${steps} --trace`);
  process.exit(1);
}
