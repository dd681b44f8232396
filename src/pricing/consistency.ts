/**
 * Whether a price document makes sense with its rule set: a generator for each part, of everything
 * that is wrong with it, at the path where somebody would mend it.
 *
 * Invariant: what passes is priced without a throw.
 */
import { combinationsIn, type SelectionProblem, selectionProblem } from '../actors/formula.ts';
import { type Bet, type Match, type RuleSet, unitOf } from '../actors/pools/rule-set.ts';
import { type Problem, within } from '../actors/shape.ts';
import { type LegData, POOL_MAX_CENTS, type PriceDocument, type TicketData } from './document.ts';
import { picksOf, runnersOf, selectionOf, startersOf } from './sale.ts';

type Problems = Generator<Problem, void>;

/** Of all tickets together: each is looked at, for every stage. */
const COMBINATIONS_MAX = 10_000_000;

/** @param document Of the right shape. */
export function documentProblem(document: PriceDocument, ruleSet: RuleSet): Problem | undefined {
  for (const found of problemsOf(document, ruleSet)) return found;
  return undefined;
}

function* problemsOf(document: PriceDocument, ruleSet: RuleSet): Problems {
  yield* ofDay(document, ruleSet);
  yield* ruleSet.bet.kind === 'legs'
    ? ofLegs(document, ruleSet, ruleSet.bet.legs)
    : ofRace(document, ruleSet);
  yield* ofStakes(document, ruleSet);
  yield* ofTickets(document, ruleSet);
  yield* ofOtherStakes(document);
  yield* ofAmounts(document, ruleSet);
  if (document.broughtIn?.guaranteeCents && ruleSet.guarantee === undefined) {
    const problem = `is more than 0, but ${ruleSet.id} has no rule for a guarantee`;
    yield { path: 'broughtIn.guaranteeCents', problem, value: document.broughtIn.guaranteeCents };
  }
}

function* ofDay({ day }: PriceDocument, { id, from, until, takeout }: RuleSet): Problems {
  if (day === undefined) {
    if (from === undefined && until === undefined && takeout.every((it) => it.from === undefined))
      return;
    yield { path: 'day', problem: `is missing: ${id} depends on it`, value: undefined };
    return;
  }
  if (from !== undefined && day < from) {
    yield { path: 'day', problem: `is before the first day of ${id}, ${from}`, value: day };
  }
  if (until !== undefined && day > until) {
    yield { path: 'day', problem: `is after the last day of ${id}, ${until}`, value: day };
  }
}

function* ofRace(document: PriceDocument, ruleSet: RuleSet): Problems {
  const { result, runners, nonRunners = [], entries = [] } = document;
  if (result.legs !== undefined) {
    yield { path: 'result.legs', problem: 'is for a bet over legs', value: undefined };
  }
  if (result.order === undefined) {
    yield { path: 'result.order', problem: 'is missing', value: undefined };
    return;
  }
  if (runners === undefined && matchesOf(ruleSet).some(asksForStarters)) {
    const problem = `is missing: the places of ${ruleSet.id} depend on how many start`;
    yield { path: 'runners', problem, value: undefined };
  }
  const declared = typeof runners === 'number' ? undefined : runners;
  yield* ofDeclared(nonRunners, 'nonRunners', declared);
  yield* ofOrder(result.order, 'result.order', { declared, nonRunners });
  const starters = startersOf(document);
  const arrived = result.order.flat().length;
  if (arrived > starters) {
    const problem = `has more runners than the ${starters} that started`;
    yield { path: 'result.order', problem, value: arrived };
  }
  const paths = entries.map((_, index) => within('entries', index));
  for (const [index, entry] of entries.entries()) {
    yield* ofDeclared(entry, paths[index] ?? '', declared);
    for (const [at, runner] of entry.entries()) {
      if (!entries.slice(0, index).some((it) => it.includes(runner))) continue;
      const path = within(paths[index] ?? '', at);
      yield { path, problem: 'is in an earlier entry already', value: runner };
    }
  }
}

