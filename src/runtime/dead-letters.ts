/**
 * The dead letters of one partition, as records of its own log: `dead-letters/<partition>`.
 *
 *   keep ─ letter-kept ──> kept ──> replay ─ replay-begun ──> under way ─ replay-ended ─┐
 *                           ^  └──> drop ─ letter-dropped                 taken: gone <─┤
 *                           └───────────────────────────────── refused, thrown at <─────┘
 *
 * A delivery is kept by its sender's partition, whose cursor passes it with the record and not
 * before; a command from outside by its actor's. Invariants: what was given up is here until it was
 * taken or an operator dropped it, under a name and with a reason; none goes because another came:
 * where there is no room, nothing is given up.
 */
import {
  type ActorKind,
  accept,
  type Decision,
  plainSnapshot,
  reject,
  unreachable,
} from './actor.ts';
import {
  DEAD_LETTERS,
  type DeadLetter,
  type DeadLetterAnswer,
  type DeadLetterCommand,
  type DeadLetterQuery,
  type DeadLetterRejection,
  type DeadLettersFull,
  deadLettersOf,
  type KeepLetter,
  placeOf,
  type Replay,
  type ReplayOutcome,
} from './dead-letter.ts';
import { jsonCodec } from './json-codec.ts';
import type { Partition } from './partition.ts';

/** There should be none; a thousand are a defect that somebody is late to look at. */
export const DEAD_LETTERS_MAX = 1_000;

/** Of all commands that are kept, as JSON; the largest command is half a megabyte. */
export const DEAD_LETTER_BYTES_MAX = 64 * 1024 * 1024;

/** Sent again more often than this, a command is not mended by sending it. */
export const REPLAYS_MAX = 10;

/** Characters of a stack or a rejection that are kept: the first say where it was. */
const DETAIL_MAX = 4_096;

type DeadLetterEvent =
  | {
      readonly kind: 'letter-kept';
      readonly letter: Omit<DeadLetter, 'replays' | 'outcome' | 'replaying'>;
      readonly outgoing?: number;
    }
  | {
      readonly kind: 'replay-begun';
      readonly letter: string;
      readonly to: DeadLetter['to'];
      readonly commandId: string;
      readonly command: unknown;
      readonly by: string;
      readonly atMs: number;
    }
  | { readonly kind: 'replay-ended'; readonly letter: string; readonly outcome: ReplayOutcome }
  | {
      readonly kind: 'letter-dropped';
      readonly letter: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    };

export interface DeadLetters {
  readonly partition: number;
  /** Ever kept: the number of the last. */
  count: number;
  /** By id, oldest first. */
  readonly kept: Map<string, DeadLetter>;
  /** The letter of each command from outside: see `keyOf`. */
  readonly quarantine: Map<string, string>;
  /** Deliveries that were given up, above the cursor that the last one knew, by command id. */
  readonly givenUp: Set<string>;
  /** Of the commands, as JSON. */
  sizeBytes: number;
}

type LetterDecision = Decision<DeadLetterEvent, DeadLetterRejection | DeadLettersFull>;
type Of<Kind extends DeadLetterCommand['kind']> = Extract<DeadLetterCommand, { kind: Kind }>;

export const deadLetters: ActorKind<
  DeadLetterCommand,
  DeadLetterEvent,
  DeadLetters,
  DeadLetterRejection | DeadLettersFull,
  DeadLetterQuery,
  DeadLetterAnswer
> = {
  kind: DEAD_LETTERS,
  decider: { initial, decide, evolve, answer },
  ...jsonCodec<DeadLetterEvent>(1),
  // Never idle: who is asked to do something asks it first whether that was given up.
  snapshot: plainSnapshot(1),
  follow(_, event): readonly Replay[] {
    if (event.kind !== 'replay-begun') return [];
    const { to, command, letter, commandId } = event;
    return [{ to, command, replay: { letter, commandId } }];
  },
};

/** Of a partition that never gave anything up: undefined. */
export function lettersOf(
  partition: Pick<Partition, 'number' | 'cells'> | undefined,
): DeadLetters | undefined {
  const cell = partition?.cells.get(deadLettersOf(partition.number).address);
  // The address is of this kind, and so is the state.
  return cell?.state as DeadLetters | undefined;
}

/** Whether the command waits for an operator: it is refused until he has sent or dropped it. */
export function isQuarantined(letters: DeadLetters, to: string, commandId: string): boolean {
  return letters.quarantine.size > 0 && letters.quarantine.has(keyOf({ to, commandId }));
}

function initial(id: string): DeadLetters {
  return {
    partition: Number(id),
    count: 0,
    kept: new Map(),
    quarantine: new Map(),
    givenUp: new Set(),
    sizeBytes: 0,
  };
}

function decide(state: DeadLetters, command: DeadLetterCommand): LetterDecision {
  if (command.kind === 'keep-letter') return keep(state, command);
  const { letter } = command;
  const found = state.kept.get(letter);
  switch (command.kind) {
    case 'replay-letter':
      return replay(found, command);
    case 'end-replay':
      return found?.replaying
        ? accept({ kind: 'replay-ended', letter, outcome: clipped(command.outcome) })
        : accept();
    case 'drop-letter':
      if (found === undefined) return reject({ reason: 'unknown-dead-letter', letter });
      if (found.replaying) return reject({ reason: 'dead-letter-under-way', letter });
      return accept({ ...command, kind: 'letter-dropped' });
    default:
      return unreachable(command);
  }
}

