/**
 * Log → bus: facts at least once each, views conflated.
 *
 * Facts (an event as the world may see it) go out after every turn, packed per subject; a cursor
 * in the log remembers up to where the bus has them. What it does not have, because it said so or
 * because the shard died, is read from the log and told again. Views (what an actor looks like
 * now) go out at once after a rest and else at a bounded rate, the last one for sure, and again
 * whenever somebody asks for a refresh.
 */
import type { Publication } from './actor.ts';
import { type Bus, MESSAGE_BYTES_MAX } from './bus/bus.ts';
import { type Clock, createPartOfTime, type PartOfTime } from './clock.ts';
import type { Cell } from './partition.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';

/** Asks every shard to publish all its views again: said by who has just come or lost the bus. */
export const REFRESH_SUBJECT = 'furlong.refresh';

/** Views of an actor go out at most this often: ten times a second is what an eye follows. */
const VIEWS_EVERY_MS = 100;

/** How often the bus is asked whether it has everything, so that the cursor may move. */
const CONFIRM_EVERY_MS = 250;

/** Records of a partition read at one time to be told again: some ms of the shard's time. */
export const RETELL_MAX = 2_048;

/** How long stopping waits for a bus whose link is down; the rest is told at the next start. */
const STOP_CONFIRM_MS = 2_000;

export interface Announcer {
  /** Takes over a partition, with what may not have been told of it. */
  adopt(partition: number, untold: Span | undefined): void;
  /** Lets go of a partition; whoever has it next tells what the bus did not confirm. */
  release(partition: number, isIn: (cell: Cell) => boolean): void;
  /** Notes what one committed turn has to tell. */
  tell(partition: number, position: number, fact: Publication | undefined): void;
  /** Notes that an actor has changed. */
  changed(cell: Cell): void;
  /** Publishes the noted facts: called once, after each turn. */
  flush(): void;
  /** Up to which position of a partition, known to reach `head`, the bus has every fact. */
  cursor(partition: number, head: number): number;
  /** Says what is left to say. */
  stop(): Promise<void>;
  /** Falls silent: what the actors hold is no longer what is on disk. */
  abandon(): void;
}

/** Actors whose views go out together. */
interface Look {
  readonly everyMs: number;
  readonly dirty: Set<Cell>;
  /** Not before; 0 at first. */
  nextMs: number;
  /** What takes long is looked at less often. */
  readonly cost: PartOfTime;
  cancel?: (() => void) | undefined;
}

