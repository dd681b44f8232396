/**
 * What a screen reader is told: the last word on each subject, all in one breath, and never more
 * often than every ten seconds. The tables themselves say nothing when they change.
 */
import { type ReadonlySignal, signal } from '@preact/signals';

const BREATH_MS = 10_000;
/** What belongs together happens within this: a race closes and its ranking moves. */
const GATHER_MS = 500;

export interface Announcer {
  readonly said: ReadonlySignal<string>;
  /** Replaces what waits to be said on the same subject. */
  readonly tell: (subject: string, sentence: string) => void;
}

export function createAnnouncer(): Announcer {
  const said = signal('');
  const waiting = new Map<string, string>();
  let spokeAtMs = Number.NEGATIVE_INFINITY;
  let planned = false;

  function speak(): void {
    planned = false;
    spokeAtMs = performance.now();
    said.value = [...waiting.values()].join(' ');
    waiting.clear();
  }

  return {
    said,
    tell(subject, sentence) {
      waiting.set(subject, sentence);
      if (planned) return;
      planned = true;
      setTimeout(speak, Math.max(GATHER_MS, spokeAtMs + BREATH_MS - performance.now()));
    },
  };
}
