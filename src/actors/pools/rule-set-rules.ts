/**
 * Whether a rule set of the right shape makes sense: a generator for each concept, of everything
 * that is wrong with it. Each says the path at which somebody would mend it.
 */
import { selectionProblem } from '../formula.ts';
import { type Problem, within } from '../shape.ts';
import { LEG_TIERS_MAX } from './legs.ts';
import {
  type Bet,
  type Match,
  type Places,
  type Pot,
  type RuleSet,
  type Stage,
  unitOf,
} from './rule-set.ts';

type Problems = Generator<Problem, void>;

/** @param ruleSet Of the right shape. */
export function inconsistencyIn(ruleSet: RuleSet): Problem | undefined {
  for (const found of problemsOf(ruleSet)) return found;
  return undefined;
}

function* problemsOf(ruleSet: RuleSet): Problems {
  yield* ofDays(ruleSet);
  yield* ofStake(ruleSet);
  yield* ofFormulas(ruleSet);
  yield* ofChannels(ruleSet);
  yield* ofTakeout(ruleSet);
  yield* ofKind(ruleSet);
  for (const [index, stage] of ruleSet.stages.entries()) {
    const path = within('stages', index);
    yield* ofPots(stage, path, ruleSet.bet);
    yield* ofTiers(stage, path, ruleSet.bet);
    yield* ofReserve(stage, path, ruleSet);
    yield* ofDropped(stage, path, ruleSet);
  }
  yield* ofMinimum(ruleSet);
  yield* ofShortfall(ruleSet);
  yield* ofGuarantee(ruleSet);
  yield* ofPartWon(ruleSet);
}

function* ofDays({ from, until }: RuleSet): Problems {
  if (from !== undefined && until !== undefined && until < from) {
    yield { path: 'until', problem: `is before from, ${from}`, value: until };
  }
}

function* ofStake({ stake }: RuleSet): Problems {
  const { minimumCents, unitCents, maximumCents } = stake;
  if (minimumCents % unitCents !== 0) {
    const problem = `is not a multiple of the unit, ${unitCents}`;
    yield { path: 'stake.minimumCents', problem, value: minimumCents };
  }
  if (maximumCents < minimumCents) {
    const problem = `is below the minimum, ${minimumCents}`;
    yield { path: 'stake.maximumCents', problem, value: maximumCents };
  }
}

function* ofFormulas({ bet, formulas }: RuleSet): Problems {
  const units = bet.kind === 'legs' ? [bet] : bet.picks.map((picks) => unitOf(bet, picks));
  for (const [index, formula] of formulas.entries()) {
    const fits = units.some(
      (unit) => selectionProblem({ formula, legs: [] }, unit)?.reason !== 'formula-not-for-bet',
    );
    if (fits) continue;
    yield { path: within('formulas', index), problem: 'is not for this bet', value: formula };
  }
}

function* ofChannels({ channels = [] }: RuleSet): Problems {
  const names = channels.map(({ channel }) => channel);
  for (const [index, name] of repeatsIn(names)) {
    const path = `${within('channels', index)}.channel`;
    yield { path, problem: 'stands twice', value: name };
  }
}

function* ofTakeout({ takeout, takeoutMethod, from: first }: RuleSet): Problems {
  for (const [index, rate] of takeout.entries()) {
    const path = within('takeout', index);
    const earlier = takeout.slice(0, index);
    if (earlier.some((it) => it.source === rate.source && it.from === rate.from)) {
      yield { path, problem: 'is for the same source and day as an earlier one', value: undefined };
    }
    if (takeoutMethod === 'net-price' && rate.basisPoints === 10_000) {
      const problem = 'leaves nothing of a stake that a net price could be for';
      yield { path: `${path}.basisPoints`, problem, value: rate.basisPoints };
    }
  }
  const inForce = (from = '') => from <= (first ?? '');
  if (!takeout.some(({ source, from }) => source === undefined && inForce(from))) {
    const problem = 'has no rate that is in force from the first day for every source';
    yield { path: 'takeout', problem, value: undefined };
  }
}

/** What only bets over legs have, and what only bets on one race. */
function* ofKind({ bet, legs, nonRunner }: RuleSet): Problems {
  if (bet.kind === 'runners') {
    if (legs !== undefined) {
      yield { path: 'legs', problem: 'is for bets over several races', value: undefined };
    }
    if (nonRunner === 'favourite' || nonRunner === 'alternate-then-favourite') {
      const problem = 'names the favourite, which stands in only over several races';
      yield { path: 'nonRunner', problem, value: nonRunner };
    }
    return;
  }
  if (legs === undefined) {
    yield { path: 'legs', problem: 'is missing for a bet over legs', value: undefined };
  } else if (legs.voidedMax >= bet.legs) {
    const problem = `leaves none of ${bet.legs} legs to be won`;
    yield { path: 'legs.voidedMax', problem, value: legs.voidedMax };
  }
}

