/**
 * A stream both ways: messages in, each of one item or many, one outcome for each item out, as they are
 * decided.
 *
 *   read ─> begin, all at once ─> decided ─> one message for all decided meanwhile
 *    ^                               │
 *    └──── paused while too much ────┘
 *
 * Invariants: every item read gets one outcome, unless the client went away; what is held for one
 * stream is bounded by `inFlightMax` and one message; nothing is written while the socket is full.
 */
import { type Dispatch, timeoutOf } from './dispatch.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import type { CallTime } from './rpc.ts';

/** The part of grpc-js's duplex call that is used here. */
export interface DuplexCall<In, Out> {
  getDeadline(): Date | number;
  on(event: 'data', listener: (message: In | Failure) => void): unknown;
  on(event: 'end' | 'cancelled' | 'drain', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** False: the socket is full, wait for `drain`. */
  write(message: Out): boolean;
  end(): unknown;
}

export interface Duplex<In, Item, Outcome, Out> {
  /** What a message asks for; a failure ends the stream. */
  readonly itemsOf: (message: In) => readonly Item[] | Failure;
  /** Never throws. */
  readonly serve: (item: Item, time: CallTime) => Promise<Outcome>;
  readonly messageOf: (outcomes: readonly Outcome[]) => Out;
  /** Items that are read and not yet written: fills a commit, and bounds memory. */
  readonly inFlightMax: number;
  readonly perMessageMax: number;
}

/** @param fail Ends the stream with this failure after what is written. */
export function serveDuplex<In extends object, Item, Outcome, Out>(
  { gate, clock }: Pick<Dispatch, 'gate' | 'clock'>,
  { itemsOf, serve, messageOf, inFlightMax, perMessageMax }: Duplex<In, Item, Outcome, Out>,
  call: DuplexCall<In, Out>,
  fail: (failure: Failure) => void,
): void {
  if (!gate.enter()) {
    fail(failure('draining'));
    return;
  }

  let decided: Outcome[] = [];
  let inFlight = 0;
  let full = false;
  let flushing = false;
  let life: 'reading' | 'finishing' | 'over' = 'reading';
  /** Undefined for a good end. */
  let end: Failure | undefined;

  const forgetDrain = gate.onDrain(() => finish(failure('draining')));
  call.on('data', read);
  call.on('end', () => finish(undefined));
  call.on('cancelled', leave);
  call.on('drain', () => {
    full = false;
    flush();
  });

  function read(message: In | Failure): void {
    if (life !== 'reading') return;
    const items = isFailure(message) ? message : itemsOf(message);
    if (isFailure(items)) {
      finish(items);
      return;
    }
    const atMs = clock.now();
    const timeoutMs = timeoutOf(call.getDeadline(), atMs);
    inFlight += items.length;
    if (held() >= inFlightMax) call.pause();
    for (const item of items) void begin(item, { atMs, timeoutMs });
  }

  async function begin(item: Item, time: CallTime): Promise<void> {
    const outcome = await serve(item, time);
    inFlight--;
    if (life === 'over') return;
    decided.push(outcome);
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  }

  function flush(): void {
    flushing = false;
    if (full || life === 'over') return;
    while (decided.length > 0 && !full) {
      const outcomes = decided.slice(0, perMessageMax);
      decided = decided.slice(perMessageMax);
      full = !call.write(messageOf(outcomes));
    }
    if (life === 'finishing') endWhenDone();
    else if (held() < inFlightMax) call.resume();
  }

  /** Reads no more; what is under way still gets its outcome. */
  function finish(why: Failure | undefined): void {
    if (life !== 'reading') return;
    life = 'finishing';
    end = why;
    call.pause();
    endWhenDone();
  }

  function endWhenDone(): void {
    if (held() > 0) return;
    leave();
    if (end === undefined) call.end();
    else fail(end);
  }

  function leave(): void {
    if (life === 'over') return;
    life = 'over';
    decided = [];
    forgetDrain();
    gate.leave();
  }

  function held(): number {
    return inFlight + decided.length;
  }
}
