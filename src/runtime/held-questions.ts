/**
 * Questions that an actor cannot answer yet: asked again after each of its changes, until it can or
 * nobody waits any more. A clock that is set back makes nobody wait longer, nor less long.
 */
import type { Address } from './actor.ts';
import { type Clock, elapsedBy } from './clock.ts';
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
  expire(): void;
  /** Lets go of all whose actor is `where`, and answers each. */
  answerAll(response: Response, where: (address: Address) => boolean): void;
}

export function createHeldQuestions(clock: Pick<Clock, 'now'>): HeldQuestions {
  const elapsed = elapsedBy(clock);
  /** By actor, with what will have elapsed when nobody waits for the answer any more. */
  const held = new Map<Address, Map<HeldQuestion, number>>();

  function letGo(question: HeldQuestion): void {
    const questions = held.get(question.ask.to);
    if (questions?.delete(question) && questions.size === 0) held.delete(question.ask.to);
  }

  return {
    hold(question) {
      const { to, deadlineMs } = question.ask;
      const questions = held.get(to) ?? new Map<HeldQuestion, number>();
      if (!questions.has(question)) questions.set(question, elapsed() + deadlineMs - clock.now());
      held.set(to, questions);
    },
    letGo,
    of: (address) => held.get(address)?.keys() ?? [],
    has: (address) => held.has(address),
    expire() {
      const now = elapsed();
      for (const questions of held.values()) {
        for (const [question, until] of questions) {
          if (until > now) continue;
          letGo(question);
          question.respond({ kind: 'unanswered', why: 'deadline' });
        }
      }
    },
    answerAll(response, where) {
      for (const [address, questions] of held) {
        if (!where(address)) continue;
        held.delete(address);
        for (const { respond } of questions.keys()) respond(response);
      }
    },
  };
}
