/**
 * The outs book: what races paid that nobody has claimed yet (after Kansas K.A.R. 112-9-7): what
 * there was, what came, what was claimed, what went to the house, and what remains, for each day
 * and each race.
 *
 * Invariant: opening + added − claimed − expired = remaining, in every line.
 *
 * A movement is of the UTC day of the player's record. Needs what the ledger needs, and a line for
 * each race and day on which anything moved.
 */
import { type ClaimMove, foundOrMade } from './entries.ts';
import { createLedger } from './ledger.ts';
import { type ReportOptions, readForReport, type Stamp, timeOf } from './report-stamp.ts';

export interface OutsLine {
  readonly opening: number;
  readonly added: number;
  readonly claimed: number;
  readonly expired: number;
  readonly remaining: number;
}

export interface UnclaimedReport {
  readonly stamp: Stamp;
  /** `YYYY-MM-DD`; '' for all days there are. */
  readonly day: string;
  readonly days: readonly ({ readonly day: string } & OutsLine)[];
  readonly races: readonly ({ readonly race: string } & OutsLine)[];
  readonly total: OutsLine;
  /** What the ledger says that waits, at the end of all records. */
  readonly ledger: number;
  /** Whether all days' lines add up to that. */
  readonly balanced: boolean;
}

interface Moves {
  added: number;
  claimed: number;
  expired: number;
}

/** @throws Error where there is no log at `dataDir`. */
export function reportUnclaimed(
  dataDir: string,
  { day = '', ...options }: ReportOptions & { readonly day?: string },
): UnclaimedReport {
  const outs = createOuts();
  let today = '';
  const ledger = createLedger({ claimMoved: (move) => outs.add(move, today) });
  const stamp = readForReport(dataDir, options, (told, atMs) => {
    today = timeOf(atMs).slice(0, 10);
    ledger.add(told);
  });
  const waiting = ledger.report().books.unclaimed;
  const all = outs.total('').remaining;
  return {
    stamp,
    day,
    days: outs.days(day),
    races: outs.races(day),
    total: outs.total(day),
    ledger: waiting,
    balanced: all === waiting,
  };
}

function createOuts() {
  const moves = new Map<string, Map<string, Moves>>();

  /** Of one day, or with '' of all of them. */
  function lineOf(byDay: Iterable<readonly [string, Moves]>, day: string): OutsLine {
    let opening = 0;
    const line = none();
    for (const [on, { added, claimed, expired }] of byDay) {
      if (day !== '' && on < day) opening += added - claimed - expired;
      if (day !== '' && on !== day) continue;
      line.added += added;
      line.claimed += claimed;
      line.expired += expired;
    }
    return { opening, ...line, remaining: opening + line.added - line.claimed - line.expired };
  }

  const all = () => [...moves.values()].flatMap((byDay) => [...byDay]);

  return {
    add({ kind, race, cents }: ClaimMove, day: string): void {
      const byDay = foundOrMade(moves, race, () => new Map<string, Moves>());
      foundOrMade(byDay, day, none)[kind] += cents;
    },
    days(day: string): UnclaimedReport['days'] {
      const known = day === '' ? [...new Set(all().map(([on]) => on))].sort() : [day];
      return known.map((on) => ({ day: on, ...lineOf(all(), on) }));
    },
    races(day: string): UnclaimedReport['races'] {
      return [...moves]
        .map(([race, byDay]) => ({ race, ...lineOf(byDay, day) }))
        .filter((it) => it.opening !== 0 || it.added !== 0 || it.claimed !== 0 || it.expired !== 0)
        .sort((a, b) => (a.race < b.race ? -1 : 1));
    },
    total: (day: string) => lineOf(all(), day),
  };
}

function none(): Moves {
  return { added: 0, claimed: 0, expired: 0 };
}
