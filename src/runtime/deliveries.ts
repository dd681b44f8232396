/**
 * Commands from actor to actor, at least once each.
 *
 *   due ─> sent ─ taken ──────────────────────────────────────────> done
 *           ^ └─ refused, or thrown at three times ─> dead letter ─> done
 *           └─ no answer, overload, actor in quarantine, no room for a dead letter: later
 *
 * An event makes them due; the log remembers the event, and a cursor remembers up to which event
 * everything was taken. After a crash whatever lies beyond the cursor is sent again, with the same
 * ids; who receives a command takes a repeat for a repeat. Invariant: the cursor passes a command
 * when it was taken, or when its dead letter is on disk; nothing is given up in memory alone.
 */
import type { Address, Outgoing } from './actor.ts';
import type { Clock } from './clock.ts';
import {
  deadLettersOf,
  type EndReplay,
  isReplay,
  type KeepLetter,
  type ReplayOutcome,
} from './dead-letter.ts';
import { deliveryId } from './delivery-id.ts';
import { createFifo } from './fifo.ts';
import { jittered, type Random } from './random.ts';
import type { Stuck } from './stuck.ts';
import type { Telemetry } from './telemetry.ts';
import type { Ask, Request, Response } from './wire.ts';

/** Asked again after an answer that says nothing; doubled each time up to the longest. */
const RETRY_FIRST_MS = 20;
const RETRY_LONGEST_MS = 5_000;

/** In flight from one shard; more wait their turn, so that a settlement does not flood its peers. */
export const IN_FLIGHT_MAX = 4_096;

/** Longer than any turn; a delivery that is not answered by then is sent again. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** A throw may be the moment's; the third one is the command's. */
export const THROWS_MAX = 3;

export interface Deliveries {
  /**
   * Takes over what an event of a partition made due; undefined where nobody can tell what that is,
   * since the event cannot be read: the cursor does not pass it.
   */
  add(partition: number, position: number, outgoing: readonly Outgoing[] | undefined): void;
  /** Up to which position of a partition, known to reach `head`, everything has been taken. */
  cursor(partition: number, head: number): number;
  outstanding(partition: number): number;
  /** Lets go of a partition's commands: whoever has it next sends what was not taken. */
  release(partition: number): void;
  /** Partitions have other owners: what was told `moved` is sent again at once. */
  sendMovedAgain(): void;
  /** What was not taken at the first attempt, nor since. */
  stuck(): Iterable<Stuck>;
  stop(): void;
}

/** Position → how many of its commands are not taken yet, oldest first. */
type OpenPositions = Map<number, number>;

const SAID_OF_IT = {
  'keep-letter': 'a command was given up: it is a dead letter',
  'end-replay': 'a dead letter was sent again, and not taken',
};

type Word = KeepLetter | EndReplay;

interface Delivery {
  readonly partition: number;
  readonly position: number;
  /** Of its partition, as long as that is ours. */
  readonly positions: OpenPositions;
  readonly id: string;
  readonly outgoing: Outgoing;
  retryMs: number;
  attempts: number;
  throws: number;
  /** Of the first attempt. */
  firstMs: number;
}

