/**
 * Faults in system calls, by strace attached to a server that runs: the N-th call of a kind gets a
 * signal, an error or a delay. Calls are counted from the attachment on, in each thread for itself:
 * with one shard, the one thread that writes the log.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tool } from './tools.ts';

export type SystemCall = 'fsync' | 'pwrite64' | 'write';

export interface Injection {
  /** Whether the N-th call was made, and got what was to be injected. */
  readonly wasMade: () => boolean;
  /** Lets the server go on alone. */
  detach(): Promise<void>;
}

const ATTACH_TIMEOUT_MS = 10_000;
const attached = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of attached) child.kill('SIGTERM');
});

/** SQLite syncs by one or the other, as it was built: a wrong name would silently inject nothing. */
function namesOf(call: SystemCall): string {
  return call === 'fsync' ? 'fsync,fdatasync' : call;
}

/** @param what In strace's words: `signal=SIGKILL`, `error=EIO`. */
export async function inject(
  pid: number,
  it: { readonly call: SystemCall; readonly what: string; readonly when: string },
  logFile: string,
): Promise<Injection> {
  const { call, what, when } = it;
  const names = namesOf(call);
  const child = spawn(
    tool('strace'),
    [
      '-f',
      '-p',
      `${pid}`,
      '-o',
      logFile,
      '-e',
      `trace=${names}`,
      '-e',
      `inject=${names}:${what}:when=${when}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  attached.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      attached.delete(child);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const late = setTimeout(
      () => reject(new Error(`strace did not attach: ${said}`)),
      ATTACH_TIMEOUT_MS,
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (!said.includes(`Process ${pid} attached`)) return;
      clearTimeout(late);
      resolve();
    });
    void ended.then(() => {
      clearTimeout(late);
      reject(new Error(`strace cannot attach here: ${said.trim()}`));
    });
  });
  return {
    wasMade: () => /\(INJECTED\)|SIGKILL/.test(readFileSync(logFile, 'utf8')),
    async detach() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
