/** `furlong wallet` as a process of its own, to be slow, faulty, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface WalletProcess {
  readonly port: number;
  readonly address: string;
  /** kill −9. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

const START_TIMEOUT_MS = 60_000;

/** @param port 0 for any that is free. */
export async function startWalletProcess(
  file: string,
  port = 0,
  args: readonly string[] = [],
): Promise<WalletProcess> {
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'wallet', '--data', file, '--port', `${port}`, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const address = await addressOf(child);
  return {
    address,
    port: Number(address.split(':')[1]),
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

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    function fail(why: string): void {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new Error(`furlong wallet ${why}: ${said}`));
    }
    child.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
      const [, address] = /"walletAddress":\s*"([^"]+)"/.exec(said) ?? [];
      if (address === undefined) return;
      clearTimeout(late);
      resolve(address);
    });
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.once('exit', (code) => fail(`exited with ${code}`));
  });
}
