/**
 * Questions over the bus, answered from actors' states by the shard that owns them. The bus calls
 * between turns, when what an actor is and what the log says are the same.
 *
 * Invariant: anybody on the bus may ask anything; no question ends a shard.
 */
import type { Address, BusQuestion } from './actor.ts';
import type { Bus } from './bus/bus.ts';
import type { Partition } from './partition.ts';
import type { Telemetry } from './telemetry.ts';

/** @returns What ends the answering. */
export function answerBusQuestions(options: {
  readonly questions: readonly BusQuestion[];
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  /** Undefined for an actor of another shard: that one answers. */
  readonly ownerOf: (address: Address) => Partition | undefined;
}): () => void {
  const { questions, bus, telemetry, ownerOf } = options;
  const ends = questions.map((question) =>
    bus.respond(question.subject, (bytes) => {
      try {
        return answerTo(question, bytes);
      } catch (cause) {
        const { subject } = question;
        telemetry.warn('a question over the bus could not be answered', {
          subject,
          cause: String(cause),
        });
        return undefined;
      }
    }),
  );

  function answerTo({ parse, reply }: BusQuestion, bytes: Uint8Array): Uint8Array | undefined {
    const asked = parse(bytes);
    const partition = asked && ownerOf(asked.to);
    if (asked === undefined || partition === undefined) return undefined;
    const cell = partition.cellOf(asked.to);
    // Of an actor that nothing happened to there is nothing to say.
    if (cell === undefined || cell.version === 0) return reply(undefined, 0);
    return reply(cell.kind.decider.answer(cell.state, asked.query), cell.version);
  }

  return () => {
    for (const end of ends) end();
  };
}
