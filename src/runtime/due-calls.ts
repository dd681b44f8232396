/**
 * The calls to services outside that the actors of a shard have due: made, made again until there
 * is an answer, and the answer given to the actor.
 *
 *   named ─> waiting ─> calling ─> giving ─> ended, when its actor names it no more
 *               ^          │          │
 *               └─ backing off <──────┘
 *            its deadline passes ────> giving (`expired`, whatever it was at)
 *
 * Invariant: a call is here exactly as long as its actor names it, in the state that is on disk, so
 * that the step is on disk before the call is made, and what came of it before anything follows;
 * a crash forgets nothing. No call is made twice at once, and none after its deadline.
 */
import type { Address, Call, CallOutcome } from './actor.ts';
import type { CallRunner } from './calls.ts';
import type { Clock } from './clock.ts';
import type { Cell } from './partition.ts';
import { jittered, type Random } from './random.ts';
import type { Stuck } from './stuck.ts';
import type { Telemetry } from './telemetry.ts';
import { messageOf, stackOf } from './thrown.ts';
import type { Ask, Response } from './wire.ts';

/** Under way from one shard: a service that is slow must not be flooded by one that waits for it. */
export const CALLS_AT_ONCE = 1_024;

/** Made again after no answer; doubled each time up to the longest, less up to a half by chance. */
export const RETRY_FIRST_MS = 20;
export const RETRY_LONGEST_MS = 5_000;

/**
 * How long one attempt waits, doubled each time: short at first, since a message that got lost is
 * made good by the next attempt; longer later, so that a service slower than that answers at all.
 */
export const ATTEMPT_FIRST_MS = 1_000;
export const ATTEMPT_LONGEST_MS = 30_000;

/** No deadline is further ahead: a clock that was set back must not make anybody wait for days. */
export const DEADLINE_AHEAD_MAX_MS = 60_000;

export interface DueCalls {
  /** Notes that an actor may name other calls than before. */
  changed(cell: Cell): void;
  /** Asks those noted: called when what they hold is on disk. */
  flush(): void;
  /** Named and not answered yet. */
  readonly open: number;
  /** All of them, for people who look. */
  stuck(): Iterable<Stuck>;
  /** Its actor goes elsewhere: who owns it next asks it for its calls. */
  forget(cell: Cell): void;
  /** What is under way is not listened to any more; it is due again at the next start. */
  stop(): void;
}

type Phase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'calling' }
  /** The shard has the outcome as a command. */
  | { readonly kind: 'giving' }
  /** Its actor took the command; the next look must find it gone. */
  | { readonly kind: 'given' }
  | { readonly kind: 'backing-off'; readonly cancel: () => void }
  | { readonly kind: 'ended' };

interface DueCall {
  readonly cell: Cell;
  /** As its actor named it first: a key stands for one content. */
  readonly named: Call;
  readonly sinceMs: number;
  expired: boolean;
  cancelDeadline: () => void;
  attempts: number;
  why: string;
  phase: Phase;
}

