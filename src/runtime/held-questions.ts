/**
 * Questions that an actor cannot answer yet: asked again after each of its changes, until it can or
 * nobody waits any more.
 */
import type { Address } from './actor.ts';
import type { Ask, Response } from './wire.ts';

export interface HeldQuestion {
  readonly ask: Ask;
  readonly respond: (response: Response) => void;
}

export interface HeldQuestions {
  hold(question: HeldQuestion): void;
  letGo(question: HeldQuestion): void;
  of(address: Address): Iterable<HeldQuestion>;
  /** Whether somebody waits for the actor. */
  has(address: Address): boolean;
  /** Answers with `deadline` those for which nobody waits any more. */
  expire(nowMs: number): void;
  /** Lets go of all whose actor is `where`, and answers each. */
  answerAll(response: Response, where: (address: Address) => boolean): void;
}

export function createHeldQuestions(): HeldQuestions {
  const held = new Map<Address, Set<HeldQuestion>>();

  function letGo(question: HeldQuestion): void {
    const questions = held.get(question.ask.to);
    if (questions?.delete(question) && questions.size === 0) held.delete(question.ask.to);
  }

  return {
    hold(question) {
      const { to } = question.ask;
      const questions = held.get(to) ?? new Set();
      held.set(to, questions.add(question));
    },
    letGo,
    of: (address) => held.get(address) ?? [],
    has: (address) => held.has(address),
    expire(nowMs) {
      for (const questions of held.values()) {
        for (const question of questions) {
          if (question.ask.deadlineMs > nowMs) continue;
          letGo(question);
          question.respond({ kind: 'unanswered', why: 'deadline' });
        }
      }
    },
    answerAll(response, where) {
      for (const [address, questions] of held) {
        if (!where(address)) continue;
        held.delete(address);
        for (const { respond } of questions) respond(response);
      }
    },
  };
}
