/** `furlong serve` as a process of its own, to talk to, to stop, and to kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ServerProcess {
  readonly grpcAddress: string;
  readonly httpAddress: string;
  readonly pid: number;
  /** Its log lines until now. */
  readonly logged: () => string;
  /** kill −9: it gets to say nothing. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

const START_TIMEOUT_MS = 60_000;

/** @param port Of gRPC; 0 for any that is free. */
export async function startServerProcess(
  dataDir: string,
  port = 0,
  args: readonly string[] = ['--partitions', '4', '--shards', '2'],
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'serve', '--data', dataDir, '--port', `${port}`, '--http-port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let logged = '';
  child.stderr?.on('data', (text: Buffer) => {
    logged += text.toString();
  });
  const said = await firstWords(child);
  const address = (name: string) => new RegExp(`"${name}":\\s*"([^"]+)"`).exec(said)?.[1] ?? '';
  return {
    grpcAddress: address('grpcAddress'),
    httpAddress: address('httpAddress'),
    pid: child.pid ?? -1,
    logged: () => logged,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** Everything on stdout until the addresses are told. */
function firstWords(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complained = '';
    const late = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    function fail(why: string): void {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new Error(`furlong serve ${why}: ${said}${complained}`));
    }
    child.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
      if (!said.includes('"httpAddress"') || !said.trimEnd().endsWith('}')) return;
      clearTimeout(late);
      resolve(said);
    });
    child.stderr?.on('data', (text: Buffer) => {
      complained += text.toString();
    });
    child.once('exit', (code) => fail(`exited with ${code}`));
  });
}
