/**
 * The tickets of a pool counted: stakes by source, by source and winning line, and those that are
 * given back.
 *
 * Invariant: sums of whole cents, so the order in which tickets come never matters; gross +
 * refunds of a source are the cost of all its tickets.
 */
import { combinationsIn } from '../formula.ts';
import type { Judgement } from './judgement.ts';
import type { PricedTicket } from './price.ts';
import { type Bet, unitOf } from './rule-set.ts';

export interface Tally {
  readonly sources: readonly SourceTally[];
  /** What each ticket that won anything has won: one hit for each of its lines. */
  readonly hits: readonly Hit[];
  /** Cents to be given back, by index of ticket; of those that have any. */
  readonly backs: ReadonlyMap<number, number>;
}

/** Stakes of a source that are known as a sum only: what it lost, and what it is given back. */
export interface LumpSum {
  readonly source: string;
  readonly gross: number;
  readonly refunds: number;
}

interface SourceTally {
  readonly source: string;
  gross: number;
  refunds: number;
  /** By index of line. */
  readonly winning: number[];
}

interface Hit {
  /** Index of the ticket. */
  readonly ticket: number;
  readonly line: number;
  /** On the line: stake × combinations. */
  readonly stakes: number;
  readonly source: number;
}

export function tallyOf(
  bet: Bet,
  judgement: Judgement,
  { tickets, lump = [] }: { tickets: Iterable<PricedTicket>; lump?: readonly LumpSum[] },
): Tally {
  const winning = () => judgement.lines.map(() => 0);
  const sources: SourceTally[] = lump.map((it) => ({ ...it, winning: winning() }));
  const numbers = new Map(sources.map(({ source }, number) => [source, number]));
  const hits: Hit[] = [];
  const backs = new Map<number, number>();
  let index = 0;
  for (const ticket of tickets) {
    const { source: name, stake } = ticket;
    const number = numbers.get(name) ?? sources.length;
    if (number === sources.length) {
      numbers.set(name, number);
      sources.push({ source: name, gross: 0, refunds: 0, winning: winning() });
    }
    const source = sources[number];
    if (source === undefined) continue;
    const first = hits.length;
    const back = judgement.judge(ticket, (line, combinations) => {
      const stakes = stake * combinations;
      source.winning[line] = (source.winning[line] ?? 0) + stakes;
      for (let at = first; at < hits.length; at++) {
        const hit = hits[at];
        if (hit?.line !== line) continue;
        hits[at] = { ...hit, stakes: hit.stakes + stakes };
        return;
      }
      hits.push({ ticket: index, line, stakes, source: number });
    });
    const all = combinationsIn(ticket, unitOf(bet, ticket.picks));
    if (back > 0) backs.set(index, stake * back);
    source.refunds += stake * back;
    source.gross += stake * (all - back);
    index++;
  }
  return { sources, hits, backs };
}