function* ofDeclared(
  runners: readonly number[],
  path: string,
  declared: readonly number[] | undefined,
): Problems {
  for (const [index, runner] of runners.entries()) {
    if (declared === undefined || declared.includes(runner)) continue;
    yield { path: within(path, index), problem: 'was not declared', value: runner };
  }
}

function* ofOrder(
  order: readonly (readonly number[])[],
  path: string,
  field: {
    readonly declared: readonly number[] | undefined;
    readonly nonRunners: readonly number[];
  },
): Problems {
  const seen = new Set<number>();
  for (const [place, together] of order.entries()) {
    const at = within(path, place);
    yield* ofDeclared(together, at, field.declared);
    for (const [index, runner] of together.entries()) {
      const here = { path: within(at, index), value: runner };
      if (field.nonRunners.includes(runner)) yield { ...here, problem: 'is a non-runner' };
      if (seen.has(runner)) yield { ...here, problem: 'stands twice' };
      seen.add(runner);
    }
  }
}

function* ofLegs(document: PriceDocument, ruleSet: RuleSet, legs: number): Problems {
  const { result } = document;
  for (const name of ['runners', 'entries', 'nonRunners'] as const) {
    if (document[name] === undefined) continue;
    yield {
      path: name,
      problem: 'is for a bet on one race; legs have their own',
      value: undefined,
    };
  }
  if (result.order !== undefined) {
    yield { path: 'result.order', problem: 'is for a bet on one race', value: undefined };
  }
  if (result.legs === undefined) {
    yield { path: 'result.legs', problem: 'is missing', value: undefined };
    return;
  }
  if (result.legs.length !== legs) {
    const problem = `has not one entry for each of ${legs} legs`;
    yield { path: 'result.legs', problem, value: result.legs.length };
  }
  for (const [index, leg] of result.legs.entries()) {
    yield* ofLeg(leg, within('result.legs', index), ruleSet);
  }
}

function* ofLeg(leg: LegData, path: string, ruleSet: RuleSet): Problems {
  const { order, winners, runners: declared, starters, nonRunners = [], substitutes = [] } = leg;
  const name = order === undefined ? 'winners' : 'order';
  const places = order ?? (winners === undefined ? [] : [winners]);
  if (order !== undefined && winners !== undefined) {
    yield { path: `${path}.winners`, problem: 'and order exclude each other', value: undefined };
  }
  if (leg.void === true && places.length > 0) {
    yield { path: `${path}.${name}`, problem: 'is of a void leg', value: undefined };
  }
  if (leg.void !== true && places.length === 0) {
    const problem = order === undefined ? 'is missing' : 'is empty, and the leg not void';
    yield { path: `${path}.order`, problem, value: undefined };
  }
  const matches = matchesOf(ruleSet);
  if (leg.void !== true && order === undefined && matches.some(asksForOrder)) {
    const problem = `is missing: ${ruleSet.id} pays more than winners`;
    yield { path: `${path}.order`, problem, value: undefined };
  }
  const counted = starters !== undefined || declared !== undefined;
  if (leg.void !== true && !counted && matches.some(asksForStarters)) {
    const problem = `is missing: the places of ${ruleSet.id} depend on how many start`;
    yield { path: `${path}.starters`, problem, value: undefined };
  }
  yield* ofDeclared(nonRunners, `${path}.nonRunners`, declared);
  yield* ofDeclared(substitutes, `${path}.substitutes`, declared);
  for (const found of ofOrder(places, `${path}.order`, { declared, nonRunners })) {
    // Winners are one place.
    yield name === 'order'
      ? found
      : { ...found, path: found.path.replace('.order[0]', '.winners') };
  }
  const started = starters ?? (declared && declared.length - nonRunners.length);
  const arrived = places.flat().length;
  if (started !== undefined && arrived > started) {
    const problem = `has more runners than the ${started} that started`;
    yield { path: `${path}.${name}`, problem, value: arrived };
  }
}

function matchesOf({ stages }: RuleSet): Match[] {
  return stages.flatMap(({ tiers }) => tiers.map(({ match }) => match));
}

