/** A verb of furlong that stays, as a process of its own: started, stopped, killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface FurlongProcess {
  readonly pid: number;
  /** Its log lines until now. */
  readonly logged: () => string;
  /** kill −9: it gets to say nothing. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** A value of the JSON that it said first; '' where it said none of that name. */
  readonly told: (name: string) => string;
}

const START_TIMEOUT_MS = 60_000;

/** Resolves when the whole of its first JSON is there. */
export async function startFurlong(args: readonly string[]): Promise<FurlongProcess> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let logged = '';
  child.stderr.on('data', (text: Buffer) => {
    logged += text.toString();
  });
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    function fail(why: string): void {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new Error(`furlong ${args[0]} ${why}: ${said}${logged}`));
    }
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (!said.trimEnd().endsWith('}')) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', (code) => fail(`exited with ${code}`));
  });
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }
  return {
    pid: child.pid ?? -1,
    logged: () => logged,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    told: (name) => new RegExp(`"${name}":\\s*"([^"]+)"`).exec(said)?.[1] ?? '',
  };
}
