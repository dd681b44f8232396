/**
 * The race day of `furlong dev`: played against the server that just started, told line by line,
 * with a guest invited to bet, and the books shown at the end.
 */
import { fileURLToPath } from 'node:url';
import { allRaces } from '../client/all-races.ts';
import type { Client } from '../client/client.ts';
import type { DayEvent } from '../day/conduct.ts';
import { welcome } from '../day/house.ts';
import { DAY_DEFAULTS, planDay } from '../day/plan.ts';
import { playDay } from '../day/play.ts';
import { readProgramme } from '../day/programme.ts';
import { waitFor } from '../day/wait.ts';
import { type GetBalanceResponse, GetBalanceResponseSchema } from '../gen/furlong/ops/v1/ops_pb.ts';
import { RacePhase } from '../gen/furlong/racing/v1/racing_pb.ts';
import type { System } from '../system.ts';
import { dayLine } from './day-lines.ts';
import { Refused } from './exit.ts';
import { bookLines, missingCents } from './ops.ts';
import { messageJson } from './output.ts';
import { afterwards, pastesOf } from './paste.ts';
import type { Scene } from './verb.ts';

const PROGRAMME_DIR = fileURLToPath(new URL('../../examples/sha-tin-2026-03-15', import.meta.url));

const DEMO = { id: 'demo', alias: 'You', depositCents: 1_000_000 };

/** After the last race its payments reach their players: the books wait so long for them. */
const BOOKS_ASKS_MAX = 200;
const BOOKS_ASK_EVERY_MS = 50;

/** Plays the day, and tells it. Resolves when it is over or was stopped. */
export async function playDayHere(system: System, scene: Scene): Promise<void> {
  const { config, output, signal, clock } = scene;
  const { seed, speed } = config;
  const client = scene.connect(system.grpcAddress);
  const programme = readProgramme(PROGRAMME_DIR);
  const plan = planDay(programme, { seed, ...DAY_DEFAULTS });
  const pace = typeof speed === 'number' ? { speed } : speed;
  const last = programme.races.at(-1);
  let invited: Promise<void> | undefined;
  const onEvent = (event: DayEvent) => {
    const line = dayLine(event);
    if (line !== undefined) output.note(line);
    // All races open with the day; where nobody waits none stays open for a guest.
    const open = event.kind === 'resumed' || (event.kind === 'opened' && event.race === last);
    if (event.kind === 'opened' && open) output.note('betting is open');
    if (open && typeof speed === 'number') {
      // A day without a guest goes on.
      invited = invite(client, system, scene).catch((error: unknown) => {
        if (!signal.aborted) output.note(`no guest could be invited: ${String(error)}`);
      });
    }
  };
  const summary = await playDay({ programme, plan, client, clock, pace, signal, onEvent });
  await invited;
  if (summary.stopped) return;
  await tellBooks(client, scene);
  for (const line of afterwards(system)) output.say(line);
  output.note('every race is paid; the server stays up, Ctrl-C stops it');
}

/** Gives the guest an account and the lines to use it, on the race that is open longest. */
async function invite(client: Client, system: System, scene: Scene): Promise<void> {
  const { output } = scene;
  const races = await allRaces(client.racing);
  const race = races.findLast(({ phase }) => phase === RacePhase.OPEN);
  const runner = race?.runners.find(({ scratched }) => !scratched)?.number;
  if (!race || runner === undefined) return;
  await welcome(DEMO, 'demo', { ...scene, client });
  output.say('');
  const { raceId } = race;
  for (const { about, line } of pastesOf({ ...system, raceId, runner, playerId: DEMO.id })) {
    output.say(`${output.style('bold', about)}\n  ${line}`);
  }
  output.say('');
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