function* ofTiers({ tiers, pots }: Stage, path: string, bet: Bet): Problems {
  const list = `${path}.tiers`;
  if (bet.kind === 'legs' && tiers.length > LEG_TIERS_MAX) {
    const problem = `has more than ${LEG_TIERS_MAX} entries for a bet over legs`;
    yield { path: list, problem, value: tiers.length };
  }
  for (const [index, id] of repeatsIn(tiers.map((it) => it.id))) {
    yield { path: `${within(list, index)}.id`, problem: 'stands twice', value: id };
  }
  for (const [index, { id, match }] of tiers.entries()) {
    const at = within(list, index);
    yield* bet.kind === 'legs'
      ? ofLegsMatch(match, `${at}.match`, bet)
      : ofRunnersMatch(match, `${at}.match`, bet);
    const paid = pots.filter((pot) => pot.tiers.includes(id));
    if (paid.length === 0) {
      yield { path: at, problem: 'is in no pot', value: undefined };
    } else if (!paid.some(alwaysShares)) {
      const problem = 'is only in pots that a unique ticket or a carry-over fills';
      yield { path: at, problem, value: undefined };
    }
  }
}

/** Whoever wins the tier has a part of this, whatever was carried in and however many they are. */
function alwaysShares({ uniqueUnitCents, parts }: Pot): boolean {
  return uniqueUnitCents === undefined && parts > 0;
}

function* ofLegsMatch(match: Match, path: string, { legs }: Bet & { kind: 'legs' }): Problems {
  if (match.kind !== 'legs') {
    yield { path: `${path}.kind`, problem: 'is not for a bet over legs', value: match.kind };
    return;
  }
  const { right, finish, exactly } = match;
  if (right > legs) {
    yield { path: `${path}.right`, problem: `is more than ${legs} legs`, value: right };
  }
  if (finish !== undefined) yield* ofPlaces(finish, `${path}.finish`);
  if (typeof finish === 'object' && finish.at(-1)?.startersMin !== 1) {
    // A leg in which too few start has no winner, and its bets would be lost with nobody right.
    const problem = 'has no last entry from 1 starter';
    yield { path: `${path}.finish`, problem, value: finish.at(-1)?.startersMin };
  }
  if (exactly === undefined) return;
  if (finish !== undefined) {
    yield { path: `${path}.exactly`, problem: 'and finish exclude each other', value: undefined };
  }
  if (exactly.length !== legs) {
    const problem = `has not one entry for each of ${legs} legs`;
    yield { path: `${path}.exactly`, problem, value: exactly.length };
  }
}

function* ofRunnersMatch(match: Match, path: string, bet: Bet & { kind: 'runners' }): Problems {
  switch (match.kind) {
    case 'at':
      return yield* ofPositions(match, path, bet);
    case 'among':
      return yield* ofAmong(match, path, bet);
    default:
      yield { path: `${path}.kind`, problem: 'is not for a bet on one race', value: match.kind };
  }
}

function* ofPositions(
  { positions }: Match & { kind: 'at' },
  path: string,
  { ordered, picks }: Bet & { kind: 'runners' },
): Problems {
  if (!ordered) {
    yield { path: `${path}.kind`, problem: 'is only for ordered bets', value: 'at' };
  }
  const fewest = Math.min(...picks);
  for (const [index, position] of positions.entries()) {
    if (position <= fewest) continue;
    const at = within(`${path}.positions`, index);
    yield { path: at, problem: `is beyond ${fewest} picks`, value: position };
  }
}

function* ofAmong(
  { first, right, nonRunners = 0, picks }: Match & { kind: 'among' },
  path: string,
  bet: Bet & { kind: 'runners' },
): Problems {
  yield* ofPlaces(first, `${path}.first`);
  if (picks !== undefined && !bet.picks.includes(picks)) {
    yield { path: `${path}.picks`, problem: 'is not one that the bet has', value: picks };
  }
  const most = typeof first === 'number' ? first : Math.max(...first.map((it) => it.places));
  if (right > most) {
    yield { path: `${path}.right`, problem: `is more than the first ${most}`, value: right };
  }
  const named = picks ?? Math.max(...bet.picks);
  if (right + nonRunners > named) {
    const problem = `and ${nonRunners} non-runners are more than ${named} picks`;
    yield { path: `${path}.right`, problem, value: right };
  }
}

/** The first entry that fits decides, so each later one is for fewer starters. */
function* ofPlaces(places: Places, path: string): Problems {
  if (typeof places === 'number') return;
  for (const [index, { startersMin }] of places.entries()) {
    const before = places[index - 1]?.startersMin ?? Number.POSITIVE_INFINITY;
    if (startersMin < before) continue;
    const at = `${within(path, index)}.startersMin`;
    yield { path: at, problem: `is not below the one before, ${before}`, value: startersMin };
  }
}