/** Positions of a partition, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function createAnnouncer(options: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly allCells: () => Iterable<Cell>;
  /** The facts at these positions, both included, as the log has them. */
  readonly factsOf: (partition: number, span: Span) => Iterable<Publication>;
  /** Told what `factsOf` threw: the log is not what was written, or its disk fails. */
  readonly onUnreadable: (cause: unknown) => void;
}): Announcer {
  const { bus, clock, telemetry, allCells, factsOf, onUnreadable } = options;
  const facts = new Map<string, Uint8Array[]>();
  /** By how often they are looked at. */
  const looks = new Map<number, Look>();
  /** By partition: told, but the bus was not asked yet whether it has them. */
  const unconfirmed = new Map<number, Span>();
  /** What the bus is being asked about. */
  const asked = new Map<number, Span>();
  /** What has to be told again, oldest first, a part at a time. */
  const untold = new Map<number, Span>();
  let confirmation: Promise<void> | undefined;
  let cancelConfirmation: (() => void) | undefined;
  let stopped = false;

  function publish({ subject, bytes }: Publication): void {
    if (bytes.length <= MESSAGE_BYTES_MAX) bus.publish(subject, bytes);
    // No bus would take it at any later time either, and the actors must not stand still for it.
    else telemetry.error('too large for the bus, never told', { subject, bytes: bytes.length });
  }

  function publishFacts(): void {
    for (const [subject, parts] of facts) {
      for (const bytes of packed(parts)) publish({ subject, bytes });
    }
    facts.clear();
  }

  function publishViews(look: Look): void {
    look.cancel?.();
    look.cancel = undefined;
    const beganMs = clock.now();
    for (const cell of look.dirty) for (const view of viewsOf(cell)) publish(view);
    look.dirty.clear();
    const endedMs = clock.now();
    look.cost.took(endedMs - beganMs);
    look.nextMs = endedMs + restOf(look);
  }

  /** Changes nothing, so a throw in it harms nobody but those who would have seen it. */
  function viewsOf({ address, kind, id, state, version }: Cell): readonly Publication[] {
    try {
      return kind.views?.(id, state, { version, atMs: clock.now() }) ?? [];
    } catch (cause) {
      telemetry.error('an actor threw at its views', { address, cause: stackOf(cause) });
      return [];
    }
  }

  function dueViews(cell: Cell): void {
    const everyMs = cell.kind.viewsEveryMs ?? VIEWS_EVERY_MS;
    const look = looks.get(everyMs) ?? lookEvery(everyMs);
    looks.set(everyMs, look);
    look.dirty.add(cell);
    if (stopped) return;
    // A clock that was set back makes nobody wait much longer than there was to wait.
    const waitMs = Math.min(Math.max(0, look.nextMs - clock.now()), 2 * restOf(look));
    look.cancel ??= clock.after(waitMs, () => publishViews(look));
  }

  function isDue({ dirty, nextMs }: Look): boolean {
    return !stopped && dirty.size > 0 && nextMs <= clock.now();
  }

  /** Moves the cursors over what the bus has; what it may not have stays for the next time. */
  async function confirm(): Promise<void> {
    const toldAgain = new Map<number, number>();
    for (const [partition, span] of unconfirmed) asked.set(partition, span);
    unconfirmed.clear();
    try {
      for (const [partition, { from, to }] of untold) {
        const last = Math.min(to, from + RETELL_MAX - 1);
        for (const fact of factsOf(partition, { from, to: last })) collect(fact);
        toldAgain.set(partition, last);
      }
    } catch (cause) {
      // Of the log, not of the bus: telling it again would read the same.
      onUnreadable(cause);
      return;
    }
    try {
      publishFacts();
      await bus.ready();
      for (const [partition, last] of toldAgain) {
        const span = untold.get(partition);
        // Released meanwhile.
        if (span === undefined) continue;
        if (last < span.to) untold.set(partition, { from: last + 1, to: span.to });
        else untold.delete(partition);
      }
    } catch (cause) {
      telemetry.warn('the bus did not confirm facts, they will be told again', {
        cause: String(cause),
      });
      for (const [partition, span] of asked) widen(untold, partition, span);
    }
    asked.clear();
  }

  function dueConfirmation(): void {
    if (stopped || confirmation !== undefined || cancelConfirmation !== undefined) return;
    if (unconfirmed.size === 0 && untold.size === 0) return;
    cancelConfirmation = clock.after(CONFIRM_EVERY_MS, startConfirmation);
  }

  function startConfirmation(): void {
    cancelConfirmation = undefined;
    confirmation = confirm().finally(() => {
      confirmation = undefined;
      dueConfirmation();
    });
  }

  function collect({ subject, bytes }: Publication): void {
    const sameSubject = facts.get(subject);
    if (sameSubject === undefined) facts.set(subject, [bytes]);
    else sameSubject.push(bytes);
  }

  function silence(): void {
    stopped = true;
    for (const { cancel } of looks.values()) cancel?.();
    cancelConfirmation?.();
    unsubscribe();
  }

  const unsubscribe = bus.subscribe(REFRESH_SUBJECT, () => {
    for (const cell of allCells()) if (cell.kind.views !== undefined) dueViews(cell);
  });

  return {
    adopt(partition, span) {
      if (span === undefined || stopped) return;
      untold.set(partition, span);
      // At once, so that in the usual case the old facts are told before any new one.
      if (confirmation === undefined) {
        cancelConfirmation?.();
        startConfirmation();
      }
    },
    release(partition, isIn) {
      for (const spans of [unconfirmed, asked, untold]) spans.delete(partition);
      for (const { dirty } of looks.values()) {
        for (const cell of dirty) if (isIn(cell)) dirty.delete(cell);
      }
    },
    tell(partition, position, fact) {
      if (fact === undefined) return;
      collect(fact);
      widen(unconfirmed, partition, { from: position, to: position });
    },
    changed(cell) {
      if (cell.kind.views !== undefined) dueViews(cell);
    },
    flush() {
      publishFacts();
      // At once: a timer would come after the next turn, which may have to wait for the disk.
      for (const look of looks.values()) if (isDue(look)) publishViews(look);
      dueConfirmation();
    },
    cursor: (partition, head) =>
      Math.min(...[asked, unconfirmed, untold].map((it) => it.get(partition)?.from ?? head + 1)) -
      1,
    async stop() {
      if (stopped) return;
      silence();
      for (const look of looks.values()) publishViews(look);
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(STOP_CONFIRM_MS, late.resolve);
      // One at a time: each knows only what it asked about.
      await Promise.race([late.promise, (confirmation ?? Promise.resolve()).then(confirm)]);
      cancel();
    },
    abandon: silence,
  };
}

function lookEvery(everyMs: number): Look {
  return { everyMs, dirty: new Set(), nextMs: 0, cost: createPartOfTime() };
}

function restOf({ everyMs, cost }: Look): number {
  return Math.max(everyMs, cost.restMs);
}

function widen(spans: Map<number, Span>, partition: number, { from, to }: Span): void {
  const known = spans.get(partition) ?? { from, to };
  spans.set(partition, { from: Math.min(from, known.from), to: Math.max(to, known.to) });
}

/** As few messages as the bus takes: whole parts, in their order. */
function* packed(parts: readonly Uint8Array[]): Iterable<Uint8Array> {
  let message: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const part of parts) {
    if (sizeBytes + part.length > MESSAGE_BYTES_MAX && message.length > 0) {
      yield Buffer.concat(message);
      message = [];
      sizeBytes = 0;
    }
    message.push(part);
    sizeBytes += part.length;
  }
  if (message.length > 0) yield Buffer.concat(message);
}
