/** One step of the day: the steward's call, and what the conductor tells of it. */
import type { Client } from '../client/client.ts';
import { rpcFailureOf } from '../client/rpc-failure.ts';
import type { Pool, Race } from '../gen/furlong/racing/v1/racing_pb.ts';
import { expectedWins, type Interval, isWithin, sampledInterval } from './expected.ts';
import { STEWARD } from './house.ts';
import type { DayPlan, PlannedBet } from './plan.ts';
import type { Programme, ProgrammeRace } from './programme.ts';
import { type Patience, persist } from './retry.ts';
import type { Step } from './schedule.ts';
import type { Answered } from './terminal.ts';
import { waitFor } from './wait.ts';

export interface Tally {
  readonly placed: number;
  readonly refused: number;
}

export type DayEvent =
  | { readonly kind: 'prepared'; readonly players: number; readonly races: number }
  /** The log has some of the day already; so many steps are left. */
  | { readonly kind: 'resumed'; readonly steps: number }
  | { readonly kind: 'bet-answered'; readonly bet: PlannedBet; readonly answered: Answered }
  | { readonly kind: 'opened' | 'closed'; readonly race: ProgrammeRace; readonly now: Race }
  | { readonly kind: 'scratched'; readonly race: ProgrammeRace; readonly runner: number }
  | {
      readonly kind: 'official';
      readonly race: ProgrammeRace;
      readonly now: Race;
      readonly wins: readonly WinComparison[];
    }
  /** A pool over several races, whose last race is official. */
  | { readonly kind: 'multi-leg-paid'; readonly race: ProgrammeRace; readonly pool: Pool }
  /** A steward was there before us, or the race was called off. */
  | { readonly kind: 'step-refused'; readonly step: Step; readonly message: string }
  | ({ readonly kind: 'day-over' } & Tally);

export interface WinComparison {
  readonly runner: number;
  readonly oursHundredths: number;
  readonly publishedHundredths: number | undefined;
  readonly expected: Interval;
  readonly isExpected: boolean;
}

export interface Conduct extends Patience {
  readonly client: Client;
  readonly programme: Programme;
  readonly plan: DayPlan;
  readonly onEvent: (event: DayEvent) => void;
}

/** Pools are priced within milliseconds; a server that recovers takes a little longer. */
const PRICE_ASKS_MAX = 200;
const PRICE_ASK_EVERY_MS = 25;

/** @throws What the server did not answer within a minute. What it refuses is told and passed by. */
export async function perform(step: Step, conduct: Conduct): Promise<void> {
  const { onEvent } = conduct;
  let now: Race | undefined;
  try {
    now = (await persist(() => order(step, conduct.client.racing), conduct)).race;
  } catch (error) {
    const failure = rpcFailureOf(error);
    if (conduct.signal.aborted) return;
    if (failure?.reason === undefined) throw error;
    return onEvent({ kind: 'step-refused', step, message: failure.message });
  }
  if (now) await tell(step, now, conduct);
}

function order(
  step: Step,
  racing: Client['racing'],
): Promise<{ readonly race?: Race | undefined }> {
  const who = { raceId: step.race.id, steward: STEWARD };
  switch (step.kind) {
    case 'open':
      return racing.openRace(who);
    case 'scratch':
      return racing.scratchRunner({ ...who, runner: step.runner, why: 'withdrawn' });
    case 'close':
      return racing.closeRace({ ...who, why: 'off' });
    case 'result':
      return racing.enterResult({
        ...who,
        order: step.race.order.map((runners) => ({ runners: [...runners] })),
      });
    case 'official':
      return racing.makeOfficial(who);
    default:
      return step satisfies never;
  }
}

async function tell(step: Step, now: Race, conduct: Conduct): Promise<void> {
  const { race } = step;
  const { onEvent, programme } = conduct;
  switch (step.kind) {
    case 'open':
      return onEvent({ kind: 'opened', race, now });
    case 'scratch':
      return onEvent({ kind: 'scratched', race, runner: step.runner });
    case 'close':
      return onEvent({ kind: 'closed', race, now });
    case 'result':
      return;
    case 'official': {
      const paid = await priced(race, ({ legRaceIds }) => legRaceIds.length === 0, conduct);
      if (paid)
        onEvent({ kind: 'official', race, now: paid, wins: compareWins(race, paid, conduct) });
      const first = programme.races.find(({ pools }) =>
        pools.some(({ legRaceIds }) => legRaceIds.at(-1) === race.id),
      );
      if (!first) return;
      const legs = await priced(first, ({ legRaceIds }) => legRaceIds.at(-1) === race.id, conduct);
      for (const pool of legs?.pools ?? []) {
        if (pool.legRaceIds.at(-1) === race.id)
          onEvent({ kind: 'multi-leg-paid', race: first, pool });
      }
      return;
    }
    default:
      return step satisfies never;
  }
}

/** The race once its pools that `which` picks have a price; undefined if that takes too long. */
async function priced(
  race: ProgrammeRace,
  which: (pool: Pool) => boolean,
  { client, ...patience }: Conduct,
): Promise<Race | undefined> {
  for (let ask = 0; ask < PRICE_ASKS_MAX && !patience.signal.aborted; ask++) {
    const { race: now } = await persist(() => client.racing.getRace({ raceId: race.id }), patience);
    if (now?.pools.filter(which).every(({ price }) => price !== undefined)) return now;
    await waitFor(PRICE_ASK_EVERY_MS, patience);
  }
  return undefined;
}

function compareWins(race: ProgrammeRace, now: Race, { plan }: Conduct): WinComparison[] {
  const dividends = now.pools.find(({ poolId }) => poolId === 'win')?.price?.dividends ?? [];
  const stakesCents = plan.bets
    .filter(({ raceId, poolId }) => raceId === race.id && poolId === 'win')
    .map(({ stakeCents }) => stakeCents);
  return expectedWins(race).flatMap(({ runner, publishedHundredths, truncation }) => {
    const ours = dividends.find(({ outcome }) => outcome === String(runner));
    if (!ours) return [];
    const oursHundredths = Number(ours.dividendHundredths);
    const deadHeaters = race.order[0]?.length ?? 1;
    const expected = sampledInterval(truncation, { deadHeaters, stakesCents });
    const isExpected = isWithin(oursHundredths, expected);
    return [{ runner, oursHundredths, publishedHundredths, expected, isExpected }];
  });
}
