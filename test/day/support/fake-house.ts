/**
 * A front door without a house behind it: keeps what it is told in maps, answers repeats with the
 * first answer, and fails where a test says so. Only what the day calls is there.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { Client } from '../../../src/client/client.ts';
import {
  type BetOutcome,
  BetOutcomeSchema,
  type PlaceBetRequestSchema,
  PlaceBetResponseSchema,
  type PlaceBetsResponse,
  PlaceBetsResponseSchema,
} from '../../../src/gen/furlong/betting/v1/betting_pb.ts';
import {
  PoolSchema,
  type Race,
  RacePhase,
  RaceSchema,
} from '../../../src/gen/furlong/racing/v1/racing_pb.ts';
import { Code } from '../../../src/gen/google/rpc/code_pb.ts';
import { ErrorInfoSchema } from '../../../src/gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../../src/gen/google/rpc/status_pb.ts';

type BetInit = MessageInitShape<typeof PlaceBetRequestSchema>;

export interface FakeHouse {
  readonly client: Client;
  /** Orders of stewards and bets, in the order in which they came: `open sha-tin-r1`. */
  readonly journal: string[];
  readonly races: Map<string, Race>;
  /** By id; a repeat changes nothing. */
  readonly bets: Map<string, BetInit>;
  readonly depositsCents: Map<string, bigint>;
  /** How often each bet was sent. */
  readonly sent: Map<string, number>;
  /** Told of each bet before it is judged; what it gives goes back in place of an answer. */
  trouble: (betId: string, timesSent: number) => 'busy' | 'break' | undefined;
}

function callError(code: number, message: string): Error {
  return Object.assign(new Error(message), { code, details: message });
}

function refusalStatus(code: Code, reason: string, message = reason) {
  const info = create(ErrorInfoSchema, { reason, domain: 'furlong' });
  return create(StatusSchema, { code, message, details: [anyPack(ErrorInfoSchema, info)] });
}

