/** A player's place in a tournament, and what counts of it. */
import type { Contribution } from './scoring/contribution.ts';
import type { PlayerId } from './units.ts';

export interface Entry {
  readonly player: PlayerId;
  readonly alias: string;
  /** From 1. */
  readonly entry: number;
  readonly draw: number;
  /** Empty where there is none. */
  readonly region: string;
  readonly division: string;
  readonly team: string;
  /** By `betKey` or `eventKey`. */
  readonly counted: Map<string, Kept>;
}

/** A contribution as it counts now, and what it replaced. */
export interface Kept {
  readonly it: Contribution;
  /** Of a bet, its settlement. */
  readonly revision: number;
  readonly ruleSet: string;
  readonly late: boolean;
  /** The tournament's event that brought it. */
  readonly at: number;
  readonly before: Kept | undefined;
}

/** What counts of an entry, as the rules see it. */
export function contributionsOf({ counted }: Entry): Contribution[] {
  const contributions: Contribution[] = [];
  for (const { it } of counted.values()) contributions.push(it);
  return contributions;
}

/** A bet's id is its player's own. */
export function betKey(bet: string): string {
  return `bet/${bet}`;
}

export function eventKey(uuid: string): string {
  return `event/${uuid}`;
}
