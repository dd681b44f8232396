/**
 * What an ask comes to: a command is judged and its events are staged, a question is put to the actor as
 * it then is, and held where the actor cannot answer yet.
 *
 * Invariant: nothing is said here. What there is to say waits for the turn's commit; what an actor throws
 * at harms nobody but the ask that provoked it.
 */
import type { Decision } from './actor.ts';
import type { Clock } from './clock.ts';
import type { HeldQuestion, HeldQuestions } from './held-questions.ts';
import { type Cell, type Consequence, type Partition, UnstagedError } from './partition.ts';
import type { Poison } from './poison.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import type { Ask, Response } from './wire.ts';

/** What an actor says to a question. */
type Look =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'not-yet' }
  | { readonly kind: 'threw' };

export interface Answers {
  /** Carries out the command, if there is one, and then puts the question. */
  answer(partition: Partition, cell: Cell, it: HeldQuestion): void;
  /** @returns What to answer instead, if the command was not accepted. */
  carryOut(partition: Partition, cell: Cell, ask: Ask): Response | undefined;
  /** Once a turn, not once an event: a player with a thousand bets under way has as many questions. */
  askHeldAgain(): void;
  lookAt(cell: Cell, query: unknown): Look;
}

export function createAnswers(options: {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly held: HeldQuestions;
  readonly poison: Poison;
  /** Says something once the turn is on disk. */
  readonly say: (work: () => void) => void;
  /** Events are staged: what they make due is due once the turn is on disk. */
  readonly onEvents: (
    partition: Partition,
    cell: Cell,
    consequences: readonly Consequence[],
    ask: Ask,
  ) => void;
}): Answers {
  const { clock, telemetry, held, poison, say, onEvents } = options;
  /** Actors with new events in this turn. */
  const changed = new Set<Cell>();

  function answer(partition: Partition, cell: Cell, it: HeldQuestion): void {
    const { ask, respond } = it;
    if (ask.command !== undefined) {
      const refused = carryOut(partition, cell, ask);
      if (refused !== undefined) {
        say(() => respond(refused));
        return;
      }
    }
    question(cell, it);
  }

  function carryOut(partition: Partition, cell: Cell, ask: Ask): Response | undefined {
    const decision = judge(cell, ask.command);
    if ('cause' in decision) return poison.threw(partition, ask, decision.cause);
    if (!decision.ok) return { kind: 'rejected', rejection: decision.rejection };
    if (decision.events.length === 0) return undefined;
    const consequences = stage(partition, cell, decision.events, ask);
    if ('cause' in consequences) return poison.threw(partition, ask, consequences.cause);
    onEvents(partition, cell, consequences, ask);
    changed.add(cell);
    return undefined;
  }

  /** `decide` changes nothing, so a throw in it harms nobody but the command that provoked it. */
  function judge(
    cell: Cell,
    command: unknown,
  ): Decision<unknown, unknown> | { readonly cause: unknown } {
    try {
      return cell.kind.decider.decide(cell.state, command);
    } catch (cause) {
      return { cause };
    }
  }

  /** Nor do its events: an actor that throws while they are folded is made again from the log. */
  function stage(
    partition: Partition,
    cell: Cell,
    events: readonly unknown[],
    { id }: Ask,
  ): readonly Consequence[] | { readonly cause: unknown } {
    try {
      return partition.stage(cell, events, id, clock.now());
    } catch (cause) {
      if (!(cause instanceof UnstagedError)) throw cause;
      return { cause: cause.cause };
    }
  }

  /** Nor does `answer` change anything. */
  function lookAt(cell: Cell, query: unknown): Look {
    try {
      const answer = cell.kind.decider.answer(cell.state, query);
      return answer === undefined ? { kind: 'not-yet' } : { kind: 'answer', answer };
    } catch (cause) {
      const { address } = cell;
      telemetry.error('an actor threw at a question', { address, cause: stackOf(cause) });
      return { kind: 'threw' };
    }
  }

  /** @param cell As it is now: a held question of an actor's youth is older than its cell. */
  function question(cell: Cell, it: HeldQuestion): void {
    const { ask, respond } = it;
    const { version } = cell;
    if (ask.query === undefined) {
      say(() => respond({ kind: 'accepted', version }));
      return;
    }
    const look = lookAt(cell, ask.query);
    switch (look.kind) {
      case 'not-yet':
        held.hold(it);
        return;
      case 'threw':
        held.letGo(it);
        say(() => respond({ kind: 'unanswered', why: 'crashed' }));
        return;
      default:
        held.letGo(it);
        say(() => respond({ kind: 'accepted', version, answer: look.answer }));
    }
  }

  function askHeldAgain(): void {
    for (const cell of changed) for (const it of held.of(cell.address)) question(cell, it);
    changed.clear();
  }

  return { answer, carryOut, askHeldAgain, lookAt };
}
