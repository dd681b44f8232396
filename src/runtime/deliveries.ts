/**
 * Commands from actor to actor, at least once each.
 *
 * An event makes them due; the log remembers the event, and a cursor remembers up to which event
 * everything was taken. After a crash whatever lies beyond the cursor is sent again, with the same
 * ids; who receives a command takes a repeat for a repeat.
 */
import type { Address, Outgoing } from './actor.ts';
import type { Clock } from './clock.ts';
import { createFifo } from './fifo.ts';
import type { Stuck } from './stuck.ts';
import type { Request, Response } from './wire.ts';

/** Asked again after an answer that says nothing; doubled each time up to the longest. */
const RETRY_FIRST_MS = 20;
const RETRY_LONGEST_MS = 5_000;

/** In flight from one shard; more wait their turn, so that a settlement does not flood its peers. */
export const IN_FLIGHT_MAX = 4_096;

/** Longer than any turn; a delivery that is not answered by then is sent again. */
const DELIVERY_TIMEOUT_MS = 10_000;

export interface DeadLetter {
  readonly id: string;
  readonly to: Address;
  readonly rejection: unknown;
}

/** Kept for ops to look at; the oldest goes when there are more. */
export const DEAD_LETTERS_MAX = 1_000;

export interface Deliveries {
  /** Takes over what an event of a partition made due. */
  add(partition: number, position: number, outgoing: readonly Outgoing[]): void;
  /** Up to which position of a partition, known to reach `head`, everything has been taken. */
  cursor(partition: number, head: number): number;
  outstanding(partition: number): number;
  /** Lets go of a partition's commands: whoever has it next sends what was not taken. */
  release(partition: number): void;
  /** What was not taken at the first attempt, nor since. */
  stuck(): Iterable<Stuck>;
  readonly deadLetters: readonly DeadLetter[];
  stop(): void;
}

/** Position → how many of its commands are not taken yet, oldest first. */
type OpenPositions = Map<number, number>;

interface Delivery {
  readonly partition: number;
  readonly position: number;
  /** Of its partition, as long as that is ours. */
  readonly positions: OpenPositions;
  readonly id: string;
  readonly outgoing: Outgoing;
  retryMs: number;
}

export function createDeliveries(options: {
  readonly clock: Clock;
  readonly send: (request: Request, onResponse: (response: Response) => void) => void;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}): Deliveries {
  const { clock, send, onDeadLetter } = options;
  /** By partition. */
  const open = new Map<number, OpenPositions>();
  const queue = createFifo<Delivery>();
  /** Not taken at the first attempt: since when, how often since, and why not. */
  const late = new Map<Delivery, { sinceMs: number; attempts: number; why: string }>();
  const deadLetters: DeadLetter[] = [];
  const timers = new Set<() => void>();
  let inFlight = 0;
  let pumping = false;
  let stopped = false;

  function pump(): void {
    // A peer that refuses answers at once, and its answer comes back here: the loop goes on.
    if (pumping) return;
    pumping = true;
    while (!stopped && inFlight < IN_FLIGHT_MAX) {
      const next = queue.shift();
      if (next === undefined) break;
      if (isOurs(next)) attempt(next);
    }
    pumping = false;
  }

  /** A partition that was let go and taken again has other positions. */
  function isOurs({ partition, positions }: Delivery): boolean {
    return open.get(partition) === positions;
  }

  function attempt(delivery: Delivery): void {
    const { id, outgoing } = delivery;
    inFlight++;
    let answered = false;
    const giveUp = after(DELIVERY_TIMEOUT_MS, () =>
      settle({ kind: 'unanswered', why: 'deadline' }),
    );
    function settle(response: Response): void {
      if (answered) return;
      answered = true;
      giveUp();
      inFlight--;
      taken(delivery, response);
      pump();
    }
    const deadlineMs = Number.POSITIVE_INFINITY;
    send({ kind: 'ask', to: outgoing.to, id, deadlineMs, command: outgoing.command }, settle);
  }

  function taken(delivery: Delivery, response: Response): void {
    if (!isOurs(delivery)) return;
    switch (response.kind) {
      case 'accepted':
        done(delivery);
        return;
      case 'rejected': {
        // Whoever follows an event sends what its receiver takes; a no is a defect to look at.
        const letter = { id: delivery.id, to: delivery.outgoing.to, rejection: response.rejection };
        deadLetters.push(letter);
        if (deadLetters.length > DEAD_LETTERS_MAX) deadLetters.shift();
        onDeadLetter(letter);
        done(delivery);
        return;
      }
      default: {
        if (stopped) return;
        const { sinceMs, attempts } = late.get(delivery) ?? { sinceMs: clock.now(), attempts: 0 };
        const why = response.kind === 'unanswered' ? response.why : response.kind;
        late.set(delivery, { sinceMs, attempts: attempts + 1, why });
        after(delivery.retryMs, () => {
          queue.push(delivery);
          pump();
        });
        delivery.retryMs = Math.min(delivery.retryMs * 2, RETRY_LONGEST_MS);
      }
    }
  }

  /** As the clock's, and cancelled by `stop`. */
  function after(delayMs: number, work: () => void): () => void {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      work();
    });
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  }

  function done(delivery: Delivery): void {
    const { position, positions } = delivery;
    late.delete(delivery);
    const left = (positions.get(position) ?? 1) - 1;
    if (left > 0) positions.set(position, left);
    else positions.delete(position);
  }

  return {
    add(partition, position, outgoing) {
      if (outgoing.length === 0) return;
      let positions = open.get(partition);
      if (positions === undefined) {
        positions = new Map();
        open.set(partition, positions);
      }
      positions.set(position, outgoing.length);
      for (const [index, it] of outgoing.entries()) {
        const id = `${partition}-${position}-${index}`;
        queue.push({ partition, position, positions, id, outgoing: it, retryMs: RETRY_FIRST_MS });
      }
      pump();
    },
    cursor(partition, head) {
      // Positions are added in order, and a Map keeps it: the first is the oldest.
      const [oldest] = open.get(partition)?.keys() ?? [];
      return oldest === undefined ? head : oldest - 1;
    },
    outstanding: (partition) => open.get(partition)?.size ?? 0,
    release(partition) {
      open.delete(partition);
      queue.keep(isOurs);
      for (const delivery of late.keys()) if (!isOurs(delivery)) late.delete(delivery);
    },
    *stuck() {
      for (const [{ id, outgoing }, it] of late) {
        yield { kind: 'delivery', address: outgoing.to, name: id, ...it };
      }
    },
    deadLetters,
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
