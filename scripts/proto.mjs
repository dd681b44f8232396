// Code from the contracts: proto/ in, src/gen out, and the descriptors reflection serves.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { packageProgram } from './packages.mjs';
import { capture, Problem, tail } from './processes.mjs';

/** The module that is ours; proto/third_party is kept as its owners publish it. */
export const OURS = 'proto';

/** Runs buf out of sight; resolves to `{ code, output }`. */
export function buf(node, ...args) {
  const program = packageProgram('@bufbuild/buf', 'buf');
  return capture(node.path, [program, ...args], { cwd: root, env: node.env });
}

/** Writes what belongs in src/gen under `dir` (the root itself, or a copy to compare with). */
export async function generateInto(node, dir) {
  const gen = join(dir, 'src', 'gen');
  rmSync(gen, { recursive: true, force: true });
  await must(node, 'generate', '--output', dir);
  await must(node, 'build', '-o', join(gen, 'descriptors.binpb'), '--as-file-descriptor-set');
}

async function must(node, ...args) {
  const { code, output } = await buf(node, ...args);
  if (code === 0) return;
  process.stderr.write(`${tail(output, 40)}\n`);
  throw new Problem(`buf ${args[0]} failed (${code}); mend what it says above`);
}

export async function generate(node) {
  await must(node, 'format', OURS, '-w');
  await generateInto(node, root);
  return 0;
}