export function createFakeHouse(): FakeHouse {
  const journal: string[] = [];
  const races = new Map<string, Race>();
  const bets = new Map<string, BetInit>();
  const depositsCents = new Map<string, bigint>();
  const requests = new Set<string>();
  const sent = new Map<string, number>();
  const house: FakeHouse = {
    journal,
    races,
    bets,
    depositsCents,
    sent,
    trouble: () => undefined,
    // The day calls nothing but what is here.
    client: {
      accounts: accounts(),
      tournaments: tournaments(),
      racing: racing(),
      betting: betting(),
    } as unknown as Client,
  };
  return house;

  function accounts() {
    return {
      openAccount: async ({ playerId }: { playerId: string }) => {
        if (!depositsCents.has(playerId)) depositsCents.set(playerId, 0n);
        return {};
      },
      deposit: async (it: { playerId: string; requestId: string; amountCents: bigint }) => {
        const request = `${it.playerId} ${it.requestId}`;
        if (!requests.has(request)) {
          depositsCents.set(it.playerId, (depositsCents.get(it.playerId) ?? 0n) + it.amountCents);
        }
        requests.add(request);
        return {};
      },
    };
  }

  function tournaments() {
    return { createTournament: async () => ({}), joinTournament: async () => ({}) };
  }

  function racing() {
    const to =
      (kind: string, phase: RacePhase | undefined, from: readonly RacePhase[]) =>
      async ({ raceId, runner }: { raceId: string; runner?: number }) => {
        const race = raceOf(raceId);
        if (!from.includes(race.phase)) {
          throw Object.assign(callError(Code.FAILED_PRECONDITION, `${raceId} is not for ${kind}`), {
            metadata: {
              get: () => [statusBytes(refusalStatus(Code.FAILED_PRECONDITION, 'WRONG_PHASE'))],
            },
          });
        }
        journal.push(`${kind} ${raceId}`);
        if (phase !== undefined) race.phase = phase;
        for (const it of race.runners) if (it.number === runner) it.scratched = true;
        return { race };
      };
    const { DECLARED, OPEN, CLOSED, PROVISIONAL, PAID } = RacePhase;
    return {
      listRaces: async () => ({ races: [...races.values()], nextPageToken: '' }),
      getRace: async ({ raceId }: { raceId: string }) => ({ race: raceOf(raceId) }),
      declareRace: async (
        it: MessageInitShape<typeof RaceSchema> & {
          pools: { poolId: string; legRaceIds: string[] }[];
        },
      ) => {
        const pools = it.pools.map(({ poolId, legRaceIds }) =>
          create(PoolSchema, { poolId, legRaceIds, price: { dividends: [] } }),
        );
        const race = create(RaceSchema, { ...it, pools, phase: DECLARED });
        races.set(race.raceId, race);
        journal.push(`declare ${race.raceId}`);
        return { race };
      },
      openRace: to('open', OPEN, [DECLARED, OPEN]),
      scratchRunner: to('scratch', undefined, [DECLARED, OPEN]),
      closeRace: to('close', CLOSED, [OPEN]),
      enterResult: to('result', PROVISIONAL, [CLOSED]),
      makeOfficial: to('official', PAID, [PROVISIONAL]),
    };
  }

  function raceOf(raceId: string): Race {
    const race = races.get(raceId);
    if (!race) throw callError(Code.NOT_FOUND, `no race ${raceId}`);
    return race;
  }

  function betting() {
    return {
      placeBet: async (bet: BetInit) => {
        const outcome = judge(bet);
        if (outcome === 'break') throw callError(Code.UNAVAILABLE, 'gone');
        if (outcome.outcome.case === 'error') {
          throw Object.assign(
            callError(outcome.outcome.value.code, outcome.outcome.value.message),
            {
              metadata: { get: () => [statusBytes(outcome.outcome.value as never)] },
            },
          );
        }
        return create(PlaceBetResponseSchema, {});
      },
      placeBets: () => createExchange(judge),
    };
  }

  function judge(bet: BetInit): BetOutcome | 'break' {
    const { betId = '', raceId = '' } = bet;
    const times = (sent.get(betId) ?? 0) + 1;
    sent.set(betId, times);
    const trouble = house.trouble(betId, times);
    if (trouble === 'break') return 'break';
    const refuse = (code: Code, reason: string) =>
      create(BetOutcomeSchema, {
        betId,
        outcome: { case: 'error', value: refusalStatus(code, reason) },
      });
    if (trouble === 'busy') return refuse(Code.RESOURCE_EXHAUSTED, 'OVERLOAD');
    if (!bets.has(betId)) {
      if (races.get(raceId)?.phase !== RacePhase.OPEN) {
        return refuse(Code.FAILED_PRECONDITION, 'RACE_NOT_OPEN');
      }
      bets.set(betId, bet);
      journal.push(`bet ${raceId}`);
    }
    return create(BetOutcomeSchema, { betId, outcome: { case: 'bet', value: { betId } } });
  }
}

function statusBytes(status: ReturnType<typeof refusalStatus>): Uint8Array {
  return toBinary(StatusSchema, status);
}

/** A stream that answers at once, until it breaks. */
function createExchange(judge: (bet: BetInit) => BetOutcome | 'break') {
  const ready: PlaceBetsResponse[] = [];
  let wake = () => {};
  let over: 'broken' | 'cancelled' | undefined;
  return {
    send({ bets = [] }: { bets?: BetInit[] }) {
      for (const bet of bets) {
        if (over) break;
        const outcome = judge(bet);
        if (outcome === 'break') over = 'broken';
        else ready.push(create(PlaceBetsResponseSchema, { outcomes: [outcome] }));
      }
      wake();
      return true;
    },
    cancel() {
      over = 'cancelled';
      wake();
    },
    answers: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          yield* ready.splice(0);
          if (over === 'broken') throw callError(Code.UNAVAILABLE, 'the stream broke');
          if (over === 'cancelled') throw callError(Code.CANCELLED, 'cancelled');
          if (ready.length > 0) continue;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    },
  };
}