function keep(state: DeadLetters, command: KeepLetter): LetterDecision {
  const { from, to, commandId, reason, attempts, firstMs, atMs: keptMs, outgoing } = command;
  const known =
    from === undefined ? isQuarantined(state, to, commandId) : isGivenUp(state, commandId);
  if (known) return accept();
  const isFull = state.kept.size >= DEAD_LETTERS_MAX || state.sizeBytes >= DEAD_LETTER_BYTES_MAX;
  if (isFull) return reject({ reason: 'dead-letters-full', maximum: DEAD_LETTERS_MAX });
  const id = `${state.partition}.${state.count + 1}`;
  const detail = command.detail.slice(0, DETAIL_MAX);
  const body = { from, to, commandId, command: command.command, reason, detail };
  const letter = { id, ...body, attempts, firstMs, keptMs };
  return accept({ kind: 'letter-kept', letter, ...(outgoing === undefined ? {} : { outgoing }) });
}

/** Whether a delivery was given up: it is not sent again, whatever became of its letter. */
export function isGivenUp(letters: DeadLetters, commandId: string): boolean {
  return letters.givenUp.has(commandId);
}

function replay(found: DeadLetter | undefined, command: Of<'replay-letter'>): LetterDecision {
  const { letter, by, atMs } = command;
  if (found === undefined) return reject({ reason: 'unknown-dead-letter', letter });
  if (found.replaying) return accept();
  if (found.replays >= REPLAYS_MAX) {
    return reject({ reason: 'too-many-replays', letter, maximum: REPLAYS_MAX });
  }
  const { to, commandId, command: again } = found;
  return accept({ kind: 'replay-begun', letter, to, commandId, command: again, by, atMs });
}

function clipped({ detail, ...outcome }: ReplayOutcome): ReplayOutcome {
  return { ...outcome, detail: detail.slice(0, DETAIL_MAX) };
}

function evolve(state: DeadLetters, event: DeadLetterEvent): DeadLetters {
  switch (event.kind) {
    case 'letter-kept': {
      const { letter, outgoing } = event;
      // JSON leaves out what is undefined.
      const { from } = letter;
      state.count++;
      state.kept.set(letter.id, {
        ...letter,
        from,
        replays: 0,
        outcome: undefined,
        replaying: false,
      });
      state.sizeBytes += sizeOf(letter);
      if (from === undefined) state.quarantine.set(keyOf(letter), letter.id);
      else state.givenUp.add(letter.commandId);
      if (outgoing !== undefined) forget(state, outgoing);
      return state;
    }
    case 'replay-begun':
      return change(state, event.letter, (it) => ({
        ...it,
        replays: it.replays + 1,
        outcome: undefined,
        replaying: true,
      }));
    case 'replay-ended':
      return event.outcome.kind === 'taken'
        ? remove(state, event.letter)
        : change(state, event.letter, (it) => ({
            ...it,
            outcome: event.outcome,
            replaying: false,
          }));
    case 'letter-dropped':
      return remove(state, event.letter);
    default:
      return unreachable(event);
  }
}

function change(
  state: DeadLetters,
  letter: string,
  next: (it: DeadLetter) => DeadLetter,
): DeadLetters {
  const found = state.kept.get(letter);
  if (found === undefined) throw new Error(`dead letter ${letter} was never kept`);
  state.kept.set(letter, next(found));
  return state;
}

function remove(state: DeadLetters, letter: string): DeadLetters {
  const found = state.kept.get(letter);
  if (found === undefined) throw new Error(`dead letter ${letter} was never kept`);
  state.kept.delete(letter);
  state.sizeBytes -= sizeOf(found);
  if (found.from === undefined) state.quarantine.delete(keyOf(found));
  return state;
}

/** Deliveries at or below the cursor are never sent again, so nobody asks after them. */
function forget(state: DeadLetters, outgoing: number): void {
  for (const commandId of state.givenUp) {
    const [, position] = commandId.split('-');
    if (Number(position) <= outgoing) state.givenUp.delete(commandId);
  }
}

function answer(state: DeadLetters, query: DeadLetterQuery): DeadLetterAnswer | undefined {
  switch (query.kind) {
    case 'letters': {
      const { after, limit } = query;
      const letters: DeadLetter[] = [];
      for (const letter of state.kept.values()) {
        if (letters.length === limit) break;
        if (after === undefined || isAfter(letter, after)) letters.push(letter);
      }
      return { kind: 'letters', letters };
    }
    case 'replayed': {
      const found = state.kept.get(query.letter);
      return found?.replaying ? undefined : { kind: 'replayed', outcome: found?.outcome };
    }
    default:
      return unreachable(query);
  }
}

function isAfter(letter: DeadLetter, after: { partition: number; number: number }): boolean {
  const { partition = 0, number = 0 } = placeOf(letter.id) ?? {};
  return partition > after.partition || (partition === after.partition && number > after.number);
}

function keyOf({ to, commandId }: Key): string {
  return `${to} ${commandId}`;
}

interface Key {
  readonly to: string;
  readonly commandId: string;
}

function sizeOf({ command }: Pick<DeadLetter, 'command'>): number {
  return JSON.stringify(command)?.length ?? 0;
}
