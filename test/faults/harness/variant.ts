/**
 * A copy of the tree with a control's patch: the server with one protection taken away. The patch
 * is applied by content, so that it fits as long as the lines it changes are there.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The tree that this file is in. */
export const OWN_TREE = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const CONTROLS_DIR = join(dirname(dirname(fileURLToPath(import.meta.url))), 'controls');

/** @throws Error where the patch no longer fits: make it again on the tree as it is now. */
export function patchedTree(dir: string, patch: string): string {
  const tree = join(dir, 'tree');
  mkdirSync(tree, { recursive: true });
  for (const name of ['src', 'package.json']) {
    const from = join(OWN_TREE, name);
    if (existsSync(from)) cpSync(from, join(tree, name), { recursive: true });
  }
  symlinkSync(join(OWN_TREE, 'node_modules'), join(tree, 'node_modules'));
  try {
    execFileSync('git', ['apply', '-C1', join(CONTROLS_DIR, patch)], {
      cwd: tree,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: dir },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Error(`test/faults/controls/${patch} no longer fits this tree: ${said}`, { cause });
  }
  return tree;
}
