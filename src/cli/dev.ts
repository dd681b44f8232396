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
import { fileURLToPath } from 'node:url';
import type { DayEvent } from '../day/conduct.ts';
import { welcome } from '../day/house.ts';
import { DAY_DEFAULTS, planDay } from '../day/plan.ts';
import { playDay } from '../day/play.ts';
import { readProgramme } from '../day/programme.ts';
import { waitFor } from '../day/wait.ts';
import { type GetBalanceResponse, GetBalanceResponseSchema } from '../gen/furlong/ops/v1/ops_pb.ts';
import { RacePhase } from '../gen/furlong/racing/v1/racing_pb.ts';
import type { System } from '../system.ts';
import type { Client } from './client.ts';
import { dayLine } from './day-lines.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { bookLines, missingCents } from './ops.ts';
import { messageJson } from './output.ts';
import { pastesOf } from './paste.ts';
import { allRaces } from './race-card.ts';
import { openSystem, SERVER_OPTIONS, untilStopped } from './server.ts';
import type { Scene, Verb } from './verb.ts';

const PROGRAMME_DIR = fileURLToPath(new URL('../../examples/sha-tin-2026-03-15', import.meta.url));

const DEMO = { id: 'demo', alias: 'You', depositCents: 1_000_000 };

/** After the last race its payments reach their players: the books wait so long for them. */
const BOOKS_ASKS_MAX = 200;
const BOOKS_ASK_EVERY_MS = 50;

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
    const system = await openSystem(dataDir, scene).catch((error: unknown) => {
      forget(dataDir, scene);
      throw error;
    });
    const dead = new AbortController();
    const playing = { ...scene, signal: AbortSignal.any([signal, dead.signal]) };
    let day: Promise<void> | undefined;
    try {
      greet(system, dataDir, scene);
      day = input.flags.day === false ? undefined : playHere(system, playing);
      // A failure of the day ends everything; its good end leaves the server up.
      const stopped = untilStopped(system, signal);
      await Promise.race([stopped, day === undefined ? stopped : day.then(() => stopped)]);
      output.note('stopping: what was taken is answered first');
    } finally {
      dead.abort();
      await Promise.allSettled([day]);
      await system.stop();
      forget(dataDir, scene);
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

function forget(dataDir: string, { config, output }: Scene): void {
  if (config.data === undefined) {
    rmSync(dataDir, { recursive: true, force: true });
    output.note(
      `stopped; the data in ${dataDir} was temporary and is gone (keep it with --data DIR)`,
    );
  } else {
    output.note(`stopped; the log is in ${dataDir}: go on with npm start -- --data ${dataDir}`);
  }
}

/** Plays the day, and tells it. Resolves when it is over or was stopped. */
async function playHere(system: System, scene: Scene): Promise<void> {
  const { config, output, signal, clock } = scene;
  const { seed, speed } = config;
  const client = scene.connect(system.grpcAddress);
  const programme = readProgramme(PROGRAMME_DIR);
  const plan = planDay(programme, { seed, ...DAY_DEFAULTS });
  const pace = typeof speed === 'number' ? { speed } : speed;
  const last = programme.races.at(-1);
  let invited: Promise<boolean> | undefined;
  const onEvent = (event: DayEvent) => {
    const line = dayLine(event);
    if (line !== undefined) output.note(line);
    // All races open with the day; where nobody waits none stays open for a guest.
    const open = event.kind === 'resumed' || (event.kind === 'opened' && event.race === last);
    if (open && typeof speed === 'number') invited = invite(client, system, scene);
  };
  const summary = await playDay({ programme, plan, client, clock, pace, signal, onEvent });
  await invited;
  if (summary.stopped) return;
  await tellBooks(client, scene);
  output.note('the server stays up; Ctrl-C stops it');
}

/** Gives the guest an account and the lines to use it, on the race that is open longest. */
async function invite(client: Client, system: System, scene: Scene): Promise<boolean> {
  const { output } = scene;
  const races = await allRaces(client.racing);
  const race = races.findLast(({ phase }) => phase === RacePhase.OPEN);
  const runner = race?.runners.find(({ scratched }) => !scratched)?.number;
  if (!race || runner === undefined) return false;
  await welcome(DEMO, 'demo', { ...scene, client });
  output.say('');
  const { raceId } = race;
  for (const { about, line } of pastesOf({ ...system, raceId, runner, playerId: DEMO.id })) {
    output.say(`${output.style('bold', about)}\n  ${line}`);
  }
  output.say('');
  return true;
}

/** The money identity, once nothing moves any more. */
async function tellBooks({ ops }: Client, { output, signal, clock }: Scene): Promise<void> {
  let books = await ops.getBalance({});
  for (let ask = 0; ask < BOOKS_ASKS_MAX && moves(books) && !signal.aborted; ask++) {
    await waitFor(BOOKS_ASK_EVERY_MS, { clock, signal });
    books = await ops.getBalance({});
  }
  output.show({
    json: () => messageJson(GetBalanceResponseSchema, books),
    human: () => ['', ...bookLines(books, output)],
  });
  if (missingCents(books) !== 0n) throw new Refused('the books do not add up: see above');
}

function moves({ heldCents, inTransitCents }: GetBalanceResponse): boolean {
  return heldCents !== 0n || inTransitCents !== 0n;
}
