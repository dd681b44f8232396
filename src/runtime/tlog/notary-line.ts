/**
 * Between the notary's thread and whoever asks it: questions and answers over a broadcast that has a
 * name of its own, so that a notary that was started again is found without a new channel.
 *
 * Every question is answered once: by the notary, or with *away* after its time.
 */
import type { Broadcast } from '../bus/in-process.ts';
import type { Clock } from '../clock.ts';
import type { Notary, Proving, TreeState } from './notary.ts';

/** The notary as a gateway sees it. */
export interface NotaryPort {
  /** @param stream Of the record, which says its partition. @param key See `KeyOf`. */
  prove(
    what: { readonly stream: string; readonly key: string },
    options: { readonly timeoutMs: number },
  ): Promise<Proving | Away>;
  states(options: { readonly timeoutMs: number }): Promise<readonly TreeState[] | Away>;
}

/** No answer in time: there is no notary, or it has too much to do. */
export interface Away {
  readonly kind: 'away';
}

/** Questions open at once; beyond it the answer is *away* at once. */
const QUESTIONS_MAX = 1_024;

type Question =
  | { readonly kind: 'prove'; readonly stream: string; readonly key: string }
  | { readonly kind: 'states' };

/** `asker` and `number` name the question among all there are. */
type Said =
  | {
      readonly kind: 'question';
      readonly asker: string;
      readonly number: number;
      readonly question: Question;
    }
  | {
      readonly kind: 'answer';
      readonly asker: string;
      readonly number: number;
      readonly answer: unknown;
    };

/** @param asker Of this asker alone, among all on the line. */
export function askNotary(
  line: Broadcast,
  { asker, clock }: { readonly asker: string; readonly clock: Clock },
): NotaryPort {
  const waiting = new Map<number, (answer: unknown) => void>();
  let count = 0;
  line.onMessage((message) => {
    const said = message as Said; // the line has a name that only its two ends know
    if (said.kind === 'answer' && said.asker === asker) waiting.get(said.number)?.(said.answer);
  });

  function ask(question: Question, timeoutMs: number): Promise<unknown> {
    if (waiting.size >= QUESTIONS_MAX) return Promise.resolve(AWAY);
    const number = count++;
    return new Promise((resolve) => {
      const cancel = clock.after(timeoutMs, () => settle(AWAY));
      const settle = (answer: unknown) => {
        cancel();
        waiting.delete(number);
        resolve(answer);
      };
      waiting.set(number, settle);
      line.post({ kind: 'question', asker, number, question } satisfies Said);
    });
  }

  return {
    // Each question is answered with its own kind, by `answerFor` below.
    prove: (what, { timeoutMs }) =>
      ask({ kind: 'prove', ...what }, timeoutMs) as Promise<Proving | Away>,
    states: ({ timeoutMs }) =>
      ask({ kind: 'states' }, timeoutMs) as Promise<readonly TreeState[] | Away>,
  };
}

/** @param partitionOf Of a stream. */
export function serveNotary(
  line: Broadcast,
  notary: Notary,
  partitionOf: (stream: string) => number,
): void {
  line.onMessage((message) => {
    const said = message as Said;
    if (said.kind !== 'question') return;
    const { asker, number, question } = said;
    const answer = answerFor(question);
    line.post({ kind: 'answer', asker, number, answer } satisfies Said);
  });

  function answerFor(question: Question): Proving | readonly TreeState[] {
    return question.kind === 'states'
      ? notary.states()
      : notary.prove(partitionOf(question.stream), question.key);
  }
}

const AWAY: Away = { kind: 'away' };
