/**
 * The conductor: plays a race day through the front door, step by step and bet by bet.
 *
 * Invariants: the order of things is the plan's at any pace; a second start on the same log goes
 * on from the last step that the log has, and repeats bets under their ids instead of doubling
 * them; whatever a steward did by hand meanwhile stays done.
 */
import type { Client } from '../client/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { type DayEvent, perform, type Tally } from './conduct.ts';
import { prepare } from './house.ts';
import type { DayPlan, PlannedBet } from './plan.ts';
import type { Programme, ProgrammeRace } from './programme.ts';
import { isDone, scheduleOf, takesBets } from './schedule.ts';
import {
  type Answered,
  createStreamTerminal,
  type Terminal,
  type TerminalOptions,
} from './terminal.ts';
import { createUnaryTerminal } from './unary-terminal.ts';
import { waitFor } from './wait.ts';

/** Or how many milliseconds of the day pass in one. */
export type Pace = 'as fast as possible' | { readonly speed: number };

export interface PlayOptions {
  readonly programme: Programme;
  readonly plan: DayPlan;
  readonly client: Client;
  readonly clock: Clock;
  readonly pace: Pace;
  /** Stops the day between two bets; what is under way is dropped, and is safe to send again. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: DayEvent) => void;
}

export interface DaySummary extends Tally {
  /** Whether `signal` ended it before the last race. */
  readonly stopped: boolean;
}

/** Bets of so long in real time go to the terminals together. */
const SLICE_MS = 100;
/** Of the day, where nobody waits. */
const FAST_SLICE_MS = 60_000;
/** The first terminal speaks unary, the others stream. */
const UNARY_WIDTH = 32;
/** Off times need some distance where nobody waits for them. */
const FAST_OFF_SPEED = 60;

/** @throws What the server refused for good, or the last failure after a minute without a server. */
export async function playDay(options: PlayOptions): Promise<DaySummary> {
  const { programme, plan, client, clock, pace, signal, onEvent } = options;
  const speed = pace === 'as fast as possible' ? undefined : pace.speed;
  const tally = { placed: 0, refused: 0 };
  const startedAtMs = clock.now();
  const offTimeMs = ({ offMs }: ProgrammeRace) =>
    Math.round(startedAtMs + offMs / (speed ?? FAST_OFF_SPEED));
  const states = await prepare({ client, programme, plan, clock, signal, offTimeMs });
  onEvent({ kind: 'prepared', players: plan.players.length, races: states.size });

  const stateOf = (raceId: string) => {
    const state = states.get(raceId);
    if (!state) throw new Error(`the server has no race ${raceId}`);
    return state;
  };
  const steps = scheduleOf(programme);
  const left = steps.filter((step) => !isDone(step, stateOf(step.race.id)));
  const fromMs = steps.reduce((from, step) => (left.includes(step) ? from : step.atMs), 0);
  if (left.length < steps.length) onEvent({ kind: 'resumed', steps: left.length });

  const bets = plan.bets.filter(({ raceId }) => takesBets(stateOf(raceId)));
  const onAnswer = (bet: PlannedBet, answered: Answered) => {
    tally[answered.kind]++;
    onEvent({ kind: 'bet-answered', bet, answered });
  };
  const { betting } = client;
  const terminals = openTerminals(plan.terminals, { betting, clock, signal, onAnswer });
  const settled = () => Promise.all(terminals.map((terminal) => terminal.settled()));
  const playedSinceMs = clock.now();
  /** Waits until `atMs` of the day has come. */
  const reach = async (atMs: number) => {
    if (speed === undefined) return;
    const dueMs = playedSinceMs + (atMs - fromMs) / speed;
    if (dueMs > clock.now()) await waitFor(dueMs - clock.now(), { clock, signal });
  };

  try {
    const slices = createSlices(bets, speed === undefined ? FAST_SLICE_MS : SLICE_MS * speed);
    for (const step of left) {
      for (const slice of slices.before(step.atMs)) {
        if (signal.aborted) break;
        await reach(slice.fromMs);
        await sendAll(terminals, slice.bets);
      }
      await reach(step.atMs);
      // Without a clock nobody is late: a bet before the step stays before it.
      if (speed === undefined) await settled();
      if (signal.aborted) break;
      await perform(step, { client, programme, plan, clock, signal, onEvent });
    }
    if (!signal.aborted) await settled();
  } finally {
    for (const terminal of terminals) terminal.close();
  }
  if (!signal.aborted) onEvent({ kind: 'day-over', ...tally });
  return { ...tally, stopped: signal.aborted };
}

/** Cuts bets, in the order of time, into slices that never reach over a step. */
function createSlices(bets: readonly PlannedBet[], lengthMs: number) {
  let next = 0;
  const takeBefore = (atMs: number) => {
    const start = next;
    while ((bets[next]?.atMs ?? Number.POSITIVE_INFINITY) < atMs) next++;
    return bets.slice(start, next);
  };
  return {
    *before(limitMs: number) {
      for (;;) {
        const fromMs = bets[next]?.atMs ?? Number.POSITIVE_INFINITY;
        if (fromMs >= limitMs) return;
        yield { fromMs, bets: takeBefore(Math.min(limitMs, fromMs + lengthMs)) };
      }
    },
  };
}

async function sendAll(terminals: readonly Terminal[], bets: readonly PlannedBet[]): Promise<void> {
  const byTerminal = Map.groupBy(bets, ({ terminal }) => terminal);
  await Promise.all(terminals.map((terminal, index) => terminal.send(byTerminal.get(index) ?? [])));
}

function openTerminals(count: number, options: TerminalOptions): Terminal[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0
      ? createUnaryTerminal({ ...options, width: UNARY_WIDTH })
      : createStreamTerminal(options),
  );
}
