/**
 * What a pool of the faults must pay, computed from the stakes alone and sharing no code with the
 * server: the net pool (82.5 %) divided by what was staked on the winner, rounded down to 0.05 for 1,
 * at least the money back; where nobody has the winner, everybody gets the stake back.
 */

export interface Staked {
  readonly runner: number;
  readonly stakeCents: number;
}

/** The rule set that these are the rules of. */
export const RULE_SET = 'win-hkjc@1';
/** Stakes are whole tens. */
export const STAKE_UNIT_CENTS = 1_000;

const NET_PER_MILLE = 825n;
const STEP_HUNDREDTHS = 5n;
const MONEY_BACK_HUNDREDTHS = 100n;

/** For 1, in hundredths; undefined where nobody has the winner. */
export function dividendHundredths(bets: readonly Staked[], winner: number): number | undefined {
  let gross = 0n;
  let won = 0n;
  for (const { runner, stakeCents } of bets) {
    gross += BigInt(stakeCents);
    if (runner === winner) won += BigInt(stakeCents);
  }
  if (won === 0n) return undefined;
  const exact = (gross * NET_PER_MILLE * 100n) / (1_000n * won);
  const rounded = exact - (exact % STEP_HUNDREDTHS);
  return Number(rounded < MONEY_BACK_HUNDREDTHS ? MONEY_BACK_HUNDREDTHS : rounded);
}

/** What comes back for one bet. */
export function returnedCents(bet: Staked, winner: number, dividend: number | undefined): number {
  if (dividend === undefined) return bet.stakeCents;
  return bet.runner === winner ? (bet.stakeCents * dividend) / 100 : 0;
}
