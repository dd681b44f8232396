/** `furlong serve` as a process: started from any tree, watched, signalled, and asked how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connectClient } from '../../../src/client/client.ts';

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** By `performance.now()`. */
  readonly atMs: number;
}

export interface Server {
  readonly pid: number;
  readonly client: Client;
  /** From the start of the process to its address. */
  readonly startMs: number;
  readonly ended: Promise<Ending>;
  readonly isAlive: () => boolean;
  /** All it said on stderr. */
  readonly stderr: () => string;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): void;
  /** kill −9, and gone when it resolves. */
  kill(): Promise<Ending>;
  /** SIGTERM, and gone when it resolves. */
  stop(): Promise<Ending>;
}

export interface ServerOptions {
  /** The root of the tree it runs from. */
  readonly tree: string;
  readonly dataDir: string;
  readonly shards?: number;
  readonly partitions?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** It did not start; the message has what it said. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly code: number | null;

  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }
}

const START_TIMEOUT_MS = 60_000;
/** A drain is bounded by the server itself; this is for one that hangs. */
const STOP_TIMEOUT_MS = 40_000;
const STDERR_MAX = 1_000_000;

/** Nothing we started outlives us. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @throws StartFailed */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { tree, dataDir, shards = 2, partitions = 4, args = [], env = {} } = options;
  const begunMs = performance.now();
  const sizes = ['--partitions', `${partitions}`, '--shards', `${shards}`];
  const where = ['--data', dataDir, '--port', '0', '--http-port', '0'];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'serve', ...where, ...sizes, ...args],
    { cwd: tree, env: { ...environment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_MAX);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, atMs: performance.now() });
    });
  });
  const address = await firstWords(child, ended, () => stderr);
  const client = connectClient(address);
  void ended.then(() => client.close());

  async function end(name: 'SIGKILL' | 'SIGTERM'): Promise<Ending> {
    child.kill(name);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const ending = await ended;
    clearTimeout(late);
    return ending;
  }
  return {
    pid: child.pid ?? -1,
    client,
    startMs: performance.now() - begunMs,
    ended,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stderr: () => stderr,
    signal: (name) => child.kill(name),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** The server takes no setting from whoever runs the faults. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('FURLONG_'));
  return {
    ...Object.fromEntries(own),
    NODE_COMPILE_CACHE: join(tmpdir(), 'furlong-faults-compiled'),
  };
}

async function firstWords(
  child: ChildProcess,
  ended: Promise<Ending>,
  stderr: () => string,
): Promise<string> {
  let said = '';
  let late: NodeJS.Timeout | undefined;
  const address = new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const told = /"grpcAddress":\s*"([^"]+)"/.exec(said)?.[1];
      if (told !== undefined) resolve(told);
    });
    void ended.then(({ code }) =>
      reject(new StartFailed(`the server ended with ${code}: ${stderr().trim()}`, code)),
    );
    late = setTimeout(() => {
      reject(new StartFailed(`the server did not start in time: ${stderr().trim()}`, null));
      child.kill('SIGKILL');
    }, START_TIMEOUT_MS);
  });
  try {
    return await address;
  } finally {
    clearTimeout(late);
  }
}
