/**
 * Twenty-one bugs, one at a time, in a copy of the tree: does the simulation see them? Each is a patch
 * in `planted/` whose first line says what it is.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Planted {
  readonly name: string;
  readonly about: string;
  readonly path: string;
}

export interface Hunt {
  readonly found: boolean;
  readonly seed: number;
  readonly step: number;
  /** The sentence that did not hold, or why nothing could be run. */
  readonly how: string;
}

const ROOT = join(import.meta.dirname, '..', '..');
const PATCHES = join(import.meta.dirname, 'planted');

export function plantedBugs(): Planted[] {
  return readdirSync(PATCHES)
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => {
      const path = join(PATCHES, name);
      const [about = ''] = readFileSync(path, 'utf8').split('\n', 1);
      return { name: name.replace('.patch', ''), about, path };
    });
}

/** @returns What is wrong with the patch, if anything is. */
export function problemOf(
  { path }: Planted,
  { tree = ROOT, apply = false }: { readonly tree?: string; readonly apply?: boolean } = {},
): string | undefined {
  const args = ['apply', '--unidiff-zero', ...(apply ? [] : ['--check']), path];
  const { status, stderr } = spawnSync('git', args, { cwd: tree, encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
}

/** Seeds from `seed` on, until one finds it or `seeds` have not. */
export function hunt(
  bug: Planted,
  { seed, seeds, steps }: { readonly seed: number; readonly seeds: number; readonly steps: number },
): Hunt {
  const tree = mkdtempSync(join(tmpdir(), 'furlong-planted-'));
  try {
    for (const part of ['src', 'test', 'package.json']) {
      cpSync(join(ROOT, part), join(tree, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const problem = problemOf(bug, { tree, apply: true });
    if (problem !== undefined) return { found: false, seed, step: 0, how: problem };
    const main = join(tree, 'test', 'simulation', 'main.ts');
    const args = ['--seed', seed, '--seeds', seeds, '--steps', steps].map(String);
    const node = ['--disable-warning=ExperimentalWarning', main, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, node, {
      cwd: tree,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status === 0) return { found: false, seed, step: 0, how: `${seeds} seeds saw nothing` };
    const told = /^seed (\d+), step (\d+): NOT TRUE: (.*)$/m.exec(stdout);
    // A run that cannot even begin has found nothing.
    if (told === null) return { found: false, seed, step: 0, how: stderr.trim() };
    const [, at = '', step = '', how = ''] = told;
    return { found: true, seed: Number(at), step: Number(step), how };
  } finally {
    rmSync(tree, { recursive: true });
  }
}
