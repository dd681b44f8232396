// Starting other programs. A signal sent to us reaches the child once, however many times it
// reaches us (a terminal sends Ctrl-C to the whole group and npm sends it again), and we outlive
// the child so that its exit code becomes ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** What reaches us, and what the child is sent for it: a closed terminal asks for an orderly end. */
const FORWARDED = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' };

/** Closer together than this, two signals of a kind are one: npm's echo comes within milliseconds. */
const ECHO_MS = 500;

const leash = new URL('leash.mjs', import.meta.url).href;

/** A failure the user can do something about; its message says what. */
export class Problem extends Error {}

export function say(line) {
  process.stderr.write(`furlong: ${line}\n`);
}

/** The code a shell would report: a death by signal is 128 and the signal's number. */
function exitCode(code, signal) {
  return signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1);
}

/**
 * Runs a program to its end and resolves to `{ code, output, signalled }`. With `quiet`, what it
 * prints is kept in `output` instead of shown. `leashed` is for programs that are Node.
 */
export function start(command, args, options = {}) {
  const { cwd, env, quiet = false, leashed = false, timeoutMs } = options;
  const io = quiet ? ['ignore', 'pipe', 'pipe'] : ['inherit', 'inherit', 'inherit'];
  if (leashed) io.push('ipc');
  return new Promise((resolve, reject) => {
    const child = spawn(command, leashed ? ['--import', leash, ...args] : args, {
      cwd,
      env,
      stdio: io,
      // A group of its own, so that the terminal's Ctrl-C comes through us and only once.
      detached: process.platform !== 'win32',
    });
    let signalled;
    const forwardedAt = new Map();
    const forward = (received) => {
      const signal = FORWARDED[received];
      signalled = signal;
      const now = Date.now();
      const echo = now - (forwardedAt.get(signal) ?? 0) < ECHO_MS;
      forwardedAt.set(signal, now);
      if (!echo) child.kill(signal);
    };
    for (const signal of Object.keys(FORWARDED)) process.on(signal, forward);

    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    const timer = timeoutMs && setTimeout(() => killGroup(child), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      for (const signal of Object.keys(FORWARDED)) process.off(signal, forward);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (code, signal) => {
      settle();
      resolve({ code: exitCode(code, signal), output, signalled });
    });
  });
}

/** What a slow tool started goes with it: `go install` is a compiler many times over. */
function killGroup(child) {
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}

/** Runs a program on our own terminal; resolves to its exit code. */
export async function run(command, args, options) {
  const { code } = await start(command, args, options);
  return code;
}

/** Runs a program out of sight; a signal meant for us ends us too, since no one is watching it. */
export async function capture(command, args, options) {
  const missing = (error) => ({ code: 127, output: `cannot start ${command} (${error.code})` });
  const result = await start(command, args, { ...options, quiet: true }).catch(missing);
  if (result.signalled) process.exit(exitCode(undefined, result.signalled));
  return result;
}

/** The end of what a program printed, where the reason usually is. */
export function tail(output, linesMax = 12) {
  return output.trim().split('\n').slice(-linesMax).join('\n');
}

/** Runs an entry's main function; a Problem is one sentence on stderr, anything else a defect. */
export async function entry(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
