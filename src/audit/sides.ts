/**
 * A bet and a pool as both of their sides tell them, and what is wrong between the sides.
 *
 * Two kinds of findings, never mixed: a *fault* is wrong whenever it is seen; what is *unmatched*
 * is known to one side only, which is wrong in a log at rest and nothing in one that moves.
 */

export type PaidAs = 'settlement' | 'refund-of-scratched' | 'refund-of-removed';

/**
 * A player's bets in one pool, which a large pool settles together: what is not named has lost, and
 * is not looked at one by one. So a loser's settlement is its share's.
 */
export interface ShareSides {
  readonly race: string;
  /** The last run that settled all of them, as the race and as the player tells it; 0 is none. */
  paidBy: number;
  bookedBy: number;
  /** Bets that have anything, as either tells it. */
  readonly paid: Set<string>;
  readonly booked: Set<string>;
}

export interface BetSides {
  reserved: number | undefined;
  outcome: 'confirmed' | 'released' | undefined;
  /** The player has the cost back: the bet was cancelled. */
  returned: boolean;
  /** payout + refund as the player booked it, and by which settlement; 0 is none. */
  booked: number | undefined;
  bookedBy: number;
  /** Where the money of its settlement went first. */
  claim: 'paid' | 'unclaimed' | 'claimed' | 'expired' | undefined;
  /** Of what was booked, what waits to be claimed. */
  waiting: number;
  /** Given to the house for want of a claim, by settlement, as player and house tell it. */
  expired: Map<number, { said: number | undefined; posted: number | undefined }> | undefined;

  registered: number | undefined;
  refused: boolean;
  /** What the race took out of the pool again at the player's wish. */
  cancelled: number | undefined;
  /** payout + refund as the race settled it, and by which run; 0 is none. */
  paid: number | undefined;
  paidBy: number;
  payout: number;
  refund: number;
  paidAs: PaidAs;
  pool: PoolSides | undefined;
  source: string;

  share: ShareSides | undefined;
  /** Had left the pool before its share was settled, as race and player tell it. */
  leftRace: boolean;
  leftPlayer: boolean;
}

/** What a source sold into a pool, and what became of it. Cents. */
export interface SourceSide {
  /** In the pool now. */
  tickets: number;
  stakes: number;
  readonly sold: { tickets: number; stakes: number };
  readonly cancelled: { tickets: number; stakes: number };
  /** What its tickets have, by what they have it as. */
  readonly given: Record<PaidAs, { payout: number; refund: number }>;
}

export interface PoolSides {
  money: number;
  /** More was paid than it held. */
  overdrawn: boolean;
  /** What was ever sold and cancelled. */
  sold: number;
  cancelled: number;
  readonly sources: Map<string, SourceSide>;
  readonly removedSources: Set<string>;
  /** Of removed sources: what left, and what is still to be given back of it. */
  removed: number;
  removedDue: number;
  /** Legs of a bet over several races: whether betting on one has stopped. */
  readonly legs: Map<number, 'closed' | 'run' | 'void'>;
  /** Two totals at the close that are not the same. */
  disagreement: { readonly gross: number; readonly recounted: number } | undefined;
  authorised: boolean;
  /** The run of a price that is being made; 0 is none. */
  begun: number;
  /** Begun or priced; 0 is none. */
  lastRun: number;
  price: PriceSide | undefined;
  /** What its tickets have now, by what they have it as. */
  readonly given: Record<PaidAs, { payout: number; refund: number }>;
  settled: boolean;
  posted: HouseSide | undefined;
}

/** The house's part of a price. */
export interface HouseSide {
  readonly run: number;
  readonly takeout: number;
  readonly breakage: number;
  /** To the fund, less what came from it. */
  readonly toFund: number;
  readonly fund: string;
}

interface PriceSide extends HouseSide {
  readonly broughtIn: number;
  readonly carriedOut: number;
  readonly gross: number;
  readonly payout: number;
  readonly refunds: number;
}

