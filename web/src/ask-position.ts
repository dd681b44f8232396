/**
 * Where one player stands: asked when the player is chosen, and again after whatever may have
 * changed it, at most once a second.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import type { Position } from './shapes.ts';

/** The edge's own limit; a ranking changes several times in it. */
const ASK_PAUSE_MS = 1_000;
/** Without an answer: a ranking that does not move would never bring the next question. */
const RETRY_MS = 5_000;

export type Standing =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'asking'; readonly player: string }
  | { readonly kind: 'known'; readonly player: string; readonly position: Position }
  | { readonly kind: 'unanswered'; readonly player: string };

export interface PositionAsker {
  readonly standing: ReadonlySignal<Standing>;
  readonly choose: (player: string | undefined) => void;
  /** Asks again, now or when the pause is over. */
  readonly refresh: () => void;
}

export function createPositionAsker(connection: Connection, tournament: string): PositionAsker {
  const standing = signal<Standing>({ kind: 'nobody' });
  let player: string | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let planned: ReturnType<typeof setTimeout> | undefined;

  function plan(): void {
    if (planned !== undefined || player === undefined) return;
    const waitMs = Math.max(0, askedAtMs + ASK_PAUSE_MS - performance.now());
    planned = setTimeout(() => {
      planned = undefined;
      void ask();
    }, waitMs);
  }

  async function ask(): Promise<void> {
    const asked = player;
    if (asked === undefined) return;
    askedAtMs = performance.now();
    let next: Standing;
    try {
      const answer = await connection.ask('position', { tournament, player: asked });
      // The edge answers this method with nothing else.
      next = { kind: 'known', player: asked, position: answer as Position };
    } catch {
      next = { kind: 'unanswered', player: asked };
      setTimeout(plan, RETRY_MS);
    }
    if (asked === player && !isOlder(next, standing.value)) standing.value = next;
  }

  return {
    standing,
    choose(chosen) {
      player = chosen;
      standing.value = chosen ? { kind: 'asking', player: chosen } : { kind: 'nobody' };
      plan();
    },
    refresh: plan,
  };
}

/** A position that is known is not given up for none, nor for one from before it. */
function isOlder(next: Standing, held: Standing): boolean {
  if (held.kind !== 'known') return false;
  return next.kind !== 'known' || next.position.version < held.position.version;
}
