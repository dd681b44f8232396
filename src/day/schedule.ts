/**
 * What stewards do on the day, and when. Pure.
 *
 *   open ── bets ── [scratch] ── close ── result ── official       of each race; all open at once
 *
 * Invariant: the steps of a race come in this order, and what a race's phase says is done is never
 * asked for again.
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
      return phase >= RacePhase.OPEN;
    case 'scratch':
      return scratched.includes(step.runner) || phase >= RacePhase.PROVISIONAL;
    case 'close':
      return phase >= RacePhase.CLOSED;
    case 'result':
      return phase >= RacePhase.PROVISIONAL;
    case 'official':
      return phase >= RacePhase.OFFICIAL;
    default:
      return step satisfies never;
  }
}

/** Whether bets may still come in, or come again. */
export function takesBets({ phase }: RaceState): boolean {
  return phase < RacePhase.CLOSED;
}
