/**
 * How tickets of a pool count, once the rule set's stage has met the result: which line each
 * combination won, or whether it is given back.
 */
import { eachCombination } from '../formula.ts';
import type { RunnerNumber } from '../units.ts';
import { withdrawnIn } from './arrival.ts';
import { winningLegs } from './legs.ts';
import { type Line, LOST, REFUNDED, type Slot, winningLines } from './lines.ts';
import type { PoolResult, PricedTicket, RaceResult } from './price.ts';
import { type Bet, type RuleSet, type Stage, unitOf } from './rule-set.ts';

export interface Judgement {
  readonly lines: readonly Line[];
  readonly lineSlots: ReadonlyMap<string, readonly Slot[]>;
  readonly runnerSlots: ReadonlyMap<string, readonly Slot[]>;
  /** @returns Combinations to be given back. */
  judge(
    ticket: Pick<PricedTicket, 'formula' | 'legs' | 'picks' | 'alternates'>,
    add: (line: number, combinations: number) => void,
  ): number;
}

/** @throws RangeError where bet and result are not of a kind. */
export function judgementOf(ruleSet: RuleSet, stage: Stage, result: PoolResult): Judgement {
  const { bet } = ruleSet;
  if (result.kind === 'legs' && bet.kind === 'legs') {
    if (result.legs.length !== bet.legs) {
      throw new RangeError(`${result.legs.length} legs for rule set ${ruleSet.id}`);
    }
    const { lines, lineSlots, tally } = winningLegs(ruleSet, stage, result.legs);
    return {
      lines,
      lineSlots,
      runnerSlots: new Map(),
      judge(ticket, add) {
        if (ticket.legs.length !== bet.legs) {
          throw new RangeError(`ticket of ${ticket.legs.length} legs in a pool of ${bet.legs}`);
        }
        return tally(ticket, add);
      },
    };
  }
  if (result.kind === 'race' && bet.kind === 'runners') {
    return judgementOfRace(ruleSet, bet, stage, result.result);
  }
  throw new RangeError(`rule set ${ruleSet.id} cannot be priced from a result of ${result.kind}`);
}

function judgementOfRace(
  { coupled, nonRunner }: RuleSet,
  bet: Bet & { kind: 'runners' },
  stage: Stage,
  result: RaceResult,
): Judgement {
  const entries = coupled === 'one-interest' ? result.entries : [];
  const nonRunners = withdrawnIn(result.nonRunners, entries);
  const standing = { ...result, entries, nonRunners };
  const winning = winningLines(stage, standing, Math.min(...bet.picks));
  const complements = nonRunner === 'alternate' || nonRunner === 'alternate-then-favourite';
  return {
    ...winning,
    judge(ticket, add) {
      const { picks, alternates } = ticket;
      const complement = complements ? complementOf(alternates, nonRunners) : undefined;
      let back = 0;
      eachCombination(ticket, unitOf(bet, picks), (combination) => {
        const line = winning.classify(
          complement === undefined ? combination : complete(combination, complement, nonRunners),
        );
        if (line === REFUNDED) back++;
        else if (line !== LOST) add(line, 1);
      });
      return back;
    },
  };
}

/** The complement horse, where it runs. */
function complementOf(
  alternates: readonly number[],
  nonRunners: readonly RunnerNumber[],
): RunnerNumber | undefined {
  const [first = 0] = alternates;
  // Not 0: it was declared as a runner of the race.
  const complement = first as RunnerNumber;
  return first === 0 || nonRunners.includes(complement) ? undefined : complement;
}

/** It takes the place of the first non-runner, and comes last (PMU). */
function complete(
  combination: readonly RunnerNumber[],
  complement: RunnerNumber,
  nonRunners: readonly RunnerNumber[],
): readonly RunnerNumber[] {
  const missing = combination.findIndex((runner) => nonRunners.includes(runner));
  if (missing < 0 || combination.includes(complement)) return combination;
  return [...combination.slice(0, missing), ...combination.slice(missing + 1), complement];
}
