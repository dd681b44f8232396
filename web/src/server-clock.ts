/**
 * The server's time, told by its greeting and its heartbeats and never from this device's clock.
 *
 * A heartbeat is late by its way here, never early, so among the last few the one that puts the
 * server furthest ahead is nearest the truth.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';

/** A minute of heartbeats: long enough to meet a quick one, short enough to follow a drift. */
const SAMPLES_MAX = 12;
/** Four looks a second, so that no second is skipped on screen. */
const TICK_MS = 250;

export interface ServerClock {
  /** The running second's beginning, UTC; undefined until the server has told. */
  readonly now: ReadonlySignal<number | undefined>;
  /** When the server was last heard on this connection, by its own time. */
  readonly heardMs: ReadonlySignal<number | undefined>;
  readonly hear: (serverTimeMs: number) => void;
  /** After a gap in the connection what was heard before counts no more: the device may have slept. */
  readonly forget: () => void;
}

/**
 * From `now` until `atMs`. Whole seconds on both sides: with `now` at its second's beginning, a
 * fraction of the other would be shown as nearly two seconds more than are left.
 */
export function untilMs(atMs: number, now: number): number {
  return Math.floor(atMs / 1000) * 1000 - now;
}

export function createServerClock(monotonic: () => number = () => performance.now()): ServerClock {
  const aheadMs = signal<number | undefined>(undefined);
  const heardMs = signal<number | undefined>(undefined);
  const tick = signal(0);
  let samples: number[] = [];

  const look = () => {
    tick.value = monotonic();
  };
  setInterval(look, TICK_MS);

  const now = computed(() => {
    const serverMs = aheadMs.value === undefined ? undefined : aheadMs.value + tick.value;
    return serverMs === undefined ? undefined : Math.floor(serverMs / 1000) * 1000;
  });

  return {
    now,
    heardMs,
    hear(serverTimeMs) {
      samples = [...samples, serverTimeMs - monotonic()].slice(-SAMPLES_MAX);
      look();
      aheadMs.value = Math.max(...samples);
      heardMs.value = serverTimeMs;
    },
    forget() {
      samples = [];
      heardMs.value = undefined;
    },
  };
}