/** @param options.runner Undefined: nothing can be called, and what is due waits. */
export function createDueCalls(options: {
  readonly runner: CallRunner | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly send: (request: Ask, onResponse: (response: Response) => void) => void;
}): DueCalls {
  const { runner, clock, random, telemetry, send } = options;
  const due = new Map<Address, Map<string, DueCall>>();
  const changed = new Set<Cell>();
  /** In the order in which they became due. */
  const waiting = new Set<DueCall>();
  let underWay = 0;
  let open = 0;
  let stopped = false;

  function flush(): void {
    if (stopped || changed.size === 0) return;
    const cells = [...changed];
    changed.clear();
    for (const cell of cells) keepInStep(cell);
    pump();
  }

  function keepInStep(cell: Cell): void {
    const named = namedBy(cell);
    if (named === undefined) return;
    const known = due.get(cell.address) ?? new Map<string, DueCall>();
    for (const call of known.values()) {
      if (!named.has(call.named.key)) end(call);
      else if (call.phase.kind === 'given')
        fail(call, 'it is answered, and its actor still names it');
    }
    for (const call of named.values()) if (!known.has(call.key)) begin(cell, call, known);
  }

  /** Changes nothing, so a throw in it harms nobody: what was due stays so. */
  function namedBy({ address, id, kind, state }: Cell): ReadonlyMap<string, Call> | undefined {
    try {
      const calls: readonly Call[] = kind.calls?.(id, state) ?? [];
      return new Map(calls.map((call) => [call.key, call]));
    } catch (cause) {
      telemetry.error('an actor threw when asked for its calls', {
        address,
        cause: stackOf(cause),
      });
      return undefined;
    }
  }

  function begin(cell: Cell, named: Call, known: Map<string, DueCall>): void {
    const { key, service, sinceMs = clock.now() } = named;
    const call: DueCall = {
      cell,
      named,
      sinceMs,
      expired: false,
      cancelDeadline: () => {},
      attempts: 0,
      why: runner === undefined ? `this server was given no way to ${service}` : '',
      phase: { kind: 'waiting' },
    };
    known.set(key, call);
    due.set(cell.address, known);
    open++;
    if (named.deadlineAtMs !== undefined) {
      const leftMs = Math.min(named.deadlineAtMs - clock.now(), DEADLINE_AHEAD_MAX_MS);
      if (leftMs <= 0) {
        expire(call);
        return;
      }
      call.cancelDeadline = clock.after(leftMs, () => expire(call));
    }
    waiting.add(call);
  }

  function pump(): void {
    if (runner === undefined) return;
    for (const call of waiting) {
      if (stopped || underWay >= CALLS_AT_ONCE) return;
      waiting.delete(call);
      void attempt(call, runner);
    }
  }

  /** Never rejects: what becomes of it is in the call's phase. */
  async function attempt(call: DueCall, { call: ask }: CallRunner): Promise<void> {
    const { address } = call.cell;
    const { key, service, request } = call.named;
    const calling: Phase = { kind: 'calling' };
    call.phase = calling;
    const timeoutMs = Math.min(ATTEMPT_FIRST_MS * 2 ** call.attempts, ATTEMPT_LONGEST_MS);
    call.attempts++;
    underWay++;
    let outcome: CallOutcome | undefined;
    try {
      const answer = await ask({ id: `${address}/${key}`, service, request, timeoutMs });
      outcome = { kind: 'answered', answer };
    } catch (cause) {
      call.why = messageOf(cause);
    }
    underWay--;
    // Over meanwhile: its deadline passed, or its actor or this shard wants it no more.
    if (call.phase === calling) {
      if (outcome === undefined) fail(call, call.why);
      else give(call, outcome);
    }
    pump();
  }

  function expire(call: DueCall): void {
    call.expired = true;
    if (call.phase.kind === 'giving' || call.phase.kind === 'given') return;
    if (call.phase.kind === 'backing-off') call.phase.cancel();
    waiting.delete(call);
    give(call, { kind: 'expired' });
  }

  function give(call: DueCall, outcome: CallOutcome): void {
    const { cell, named } = call;
    const giving: Phase = { kind: 'giving' };
    call.phase = giving;
    const command = commandOf(call, outcome);
    if (command === undefined) return;
    const id = `call:${cell.address}:${named.key}`;
    const deadlineMs = Number.POSITIVE_INFINITY;
    send({ kind: 'ask', to: cell.address, id, deadlineMs, command, owed: true }, (response) => {
      if (call.phase !== giving) return;
      if (response.kind !== 'accepted') {
        fail(call, `its actor answers ${JSON.stringify(response)}`);
        return;
      }
      call.phase = { kind: 'given' };
      // Also where the actor changed nothing: then it must not name the call any more.
      changed.add(cell);
    });
  }

  function commandOf(call: DueCall, outcome: CallOutcome): unknown {
    const { cell, named } = call;
    try {
      if (cell.kind.callAnswered === undefined) throw new Error('its kind takes no answers');
      return cell.kind.callAnswered(named, outcome, clock.now());
    } catch (cause) {
      fail(call, messageOf(cause));
      return undefined;
    }
  }

  function fail(call: DueCall, why: string): void {
    if (stopped) return;
    const { cell, named, attempts } = call;
    call.why = why;
    const longestMs = Math.min(RETRY_FIRST_MS * 2 ** Math.max(0, attempts - 1), RETRY_LONGEST_MS);
    const retryMs = jittered(longestMs, random);
    const cancel = clock.after(retryMs, () => {
      if (call.expired) {
        give(call, { kind: 'expired' });
        return;
      }
      call.phase = { kind: 'waiting' };
      waiting.add(call);
      pump();
    });
    call.phase = { kind: 'backing-off', cancel };
    // The 1st, 2nd, 4th, 8th time: a service that is down for an hour fills no disk.
    if ((attempts & (attempts - 1)) === 0) {
      const { address } = cell;
      telemetry.warn('a call has no answer, it will be made again', {
        address,
        key: named.key,
        service: named.service,
        attempts,
        why,
      });
    }
  }

  function end(call: DueCall): void {
    const { phase, cell, named } = call;
    call.phase = { kind: 'ended' };
    call.cancelDeadline();
    if (phase.kind === 'backing-off') phase.cancel();
    waiting.delete(call);
    open--;
    const calls = due.get(cell.address);
    calls?.delete(named.key);
    if (calls?.size === 0) due.delete(cell.address);
  }

  function forget({ address }: Cell): void {
    for (const call of [...(due.get(address)?.values() ?? [])]) end(call);
  }

  return {
    changed(cell) {
      if (cell.kind.calls !== undefined) changed.add(cell);
    },
    flush,
    get open() {
      return open;
    },
    *stuck() {
      for (const calls of due.values()) {
        for (const { cell, named, sinceMs, attempts, why } of calls.values()) {
          const name = `${named.service} ${named.key}`;
          yield { kind: 'call', address: cell.address, name, sinceMs, attempts, why };
        }
      }
    },
    forget(cell) {
      changed.delete(cell);
      forget(cell);
    },
    stop() {
      stopped = true;
      changed.clear();
      for (const calls of [...due.values()]) for (const call of [...calls.values()]) end(call);
    },
  };
}
