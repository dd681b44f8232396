/**
 * The timers that the actors of a shard name: a command for an actor at a time, or after it.
 *
 *   named ─> waiting ─ its time ─> sent ─ taken ─> gone, when its actor names it no more
 *               ^                    │
 *               └─ backing off <─────┘ refused, thrown at, or taken and still named
 *
 * Invariant: a timer is here exactly as long as its actor names it, in the state that is on disk;
 * nothing of it is remembered elsewhere. So a crash forgets nothing, and what ends a timer is an
 * event of its actor. It is fired at least once, never before its time by the clock, and in the
 * order of time; its actor takes a repeat for a repeat.
 *
 * One heap and one wake for the whole shard, whatever their number: a million timers are a million
 * small objects, and none of them is Node's.
 */
import type { Address, Timer } from './actor.ts';
import type { Clock } from './clock.ts';
import type { Cell } from './partition.ts';
import { jittered, type Random } from './random.ts';
import type { Stuck } from './stuck.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import { createTimerHeap, type HeapEntry } from './timer-heap.ts';
import type { Ask, Response } from './wire.ts';

/** Fired again after a failure; doubled each time up to the longest. */
export const RETRY_FIRST_MS = 1_000;
export const RETRY_LONGEST_MS = 60_000;

/**
 * Fired again after its actor got on but is not done, such as with the first part of many. It bounds
 * what an actor costs whose timer never ends: ten commands a second.
 */
export const AGAIN_MS = 100;

/**
 * The clock is looked at so often at least: when it steps forwards, what is due waits no longer. Far
 * below 2³¹ ms, from which on Node's timers fire at once.
 */
export const LOOK_EVERY_MS = 60_000;

/** Under way at once: a day's end may make a million due in one millisecond. */
export const TIMERS_AT_ONCE = 1_024;

export interface TimerCounts {
  /** Named by an actor, and not done. */
  readonly named: number;
  /** Of these, fired without success. */
  readonly failing: number;
}

export interface Timers {
  /** Notes that an actor may name other timers than before. */
  changed(cell: Cell): void;
  /** Asks those noted: called when what they hold is on disk. */
  flush(): void;
  countsOf(partition: number): TimerCounts;
  /** Those that fail, for people who look. */
  stuck(): Iterable<Stuck>;
  /** Lets go of a partition's timers: whoever has it next asks its actors. */
  release(partition: number): void;
  stop(): void;
}

interface DueTimer extends HeapEntry {
  readonly home: Home;
  readonly address: Address;
  readonly key: string;
  /** When its actor wants it; `atMs` is when it is fired, which is later after a failure. */
  namedMs: number;
  /** When it is fired: by the clock, epoch milliseconds. */
  atMs: number;
  command: unknown;
  stamped: boolean;
  /** The actor's version when the timer last got it on. */
  version: number;
  failures: number;
  phase: 'waiting' | 'sent' | 'ended';
}

/** Whose timer it is. */
interface BeginOf {
  readonly address: Address;
  readonly version: number;
}

/** The timers of one partition. */
interface Home {
  readonly actors: Map<Address, DueTimer[]>;
  named: number;
  failing: number;
}

/** A timer that was taken; whether its actor still names it shows at the next flush. */
interface Taken {
  readonly timer: DueTimer;
  readonly version: number;
}

