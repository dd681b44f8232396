/**
 * `furlong dev`: everything at once on this machine alone: a server, a page, and a real race day
 * that plays. Needs nothing else.
 *
 *   start ─> play ──────────────> day over, books ─> stay up ─> Ctrl-C
 *              └─ first race open: what to paste next
 *   Ctrl-C: the day stops between two bets, the server drains, temporary data is removed
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { System } from '../system.ts';
import { playDayHere } from './dev-day.ts';
import { EXIT, UsageError } from './exit.ts';
import { RULES, withRules } from './rules.ts';
import { openSystem, SERVER_OPTIONS, untilStopped } from './server.ts';
import type { Scene, Verb } from './verb.ts';

export const dev: Verb = {
  name: 'dev',
  about: 'a server and a race day that plays, for this machine alone',
  lasting: true,
  options: [
    {
      flags: '--speed <times>',
      about: 'of the day; 0 or max for no waiting (FURLONG_SPEED; default 60)',
    },
    {
      flags: '--data <dir>',
      about: 'keep the log, and go on from it (FURLONG_DATA; default: temporary)',
    },
    { flags: '--seed <number>', about: 'another seed, other bets (FURLONG_SEED; default 1)' },
    { flags: '--no-day', about: 'just the server' },
    ...SERVER_OPTIONS,
    RULES,
  ],
  examples: [
    'furlong dev',
    'furlong dev --speed max --data ./data',
    'furlong dev --no-day --port 0',
  ],
  async run(input, scene) {
    const { config, output, signal } = scene;
    if (config.host !== '127.0.0.1') {
      throw new UsageError('dev listens on 127.0.0.1 alone: unset FURLONG_HOST, or use serve');
    }
    const dataDir = config.data ?? mkdtempSync(join(tmpdir(), 'furlong-'));
    const system = await openSystem(dataDir, withRules(scene)).catch((error: unknown) => {
      removeTemporary(dataDir, scene);
      throw error;
    });
    const dead = new AbortController();
    const playing = { ...scene, signal: AbortSignal.any([signal, dead.signal]) };
    let day: Promise<void> | undefined;
    try {
      greet(system, dataDir, scene);
      day = input.flags.day === false ? undefined : playDayHere(system, playing);
      // A failure of the day ends everything; its good end leaves the server up.
      const stopped = untilStopped(system, signal);
      await Promise.race([stopped, day === undefined ? stopped : day.then(() => stopped)]);
      output.note('stopping: what was taken is answered first');
    } finally {
      dead.abort();
      await Promise.allSettled([day]);
      await system.stop();
      removeTemporary(dataDir, scene);
      tellStopped(dataDir, scene);
    }
    return EXIT.ok;
  },
};

function greet({ grpcAddress, httpAddress }: System, dataDir: string, { output, config }: Scene) {
  const temporary = config.data === undefined;
  const { style } = output;
  output.show({
    json: () => ({ grpcAddress, httpAddress, dataDir, temporary }),
    human: () => [
      `${style('bold', 'page')}  ${style('cyan', `http://${httpAddress}/`)}`,
      `${style('bold', 'gRPC')}  ${grpcAddress}`,
      `${style('bold', 'data')}  ${dataDir}${temporary ? ' (temporary)' : ''}`,
      '',
    ],
  });
}

function removeTemporary(dataDir: string, { config }: Scene): void {
  if (config.data === undefined) rmSync(dataDir, { recursive: true, force: true });
}

/** Of a system that ran: what became of its data. */
function tellStopped(dataDir: string, { config, output }: Scene): void {
  if (config.data === undefined) {
    output.note(
      `stopped; the data in ${dataDir} was temporary and is gone (keep it with --data DIR)`,
    );
  } else {
    output.note(`stopped; the log is in ${dataDir}: go on with npm start -- --data ${dataDir}`);
  }
}