function asksForStarters(match: Match): boolean {
  const places =
    match.kind === 'among' ? match.first : match.kind === 'legs' ? match.finish : undefined;
  return places !== undefined && typeof places !== 'number';
}

function asksForOrder(match: Match): boolean {
  if (match.kind !== 'legs') return false;
  return (match.finish ?? 1) !== 1 || match.exactly?.some((place) => place > 1) === true;
}

function* ofStakes(document: PriceDocument, { bet }: RuleSet): Problems {
  for (const [index, { combination }] of (document.stakes ?? []).entries()) {
    const at = { path: `${within('stakes', index)}.combination`, value: combination };
    const runners = runnersOf(combination);
    const joined = bet.kind === 'legs' ? '/' : '-';
    if (combination.replaceAll(/[0-9]/g, '') !== joined.repeat(runners.length - 1)) {
      yield { ...at, problem: `is not joined by ${joined}` };
    }
    const wanted = bet.kind === 'legs' ? [bet.legs] : bet.picks;
    if (!wanted.includes(runners.length)) {
      const unit = bet.kind === 'legs' ? 'legs' : 'runners';
      yield { ...at, problem: `is not of ${wanted.join(' or ')} ${unit}` };
    }
    if (bet.kind === 'runners' && new Set(runners).size !== runners.length) {
      yield { ...at, problem: 'names a runner twice' };
    }
    const lists = bet.kind === 'legs' ? runners.map((runner) => [runner]) : [runners];
    if (undeclaredIn(document, lists, bet) !== undefined) {
      yield { ...at, problem: 'names a runner that was not declared' };
    }
  }
}

/** List and entry of the first runner that nobody declared. */
function undeclaredIn(
  { runners, result }: PriceDocument,
  lists: readonly (readonly number[])[],
  bet: Bet,
): [list: number, entry: number] | undefined {
  const whole = typeof runners === 'number' ? undefined : runners;
  for (const [list, those] of lists.entries()) {
    const declared = bet.kind === 'legs' ? result.legs?.[list]?.runners : whole;
    if (declared === undefined) continue;
    const entry = those.findIndex((it) => !declared.includes(it));
    if (entry >= 0) return [list, entry];
  }
  return undefined;
}

function* ofTickets(document: PriceDocument, ruleSet: RuleSet): Problems {
  let together = 0;
  for (const [index, ticket] of (document.tickets ?? []).entries()) {
    const path = within('tickets', index);
    yield* ofPicks(ticket, path, ruleSet.bet);
    yield* ofSelection(ticket, path, ruleSet);
    yield* ofAlternates(ticket, path, ruleSet);
    const undeclared = undeclaredIn(document, ticket.legs, ruleSet.bet);
    if (undeclared !== undefined) {
      const [list, entry] = undeclared;
      const value = ticket.legs[list]?.[entry];
      const at = within(within(`${path}.legs`, list), entry);
      yield { path: at, problem: 'was not declared', value };
    }
    const unit = unitOf(ruleSet.bet, picksOf(ticket, ruleSet.bet));
    const combinations = combinationsIn(selectionOf(ticket), unit);
    if (combinations > ruleSet.combinationsMax) {
      const problem = `stands for more than ${ruleSet.combinationsMax} combinations`;
      yield { path, problem, value: combinations };
    }
    together += ruleSet.bet.kind === 'legs' ? 1 : combinations;
    if (together > COMBINATIONS_MAX) {
      const problem = `makes more than ${COMBINATIONS_MAX} combinations of all tickets together`;
      yield { path, problem, value: undefined };
    }
  }
}

function* ofPicks({ picks, formula, legs }: TicketData, path: string, bet: Bet): Problems {
  const at = { path: `${path}.picks`, value: picks };
  if (bet.kind === 'legs') {
    if (picks !== undefined) yield { ...at, problem: 'is for a bet on one race' };
    return;
  }
  const said = picks ?? (formula === 'unit' ? legs[0]?.length : undefined);
  if (picks === undefined && bet.picks.length > 1 && said === undefined) {
    yield { ...at, problem: `is missing: the bet has ${bet.picks.join(' or ')}` };
  }
  if (picks !== undefined && !bet.picks.includes(picks)) {
    yield { ...at, problem: 'is not one that the bet has' };
  }
}

