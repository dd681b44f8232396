/**
 * What must exist before the first bet: accounts with money, races, the tournament.
 *
 * Invariant: every call carries an id or content of the plan alone, so that doing it again, on a
 * new server or on the same log, ends in the same state and moves no money twice.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { allRaces } from '../client/all-races.ts';
import type { Client } from '../client/client.ts';
import { rpcFailureOf } from '../client/rpc-failure.ts';
import type { Race } from '../gen/furlong/racing/v1/racing_pb.ts';
import type { DayPlan, PlannedPlayer } from './plan.ts';
import type { Programme, ProgrammeRace } from './programme.ts';
import { eachOf, type Patience, persist } from './retry.ts';
import type { RaceState } from './schedule.ts';

const TOURNAMENT_ID = 'sha-tin-day';
export const STEWARD = 'race-day';
const BEST_OF = 10;

/** Enough at a time to fill a commit. */
const CALLS_MAX = 64;

export interface House extends Patience {
  readonly client: Client;
  readonly programme: Programme;
  readonly plan: DayPlan;
  /** When a race is off by the clock on the wall. */
  readonly offTimeMs: (race: ProgrammeRace) => number;
}

/** What the server has of each race of the programme; all are declared afterwards. */
export async function prepare(house: House): Promise<Map<string, RaceState>> {
  const { client, programme, plan } = house;
  const known = new Map((await persist(() => allRaces(client.racing), house)).map(byId));
  await eachOf(programme.races, CALLS_MAX, async (race) => {
    if (!known.has(race.id)) known.set(race.id, stateOf(await declare(race, house)));
  });
  await orExists(() =>
    persist(
      () =>
        client.tournaments.createTournament({
          tournamentId: TOURNAMENT_ID,
          title: 'Sha Tin, 15 March 2026: the day’s best ten',
          raceIds: programme.races.map(({ id }) => id),
          bestOf: BEST_OF,
          operator: STEWARD,
        }),
      house,
    ),
  );
  await eachOf(plan.players, CALLS_MAX, (player) => welcome(player, plan.tag, house));
  return known;
}

/** Opens the account, pays in and enters the tournament. */
export async function welcome(
  player: PlannedPlayer,
  tag: string,
  { client, ...patience }: Patience & { readonly client: Client },
): Promise<void> {
  const { id: playerId, alias, depositCents } = player;
  const { accounts, tournaments } = client;
  await orExists(() =>
    persist(() => accounts.openAccount({ requestId: 'day-open', playerId, alias }), patience),
  );
  await persist(
    () =>
      accounts.deposit({
        requestId: `day-deposit-${tag}`,
        playerId,
        amountCents: BigInt(depositCents),
      }),
    patience,
  );
  await persist(
    () => tournaments.joinTournament({ tournamentId: TOURNAMENT_ID, playerId }),
    patience,
  );
}

async function declare(race: ProgrammeRace, house: House): Promise<Race | undefined> {
  const { racing } = house.client;
  const declared = await persist(
    () =>
      racing.declareRace({
        raceId: race.id,
        title: race.title,
        offTime: timestampFromMs(house.offTimeMs(race)),
        runners: race.runners.map(({ number, horse }) => ({ number, name: horse })),
        pools: race.pools.map(({ id, ruleSetId, legRaceIds, guaranteeCents }) => ({
          poolId: id,
          ruleSetId,
          legRaceIds: [...legRaceIds],
          guaranteeCents: BigInt(guaranteeCents),
        })),
        steward: STEWARD,
      }),
    house,
  );
  return declared.race;
}

/** Somebody opened it under another id or title; it is there, and that is what counts. */
async function orExists(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!rpcFailureOf(error)?.reason?.endsWith('-exists')) throw error;
  }
}

function byId(race: Race): [string, RaceState] {
  return [race.raceId, stateOf(race)];
}

function stateOf(race: Race | undefined): RaceState {
  if (!race) throw new Error('the server answered without a race');
  const scratched = race.runners.filter((runner) => runner.scratched).map(({ number }) => number);
  return { phase: race.phase, scratched };
}
