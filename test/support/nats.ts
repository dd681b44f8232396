// A real nats-server of one's own, on a free port of the loopback. Ends no process but the one it
// started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServer {
  /** The same for life. */
  readonly url: string;
  /** Of the process now running, or of the last one that did. */
  readonly pid: number;
  /** Its clients see their connections closed. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** On the same port. */
  restart(): Promise<void>;
}

const EXIT_MAX_MS = 5_000;

export async function startNatsServer(): Promise<NatsServer> {
  const program = process.env.FURLONG_TEST_NATS_SERVER;
  if (!program) throw new Error('FURLONG_TEST_NATS_SERVER names no nats-server');
  const directory = await mkdtemp(join(tmpdir(), 'furlong-nats-'));
  let running = await launch(program, directory, -1);
  const { port } = running;

  async function stop(): Promise<void> {
    await end(running.child);
    await rm(directory, { recursive: true, force: true });
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return running.pid;
    },
    stop,
    async restart() {
      await end(running.child);
      running = await launch(program, directory, port);
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

/** @param port -1 for any that is free. */
async function launch(program: string, directory: string, port: number): Promise<Running> {
  const flags = ['--addr', '127.0.0.1', '--port', `${port}`, '--store_dir', directory];
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    const listening = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(log);
    if (listening && log.includes('Server is ready')) resolve(Number(listening[1]));
  });
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`nats-server ended before it was ready:\n${log}`)));
  const bound = await promise;
  if (child.pid === undefined) throw new Error('nats-server runs, and has no process id');
  return { child, pid: child.pid, port: bound };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_MAX_MS);
  await exited;
  clearTimeout(timer);
}