export function newBet(): BetSides {
  return {
    reserved: undefined,
    outcome: undefined,
    returned: false,
    booked: undefined,
    bookedBy: 0,
    claim: undefined,
    waiting: 0,
    expired: undefined,
    registered: undefined,
    refused: false,
    cancelled: undefined,
    paid: undefined,
    paidBy: 0,
    payout: 0,
    refund: 0,
    paidAs: 'settlement',
    pool: undefined,
    source: '',
    share: undefined,
    leftRace: false,
    leftPlayer: false,
  };
}

export function newShare(race: string): ShareSides {
  return { race, paidBy: 0, bookedBy: 0, paid: new Set(), booked: new Set() };
}

export function newSource(): SourceSide {
  return {
    tickets: 0,
    stakes: 0,
    sold: { tickets: 0, stakes: 0 },
    cancelled: { tickets: 0, stakes: 0 },
    given: noneGiven(),
  };
}

function noneGiven(): SourceSide['given'] {
  return {
    settlement: { payout: 0, refund: 0 },
    'refund-of-scratched': { payout: 0, refund: 0 },
    'refund-of-removed': { payout: 0, refund: 0 },
  };
}

export function newPool(): PoolSides {
  return {
    money: 0,
    overdrawn: false,
    sold: 0,
    cancelled: 0,
    sources: new Map(),
    removedSources: new Set(),
    removed: 0,
    removedDue: 0,
    legs: new Map(),
    disagreement: undefined,
    authorised: false,
    begun: 0,
    lastRun: 0,
    price: undefined,
    given: noneGiven(),
    settled: false,
    posted: undefined,
  };
}

/** What the house is owed by a price, or has booked of it. */
export function houseTotal(side: HouseSide | undefined): number {
  return side === undefined ? 0 : side.takeout + side.breakage + side.toFund;
}

interface Settled {
  readonly cents: number | undefined;
  readonly by: number;
}

/** What the bet has by the race, alone or as one of its share. */
export function paidTo(it: BetSides): Settled {
  const { registered, cancelled, paidAs, pool, share } = it;
  const own = { cents: it.paid, by: it.paidBy };
  if (registered === undefined || cancelled !== undefined || it.leftRace) return own;
  if (paidAs !== 'settlement' || pool?.removedSources.has(it.source)) return own;
  return share !== undefined && share.paidBy > own.by ? { cents: 0, by: share.paidBy } : own;
}

/** What the player booked for the bet, alone or as one of its share. */
export function bookedOf(it: BetSides): Settled {
  const { outcome, share } = it;
  const own = { cents: it.booked, by: it.bookedBy };
  if (outcome !== 'confirmed' || it.returned || it.leftPlayer) return own;
  return share !== undefined && share.bookedBy > own.by ? { cents: 0, by: share.bookedBy } : own;
}

/** Amounts that differ where both sides have one. */
export function betFaults(name: string, it: BetSides): string[] {
  const { reserved, outcome, registered } = it;
  const { cents: paid, by: paidBy } = paidTo(it);
  const { cents: booked, by: bookedBy } = bookedOf(it);
  const faults: string[] = [];
  if (registered !== undefined && reserved !== undefined && registered !== reserved) {
    faults.push(`bet ${name} cost ${reserved} cents and entered the pool with ${registered}`);
  }
  if (outcome === 'released' && registered !== undefined) {
    faults.push(`bet ${name} is in a pool and was given back`);
  }
  if (paid !== undefined && booked !== undefined && paidBy === bookedBy && paid !== booked) {
    faults.push(`bet ${name} was paid ${paid} cents and booked with ${booked}`);
  }
  for (const { said, posted } of it.expired?.values() ?? []) {
    if (said === undefined || posted === undefined || said === posted) continue;
    faults.push(`bet ${name} left ${said} cents to the house and ${posted} were posted`);
  }
  return faults;
}

export function poolFaults(
  name: string,
  { price, posted, disagreement, authorised }: PoolSides,
): string[] {
  const faults: string[] = [];
  if (disagreement !== undefined && !authorised) {
    const { gross, recounted } = disagreement;
    faults.push(
      `pool ${name} closed with ${gross} cents counted bet by bet and ${recounted} counted again, and no steward authorised it`,
    );
  }
  if (price === undefined || posted === undefined || price.run !== posted.run) return faults;
  const [owed, booked] = [houseTotal(price), houseTotal(posted)];
  if (owed !== booked) {
    faults.push(`pool ${name} owes the house ${owed} cents and ${booked} were posted`);
  } else if (price.takeout !== posted.takeout || price.breakage !== posted.breakage) {
    faults.push(
      `pool ${name} owes takeout ${price.takeout} and breakage ${price.breakage}, and ${posted.takeout} and ${posted.breakage} were posted`,
    );
  } else if (price.fund !== posted.fund) {
    faults.push(`pool ${name} is of the fund ${price.fund} and was posted to ${posted.fund}`);
  }
  return faults;
}

