/**
 * A day's list of accepted bets held against the log, from both sides: what the races registered, and
 * what the players were told was accepted.
 *
 *   list        a line for each bet               what a vault has
 *   races       bet-registered, of the day        missing · extra · differing, in every field
 *   players     stake-reserved, bet-confirmed     the same terms; accepted, and in no pool
 *
 * Invariant: a bet that anybody was told was accepted on the day is in the list, or named here.
 *
 * Needs some 600 bytes for each bet of the days that are read.
 */

import { ticketFrom } from '../actors/upcasting.ts';
import { foundOrMade } from '../audit/entries.ts';
import {
  type AcceptedBet,
  acceptedBy,
  dayOf,
  type Entry,
  openDayLog,
  type Terms,
  termsOf,
} from './accepted-bets.ts';
import { type ListEnd, listPath, readList } from './bet-list.ts';

export interface ReconcileOptions {
  readonly dataDir: string;
  readonly archive: string;
  readonly day: string;
}

export interface Reconciliation {
  readonly day: string;
  readonly path: string;
  /** Undefined where the list is not there, or not what was written. */
  readonly list: ListEnd | undefined;
  /** Bets of the day that the log has. */
  readonly accepted: number;
  /** In the log, and not in the list. */
  readonly missing: readonly string[];
  /** In the list, and not in the log. */
  readonly extra: readonly string[];
  /** In both, and not the same. */
  readonly differing: readonly string[];
  /** What else is wrong. */
  readonly faults: readonly string[];
  /** On their way in a log that moves, and not judged. */
  readonly moving: readonly string[];
  readonly totals: readonly PoolTotal[];
  readonly reconciled: boolean;
}

export interface PoolTotal {
  readonly race: string;
  readonly pool: string;
  readonly listed: Total;
  readonly accepted: Total;
}

interface Total {
  readonly bets: number;
  readonly cents: number;
}

/** Findings of each sort that are named; all of them are counted. */
export const FINDINGS_MAX = 100;

/** @throws CorruptLogError where the log is not what was written. */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { dataDir, day } = options;
  const found = sidesOf(dataDir, day, false);
  // Reserved before what was read, and registered on the day: then it takes the whole log.
  const sides = [...found.registered.keys()].every((key) => found.reserved.has(key))
    ? found
    : sidesOf(dataDir, day, true);
  return compare(sides, options);
}

interface Sides {
  readonly dataId: string;
  readonly atRest: boolean;
  /** On the day. */
  readonly registered: ReadonlyMap<string, AcceptedBet>;
  /** On any day that was read. */
  readonly known: ReadonlySet<string>;
  readonly reserved: ReadonlyMap<string, Terms>;
  /** The day on which the player was told. */
  readonly confirmed: ReadonlyMap<string, string>;
  readonly twice: readonly string[];
}

function sidesOf(dataDir: string, day: string, whole: boolean): Sides {
  const log = openDayLog(dataDir, day, { whole });
  try {
    const registered = new Map<string, AcceptedBet>();
    const known = new Set<string>();
    const reserved = new Map<string, Terms>();
    const confirmed = new Map<string, string>();
    const twice: string[] = [];
    for (const entry of log.read()) {
      const bet = acceptedBy(entry);
      if (bet !== undefined) {
        const key = keyOf(bet);
        if (known.has(key)) twice.push(`bet ${key} is registered twice`);
        known.add(key);
        if (entry.isOfDay) registered.set(key, bet);
      }
      enterPlayer(entry, reserved, confirmed);
    }
    const { dataId } = log;
    return { dataId, atRest: log.isAtRest(), registered, known, reserved, confirmed, twice };
  } finally {
    log.close();
  }
}

function enterPlayer(
  { told, record }: Entry,
  reserved: Map<string, Terms>,
  confirmed: Map<string, string>,
): void {
  if (told.of !== 'player') return;
  const { event } = told;
  if (event.kind === 'stake-reserved') {
    reserved.set(`${told.id}/${event.bet}`, termsOf(ticketFrom(event)));
  } else if (event.kind === 'bet-confirmed') {
    confirmed.set(`${told.id}/${event.bet}`, dayOf(record.atMs));
  }
}

