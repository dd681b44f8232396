/**
 * The entry: gives the program its process. Where a verb must finish in order, the first SIGINT or
 * SIGTERM asks it to, and the second ends the process at once.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { styleText } from 'node:util';
import { EXIT } from './cli/exit.ts';
import { runFurlong } from './cli/run.ts';
import { connectClient } from './client/client.ts';
import { systemClock } from './runtime/clock.ts';

function catchSignals(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) return stop.abort(name);
      // By the signal itself: an orderly exit would wait for threads that have native parts.
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    });
  }
  return stop.signal;
}

// `furlong race list | head -1`: nobody reads on, which is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await runFurlong(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  async drained() {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    // So that a reader who has gone is noticed before the next lines are made.
    await setImmediate();
  },
  terminal: process.stdout.isTTY === true,
  style: (style, text) => styleText(style, text, { stream: process.stdout }),
  catchSignals,
  connectClient,
  startSystem: async (options) => (await import('./system.ts')).startSystem(options),
  clock: systemClock,
  newId: randomUUID,
});
