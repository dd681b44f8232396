/**
 * The balancing checks of a day, each under its number and name; one that fails says where.
 *
 * Invariant: `right` is only what was looked at and holds. What is on its way in a log that moves is
 * `open`, and wrong in one at rest.
 */
import { type Books, type LedgerReport, missingIn } from './ledger.ts';
import type { RaceBookings } from './ledger-players.ts';
import type { DayPool, FundLine } from './report-day.ts';
import type { PoolSides } from './sides.ts';

export interface Check {
  readonly number: number;
  readonly name: string;
  readonly verdict: 'right' | 'wrong' | 'open' | 'not made';
  /** What was compared; where wrong or open, what differs: at most FINDINGS_MAX. */
  readonly findings: readonly string[];
}

export interface Checked {
  readonly atRest: boolean;
  /** Of the day. */
  readonly pools: readonly DayPool[];
  /** By `race/pool`. */
  readonly sides: ReadonlyMap<string, Readonly<PoolSides>>;
  /** By race. */
  readonly bookings: ReadonlyMap<string, Readonly<RaceBookings>>;
  /** Of all records. */
  readonly report: LedgerReport;
  /** At opening and at closing. */
  readonly books: readonly Books[];
  readonly funds: readonly FundLine[];
  /** Prices made again; undefined where nobody asked for it. */
  readonly again: { readonly prices: number; readonly faults: readonly string[] } | undefined;
}

const FINDINGS_MAX = 20;

export function checksOf(it: Checked): Check[] {
  const { again, report, pools } = it;
  return [
    judged(1, 'tickets = combinations at their stakes = pool, by source and in all', {
      wrong: [...ofReport(it, /combinations at|was in no pool|entered/), ...stakesOf(it)],
      open: [],
    }),
    judged(2, 'both totals at the close agree', {
      wrong: ofReport(it, /closed with|totals disagree/),
      open: [],
    }),
    judged(3, 'gross + brought in = payout + takeout + breakage + carried out', {
      wrong: [
        ...pools
          .filter((pool) => !pool.balanced)
          .map((pool) => `${pool.race}/${pool.pool} does not balance`),
        ...[...it.books, report.books]
          .filter((books) => missingIn(books) !== 0)
          .map((books) => `the books lack ${missingIn(books)} cents`),
        ...ofReport(it, /does not balance|is priced with/),
        ...eitherWay(it, report.unmatched).wrong,
      ],
      open: eitherWay(it, report.unmatched).open,
    }),
    judged(4, 'paid + unpaid winners = declared payout', winnersOf(it)),
    judged(5, 'every cancellation and refund matches a sale', {
      wrong: ofReport(it, /cancelled|cents back of|out of its pool|removed|given back/),
      open: [],
    }),
    judged(6, 'carry-overs and reserves go on from one pool to the next', {
      wrong: [
        ...it.funds
          .filter((fund) => fund.opening + fund.in - fund.out !== fund.closing)
          .map((fund) => `fund ${fund.fund} does not go on`),
        ...ofReport(it, /owes the house|is of the fund|is posted twice|owes takeout/),
      ],
      open: [],
    }),
    again === undefined
      ? {
          number: 7,
          name: REPLAYED,
          verdict: 'not made',
          findings: ['the prices were not made again'],
        }
      : judged(7, REPLAYED, { wrong: again.faults, open: [] }, [
          `${again.prices} prices made again`,
        ]),
    judged(8, 'bets archived = bets accepted', archiveOf(it)),
    judged(9, 'nothing else is wrong in the ledger', { wrong: report.faults, open: [] }),
  ];
}

const REPLAYED = 'the log replays to the same prices';

interface Judged {
  readonly wrong: readonly string[];
  readonly open: readonly string[];
}

function judged(
  number: number,
  name: string,
  { wrong, open }: Judged,
  compared: readonly string[] = [],
): Check {
  const verdict = wrong.length > 0 ? 'wrong' : open.length > 0 ? 'open' : 'right';
  const findings = [...wrong, ...open, ...compared].slice(0, FINDINGS_MAX);
  return { number, name, verdict, findings };
}

/** Faults that the ledger named already, under the check that they break. */
function ofReport({ report }: Checked, about: RegExp): string[] {
  return report.faults.filter((fault) => about.test(fault));
}

/** In a log at rest nothing is on its way: what one side knows alone is wrong there. */
function eitherWay(it: Checked, what: readonly string[]): Judged {
  return it.atRest ? { wrong: what, open: [] } : { wrong: [], open: what };
}

/** Sum of the sources, of the tickets that are left, and what the price says. */
function stakesOf({ pools, sides }: Checked): string[] {
  return pools.flatMap(({ race, pool, sold, gross }) => {
    const name = `${race}/${pool}`;
    const side = sides.get(name);
    if (side === undefined) return [];
    const bySource = sum([...side.sources.values()].map((it) => it.sold.stakes));
    const found = bySource === sold ? [] : [`${name} sold ${sold} cents, its sources ${bySource}`];
    return side.price === undefined || !side.settled || side.price.gross === gross
      ? found
      : [...found, `${name} has stakes of ${gross} cents, and is priced at ${side.price.gross}`];
  });
}

/** What prices declare, what tickets were given, and what players have of it, race by race. */
function winnersOf(it: Checked): Judged {
  const wrong: string[] = [];
  const open: string[] = [];
  const races = new Map<string, number>();
  for (const { race, pool, payout, paid, state } of it.pools) {
    if (state === 'settled' && payout !== paid) {
      wrong.push(`${race}/${pool} declared ${payout} cents, and its tickets have ${paid}`);
    }
    if (state === 'priced') open.push(`${race}/${pool} is still being paid`);
    const given = it.sides.get(`${race}/${pool}`)?.given;
    const all = sum(Object.values(given ?? {}).map((part) => part.payout + part.refund));
    races.set(race, (races.get(race) ?? 0) + all);
  }
  for (const [race, given] of races) {
    const booked = it.bookings.get(race)?.booked ?? 0;
    if (booked === given) continue;
    open.push(`${race} gave its tickets ${given} cents, and players have ${booked} of it`);
  }
  const more = eitherWay(it, open);
  return { wrong: [...wrong, ...more.wrong], open: more.open };
}

function archiveOf(it: Checked): Judged {
  const archived = new Map<string, number>();
  for (const { race, pool } of it.pools) {
    const sources = it.sides.get(`${race}/${pool}`)?.sources.values() ?? [];
    const tickets = sum([...sources].map((source) => source.sold.tickets));
    archived.set(race, (archived.get(race) ?? 0) + tickets);
  }
  const differing = [...archived].flatMap(([race, bets]) => {
    const accepted = it.bookings.get(race)?.accepted ?? 0;
    return accepted === bets
      ? []
      : [`${race} has ${bets} bets in the archive, accepted ${accepted}`];
  });
  return eitherWay(it, differing);
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
