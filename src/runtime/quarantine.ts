/**
 * Actors that cannot be replayed: their events cannot be read or folded by this program, a defect
 * of the actor alone. Each is out of service with its records counted; its partition goes on.
 *
 * Invariant: nothing of such an actor is served, and nothing of it lost: what is sent to it waits,
 * what its records make due waits where they cannot be read, and a program that can replay it finds
 * it as its log says.
 */
import type { Address } from './actor.ts';
import { stackOf } from './thrown.ts';

export interface QuarantinedActor {
  readonly address: Address;
  /** Of the record at which it failed. */
  readonly position: number;
  /** A stack. */
  readonly error: string;
  /** Its records so far. */
  version: number;
}

/** Shown of one partition: a program that cannot read one kind may have a million of them. */
export const SHOWN_MAX = 100;

/** Characters of a stack: the first say where it was. */
const ERROR_MAX = 4_096;

/** @param version Of the actor, with the record at which it failed. */
export function quarantinedActor(
  { address, position, version }: Omit<QuarantinedActor, 'error'>,
  cause: unknown,
): QuarantinedActor {
  return { address, position, version, error: stackOf(cause).slice(0, ERROR_MAX) };
}
