/**
 * Channel control: what the gateway knows of the races, so that a bet that no race would take is
 * refused before any money moves.
 *
 * Invariants: a refusal never rests on a card that could have changed in the bet's favour since
 * the bet came. Only what never gets better is kept (a race that is open, or past it); a race that
 * may still open is asked for every bet, by one question at a time for all who wait. The question
 * has a time of its own, and each who waits for it has his: nobody's haste ends it for the others.
 * A pool is judged by the content that its rule set's id was fixed to, whatever the book holds now.
 */
import { type Formulation, judgeFormulation, type LegCard } from '../actors/formulation.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import { ruleSetById } from '../actors/pools/rule-sets.ts';
import { raceRef } from '../actors/race.ts';
import type { PoolSummary, RacePhase, RaceSummary } from '../actors/race-events.ts';
import { fixedRuleSet, ruleSetRef } from '../actors/rule-book.ts';
import { type Refusal, refusal, type Ticket } from '../actors/ticket.ts';
import type { RaceId } from '../actors/units.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { type CallTime, leftMs } from './rpc.ts';

/** A close or a scratch is seen this much later here; the race sees it at once. */
const CARD_KEPT_MS = 1_000;

/** As long as a call waits that set no deadline; a race that serves answers in a few. */
const QUESTION_TIMEOUT_MS = 2_000;

/** A part of a call's time: without the answer the race can still judge. */
const RULES_TIMEOUT_MS = 500;

/** Races of a day and more; the oldest card makes room. */
const CARDS_MAX = 1_000;

const MAY_STILL_OPEN: readonly RacePhase[] = ['undeclared', 'declared', 'suspended'];

export interface Card {
  readonly race: RaceId;
  readonly phase: RacePhase;
  /** Undefined for a pool under a rule set whose content this gateway does not know: its race judges. */
  readonly pools: ReadonlyMap<string, Formulation | undefined>;
}

type FindRules = (id: string) => RuleSet | undefined;

/** Undefined for ever or not yet; a failure where there was no answer. */
type AskRules = (id: string) => Promise<RuleSet | undefined | Failure>;

interface AskedCard {
  readonly card: Card;
  /** Whether every rule set answered: the next question may find what this one did not. */
  readonly whole: boolean;
}

export interface Cards {
  /** What is known without asking. */
  peek(race: RaceId, atMs: number): Card | undefined;
  fetch(race: RaceId, time: CallTime): Promise<Card | Failure>;
}

/** @param find Which rule sets there are, not what they say; absent: those of the catalogue. */
export function createCards(router: Router, clock: Clock, find: FindRules = ruleSetById): Cards {
  const kept = new Map<RaceId, { readonly card: Card; readonly atMs: number }>();
  const asked = new Map<RaceId, Promise<Card | Failure>>();
  const rules = createFixedRules(router, find);

  function keep(card: Card, atMs: number): void {
    if (MAY_STILL_OPEN.includes(card.phase)) return;
    kept.delete(card.race);
    kept.set(card.race, { card, atMs });
    const [oldest] = kept.keys();
    if (kept.size > CARDS_MAX && oldest !== undefined) kept.delete(oldest);
  }

  function askOnce(race: RaceId, time: CallTime): Promise<Card | Failure> {
    const underWay = asked.get(race);
    if (underWay !== undefined) return underWay;
    const question = askRace(router, race, rules).then((answer) => {
      if (isFailure(answer)) return answer;
      if (answer.whole) keep(answer.card, time.atMs);
      return answer.card;
    });
    asked.set(race, question);
    const forget = () => asked.delete(race);
    question.then(forget, forget);
    return question;
  }

  /** Its answer, or why there is none once the caller's own time is over. */
  function askInTime(race: RaceId, time: CallTime): Promise<Card | Failure> {
    const timeoutMs = leftMs(time, clock.now());
    if (timeoutMs <= 0) return Promise.resolve(failure('deadline-expired', { lateMs: -timeoutMs }));
    const question = askOnce(race, time);
    return new Promise((resolve, reject) => {
      const { address } = raceRef(race);
      const giveUp = () => resolve(failure('deadline', { address, timeoutMs }));
      const stopWaiting = clock.after(timeoutMs, giveUp);
      question.finally(stopWaiting).then(resolve, reject);
    });
  }

  return {
    peek(race, atMs) {
      const found = kept.get(race);
      // A clock that stepped back makes a card old, never young for ever.
      return found !== undefined && Math.abs(atMs - found.atMs) < CARD_KEPT_MS
        ? found.card
        : undefined;
    },
    async fetch(race, time) {
      const underWay = asked.has(race);
      // Awaited alike by the first and by those who join, so that bets go on in order of arrival.
      const card = await askInTime(race, time);
      const certain = !isFailure(card) && !MAY_STILL_OPEN.includes(card.phase);
      // That question was put before this bet came: what it did not find may be there now.
      return certain || !underWay || leftMs(time, clock.now()) <= 0 ? card : askInTime(race, time);
    },
  };
}

