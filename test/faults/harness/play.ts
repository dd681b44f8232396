/**
 * One run of a fault: its controls first, each in a tree and a directory of its own, then the fault.
 *
 * Invariant: a run passes only if every control failed as it must and the fault itself found nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Control,
  type Fault,
  isClean,
  MUST_BE_0,
  NotRun,
  newTally,
  problem,
  type Stage,
  type Tally,
} from './fault.ts';
import { createRandom } from './random.ts';
import { OWN_TREE, patchedTree } from './variant.ts';

interface Part extends Tally {
  /** `fault`, or the control's name. */
  readonly what: string;
  readonly asItMust: boolean;
  readonly seconds: number;
}

export interface Outcome {
  readonly fault: string;
  readonly seed: number;
  readonly passed: boolean;
  readonly parts: readonly Part[];
}

export interface RunOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly faultToo: boolean;
  readonly controlsToo: boolean;
  /** For fewer rounds of a control than it has of its own. */
  readonly controlRounds?: number;
  readonly say: (line: string) => void;
}

/** @throws NotRun where something it needs is missing. */
export async function runFault(fault: Fault, options: RunOptions): Promise<Outcome> {
  const parts: Part[] = [];
  for (const control of options.controlsToo ? fault.controls : []) {
    const rounds = options.controlRounds ?? control.rounds;
    options.say(`${fault.name}: control ${control.name}, ${rounds} rounds, must fail`);
    const part = await play(control.name, control, { ...options, rounds });
    parts.push({ ...part, asItMust: failedAsItMust(control, part) });
  }
  if (options.faultToo) {
    options.say(`${fault.name}: ${options.rounds} rounds, seed ${options.seed}`);
    const part = await play('fault', fault, options);
    parts.push({ ...part, asItMust: isClean(part) });
  }
  const passed = parts.every(({ asItMust }) => asItMust);
  return { fault: fault.name, seed: options.seed, passed, parts };
}

function failedAsItMust({ mustFind }: Control, tally: Tally): boolean {
  return mustFind.some((count) => tally[count] > 0);
}

async function play(
  what: string,
  it: Pick<Fault, 'run'> & Partial<Pick<Control, 'patch'>>,
  { rounds, seed, say }: RunOptions,
): Promise<Omit<Part, 'asItMust'>> {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-fault-'));
  const clean = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', clean);
  const tally = newTally();
  const begunMs = performance.now();
  try {
    const tree = it.patch === undefined ? OWN_TREE : patchedTree(dir, it.patch);
    const stage: Stage = { rounds, random: createRandom(seed), dir, tree, tally, say };
    await it.run(stage);
  } catch (error) {
    if (error instanceof NotRun) throw error;
    problem(tally, error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.removeListener('exit', clean);
    clean();
  }
  return { what, seconds: Math.round((performance.now() - begunMs) / 1_000), ...tally };
}

/** For the table of docs/FAULTS.md. */
export function rowOf({ fault, parts }: Outcome): string {
  const real = parts.find(({ what }) => what === 'fault');
  const controls = parts.filter((it) => it !== real).map(controlWords);
  const columns = [
    fault,
    real?.rounds ?? '–',
    real?.acknowledged ?? '–',
    real?.lost ?? '–',
    real?.doubled ?? '–',
    real === undefined ? '–' : real.mispriced + real.changed + real.afterClose,
    real === undefined ? '–' : seenWords(real),
    controls.join('; ') || '–',
  ];
  return `| ${columns.join(' | ')} |`;
}

function seenWords({ seen, tooLate, silent }: Tally): string {
  const words = Object.entries({ ...seen, ...(tooLate && { tooLate }), ...(silent && { silent }) });
  return words.map(([what, times]) => `${what} ${times}`).join(', ') || '–';
}

function controlWords({ what, rounds, asItMust, ...tally }: Part): string {
  const found = MUST_BE_0.filter((count) => tally[count] > 0).map((it) => `${it} ${tally[it]}`);
  const verdict = asItMust ? 'fails as it must' : 'DID NOT FAIL';
  return `${what}: ${found.join(', ') || 'nothing'} in ${rounds} rounds, ${verdict}`;
}