export function isUnresolved({ reserved, outcome }: BetSides): boolean {
  return reserved !== undefined && outcome === undefined;
}

/** What one side says of a bet that the other does not. */
export function halvesOf(it: BetSides): string[] {
  const { outcome, registered, refused } = it;
  const { cents: paid, by: paidBy } = paidTo(it);
  const { cents: booked, by: bookedBy } = bookedOf(it);
  const halves: string[] = [];
  if (registered !== undefined && outcome === undefined) {
    halves.push('is in a pool, and its player did not confirm it');
  }
  if (registered === undefined && outcome === 'confirmed') {
    halves.push('is confirmed, and in no pool');
  }
  if (!refused && outcome === 'released') halves.push('was given back, and no race refused it');
  if (it.cancelled !== undefined && !it.returned) {
    halves.push('was cancelled, and its player does not have the cost back');
  }
  if (it.cancelled === undefined && it.returned) {
    halves.push('is back with its player, and no race cancelled it');
  }
  if (paid !== undefined && booked === undefined) {
    halves.push('was paid, and its player did not book it');
  }
  if (paid === undefined && booked !== undefined) {
    halves.push('is booked as paid, and no pool paid it');
  }
  if (paid !== undefined && booked !== undefined && paidBy !== bookedBy) {
    halves.push(`was paid by settlement ${paidBy}, and its player booked settlement ${bookedBy}`);
  }
  if (it.claim === 'expired' && it.waiting !== 0) {
    halves.push(`was not claimed in time, and ${it.waiting} cents did not go to the house`);
  }
  for (const [settlement, { said, posted }] of it.expired ?? []) {
    if (posted === undefined) {
      halves.push(`left ${said} cents to the house, and they are not posted (${settlement})`);
    }
    if (said === undefined) {
      halves.push(
        `has ${posted} cents posted to the house, and did not leave them (${settlement})`,
      );
    }
  }
  return halves;
}

export function poolUnmatched(it: PoolSides): string[] {
  const { price, posted, settled, begun } = it;
  const unmatched: string[] = [];
  if (price !== undefined && posted === undefined) {
    unmatched.push('is priced, and not posted to the house');
  }
  if (price === undefined && posted !== undefined) {
    unmatched.push('is posted to the house, and was never priced');
  }
  if (price !== undefined && posted !== undefined && price.run !== posted.run) {
    unmatched.push(`is priced by run ${price.run}, and posted by run ${posted.run}`);
  }
  if (begun > 0) unmatched.push(`is to be priced by run ${begun}, and has no such price`);
  if (price !== undefined && !settled) unmatched.push('is priced, and not settled');
  if (it.removedDue > 0) {
    unmatched.push(`still owes ${it.removedDue} cents to tickets of a removed source`);
  }
  if (price !== undefined) {
    const scratched = it.given['refund-of-scratched'].refund;
    const left = it.sold - it.cancelled - it.removed - scratched;
    const pricedFor = price.gross + price.refunds;
    if (left !== pricedFor) {
      unmatched.push(`has tickets of ${left} cents, and is priced for ${pricedFor}`);
    }
  }
  return unmatched;
}

/** Left one side and not booked on the other yet, cents. */
export function inTransitOf(it: BetSides): number {
  const { reserved = 0, outcome, registered = 0, cancelled = 0, paid = 0, booked = 0 } = it;
  let expired = 0;
  for (const { said = 0, posted = 0 } of it.expired?.values() ?? []) expired += said - posted;
  const staked = (outcome === 'confirmed' ? reserved : 0) - registered;
  return staked + cancelled - (it.returned ? reserved : 0) + paid - booked + expired;
}