export function createTimers(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly partitionOf: (address: Address) => number;
  readonly send: (request: Ask, onResponse: (response: Response) => void) => void;
}): Timers {
  const { clock, random, telemetry, partitionOf, send } = options;
  const homes = new Map<number, Home>();
  /** Since when each fails, and why the last time: few, whatever the number of all. */
  const failing = new Map<DueTimer, { readonly sinceMs: number; readonly why: string }>();
  /** Those that wait `AGAIN_MS`: few. */
  const again = new Set<DueTimer>();
  const heap = createTimerHeap<DueTimer>();
  const changed = new Set<Cell>();
  let taken: Taken[] = [];
  let underWay = 0;
  /** What the wake is set for; undefined without one. */
  let wake:
    | { readonly timer: DueTimer; readonly atMs: number; readonly cancel: () => void }
    | undefined;
  let lookedMs = clock.now();
  let stopped = false;

  function flush(): void {
    if (stopped || (changed.size === 0 && taken.length === 0)) return;
    for (const cell of changed) keepInStep(cell);
    changed.clear();
    const judged = taken;
    taken = [];
    for (const it of judged) judge(it);
    fire();
  }

  function keepInStep(cell: Cell): void {
    const { address, version } = cell;
    const named = namedBy(cell);
    if (named === undefined) return;
    const partition = partitionOf(address);
    const known = homes.get(partition)?.actors.get(address) ?? [];
    if (named.length === 0 && known.length === 0) return;
    const keys = new Set(named.map(({ key }) => key));
    for (const timer of [...known]) if (!keys.has(timer.key)) end(timer);
    for (const { key, atMs, command, stamped = false } of named) {
      const timer = known.find((it) => it.key === key);
      if (timer === undefined) begin(partition, { address, key, atMs, command, stamped, version });
      else {
        timer.command = command;
        timer.stamped = stamped;
        if (timer.namedMs !== atMs) move(timer, atMs);
      }
    }
  }

  /** Changes nothing, so a throw in it harms nobody: what was due stays so. */
  function namedBy({ address, id, kind, state }: Cell): readonly Timer[] | undefined {
    try {
      return kind.timers?.(id, state) ?? [];
    } catch (cause) {
      const stack = stackOf(cause);
      telemetry.error('an actor threw when asked for its timers', { address, cause: stack });
      return undefined;
    }
  }

  function begin(
    partition: number,
    { address, key, atMs, command, stamped = false, version }: Timer & BeginOf,
  ): void {
    const home = homes.get(partition) ?? { actors: new Map(), named: 0, failing: 0 };
    homes.set(partition, home);
    const timer: DueTimer = {
      home,
      address,
      key,
      namedMs: atMs,
      atMs,
      command,
      stamped,
      version,
      failures: 0,
      phase: 'waiting',
      at: -1,
      turn: 0,
    };
    const siblings = home.actors.get(address);
    if (siblings === undefined) home.actors.set(address, [timer]);
    else siblings.push(timer);
    home.named++;
    heap.put(timer);
  }

  /** Its actor wants it at another time: what failed before counts no more. */
  function move(timer: DueTimer, namedMs: number): void {
    timer.namedMs = namedMs;
    recover(timer);
    again.delete(timer);
    if (timer.phase === 'waiting') putAt(timer, namedMs);
  }

  function recover(timer: DueTimer): void {
    if (timer.failures > 0) timer.home.failing--;
    timer.failures = 0;
    failing.delete(timer);
  }

  function putAt(timer: DueTimer, atMs: number): void {
    heap.remove(timer);
    timer.phase = 'waiting';
    timer.atMs = atMs;
    heap.put(timer);
  }

  function end(timer: DueTimer): void {
    const { home, address } = timer;
    timer.phase = 'ended';
    again.delete(timer);
    heap.remove(timer);
    home.named--;
    recover(timer);
    const siblings = home.actors.get(address)?.filter((it) => it !== timer) ?? [];
    if (siblings.length > 0) home.actors.set(address, siblings);
    else home.actors.delete(address);
  }

  /** Sends what is due, as far as there is room, and sets the wake for what is next. */
  function fire(): void {
    const nowMs = clock.now();
    if (nowMs < lookedMs) stepBack(nowMs);
    lookedMs = nowMs;
    while (!stopped && underWay < TIMERS_AT_ONCE) {
      const { first } = heap;
      if (first === undefined || first.atMs > nowMs) break;
      heap.take();
      attempt(first);
    }
    setWake(nowMs);
  }

  /** A back-off is a stretch of time, not a time of day: it does not grow with a step of the clock. */
  function stepBack(nowMs: number): void {
    for (const timer of again) {
      const latestMs = Math.max(timer.namedMs, nowMs + AGAIN_MS);
      if (timer.atMs > latestMs) putAt(timer, latestMs);
    }
    for (const timer of failing.keys()) {
      if (timer.phase !== 'waiting') continue;
      const latestMs = Math.max(timer.namedMs, nowMs + RETRY_LONGEST_MS);
      if (timer.atMs > latestMs) putAt(timer, latestMs);
    }
  }

  function setWake(nowMs: number): void {
    const { first } = heap;
    if (stopped || first === undefined || underWay >= TIMERS_AT_ONCE) {
      cancelWake();
      return;
    }
    if (wake?.timer === first && wake.atMs === first.atMs) return;
    cancelWake();
    const delayMs = Math.min(Math.max(0, first.atMs - nowMs), LOOK_EVERY_MS);
    const cancel = clock.after(delayMs, () => {
      wake = undefined;
      fire();
    });
    wake = { timer: first, atMs: first.atMs, cancel };
  }

  function cancelWake(): void {
    wake?.cancel();
    wake = undefined;
  }

  function attempt(timer: DueTimer): void {
    const { address: to, key } = timer;
    // Whoever names a stamped timer names a command that is an object.
    const command = timer.stamped
      ? { ...(timer.command as object), atMs: clock.now() }
      : timer.command;
    timer.phase = 'sent';
    again.delete(timer);
    underWay++;
    const deadlineMs = Number.POSITIVE_INFINITY;
    const id = `timer:${to}:${key}`;
    const lane = 'background';
    const ask: Ask = { kind: 'ask', to, id, deadlineMs, command, lane, owed: true };
    let answered = false;
    send(ask, (response) => {
      if (answered) return;
      answered = true;
      underWay--;
      if (timer.phase === 'sent' && !stopped) {
        if (response.kind === 'accepted') taken.push({ timer, version: response.version });
        else fail(timer, `its actor answers ${JSON.stringify(response)}`);
      }
      // Whoever was at the bound has set no wake.
      if (underWay === TIMERS_AT_ONCE - 1) fire();
    });
  }

  function judge({ timer, version }: Taken): void {
    if (timer.phase !== 'sent') return;
    const nowMs = clock.now();
    if (timer.namedMs > nowMs) putAt(timer, timer.namedMs);
    else if (version > timer.version) {
      timer.version = version;
      recover(timer);
      putAt(timer, nowMs + AGAIN_MS);
      again.add(timer);
    } else fail(timer, 'it was taken, and its actor still names it');
  }

  function fail(timer: DueTimer, why: string): void {
    const { address, key, home } = timer;
    const longestMs = Math.min(RETRY_FIRST_MS * 2 ** timer.failures, RETRY_LONGEST_MS);
    const retryMs = jittered(longestMs, random);
    if (timer.failures === 0) home.failing++;
    timer.failures++;
    failing.set(timer, { sinceMs: failing.get(timer)?.sinceMs ?? clock.now(), why });
    putAt(timer, Math.max(timer.namedMs, clock.now() + retryMs));
    telemetry.error('a timer failed, it will be fired again', {
      address,
      key,
      failures: timer.failures,
      retryMs,
      why,
    });
    setWake(clock.now());
  }

  return {
    changed(cell) {
      if (cell.kind.timers !== undefined && !stopped) changed.add(cell);
    },
    flush,
    countsOf(partition) {
      const { named = 0, failing = 0 } = homes.get(partition) ?? {};
      return { named, failing };
    },
    *stuck() {
      for (const [{ address, key, failures: attempts }, it] of failing) {
        yield { kind: 'timer', address, name: key, attempts, ...it };
      }
    },
    release(partition) {
      for (const cell of changed) if (partitionOf(cell.address) === partition) changed.delete(cell);
      for (const timer of [...(homes.get(partition)?.actors.values() ?? [])].flat()) end(timer);
      homes.delete(partition);
      setWake(clock.now());
    },
    stop() {
      stopped = true;
      changed.clear();
      homes.clear();
      failing.clear();
      again.clear();
      cancelWake();
    },
  };
}
