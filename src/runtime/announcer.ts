/**
 * Log → bus: facts at least once each, views conflated.
 *
 * Facts (an event as the world may see it) go out after every turn, packed per subject; a cursor
 * in the log remembers up to where the bus has them. Views (what an actor looks like now) go out
 * at a bounded rate, the last one for sure, and again whenever somebody asks for a refresh.
 */
import type { Publication } from './actor.ts';
import type { Bus } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import type { Cell } from './partition.ts';
import type { Telemetry } from './telemetry.ts';

/** Asks every shard to publish all its views again: said by who has just come or lost the bus. */
export const REFRESH_SUBJECT = 'furlong.refresh';

/** Views of an actor go out at most this often: ten times a second is what an eye follows. */
const VIEWS_EVERY_MS = 100;

/** How often the bus is asked whether it has everything, so that the cursor may move. */
const CONFIRM_EVERY_MS = 250;

export interface Announcer {
  /** Notes what one committed turn has to tell. */
  tell(partition: number, position: number, fact: Publication | undefined): void;
  /** Notes that an actor has changed. */
  changed(cell: Cell): void;
  /** Publishes the noted facts: called once, after each turn. */
  flush(): void;
  /** Up to which position of a partition, known to reach `head`, the bus has every fact. */
  cursor(partition: number, head: number): number;
  stop(): Promise<void>;
}

export function createAnnouncer(options: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly allCells: () => Iterable<Cell>;
}): Announcer {
  const { bus, clock, telemetry, allCells } = options;
  const facts = new Map<string, Uint8Array[]>();
  const dirty = new Set<Cell>();
  /** By partition: the first position that the bus may not have yet. */
  const unconfirmed = new Map<number, number>();
  /** The same, of what the bus is being asked about. */
  const asked = new Map<number, number>();
  let viewsDue = false;
  let confirming = false;
  let stopped = false;

  function publishViews(): void {
    viewsDue = false;
    if (stopped) return;
    for (const { kind, id, state, version } of dirty) {
      const views = kind.views?.(id, state, { version, atMs: clock.now() }) ?? [];
      for (const { subject, bytes } of views) bus.publish(subject, bytes);
    }
    dirty.clear();
  }

  function dueViews(): void {
    if (viewsDue) return;
    viewsDue = true;
    clock.after(VIEWS_EVERY_MS, publishViews);
  }

  /** Moves the cursors over what the bus has; what it may not have stays for the next time. */
  async function confirm(): Promise<void> {
    for (const [partition, position] of unconfirmed) asked.set(partition, position);
    unconfirmed.clear();
    try {
      await bus.ready();
    } catch (cause) {
      telemetry.warn('the bus did not confirm facts, they will be told again', {
        cause: String(cause),
      });
      for (const [partition, position] of asked) note(partition, position);
    }
    asked.clear();
    confirming = false;
    if (unconfirmed.size > 0) dueConfirmation();
  }

  function dueConfirmation(): void {
    if (confirming || stopped) return;
    confirming = true;
    clock.after(CONFIRM_EVERY_MS, () => void confirm());
  }

  function note(partition: number, position: number): void {
    const known = unconfirmed.get(partition);
    if (known === undefined || position < known) unconfirmed.set(partition, position);
  }

  const unsubscribe = bus.subscribe(REFRESH_SUBJECT, () => {
    for (const cell of allCells()) if (cell.kind.views !== undefined) dirty.add(cell);
    dueViews();
  });

  return {
    tell(partition, position, fact) {
      if (fact === undefined) return;
      const { subject, bytes } = fact;
      const sameSubject = facts.get(subject);
      if (sameSubject === undefined) facts.set(subject, [bytes]);
      else sameSubject.push(bytes);
      note(partition, position);
    },
    changed(cell) {
      if (cell.kind.views === undefined) return;
      dirty.add(cell);
      dueViews();
    },
    flush() {
      for (const [subject, parts] of facts) bus.publish(subject, Buffer.concat(parts));
      facts.clear();
      if (unconfirmed.size > 0) dueConfirmation();
    },
    cursor: (partition, head) =>
      Math.min(asked.get(partition) ?? head + 1, unconfirmed.get(partition) ?? head + 1) - 1,
    async stop() {
      publishViews();
      stopped = true;
      unsubscribe();
      await confirm();
    },
  };
}
