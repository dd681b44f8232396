/**
 * Who is awarded what: a prize table over final standings.
 *
 * Invariants: amounts are whole cents, and what is shared adds up to what there was; a player without
 * points is awarded nothing; who is level but for the draw gets the same under `share`, but for the
 * cents that do not divide, which go to the first by the draw.
 */
import type { RankedEntry } from './ranking/ranking.ts';
import { PERMILLE } from './scoring/rule-set.ts';
import type { Board, Placed } from './tournament-boards.ts';
import type { Award } from './tournament-events.ts';
import type { Prize, TournamentTerms } from './tournament-terms.ts';
import { cents } from './units.ts';

/** Read at once while looking for the last place that has a prize. */
const PAGE = 256;

/** @param boardOf Of a division; of everybody for the empty name. */
export function awardsOf(
  { prizes, tiedPrizes }: Pick<TournamentTerms, 'prizes' | 'tiedPrizes'>,
  boardOf: (division: string) => Board | undefined,
): readonly Omit<Award, 'stands' | 'held'>[] {
  const shares = new Map<number, { amount: number; readonly of: string[] }>();
  for (const prize of prizes) {
    const board = boardOf(prize.division);
    if (board === undefined) continue;
    for (const { entry, amount } of wonOf(prize, tiedPrizes, board)) {
      const share = shares.get(entry) ?? { amount: 0, of: [] };
      share.amount += amount;
      share.of.push(nameOf(prize));
      shares.set(entry, share);
    }
  }
  const rankOf = (entry: number) => boardOf('')?.rankOf(entry, 'ordinal') ?? 0;
  return [...shares]
    .map(([entry, { amount, of }]) => {
      return { entry, rank: rankOf(entry), amount: cents(amount), prize: of.join(', ') };
    })
    .sort((a, b) => a.rank - b.rank);
}

/** What a place of a board is worth, before ties. */
function amountFor(prize: Prize, place: number, players: number): number {
  switch (prize.kind) {
    case 'places':
      return place >= prize.from && place <= prize.to ? prize.amount : 0;
    case 'percentile':
      return place <= placesWithin(prize.topPermille, players) ? prize.amount : 0;
    default:
      return Math.floor((prize.amount * (prize.shares[place - 1] ?? 0)) / PERMILLE);
  }
}

export function placesWithin(topPermille: number, players: number): number {
  return Math.max(1, Math.floor((players * topPermille) / PERMILLE));
}

function lastPlaceOf(prize: Prize, players: number): number {
  if (prize.kind === 'places') return prize.to;
  return prize.kind === 'pool' ? prize.shares.length : placesWithin(prize.topPermille, players);
}

function* wonOf(
  prize: Prize,
  tied: TournamentTerms['tiedPrizes'],
  board: Board,
): Iterable<{ readonly entry: number; readonly amount: number }> {
  for (const { from, level } of levelsOf(board, lastPlaceOf(prize, board.size))) {
    const amounts = level.map((_, index) => amountFor(prize, from + index, board.size));
    const shared = tied === 'share' ? sharedOut(amounts) : amounts;
    for (const [index, { entry }] of level.entries()) {
      const amount = shared[index] ?? 0;
      if (amount > 0) yield { entry, amount };
    }
  }
}

/** The same for each, and a cent more for the first so many that the rest is of. */
function sharedOut(amounts: readonly number[]): readonly number[] {
  const whole = amounts.reduce((sum, it) => sum + it, 0);
  const each = Math.floor(whole / amounts.length);
  const rest = whole - each * amounts.length;
  return amounts.map((_, index) => each + (index < rest ? 1 : 0));
}

/** Those with points, by who is level with whom, up to the level that `last` is in. */
function* levelsOf(
  board: Board,
  last: number,
): Iterable<{ readonly from: number; readonly level: readonly Placed[] }> {
  let level: Placed[] = [];
  let from = 1;
  for (const it of placesOf(board)) {
    const [first] = level;
    if (first !== undefined && !isLevel(first, it)) {
      yield { from, level };
      from += level.length;
      level = [];
      if (from > last) return;
    }
    if (it.score <= 0) return;
    level.push(it);
  }
  if (level.length > 0) yield { from, level };
}

function* placesOf(board: Board): Iterable<Placed> {
  for (let from = 1; from <= board.size; from += PAGE) yield* board.ranks(from, PAGE, 'ordinal');
}

function isLevel(a: RankedEntry, b: RankedEntry): boolean {
  return a.score === b.score && a.tie1 === b.tie1 && a.tie2 === b.tie2;
}

function nameOf(prize: Prize): string {
  const among = prize.division === '' ? '' : ` of division ${prize.division}`;
  switch (prize.kind) {
    case 'places':
      return `places ${prize.from} to ${prize.to}${among}`;
    case 'percentile':
      return `best ${prize.topPermille} of 1,000${among}`;
    default:
      return `pool of ${prize.shares.length} places${among}`;
  }
}