function* ofSelection(ticket: TicketData, path: string, { bet, formulas }: RuleSet): Problems {
  if (!formulas.includes(ticket.formula)) {
    const problem = `is not sold: only ${formulas.join(', ')}`;
    yield { path: `${path}.formula`, problem, value: ticket.formula };
  }
  const unit = unitOf(bet, picksOf(ticket, bet));
  const found = selectionProblem(selectionOf(ticket), unit);
  if (found !== undefined) yield selectionProblemAt(path, found);
}

function selectionProblemAt(path: string, found: SelectionProblem): Problem {
  const lists = `${path}.legs`;
  switch (found.reason) {
    case 'formula-not-for-bet':
      return { path: `${path}.formula`, problem: 'is not for this bet', value: found.formula };
    case 'wrong-number-of-lists':
      return { path: lists, problem: `has not ${found.needed} lists`, value: found.lists };
    case 'wrong-number-of-runners': {
      const { list, fewest, most, runners } = found;
      const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
      return { path: within(lists, list), problem: `has not ${wanted} runners`, value: runners };
    }
    case 'runner-twice': {
      const { list, runner } = found;
      return { path: within(lists, list), problem: 'names a runner twice', value: runner };
    }
    case 'base-among-others':
      return {
        path: within(lists, 1),
        problem: 'has a base among the others',
        value: found.runner,
      };
    case 'no-combination':
      return { path: lists, problem: 'stands for no combination', value: undefined };
  }
}

function* ofAlternates({ alternates }: TicketData, path: string, ruleSet: RuleSet): Problems {
  if (alternates === undefined) return;
  const at = { path: `${path}.alternates`, value: alternates.length };
  const { nonRunner, bet } = ruleSet;
  if (nonRunner !== 'alternate' && nonRunner !== 'alternate-then-favourite') {
    yield { ...at, problem: `is not what ${ruleSet.id} asks for`, value: undefined };
  }
  const needed = bet.kind === 'legs' ? bet.legs : 1;
  if (alternates.length !== needed) yield { ...at, problem: `has not ${needed} entries` };
}

function* ofOtherStakes({ otherStakes = [] }: PriceDocument): Problems {
  for (const [index, { source }] of otherStakes.entries()) {
    if (!otherStakes.slice(0, index).some((it) => it.source === source)) continue;
    const path = within('otherStakes', index);
    yield { path, problem: 'is of the same source as an earlier one', value: source };
  }
}

/** Added up in the order of the document, so that the one that is too much is named. */
function* ofAmounts(document: PriceDocument, ruleSet: RuleSet): Problems {
  let sum = 0;
  for (const { path, cents } of amountsOf(document, ruleSet)) {
    sum += cents;
    if (sum <= POOL_MAX_CENTS) continue;
    const problem = `brings the stakes above ${POOL_MAX_CENTS} together`;
    yield { path, problem, value: cents };
    return;
  }
}

function* amountsOf(
  { stakes = [], tickets = [], otherStakes = [] }: PriceDocument,
  { bet }: RuleSet,
): Generator<{ path: string; cents: number }> {
  for (const [index, { cents }] of stakes.entries()) {
    yield { path: `${within('stakes', index)}.cents`, cents };
  }
  for (const [index, ticket] of tickets.entries()) {
    const combinations = combinationsIn(selectionOf(ticket), unitOf(bet, picksOf(ticket, bet)));
    const path = `${within('tickets', index)}.stakeCents`;
    yield { path, cents: ticket.stakeCents * combinations };
  }
  for (const [index, { cents, refundedCents = 0 }] of otherStakes.entries()) {
    yield { path: `${within('otherStakes', index)}.cents`, cents: cents + refundedCents };
  }
}
