/**
 * One thread that plays many: virtual time, and a queue in which everything that will happen waits.
 *
 * Invariant: the seed decides everything. Nothing in a run asks a real clock, real chance or the
 * event loop's order; what promises continue runs to its end before the next step begins, so the
 * same seed takes the same steps.
 *
 * After FoundationDB's simulation and TigerBeetle's VOPR.
 */
import { createRandom, type Random } from '../../src/day/random.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** What of a thread the kernel must know: work of a dead one is dropped, of a stopped one waits. */
export interface Thread {
  readonly name: string;
  alive: boolean;
  /** As under SIGSTOP; see `freeze`. Virtual microseconds. */
  stoppedUntilUs: number;
}

export interface Kernel {
  readonly nowUs: number;
  readonly steps: number;
  /** Chance for one purpose, independent of all others. */
  chanceFor(topic: string): Chance;
  /** Runs `work` in `thread`, `delayUs` from now at the earliest. Returns what cancels it. */
  after(delayUs: number, at: { readonly thread: Thread; readonly label: string }, work: Work): Work;
  /** Virtual time goes by within a step, as it does where a disk is slow. */
  elapse(us: number): void;
  /** Wall time of the whole machine, as an operator or NTP sets it; timers do not notice. */
  stepClock(byMs: number): void;
  /** What a thread takes for the time. */
  clockOf(thread: Thread): Clock;
  /** Notes what happens, for whoever looks for the reason of a failure. */
  note(what: string): void;
  /** One event, and all that follows from it at once. @returns False where nothing is left. */
  step(): Promise<boolean>;
  /** The last things that happened, oldest first; all of them where a run keeps its trace. */
  readonly trace: readonly string[];
  /** Whether the run keeps all of it: then notes may cost something. */
  readonly keepsTrace: boolean;
}

type Work = () => void;

/** Chance in words. */
export interface Chance extends Random {
  /** True in `per` of 1,000 cases. */
  oneIn(howMany: number): boolean;
  between(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export const MS = 1_000;
export const SECOND = 1_000_000;

/** 2026-08-02, 12:00 UTC. */
export const BEGIN_MS = Date.UTC(2026, 7, 2, 12);

/** Kept of a run whose trace nobody asked for. */
const LAST_EVENTS = 80;

/** A thread gets around to a timer when it is not busy. */
const TIMER_LATE_US = 1_500;

interface Event {
  readonly atUs: number;
  /** Of two at the same time the one that was asked for first. */
  readonly order: number;
  readonly thread: Thread;
  readonly label: string;
  work: Work | undefined;
}

export function createThread(name: string): Thread {
  return { name, alive: true, stoppedUntilUs: 0 };
}

/** One that stands still already goes on no sooner: what waits for it would be overtaken. */
export function freeze(thread: Thread, untilUs: number): void {
  thread.stoppedUntilUs = Math.max(thread.stoppedUntilUs, untilUs);
}

function createChance(seed: number, topic: string): Chance {
  const random = createRandom(seed, topic);
  return {
    ...random,
    oneIn: (howMany) => random.next() * howMany < 1,
    between: (least, most) => least + random.below(most - least + 1),
    pick<Item>(items: readonly Item[]): Item {
      // `below` is within a list that is never empty.
      return items[random.below(items.length)] as Item;
    },
  };
}

export function createKernel(seed: number, options: { readonly keepTrace?: boolean } = {}): Kernel {
  const { keepTrace = false } = options;
  const chance = createChance(seed, 'kernel');
  const queue = createQueue();
  const trace: string[] = [];
  let nowUs = 0;
  let offsetMs = 0;
  let order = 0;
  let steps = 0;

  function after(
    delayUs: number,
    { thread, label }: { readonly thread: Thread; readonly label: string },
    work: Work,
  ): Work {
    const atUs = nowUs + Math.max(0, Math.round(delayUs));
    const event: Event = { atUs, order: order++, thread, label, work };
    queue.push(event);
    return () => {
      event.work = undefined;
    };
  }

  function note(what: string): void {
    trace.push(`${String(steps).padStart(6)} ${(nowUs / SECOND).toFixed(6)} ${what}`);
    if (!keepTrace && trace.length > 2 * LAST_EVENTS) trace.splice(0, LAST_EVENTS);
  }

  /** The next event of a thread that can run it. */
  function next(): Event | undefined {
    for (;;) {
      const event = queue.pop();
      if (event === undefined) return undefined;
      if (event.work === undefined || !event.thread.alive) continue;
      const { stoppedUntilUs } = event.thread;
      if (stoppedUntilUs <= Math.max(nowUs, event.atUs)) return event;
      // In the order in which they would have run.
      queue.push({ ...event, atUs: stoppedUntilUs, work: () => event.work?.() });
    }
  }

  return {
    get nowUs() {
      return nowUs;
    },
    get steps() {
      return steps;
    },
    trace,
    keepsTrace: keepTrace,
    chanceFor: (topic) => createChance(seed, topic),
    after,
    note,
    elapse(us) {
      nowUs += us;
    },
    stepClock(byMs) {
      offsetMs += byMs;
    },
    clockOf: (thread) => ({
      now: () => BEGIN_MS + offsetMs + Math.floor(nowUs / MS),
      after: (delayMs, work) =>
        after(delayMs * MS + chance.below(TIMER_LATE_US), { thread, label: 'timer' }, work),
    }),
    async step() {
      const event = next();
      if (event === undefined) return false;
      nowUs = Math.max(nowUs, event.atUs);
      steps++;
      note(`${event.thread.name}: ${event.label}`);
      event.work?.();
      await promisesDone();
      return true;
    },
  };
}

/** Once every promise that can go on has gone on: the event loop's next turn begins only then. */
function promisesDone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A binary heap, the earliest first. */
function createQueue() {
  const heap: Event[] = [];

  function isBefore(a: Event, b: Event): boolean {
    return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
  }

  function push(event: Event): void {
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && isBefore(other, child)) {
        below++;
        child = other;
      }
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  return { push, pop };
}
