/**
 * What is said to the dead letters of a partition, and by them: commands that were given up, kept
 * where nothing gets lost until somebody has looked at them.
 */
import type { Address, Outgoing, Ref } from './actor.ts';

export interface DeadLetter {
  /** `<partition>.<number>`: which of the partition's, from 1. */
  readonly id: string;
  /** The actor whose event made it due; undefined for a command that came from outside. */
  readonly from: Address | undefined;
  readonly to: Address;
  /** Of the command, for all time: it is sent again under this one. */
  readonly commandId: string;
  readonly command: unknown;
  readonly reason: 'threw' | 'rejected';
  /** A stack, or the rejection as JSON. */
  readonly detail: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Epoch milliseconds of the first attempt that the keeper knows of, and of when it was kept. */
  readonly firstMs: number;
  readonly keptMs: number;
  /** How often it was sent again. */
  readonly replays: number;
  /** What became of it then; undefined before the first and while one is under way. */
  readonly outcome: ReplayOutcome | undefined;
  /** On its way again. */
  readonly replaying: boolean;
}

export interface ReplayOutcome {
  readonly kind: 'taken' | 'rejected' | 'threw' | 'actor-quarantined';
  readonly detail: string;
  readonly atMs: number;
}

/** The runtime's word for one that it gives up. */
export interface KeepLetter {
  readonly kind: 'keep-letter';
  readonly from: Address | undefined;
  readonly to: Address;
  readonly commandId: string;
  readonly command: unknown;
  readonly reason: DeadLetter['reason'];
  readonly detail: string;
  readonly attempts: number;
  readonly firstMs: number;
  readonly atMs: number;
  /** Of a delivery: up to which position all of its partition's were taken. */
  readonly outgoing?: number;
}

/** What an operator may do. */
export type OperatorCommand =
  | {
      readonly kind: 'replay-letter';
      readonly letter: string;
      readonly by: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'drop-letter';
      readonly letter: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    };

/** The runtime's word on a replay. */
export interface EndReplay {
  readonly kind: 'end-replay';
  readonly letter: string;
  readonly outcome: ReplayOutcome;
}

export type DeadLetterCommand = KeepLetter | EndReplay | OperatorCommand;

export type DeadLetterRejection =
  | { readonly reason: 'unknown-dead-letter'; readonly letter: string }
  | { readonly reason: 'dead-letter-under-way'; readonly letter: string }
  | { readonly reason: 'too-many-replays'; readonly letter: string; readonly maximum: number };

/** What the runtime alone hears. */
export interface DeadLettersFull {
  readonly reason: 'dead-letters-full';
  readonly maximum: number;
}

export type DeadLetterQuery =
  /** Oldest first, those after a place; `partition` and `number` of the last one that was seen. */
  | {
      readonly kind: 'letters';
      readonly after: { readonly partition: number; readonly number: number } | undefined;
      readonly limit: number;
    }
  /** What became of a replay; not answered while it is under way. */
  | { readonly kind: 'replayed'; readonly letter: string };

export type DeadLetterAnswer =
  | { readonly kind: 'letters'; readonly letters: readonly DeadLetter[] }
  | { readonly kind: 'replayed'; readonly outcome: ReplayOutcome | undefined };

/** The kind's name, for whoever asks all of them. */
export const DEAD_LETTERS = 'dead-letters';

export function deadLettersOf(
  partition: number,
): Ref<OperatorCommand, DeadLetterRejection, DeadLetterQuery, DeadLetterAnswer> {
  return { address: `${DEAD_LETTERS}/${partition}` };
}

/** Undefined for what is no letter's id. */
export function placeOf(
  letter: string,
): { readonly partition: number; readonly number: number } | undefined {
  const [, partition, number] = /^(\d{1,6})\.(\d{1,12})$/.exec(letter) ?? [];
  return number === undefined
    ? undefined
    : { partition: Number(partition), number: Number(number) };
}

/** A letter on its way again: under its first id, and what becomes of it is told to the letters. */
export interface Replay extends Outgoing {
  readonly replay: { readonly letter: string; readonly commandId: string };
}

export function isReplay(outgoing: Outgoing): outgoing is Replay {
  return 'replay' in outgoing;
}
