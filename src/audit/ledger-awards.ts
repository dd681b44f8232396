/**
 * Tournaments' awards in the second ledger: each matched between the player who claimed it and the
 * house that paid it.
 *
 *   granted ─┬─ claimed ──> free, and posted by the house
 *            ├─ expired
 *            └─ withdrawn
 *
 * Invariants: an award ends once, and is claimed before its time is over; what is claimed is what was
 * granted, and what the house posts is what was claimed.
 */
import type { OperatorRecord, PlayerRecord } from './records.ts';

export interface AwardSides {
  granted: { readonly cents: number; readonly untilMs: number } | undefined;
  ended: 'claimed' | 'expired' | 'withdrawn' | undefined;
  /** Cents, as the player and as the house tells it. */
  claimed: number | undefined;
  posted: number | undefined;
}

interface AwardEntries {
  awardOf(player: string, award: string): AwardSides;
  fault(what: string): void;
}

interface AwardEntry {
  readonly player: string;
  readonly event: PlayerRecord<
    'award-granted' | 'award-claimed' | 'award-expired' | 'award-withdrawn'
  >;
}

export function newAward(): AwardSides {
  return { granted: undefined, ended: undefined, claimed: undefined, posted: undefined };
}

export function enterAwardRecord(
  { awardOf, fault }: AwardEntries,
  { player, event }: AwardEntry,
): void {
  const sides = awardOf(player, event.award);
  const { granted } = sides;
  const name = `award ${player}/${event.award}`;
  switch (event.kind) {
    case 'award-granted':
      if (granted !== undefined) fault(`${name} is granted twice`);
      if (event.amount <= 0) fault(`${name} is granted with ${event.amount} cents`);
      sides.granted = { cents: event.amount, untilMs: event.untilMs };
      return;
    case 'award-claimed':
      ended('claimed');
      sameCents(event.amount);
      if (granted !== undefined && event.atMs >= granted.untilMs) {
        fault(`${name} is claimed ${event.atMs - granted.untilMs} ms after its time`);
      }
      sides.claimed = (sides.claimed ?? 0) + event.amount;
      return;
    case 'award-expired':
      ended('expired');
      sameCents(event.amount);
      if (granted !== undefined && event.atMs < granted.untilMs) {
        fault(`${name} is expired ${granted.untilMs - event.atMs} ms before its time`);
      }
      return;
    default:
      // One that overtook its grant is told again with it.
      if (event.tournament !== '') ended('withdrawn');
      else if (granted !== undefined) fault(`${name} is withdrawn as if it was never granted`);
  }

  function ended(how: NonNullable<AwardSides['ended']>): void {
    if (granted === undefined) fault(`${name} is ${how}, and was never granted`);
    if (sides.ended !== undefined) fault(`${name} is ${sides.ended}, then ${how}`);
    sides.ended = how;
  }

  function sameCents(cents: number): void {
    if (granted === undefined || granted.cents === cents) return;
    fault(`${name} is granted with ${granted.cents} cents, and ended with ${cents}`);
  }
}

export function enterAwardPosted(
  { awardOf, fault }: AwardEntries,
  { player, award, amount }: OperatorRecord<'award-posted'>,
): void {
  const sides = awardOf(player, award);
  if (sides.posted !== undefined) fault(`award ${player}/${award} is posted twice`);
  sides.posted = (sides.posted ?? 0) + amount;
}

/** What differs where both sides tell it. */
export function awardFaults(name: string, { claimed, posted }: AwardSides): string[] {
  return claimed === undefined || posted === undefined || claimed === posted
    ? []
    : [`award ${name} is claimed with ${claimed} cents, and ${posted} were posted`];
}

/** What one side tells of an award and the other does not. */
export function awardHalves({ claimed, posted }: AwardSides): string[] {
  if (claimed !== undefined && posted === undefined) {
    return ['is claimed, and the house did not post it'];
  }
  if (claimed === undefined && posted !== undefined) {
    return ['is posted by the house, and nobody claimed it'];
  }
  return [];
}

/** Cents; below 0 where the player has it and the house has not booked that it is gone. */
export function awardInTransit({ claimed = 0, posted = 0 }: AwardSides): number {
  return posted - claimed;
}
