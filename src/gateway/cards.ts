/**
 * Channel control: what the gateway knows of the races, so that a bet that no race would take is
 * refused before any money moves.
 *
 * Invariants: a refusal never rests on a card that could have changed in the bet's favour since
 * the bet came. Only what never gets better is kept (a race that is open, or past it); a race that
 * may still open is asked for every bet, by one question at a time for all who wait. The question
 * has a time of its own, and each who waits for it has his: nobody's haste ends it for the others.
 */
import { type Formulation, judgeFormulation, type LegCard } from '../actors/formulation.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import { ruleSetById } from '../actors/pools/rule-sets.ts';
import { raceRef } from '../actors/race.ts';
import type { PoolSummary, RacePhase, RaceSummary } from '../actors/race-events.ts';
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

/** Races of a day and more; the oldest card makes room. */
const CARDS_MAX = 1_000;

const MAY_STILL_OPEN: readonly RacePhase[] = ['undeclared', 'declared', 'suspended'];

export interface Card {
  readonly race: RaceId;
  readonly phase: RacePhase;
  /** Undefined for a pool under a rule set that this gateway does not know: its race judges. */
  readonly pools: ReadonlyMap<string, Formulation | undefined>;
}

type FindRules = (id: string) => RuleSet | undefined;

export interface Cards {
  /** What is known without asking. */
  peek(race: RaceId, atMs: number): Card | undefined;
  fetch(race: RaceId, time: CallTime): Promise<Card | Failure>;
}

/** @param find The rule set of an id; absent: of the catalogue alone. */
export function createCards(router: Router, clock: Clock, find: FindRules = ruleSetById): Cards {
  const kept = new Map<RaceId, { readonly card: Card; readonly atMs: number }>();
  const asked = new Map<RaceId, Promise<Card | Failure>>();

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
    const question = askRace(router, race, find).then((card) => {
      if (!isFailure(card)) keep(card, time.atMs);
      return card;
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

async function askRace(router: Router, race: RaceId, find: FindRules): Promise<Card | Failure> {
  const timeoutMs = QUESTION_TIMEOUT_MS;
  const answer = await ask(router, raceRef(race), { query: { kind: 'race' } }, { timeoutMs });
  if (isFailure(answer)) return answer;
  return answer.kind === 'race' ? cardOf(answer.race, find) : failure('unknown-race', { race });
}

function cardOf(summary: RaceSummary, find: FindRules): Card {
  const { race, phase } = summary;
  const pools = summary.pools.map(
    (it) => [it.id, formulationOf(summary, it, find(it.ruleSet))] as const,
  );
  return { race, phase, pools: new Map(pools) };
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
