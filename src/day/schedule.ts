/**
 * What stewards do on the day, and when. Pure.
 *
 *   open ── bets ── [scratch] ── close ── result ── official       of each race; all open at once
 *
 * Invariant: the steps of a race come in this order, and what a race's phase says is done is never
 * asked for again, nor anything else left out.
 */
import { RacePhase } from '../gen/furlong/racing/v1/racing_pb.ts';
import { WITHDRAWAL_MS } from './market.ts';
import { type Programme, type ProgrammeRace, withdrawnOf } from './programme.ts';

export type Step = { readonly atMs: number; readonly race: ProgrammeRace } & (
  | { readonly kind: 'open' | 'close' | 'result' | 'official' }
  | { readonly kind: 'scratch'; readonly runner: number }
);

/** What the server has of a race. */
export interface RaceState {
  readonly phase: RacePhase;
  readonly scratched: readonly number[];
}

/** After the off: a race of a mile, and the judge looks at the photograph. */
const RESULT_AFTER_MS = 150_000;
const OFFICIAL_AFTER_MS = 240_000;

/** In the order of a race's life. The contract's numbers are not: phases were added later. */
const LIFE: readonly RacePhase[] = [
  RacePhase.UNSPECIFIED,
  RacePhase.DECLARED,
  RacePhase.OPEN,
  RacePhase.SUSPENDED,
  RacePhase.CLOSED,
  RacePhase.RUN,
  RacePhase.PROVISIONAL,
  RacePhase.UNDER_INQUIRY,
  RacePhase.OFFICIAL,
  RacePhase.PAID,
  RacePhase.VOID,
  RacePhase.REFUNDED,
];

/** In the order of time. */
export function scheduleOf({ races }: Programme): Step[] {
  return races
    .flatMap((race): Step[] => {
      const { offMs } = race;
      const runner = withdrawnOf(race);
      const scratch: Step[] =
        runner === undefined
          ? []
          : [{ kind: 'scratch', atMs: offMs - WITHDRAWAL_MS, race, runner }];
      return [
        // Betting on every race opens with the day; most money comes late all the same.
        { kind: 'open', atMs: 0, race },
        ...scratch,
        { kind: 'close', atMs: offMs, race },
        { kind: 'result', atMs: offMs + RESULT_AFTER_MS, race },
        { kind: 'official', atMs: offMs + OFFICIAL_AFTER_MS, race },
      ];
    })
    .sort((a, b) => a.atMs - b.atMs);
}

export function isDone(step: Step, { phase, scratched }: RaceState): boolean {
  switch (step.kind) {
    case 'open':
      return hasReached(phase, RacePhase.OPEN);
    case 'scratch':
      return scratched.includes(step.runner) || hasReached(phase, RacePhase.PROVISIONAL);
    case 'close':
      return hasReached(phase, RacePhase.CLOSED);
    case 'result':
      return hasReached(phase, RacePhase.PROVISIONAL);
    case 'official':
      return hasReached(phase, RacePhase.OFFICIAL);
    default:
      return step satisfies never;
  }
}

/** Whether bets may still come in, or come again. */
export function takesBets({ phase }: RaceState): boolean {
  return !hasReached(phase, RacePhase.CLOSED);
}

/** @throws Error for a phase of a newer contract: guessing would skip a step, or do one twice. */
function hasReached(phase: RacePhase, milestone: RacePhase): boolean {
  const at = LIFE.indexOf(phase);
  if (at < 0) throw new Error(`no place in a race's life for phase ${phase}`);
  return at >= LIFE.indexOf(milestone);
}
