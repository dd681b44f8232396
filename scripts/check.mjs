// Everything that must hold of the tree besides the tests. Each check runs whatever the others
// found, and is reported on a line of its own.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { packageProgram } from './packages.mjs';
import { capture, Problem } from './processes.mjs';
import { buf, generateInto, OURS } from './proto.mjs';

/** A check resolves to `{ code, output }`, and to `skipped` with the reason when there is nothing to check. */
const CHECKS = {
  types: (node) => program(node, 'typescript', 'tsc', '--noEmit'),
  'types of the page': typesOfPage,
  'format and lint': (node) => program(node, '@biomejs/biome', 'biome', 'check', '.'),
  'nothing unused': (node) => program(node, 'knip', 'knip', '--no-progress'),
  'contracts: lint': (node) => buf(node, 'lint'),
  'contracts: format': (node) => buf(node, 'format', OURS, '-d', '--exit-code'),
  'contracts: nothing broken': contractsUnbroken,
  'contracts: code up to date': generatedUpToDate,
};

export async function check(node) {
  let failed = 0;
  for (const [name, perform] of Object.entries(CHECKS)) {
    const startedAt = Date.now();
    const { code, output, skipped } = await perform(node);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(`${code === 0 ? '✓' : '✗'} ${name} (${skipped ?? `${seconds} s`})`);
    if (code === 0) continue;
    failed += 1;
    console.log(output.trim().replaceAll(/^/gm, '    '));
  }
  const passed = Object.keys(CHECKS).length - failed;
  console.log(`checks: ${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function program(node, packageName, name, ...args) {
  const path = packageProgram(packageName, name);
  return capture(node.path, [path, ...args], { cwd: root, env: node.env });
}

async function typesOfPage(node) {
  const project = join('web', 'tsconfig.json');
  if (!existsSync(join(root, project))) return { code: 0, skipped: `no ${project}` };
  return program(node, 'typescript', 'tsc', '--noEmit', '--project', project);
}

/** Against the last release, or the main branch until there is one. */
async function contractsUnbroken(node) {
  const base = await firstWithContracts();
  if (!base) return { code: 0, skipped: 'no commit has contracts yet' };
  return inTemporaryDir(async (dir) => {
    const archive = join(dir, 'base.tar');
    const taken = await git('archive', '--output', archive, base, 'buf.yaml', 'proto');
    if (taken.code !== 0) return taken;
    const tree = join(dir, 'base');
    mkdirSync(tree);
    const unpacked = await capture('tar', ['-xf', archive, '-C', tree]);
    if (unpacked.code !== 0) return unpacked;
    return buf(node, 'breaking', '--against', tree);
  });
}

async function firstWithContracts() {
  const tag = await git('describe', '--tags', '--abbrev=0');
  const bases = ['main', 'origin/main', 'HEAD'];
  if (tag.code === 0) bases.unshift(tag.output.trim());
  for (const base of bases) {
    const has = await git('cat-file', '-e', `${base}:buf.yaml`);
    const listed = await git('ls-tree', '-r', '--name-only', base, '--', 'proto');
    if (has.code === 0 && listed.output.includes('.proto')) return base;
  }
}

function git(...args) {
  return capture('git', args, { cwd: root });
}

async function generatedUpToDate(node) {
  return inTemporaryDir(async (dir) => {
    try {
      await generateInto(node, dir);
    } catch (error) {
      if (error instanceof Problem) return { code: 1, output: error.message };
      throw error;
    }
    const fresh = contents(join(dir, 'src', 'gen'));
    const committed = contents(join(root, 'src', 'gen'));
    const names = [...new Set([...fresh.keys(), ...committed.keys()])].sort();
    const stale = names.filter((name) => fresh.get(name) !== committed.get(name));
    if (stale.length === 0) return { code: 0, output: '' };
    return { code: 1, output: `run npm run proto and commit src/gen:\n${stale.join('\n')}` };
  });
}

/** Every file under `dir` by its path there, so that two trees can be compared. */
function contents(dir, prefix = '', files = new Map()) {
  for (const item of existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []) {
    const path = join(dir, item.name);
    if (item.isDirectory()) contents(path, `${prefix}${item.name}/`, files);
    else files.set(`${prefix}${item.name}`, readFileSync(path, 'latin1'));
  }
  return files;
}

async function inTemporaryDir(work) {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-check-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
