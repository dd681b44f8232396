/**
 * Asks an actor and gives back its answer, or why there is none.
 *
 * Invariants: a rejection, a defect and an unknown outcome stay three things: only the last says
 * "ask again"; nobody is asked for a caller whose time is over.
 */
import { randomUUID } from 'node:crypto';
import type { Ref } from '../runtime/actor.ts';
import type { Router } from '../runtime/router.ts';
import { type Failure, failure, failureOfRejection, type Rejection } from './failure.ts';

export interface AskOptions {
  /** The command's id, for the log. Absent: a fresh one. */
  readonly id?: string;
  /** 0 or less: too late to begin. */
  readonly timeoutMs: number;
  /** What a rejection may leave unsaid, such as the race that was asked. */
  readonly context?: Readonly<Record<string, string>>;
}

export async function ask<Command, Reject extends Rejection, Query, Answer>(
  router: Router,
  to: Ref<Command, Reject, Query, Answer>,
  what: { readonly command?: Command; readonly query: Query },
  { id = randomUUID(), timeoutMs, context }: AskOptions,
): Promise<Answer | Failure> {
  if (timeoutMs <= 0) return failure('deadline-expired', { lateMs: -timeoutMs });
  const reply = await router.ask(to, what, { id, timeoutMs });
  if (reply.kind === 'accepted' && reply.answer !== undefined) return reply.answer;
  if (reply.kind === 'rejected') return failureOfRejection(reply.rejection, context);
  if (reply.kind === 'failed') return failure(reply.why, { ...context, address: to.address });
  // Recorded, but what was asked with it was not answered in time: as unknown as the rest.
  const why = reply.kind === 'unanswered' ? reply.why : 'deadline';
  return failure(why, { ...context, address: to.address, timeoutMs });
}
