/**
 * Every actor of a kind asked the same, over as many turns as it takes: a bet never waits for a
 * million accounts. What was answered early in one gathering may be older than what came late.
 */
import type { Address } from './actor.ts';
import type { Cell, Partition } from './partition.ts';
import type { Response } from './wire.ts';

/** Actors asked in one turn, by all gatherings; most of them are in memory, and others are read. */
export const GATHERED_MAX = 1_024;

export interface Gatherings {
  begin(actorKind: string, query: unknown, respond: (response: Response) => void): void;
  /** Asks some; what is complete is answered through `say`. */
  step(say: (work: () => void) => void): void;
  /** A partition is let go: what asks its actors is answered without any, and so is asked again. */
  abandon(): void;
  readonly length: number;
}

interface Gathering {
  readonly cells: Iterator<Cell>;
  readonly partitions: readonly number[];
  readonly quarantined: readonly Address[];
  readonly query: unknown;
  readonly answers: { readonly id: string; readonly answer: unknown }[];
  readonly respond: (response: Response) => void;
}

/** @param answerOf Undefined where the actor has nothing to say. */
export function createGatherings(
  own: ReadonlyMap<number, Partition>,
  answerOf: (cell: Cell, query: unknown) => { readonly answer: unknown } | undefined,
): Gatherings {
  let open: Gathering[] = [];

  /** Not of a partition that comes later: its old owner may have asked it. */
  function* allOf(partitions: readonly Partition[], kind: string): Generator<Cell> {
    for (const partition of partitions) yield* partition.ofKind(kind);
  }

  function quarantinedOf(partitions: readonly Partition[], kind: string): Address[] {
    const all = partitions.flatMap(({ quarantined }) => [...quarantined.keys()]);
    return all.filter((address) => address.startsWith(`${kind}/`));
  }

  /** @returns Whether all were asked. */
  function ask({ cells, query, answers }: Gathering, most: number): boolean {
    for (let asked = 0; asked < most; asked++) {
      const { done, value: cell } = cells.next();
      if (done) return true;
      const answered = answerOf(cell, query);
      if (answered !== undefined) answers.push({ id: cell.id, answer: answered.answer });
    }
    return false;
  }

  return {
    begin(actorKind, query, respond) {
      const asked = [...own.values()];
      const partitions = asked.map(({ number }) => number);
      const quarantined = quarantinedOf(asked, actorKind);
      const cells = allOf(asked, actorKind);
      open.push({ cells, partitions, quarantined, query, answers: [], respond });
    },
    step(say) {
      const most = Math.ceil(GATHERED_MAX / open.length);
      open = open.filter((it) => {
        if (!ask(it, most)) return true;
        const { partitions, quarantined, answers, respond } = it;
        say(() => respond({ kind: 'gathered', partitions, answers, quarantined }));
        return false;
      });
    },
    abandon() {
      for (const { respond } of open) {
        respond({ kind: 'gathered', partitions: [], answers: [], quarantined: [] });
      }
      open = [];
    },
    get length() {
      return open.length;
    },
  };
}