/** Why no race with this card would take the ticket; undefined leaves it to the race. */
export function judgeByCard(card: Card, ticket: Ticket): Refusal | undefined {
  if (!card.pools.has(ticket.pool)) {
    return refusal('unknown-pool', { race: card.race, pool: ticket.pool });
  }
  const pool = card.pools.get(ticket.pool);
  return pool === undefined ? undefined : judgeFormulation(pool, ticket);
}

/**
 * What each rule set says on record. That never changes, so it is asked for until it is known, and
 * then never again. No more are kept than there are in the book.
 */
function createFixedRules(router: Router, find: FindRules): AskRules {
  const known = new Map<string, ReturnType<AskRules>>();

  async function askRules(booked: RuleSet): Promise<RuleSet | undefined | Failure> {
    const timeoutMs = RULES_TIMEOUT_MS;
    const query = { kind: 'rule-set' } as const;
    const answer = await ask(router, ruleSetRef(booked), { query }, { timeoutMs });
    if (isFailure(answer)) return answer;
    // Of a race older than the record: it was declared from the catalogue, where nothing changes.
    return answer.kind === 'unused' ? ruleSetById(booked.id) : fixedRuleSet(answer);
  }

  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const booked = find(id);
    if (booked === undefined) return Promise.resolve(undefined);
    const question = askRules(booked);
    known.set(id, question);
    const forget = () => known.delete(id);
    question.then((it) => (it === undefined || isFailure(it)) && forget(), forget);
    return question;
  };
}

async function askRace(
  router: Router,
  race: RaceId,
  rules: AskRules,
): Promise<AskedCard | Failure> {
  const timeoutMs = QUESTION_TIMEOUT_MS;
  const answer = await ask(router, raceRef(race), { query: { kind: 'race' } }, { timeoutMs });
  if (isFailure(answer)) return answer;
  return answer.kind === 'race' ? cardOf(answer.race, rules) : failure('unknown-race', { race });
}

async function cardOf(summary: RaceSummary, rules: AskRules): Promise<AskedCard> {
  const { race, phase } = summary;
  let whole = true;
  const pools = await Promise.all(
    summary.pools.map(async (it) => {
      const found = await rules(it.ruleSet);
      const missing = found !== undefined && isFailure(found);
      if (missing) whole = false;
      return [it.id, formulationOf(summary, it, missing ? undefined : found)] as const;
    }),
  );
  return { card: { race, phase, pools: new Map(pools) }, whole };
}

function formulationOf(
  { phase, runners }: RaceSummary,
  pool: PoolSummary,
  ruleSet: RuleSet | undefined,
): Formulation | undefined {
  if (ruleSet === undefined) return undefined;
  // The first leg is the race itself; its card does not show the others.
  const legs: readonly LegCard[] = [runners, ...pool.legs.slice(1).map(() => 'unseen' as const)];
  return { phase, ruleSet, legs };
}
