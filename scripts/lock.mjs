// One installer at a time: two commands started together on a fresh clone must not both write
// node_modules. The lock is a file holding its owner's pid; an owner that has died owns nothing.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem, say } from './processes.mjs';

/** Longer than the longest first install seen, browser and compilers included. */
const WAIT_MS_MAX = 15 * 60_000;
const POLL_MS = 200;

/** A file is created before its pid is written; younger than this, an empty one is being written. */
const UNSIGNED_MS_MAX = 5_000;

export async function withLock(path, work) {
  await take(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function take(path) {
  mkdirSync(dirname(path), { recursive: true });
  const giveUpAt = Date.now() + WAIT_MS_MAX;
  let told = false;
  while (!create(path)) {
    if (abandoned(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (Date.now() > giveUpAt) {
      throw new Problem(`another command has held ${path} too long; end it or delete that file`);
    }
    if (!told) say('waiting for another furlong command to finish installing');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function create(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Problem(`cannot write ${path} (${error.code}); make the directory writable`);
  }
}

function abandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!pid) return Date.now() - statSync(path).mtimeMs > UNSIGNED_MS_MAX;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
