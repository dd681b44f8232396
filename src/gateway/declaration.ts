/** What a steward declares of a race, from the contract's message to the actor's command. */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { ruleSetById } from '../actors/pools/rule-sets.ts';
import type { PoolDeclaration, RaceCommand } from '../actors/race-events.ts';
import { cents, poolId, raceId, runnerNumber } from '../actors/units.ts';
import type {
  DeclareRaceRequest,
  PoolDeclaration as PoolMessage,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import { type Failure, failure, isFailure, malformed } from './failure.ts';

/** The last millisecond that a protobuf Timestamp may name: the year 9999. */
const TIME_MAX_MS = 253_402_300_799_999;

type Declaration = Extract<RaceCommand, { readonly kind: 'declare-race' }>;

/** @param request Valid by the contract. */
export function declarationOf(request: DeclareRaceRequest, atMs: number): Declaration | Failure {
  const { title, steward: by } = request;
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
    const pool = poolOf(message, index);
    if (isFailure(pool)) return pool;
    pools.push(pool);
  }
  const runners = request.runners.map(({ number, name }) => ({
    number: runnerNumber(number),
    name,
  }));
  return { kind: 'declare-race', title, offAtMs, runners, pools, by, atMs };
}

function poolOf(message: PoolMessage, index: number): PoolDeclaration | Failure {
  const ruleSet = ruleSetById(message.ruleSetId);
  if (ruleSet === undefined) {
    return failure('unknown-rule-set', { ruleSet: message.ruleSetId, index });
  }
  return {
    id: poolId(message.poolId),
    ruleSet,
    legs: message.legRaceIds.map(raceId),
    guarantee: cents(Number(message.guaranteeCents)),
  };
}