async function compare(sides: Sides, { archive, day }: ReconcileOptions): Promise<Reconciliation> {
  const path = listPath(archive, day);
  const findings = { missing: [], extra: [], differing: [], faults: [], moving: [] } as Findings;
  const totals = new Map<string, MutableTotal>();
  const listed = new Set<string>();

  const { head, end, faults } = await readList(path, (bet) => {
    const key = keyOf(bet);
    if (listed.has(key)) findings.extra.push(`bet ${key} is listed twice`);
    listed.add(key);
    count(totals, bet, 'listed');
    const registered = sides.registered.get(key);
    if (registered === undefined) {
      findings.extra.push(`bet ${key} is listed, and no race registered it on ${day}`);
      return;
    }
    const differs = differenceOf(bet, registered);
    if (differs.length > 0) {
      findings.differing.push(`bet ${key} is listed with ${differs.join(', ')}`);
    }
  });
  findings.faults.push(...faults, ...sides.twice);
  if (head !== undefined && (head.day !== day || head.dataId !== sides.dataId)) {
    findings.faults.push(
      `${path} is of ${head.day} and data directory ${head.dataId}, not of ${day} and ${sides.dataId}`,
    );
  }
  if (end !== undefined && !end.complete) {
    findings.faults.push(`${path} is not complete: it was written before the day was over`);
  }
  for (const [key, bet] of sides.registered) {
    count(totals, bet, 'accepted');
    if (!listed.has(key)) {
      const { race, pool, cost_cents, partition, position } = bet;
      findings.missing.push(
        `bet ${key}, ${cost_cents} cents in ${race}/${pool}, is accepted by record ${position} of partition ${partition}, and not listed`,
      );
    }
    judgePlayer(key, bet, sides, findings);
  }
  for (const [key, on] of sides.confirmed) {
    if (on !== day || sides.known.has(key)) continue;
    const known = listed.has(key) ? '' : ', and not listed';
    findings.missing.push(`bet ${key} is accepted as its player has it, in no pool${known}`);
  }
  return {
    day,
    path,
    list: end,
    accepted: sides.registered.size,
    ...findings,
    totals: [...totals.values()],
    reconciled: [findings.missing, findings.extra, findings.differing, findings.faults].every(
      (them) => them.length === 0,
    ),
  };
}

interface Findings {
  readonly missing: string[];
  readonly extra: string[];
  readonly differing: string[];
  readonly faults: string[];
  readonly moving: string[];
}

/** What the race registered, as the player has it. */
function judgePlayer(key: string, bet: AcceptedBet, sides: Sides, findings: Findings): void {
  const reserved = sides.reserved.get(key);
  if (reserved === undefined) {
    findings.faults.push(`bet ${key} is in a pool, and its player never reserved it`);
    return;
  }
  const { ticket, time, partition, position, ...terms } = bet;
  const differs = differenceOf(terms, reserved);
  if (differs.length > 0) {
    findings.differing.push(`bet ${key} is registered with ${differs.join(', ')} of its player`);
  }
  if (sides.confirmed.has(key)) return;
  const open = `bet ${key} is in a pool, and its player did not confirm it`;
  (sides.atRest ? findings.faults : findings.moving).push(open);
}

/** `stake_cents 100 for 200`: by name, what one has for what the other has. */
function differenceOf<Compared extends object>(one: Compared, other: Compared): string[] {
  return Object.entries(other).flatMap(([name, wanted]) => {
    const [has, should] = [(one as Record<string, unknown>)[name], wanted].map((it) =>
      JSON.stringify(it),
    );
    return has === should ? [] : [`${name} ${has} for ${should}`];
  });
}

interface MutableTotal extends PoolTotal {
  readonly listed: { bets: number; cents: number };
  readonly accepted: { bets: number; cents: number };
}

function count(
  totals: Map<string, MutableTotal>,
  { race, pool, cost_cents }: AcceptedBet,
  side: 'listed' | 'accepted',
): void {
  const total = foundOrMade(totals, `${race}/${pool}`, () => ({
    race,
    pool,
    listed: { bets: 0, cents: 0 },
    accepted: { bets: 0, cents: 0 },
  }));
  total[side].bets++;
  total[side].cents += cost_cents;
}

function keyOf({ player, bet }: { readonly player: string; readonly bet: string }): string {
  return `${player}/${bet}`;
}
