/** The process itself: what signals do to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const dataDir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs the server, and shows every word to `onSaid`. */
function runServer(onSaid: (said: string, child: ChildProcess) => void): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'serve', '--data', dataDir].concat([
      ...['--port', '0', '--http-port', '0'],
    ]),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const listen = (text: Buffer) => {
    said += text.toString();
    onSaid(said, child);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, said }));
  });
}

/** Sends each signal once, when its words were said. */
function sendAt(moments: readonly (readonly [string, NodeJS.Signals])[]) {
  const left = [...moments];
  return (said: string, child: ChildProcess) => {
    const [next] = left;
    if (!next || !said.includes(next[0])) return;
    left.shift();
    child.kill(next[1]);
  };
}

it.each(['SIGINT', 'SIGTERM'] as const)('one %s drains, and ends with 0', async (signal) => {
  const { code, said } = await runServer(sendAt([['httpAddress', signal]]));
  expect(code).toBe(0);
  expect(said).toMatch(/stopping: what was taken is answered first\nstopped\n$/);
});

it('a second SIGINT ends at once, as an uncaught one would (130 to a shell)', async () => {
  const ended = await runServer(
    sendAt([
      ['httpAddress', 'SIGINT'],
      ['stopping', 'SIGINT'],
    ]),
  );
  expect(ended).toMatchObject({ code: null, signal: 'SIGINT' });
  expect(ended.said).not.toContain('\nstopped\n');
});
