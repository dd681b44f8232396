/**
 * Commands from outside at which an actor throws: refused each time, counted by actor and command
 * id, and kept as a dead letter at the third throw. From then on the same id is refused unseen,
 * until an operator has sent or dropped the letter.
 *
 * Invariant: `decide` changes nothing, so nothing was begun of what is refused here.
 */
import type { Clock } from './clock.ts';
import type { KeepLetter } from './dead-letter.ts';
import { isQuarantined, lettersOf } from './dead-letters.ts';
import { THROWS_MAX } from './deliveries.ts';
import type { Partition } from './partition.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import type { Ask, Response } from './wire.ts';

/** Commands that are counted; the one that threw longest ago is forgotten, and counted anew. */
export const COUNTED_MAX = 4_096;

export interface Poison {
  /** What to answer at once: the command is in quarantine, or its actor. */
  refusalOf(partition: Partition, ask: Ask): Response | undefined;
  /** What to answer now that an actor threw. */
  threw(partition: Partition, ask: Ask, cause: unknown): Response;
}

interface Throws {
  readonly count: number;
  readonly firstMs: number;
}

export function createPoison(options: {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Tells the partition's dead letters, on disk with this turn; false where they have no room. */
  readonly keep: (partition: Partition, id: string, letter: KeepLetter) => boolean;
}): Poison {
  const { clock, telemetry, keep } = options;
  /** Oldest first. */
  const counted = new Map<string, Throws>();

  /** With this throw. */
  function count({ to, id }: Ask): Throws {
    const key = `${to} ${id}`;
    const before = counted.get(key);
    const throws = { count: (before?.count ?? 0) + 1, firstMs: before?.firstMs ?? clock.now() };
    counted.delete(key);
    if (throws.count < THROWS_MAX) counted.set(key, throws);
    const [oldest] = counted.keys();
    if (oldest !== undefined && counted.size > COUNTED_MAX) counted.delete(oldest);
    return throws;
  }

  return {
    refusalOf(partition, { to, id, command, owed }) {
      const broken = partition.quarantined.get(to);
      if (broken !== undefined) {
        return { kind: 'failed', why: 'actor-quarantined', error: broken.error };
      }
      if (owed || command === undefined) return undefined;
      const letters = lettersOf(partition);
      return letters !== undefined && isQuarantined(letters, to, id)
        ? { kind: 'failed', why: 'quarantined', error: '' }
        : undefined;
    },
    threw(partition, ask, cause) {
      const { to, id, command, owed } = ask;
      const error = stackOf(cause);
      const refused: Response = { kind: 'failed', why: 'command-threw', error };
      telemetry.error('an actor threw at a command', { address: to, id, cause: error });
      if (owed) return refused;
      const { count: attempts, firstMs } = count(ask);
      if (attempts < THROWS_MAX) return refused;
      const atMs = clock.now();
      const body = { from: undefined, to, commandId: id, command, reason: 'threw' } as const;
      const letter: KeepLetter = {
        kind: 'keep-letter',
        ...body,
        detail: error,
        attempts,
        firstMs,
        atMs,
      };
      if (!keep(partition, `letter:${id}`, letter)) {
        telemetry.error('dead letters are full: a command that threw is not kept', {
          address: to,
          id,
        });
        return refused;
      }
      telemetry.error('a command is in quarantine: it is a dead letter', { address: to, id });
      return { kind: 'failed', why: 'quarantined', error };
    },
  };
}
