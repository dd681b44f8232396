/**
 * What actors do after changes at a bounded rate: after a committed change an actor's pulse is due,
 * and all that are due for one kind go out together, `everyMs` after the first of them.
 *
 * Invariant: an actor has one pulse under way at most, and at most one per `everyMs`; a pulse's own
 * events make no pulse due, unless the actor says that it left something.
 */
import type { AnyActorKind } from './actor.ts';
import type { Clock } from './clock.ts';
import type { Cell } from './partition.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import type { Ask, Request, Response } from './wire.ts';

export interface Pulses {
  /** @param cause What changed the actor; undefined at the start, when nobody knows any more. */
  changed(cell: Cell, cause?: Request): void;
  /** Lets go of actors that are another shard's now. */
  release(isIn: (cell: Cell) => boolean): void;
  stop(): void;
}

export function createPulses(options: {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly send: (request: Ask, onResponse: (response: Response) => void) => void;
}): Pulses {
  const { clock, telemetry, send } = options;
  const due = new Map<AnyActorKind, Set<Cell>>();
  const underWay = new Map<Cell, Ask>();
  const timers = new Map<AnyActorKind, () => void>();
  let stopped = false;

  function makeDue(cell: Cell): void {
    const { kind } = cell;
    if (kind.pulse === undefined || stopped) return;
    const cells = due.get(kind) ?? new Set();
    due.set(kind, cells.add(cell));
    if (timers.has(kind)) return;
    timers.set(
      kind,
      clock.after(kind.pulse.everyMs, () => beat(kind)),
    );
  }

  function beat(kind: AnyActorKind): void {
    timers.delete(kind);
    const cells = due.get(kind) ?? [];
    due.delete(kind);
    for (const cell of cells) {
      // A shard that is behind is not given more of the same.
      if (underWay.has(cell)) makeDue(cell);
      else pulse(cell);
    }
  }

  function pulse(cell: Cell): void {
    const { address: to, version } = cell;
    const command = commandOf(cell);
    if (command === undefined) return;
    const id = `pulse:${to}:${version}`;
    const deadlineMs = Number.POSITIVE_INFINITY;
    const ask: Ask = { kind: 'ask', to, id, deadlineMs, command, lane: 'background', owed: true };
    underWay.set(cell, ask);
    send(ask, (response) => {
      if (!underWay.delete(cell)) return;
      if (response.kind === 'rejected') {
        const { rejection } = response;
        telemetry.error('an actor refused its own pulse', { address: to, rejection });
      } else if (leftSomething(cell)) makeDue(cell);
    });
  }

  /** Changes nothing, so a throw in it harms nobody: the actor's next change asks again. */
  function commandOf({ address, kind, state }: Cell): unknown {
    try {
      return kind.pulse?.command(state, clock.now());
    } catch (cause) {
      telemetry.error('an actor threw at its pulse', { address, cause: stackOf(cause) });
      return undefined;
    }
  }

  /** Nor does this. */
  function leftSomething({ address, kind, state }: Cell): boolean {
    try {
      return kind.pulse?.again?.(state) ?? false;
    } catch (cause) {
      telemetry.error('an actor threw after its pulse', { address, cause: stackOf(cause) });
      return false;
    }
  }

  return {
    changed(cell, cause) {
      if (cause === undefined || underWay.get(cell) !== cause) makeDue(cell);
    },
    release(isIn) {
      for (const cells of due.values())
        for (const cell of cells) if (isIn(cell)) cells.delete(cell);
      for (const cell of underWay.keys()) if (isIn(cell)) underWay.delete(cell);
    },
    stop() {
      stopped = true;
      for (const cancel of timers.values()) cancel();
      timers.clear();
      due.clear();
    },
  };
}
