// The programs the tests use that npm does not carry: found on this machine, else obtained into
// .tools without root and without touching the system, else accounted for in one sentence.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { toolsDir } from './bootstrap.mjs';
import {
  chromiumFromDebian,
  findLibrary,
  goFromDebian,
  libraryFromDebian,
  natsServerFromDebian,
  programFromDebian,
} from './debian.mjs';
import { withLock } from './lock.mjs';
import { capture, say, tail } from './processes.mjs';

const binDir = join(toolsDir, 'bin');

/** A cold build of nats-server takes a minute on two cores, fetching included. */
const GO_INSTALL_TIMEOUT_MS = 6 * 60_000;

const TOOLS = [
  {
    name: 'nats-server',
    variable: 'FURLONG_TEST_NATS_SERVER',
    commands: ['nats-server'],
    obtain: [
      () => goInstall('nats-server', 'github.com/nats-io/nats-server/v2@v2.14.9'),
      natsServerFromDebian,
    ],
    remedy: 'put nats-server (https://nats.io/download) or go on the PATH',
  },
  {
    name: 'chromium',
    variable: 'FURLONG_TEST_CHROMIUM',
    commands: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    obtain: [chromiumFromDebian],
    remedy: 'put chromium or google-chrome on the PATH',
  },
  {
    name: 'grpcurl',
    variable: 'FURLONG_TEST_GRPCURL',
    commands: ['grpcurl'],
    obtain: [() => goInstall('grpcurl', 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4')],
    remedy: 'put grpcurl or go on the PATH',
    optional: true,
  },
  {
    name: 'go',
    variable: 'FURLONG_TEST_GO',
    commands: ['go'],
    obtain: [goFromDebian],
    remedy: 'put go (https://go.dev/dl) on the PATH',
  },
  {
    name: 'strace',
    variable: 'FURLONG_TEST_STRACE',
    commands: ['strace'],
    obtain: [() => programFromDebian('strace', 'strace', '/usr/bin/strace', '--version')],
    remedy: 'put strace on the PATH',
  },
];

/** What only `npm run faults` uses. */
const FAULT_TOOLS = [
  {
    name: 'mkfs.ext4',
    variable: 'FURLONG_TEST_MKFS_EXT4',
    commands: ['mkfs.ext4', '/usr/sbin/mkfs.ext4', '/sbin/mkfs.ext4'],
    obtain: [() => programFromDebian('e2fsprogs', 'mkfs.ext4', '/sbin/mkfs.ext4', '-V')],
    remedy: 'install e2fsprogs',
  },
  {
    name: 'mkfs.xfs',
    variable: 'FURLONG_TEST_MKFS_XFS',
    commands: ['mkfs.xfs', '/usr/sbin/mkfs.xfs', '/sbin/mkfs.xfs'],
    obtain: [() => programFromDebian('xfsprogs', 'mkfs.xfs', '/sbin/mkfs.xfs', '-V')],
    remedy: 'install xfsprogs',
  },
  {
    name: 'xfs_io',
    variable: 'FURLONG_TEST_XFS_IO',
    commands: ['xfs_io', '/usr/sbin/xfs_io', '/sbin/xfs_io'],
    obtain: [() => programFromDebian('xfsprogs', 'xfs_io', '/usr/sbin/xfs_io', '-V')],
    remedy: 'install xfsprogs',
  },
  {
    name: 'libeatmydata',
    variable: 'FURLONG_TEST_LIBEATMYDATA',
    library: 'libeatmydata.so',
    obtain: [() => libraryFromDebian('libeatmydata1', 'libeatmydata.so')],
    remedy: 'install libeatmydata1',
  },
  {
    name: 'libfaketime',
    variable: 'FURLONG_TEST_LIBFAKETIME',
    library: 'faketime/libfaketimeMT.so.1',
    obtain: [() => libraryFromDebian('libfaketime', 'faketime/libfaketimeMT.so.1')],
    remedy: 'install libfaketime',
  },
];

/** What only `npm run bench -- ranking` uses. */
const BENCH_TOOLS = [
  {
    name: 'redis-server',
    variable: 'FURLONG_BENCH_REDIS_SERVER',
    commands: ['redis-server'],
    obtain: [
      () => programFromDebian('redis-server', 'redis-server', '/usr/bin/redis-server', '--version'),
    ],
    remedy: 'put redis-server on the PATH',
  },
];

/**
 * Every tool as `{ name, variable, optional, path, why }`: `path` when it was had, else `why` not
 * and what to do. `variable` is the environment variable tests look for it in.
 * @param purpose `tests`, `faults` or `bench`.
 */
export async function findTools(purpose = 'tests') {
  const wanted = {
    tests: TOOLS,
    faults: [...TOOLS.filter(({ name }) => name === 'strace'), ...FAULT_TOOLS],
    bench: BENCH_TOOLS,
  }[purpose];
  const found = wanted.map((tool) => ({ ...tool, path: look(tool) }));
  if (found.some((tool) => !tool.path)) {
    await withLock(join(toolsDir, 'tools.lock'), () => Promise.all(found.map(fill)));
  }
  return found.map(({ name, variable, optional = false, path, why }) => {
    return { name, variable, optional, path, why };
  });
}

/** Where each tool is, by the variable it is looked for in; what could not be had is said. */
export async function toolsEnvironment(purpose) {
  const env = {};
  for (const { name, variable, path, why } of await findTools(purpose)) {
    if (path) env[variable] = path;
    else say(`no ${name}: ${why}`);
  }
  return env;
}

function look({ name, variable, commands, library }) {
  const given = process.env[variable];
  if (given) return given;
  if (library) return findLibrary(library);
  const dirs = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const command of commands) {
    const places = command.startsWith('/') ? [command] : dirs.map((dir) => join(dir, command));
    const path = places.find(isProgram);
    if (path) return path;
  }
  const own = join(binDir, name);
  return isProgram(own) ? own : undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

/** Tries each way to obtain the tool in turn; a way that fails says why, and the next is tried. */
async function fill(tool) {
  tool.path ??= look(tool);
  if (tool.path) return;
  const reasons = [];
  for (const obtain of tool.obtain) {
    const reason = await obtain();
    tool.path = look(tool);
    if (tool.path) return;
    reasons.push(reason);
  }
  tool.why = `${reasons.join('; ')}; ${tool.remedy}`;
}

/** Builds one Go program into .tools/bin; resolves to why it could not, if it could not. */
async function goInstall(name, module) {
  if (!onPath('go')) return 'go is not on the PATH';
  say(`building ${name} with go (${module})`);
  const { code, output } = await capture('go', ['install', module], {
    env: { ...process.env, GOBIN: binDir, CGO_ENABLED: '0' },
    timeoutMs: GO_INSTALL_TIMEOUT_MS,
  });
  return code === 0 ? undefined : `go install failed (${tail(output, 1)})`;
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => isProgram(join(dir, command)));
}