export function createDeliveries(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly send: (request: Request, onResponse: (response: Response) => void) => void;
  /** Whose event a position of a partition is. */
  readonly streamAt: (partition: number, position: number) => Address | undefined;
  /** Whether a dead letter of the partition stands for the delivery. */
  readonly isGivenUp: (partition: number, id: string) => boolean;
}): Deliveries {
  const { clock, random, telemetry, send, streamAt, isGivenUp } = options;
  /** By partition. */
  const open = new Map<number, OpenPositions>();
  const queue = createFifo<Delivery>();
  /** Not taken at the first attempt: since when, how often since, and why not. */
  const late = new Map<Delivery, { sinceMs: number; attempts: number; why: string }>();
  /** Told that their receiver is elsewhere, with what cancels their back-off. */
  const moved = new Map<Delivery, () => void>();
  /** Partitions whose dead letters have no room, once it was said. */
  const full = new Set<number>();
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
    if (delivery.attempts === 0) delivery.firstMs = clock.now();
    delivery.attempts++;
    const commandId = isReplay(outgoing) ? outgoing.replay.commandId : id;
    ask(outgoing.to, commandId, outgoing.command, (response) => answered(delivery, response));
  }

  function ask(to: Address, id: string, command: unknown, onAnswer: (it: Response) => void): void {
    inFlight++;
    let settled = false;
    const giveUp = after(DELIVERY_TIMEOUT_MS, () =>
      settle({ kind: 'unanswered', why: 'deadline' }),
    );
    function settle(response: Response): void {
      if (settled) return;
      settled = true;
      giveUp();
      inFlight--;
      if (!stopped) onAnswer(response);
      pump();
    }
    const deadlineMs = Number.POSITIVE_INFINITY;
    send({ kind: 'ask', to, id, deadlineMs, command, owed: true } satisfies Ask, settle);
  }

  function answered(delivery: Delivery, response: Response): void {
    if (!isOurs(delivery)) return;
    const replays = isReplay(delivery.outgoing);
    switch (response.kind) {
      case 'accepted':
        if (replays) bury(delivery, 'taken', '');
        else done(delivery);
        return;
      case 'rejected':
        // Whoever follows an event sends what its receiver takes; a no is a defect to look at.
        bury(delivery, 'rejected', JSON.stringify(response.rejection) ?? '');
        return;
      case 'failed': {
        const { why, error } = response;
        if (why === 'command-threw') delivery.throws++;
        if (why === 'command-threw' && (replays || delivery.throws >= THROWS_MAX)) {
          bury(delivery, 'threw', error);
        } else if (replays) bury(delivery, 'actor-quarantined', error);
        else later(delivery, why);
        return;
      }
      case 'moved':
        moved.set(delivery, later(delivery, response.kind));
        return;
      default:
        later(delivery, response.kind === 'unanswered' ? response.why : response.kind);
    }
  }

  /** Whoever was on the way to another shard may be there by now: nobody waits for a back-off. */
  function sendMovedAgain(): void {
    const again = [...moved];
    moved.clear();
    for (const [delivery, cancel] of again) {
      cancel();
      delivery.retryMs = RETRY_FIRST_MS;
      queue.push(delivery);
    }
    pump();
  }

  /** Done, as soon as the partition's dead letters have it on disk. */
  function bury(delivery: Delivery, how: ReplayOutcome['kind'], detail: string): void {
    const { partition, id } = delivery;
    const command = wordOn(delivery, how, detail);
    ask(deadLettersOf(partition).address, `letter:${id}`, command, (response) => {
      if (!isOurs(delivery)) return;
      if (response.kind === 'accepted') {
        full.delete(partition);
        const { to } = delivery.outgoing;
        if (how !== 'taken') telemetry.error(SAID_OF_IT[command.kind], { id, to, how, detail });
        done(delivery);
        return;
      }
      if (response.kind === 'rejected' && !full.has(partition)) {
        full.add(partition);
        const { rejection } = response;
        telemetry.error(
          'dead letters are full: commands that nobody takes now wait, replay or drop some',
          { partition, rejection },
        );
      }
      delivery.retryMs = RETRY_LONGEST_MS;
      later(delivery, response.kind === 'rejected' ? 'dead letters are full' : response.kind);
    });
  }

  function wordOn(
    { partition, position, id, outgoing, attempts, firstMs }: Delivery,
    how: ReplayOutcome['kind'],
    detail: string,
  ): Word {
    const atMs = clock.now();
    if (isReplay(outgoing)) {
      const { letter } = outgoing.replay;
      return { kind: 'end-replay', letter, outcome: { kind: how, detail, atMs } };
    }
    const { to, command } = outgoing;
    return {
      kind: 'keep-letter',
      from: streamAt(partition, position),
      to,
      commandId: id,
      command,
      reason: how === 'rejected' ? 'rejected' : 'threw',
      detail,
      attempts,
      firstMs,
      atMs,
      outgoing: cursor(partition, position),
    };
  }

  /** @returns What cancels it. */
  function later(delivery: Delivery, why: string): () => void {
    const { sinceMs, attempts } = late.get(delivery) ?? { sinceMs: clock.now(), attempts: 0 };
    late.set(delivery, { sinceMs, attempts: attempts + 1, why });
    const retryMs = jittered(delivery.retryMs, random);
    delivery.retryMs = Math.min(delivery.retryMs * 2, RETRY_LONGEST_MS);
    return after(retryMs, () => {
      moved.delete(delivery);
      queue.push(delivery);
      pump();
    });
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

  function cursor(partition: number, head: number): number {
    // Positions are added in order, and a Map keeps it: the first is the oldest.
    const [oldest] = open.get(partition)?.keys() ?? [];
    return oldest === undefined ? head : oldest - 1;
  }

  function positionsOf(partition: number): OpenPositions {
    const positions = open.get(partition) ?? new Map<number, number>();
    open.set(partition, positions);
    return positions;
  }

  return {
    add(partition, position, outgoing) {
      if (outgoing === undefined) {
        positionsOf(partition).set(position, 1);
        return;
      }
      const due = outgoing
        .map((it, index) => ({ id: deliveryId({ partition, position, index }), outgoing: it }))
        .filter(({ id }) => !isGivenUp(partition, id));
      if (due.length === 0) return;
      const positions = positionsOf(partition);
      positions.set(position, due.length);
      for (const it of due) {
        const fresh = { retryMs: RETRY_FIRST_MS, attempts: 0, throws: 0, firstMs: 0 };
        queue.push({ partition, position, positions, ...it, ...fresh });
      }
      pump();
    },
    cursor,
    outstanding: (partition) => open.get(partition)?.size ?? 0,
    release(partition) {
      open.delete(partition);
      full.delete(partition);
      queue.keep(isOurs);
      for (const delivery of late.keys()) if (!isOurs(delivery)) late.delete(delivery);
    },
    sendMovedAgain,
    *stuck() {
      for (const [{ id, outgoing }, it] of late) {
        yield { kind: 'delivery', address: outgoing.to, name: id, ...it };
      }
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