function* ofPots({ tiers, pots }: Stage, path: string, bet: Bet): Problems {
  const list = `${path}.pots`;
  for (const [index, id] of repeatsIn(pots.map((it) => it.id))) {
    yield { path: `${within(list, index)}.id`, problem: 'stands twice', value: id };
  }
  for (const [index, pot] of pots.entries()) {
    const at = within(list, index);
    const matches: Match[] = [];
    for (const [number, id] of pot.tiers.entries()) {
      const tier = tiers.find((it) => it.id === id);
      if (tier !== undefined) matches.push(tier.match);
      else yield { path: within(`${at}.tiers`, number), problem: 'is no tier', value: id };
    }
    yield* ofSharing(pot, matches, { path: at, bet });
    yield* ofWeights(pot, at);
    if (pot.parts === 0 && pot.takesCarry !== true) {
      // 0 is for a pot that holds only what is carried in.
      yield { path: `${at}.parts`, problem: 'is not a whole number from 1 to 10000', value: 0 };
    }
    if (pot.takesCarry === true && pots.slice(0, index).some((it) => it.takesCarry === true)) {
      yield { path: `${at}.takesCarry`, problem: 'stands in an earlier pot already', value: true };
    }
  }
}

function* ofSharing(
  { per }: Pot,
  matches: readonly Match[],
  { path, bet }: { path: string; bet: Bet },
): Problems {
  const at = { path: `${path}.per`, value: per };
  if (per === 'runner' && !matches.every(({ kind }) => kind === 'among')) {
    yield { ...at, problem: 'is only for tiers of runners among the first of one race' };
  }
  if (per !== 'line' || bet.kind !== 'legs') return;
  for (const match of matches) {
    if (match.kind !== 'legs') continue;
    const { right, finish, exactly } = match;
    if (right === bet.legs && finish === undefined && exactly === undefined) continue;
    yield { ...at, problem: 'is only for a tier that has the winners of all legs' };
  }
}

function* ofWeights({ per, weights, tiers }: Pot, path: string): Problems {
  if (weights === undefined) return;
  if (per !== 'stake') {
    yield { path: `${path}.weights`, problem: 'is only for pots by stake', value: undefined };
  }
  for (const id of Object.keys(weights)) {
    if (tiers.includes(id)) continue;
    const at = within(`${path}.weights`, id);
    yield { path: at, problem: 'is no tier of the pot', value: undefined };
  }
}

function* ofReserve({ reserve }: Stage, path: string, { takeoutMethod }: RuleSet): Problems {
  if (reserve !== 'net-stake' || takeoutMethod !== 'net-price') return;
  const problem = 'is taken off already where prices are net';
  yield { path: `${path}.reserve`, problem, value: reserve };
}

/** With legs left out a tier needs as many less, but never none. */
function* ofDropped({ tiers }: Stage, path: string, { legs }: RuleSet): Problems {
  if (legs?.voided !== 'dropped') return;
  for (const [index, { match }] of tiers.entries()) {
    if (match.kind !== 'legs' || match.right > legs.voidedMax) continue;
    const at = `${within(`${path}.tiers`, index)}.match.right`;
    const problem = `needs nothing where ${legs.voidedMax} legs are left out`;
    yield { path: at, problem, value: match.right };
  }
}

function* ofMinimum({ minimum }: RuleSet): Problems {
  for (const [index, { belowHundredths }] of minimum.entries()) {
    const path = within('minimum', index);
    const decides = minimum
      .slice(0, index)
      .some((it) => it.ifWithinSales !== true && it.belowHundredths >= belowHundredths);
    if (!decides) continue;
    const problem = 'is never asked: an earlier step decides';
    yield { path: `${path}.belowHundredths`, problem, value: belowHundredths };
  }
}

function* ofShortfall({ shortfall }: RuleSet): Problems {
  const last = shortfall.indexOf('operator');
  if (last < 0 || last === shortfall.length - 1) return;
  const path = within('shortfall', last + 1);
  yield { path, problem: 'comes after the operator, who pays all', value: shortfall[last + 1] };
}

function* ofGuarantee({ guarantee }: RuleSet): Problems {
  if (guarantee?.whenWon !== 'none' || guarantee.whenNotWon !== 'none') return;
  yield {
    path: 'guarantee',
    problem: 'tops up neither what is won nor what is not',
    value: undefined,
  };
}

/** A part of a pool is won: of one pot, and before anybody has anything back. */
function* ofPartWon({ partWon, stages }: RuleSet): Problems {
  const [stage] = stages;
  if (partWon === undefined || stage === undefined) return;
  const { pots, reserve } = stage;
  if (stages.length === 1 && pots.length === 1 && reserve === 'none') return;
  const problem = 'needs one stage with one pot and no reserve';
  yield { path: 'partWon', problem, value: undefined };
}

/** Index and value of each that stood before. */
function* repeatsIn(values: readonly string[]): Generator<[number, string]> {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) !== index) yield [index, value];
  }
}
