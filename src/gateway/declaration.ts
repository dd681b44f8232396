/**
 * What a steward declares of a race, from the contract's message to the actor's command.
 *
 * Invariant: no race is declared with a rule set that another race knows with another content.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { canonicalJson } from '../actors/canonical-json.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import type { PoolDeclaration, RaceCommand } from '../actors/race-events.ts';
import { type RuleBook, ruleSetRef } from '../actors/rule-book.ts';
import { cents, poolId, type RaceId, raceId, runnerNumber } from '../actors/units.ts';
import type {
  DeclareRaceRequest,
  PoolDeclaration as PoolMessage,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { type Failure, failure, isFailure, malformed } from './failure.ts';

/** The last millisecond that a protobuf Timestamp may name: the year 9999. */
const TIME_MAX_MS = 253_402_300_799_999;

type Declaration = Extract<RaceCommand, { readonly kind: 'declare-race' }>;

/** @param request Valid by the contract. */
export function declarationOf(
  request: DeclareRaceRequest,
  { atMs, ruleBook }: { readonly atMs: number; readonly ruleBook: RuleBook },
): Declaration | Failure {
  const { title, steward: by, why } = request;
  const offAtMs = request.offTime === undefined ? Number.NaN : timestampMs(request.offTime);
  if (!(offAtMs >= 0 && offAtMs <= TIME_MAX_MS)) {
    const description = `must be from 1970 to 9999: ${offAtMs} ms`;
    return malformed([{ field: 'off_time', description }]);
  }
  const numbers = request.runners.map(({ number }) => number);
  const twice = numbers.findIndex((number, index) => numbers.indexOf(number) !== index);
  if (twice >= 0) {
    const description = `must not be another runner's: ${numbers[twice]}`;
    return malformed([{ field: `runners[${twice}].number`, description }]);
  }
  const pools: PoolDeclaration[] = [];
  for (const [index, message] of request.pools.entries()) {
    const pool = poolOf(message, index, ruleBook);
    if (isFailure(pool)) return pool;
    pools.push(pool);
  }
  const runners = request.runners.map(({ number, name, coupledWith }) => ({
    number: runnerNumber(number),
    name,
    coupledWith,
  }));
  return { kind: 'declare-race', title, offAtMs, runners, pools, by, why, atMs };
}

function poolOf(
  message: PoolMessage,
  index: number,
  ruleBook: RuleBook,
): PoolDeclaration | Failure {
  const booked = ruleBook.find(message.ruleSetId);
  if (booked === undefined) {
    return failure('unknown-rule-set', { ruleSet: message.ruleSetId, index });
  }
  return {
    id: poolId(message.poolId),
    ruleSet: booked.ruleSet,
    legs: message.legRaceIds.map(raceId),
    guarantee: cents(Number(message.guaranteeCents)),
    carriedNet: cents(Number(message.carriedNetCents)),
    carriedGross: cents(Number(message.carriedGrossCents)),
    mandatory: message.mandatory,
  };
}

/**
 * Puts each rule set of a declaration on record, before the race is. Done again it changes nothing,
 * so whoever has got no answer declares the race again.
 *
 * @returns Why the race must not be declared, or not yet.
 */
export async function useRuleSets(
  router: Router,
  race: RaceId,
  { pools, by, atMs }: Declaration,
  timeoutMs: number,
): Promise<Failure | undefined> {
  const ruleSets = new Map<string, RuleSet>(pools.map(({ ruleSet }) => [ruleSet.id, ruleSet]));
  const answers = await Promise.all(
    [...ruleSets.values()].map((ruleSet) => {
      const content = canonicalJson(ruleSet);
      const command = { kind: 'use-rule-set', content, race, tournament: '', by, atMs } as const;
      const query = { kind: 'rule-set' } as const;
      const options = { timeoutMs, context: { race } };
      return ask(router, ruleSetRef(ruleSet), { command, query }, options);
    }),
  );
  return answers.find(isFailure);
}
