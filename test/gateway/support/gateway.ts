/** A gateway on a free port of the loopback, over the fake router, with a real client. */
import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Client, connectClient } from '../../../src/client/client.ts';
import { type Gateway, openGateway } from '../../../src/gateway/server.ts';
import type { PlaceBetRequestSchema } from '../../../src/gen/furlong/betting/v1/betting_pb.ts';
import { Code } from '../../../src/gen/google/rpc/code_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../../src/gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../../../src/gen/google/rpc/status_pb.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { createFakeRouter, type FakeRouter } from './fake-router.ts';

export interface World {
  readonly router: FakeRouter;
  readonly gateway: Gateway;
  readonly client: Client;
  readonly clock: { aheadMs: number };
  readonly logged: { readonly message: string; readonly fields: object }[];
  close(): Promise<void>;
}

/** With alice, who has 1,000.00, and race r1: open, with runners 1 to 4, of which 4 is scratched. */
export async function openWorld({ hasWallet = false } = {}): Promise<World> {
  const router = createFakeRouter();
  const clock = { aheadMs: 0 };
  const logged: { message: string; fields: object }[] = [];
  const turned: Clock = {
    now: () => Date.now() + clock.aheadMs,
    after(delayMs, work) {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const gateway = await openGateway({
    router,
    clock: turned,
    hasWallet,
    host: '127.0.0.1',
    port: 0,
    log: { error: (message, fields) => logged.push({ message, fields }) },
  });
  const client = connectClient(`127.0.0.1:${gateway.port}`);
  await client.accounts.openAccount({ requestId: 'q1', playerId: 'alice', alias: 'Alice' });
  await client.accounts.deposit({ requestId: 'q2', playerId: 'alice', amountCents: 1_000_00n });
  await client.racing.declareRace(declaration('r1', 1_000));
  await client.racing.openRace({ raceId: 'r1', steward: 'sam' });
  await client.racing.scratchRunner({ raceId: 'r1', runner: 4, steward: 'sam' });
  return {
    router,
    gateway,
    client,
    clock,
    logged,
    async close() {
      client.close();
      await gateway.drain(0);
    },
  };
}

/** Four runners, a win pool, and a pool of five legs: the race and its `a` to `d`. */
export function declaration(raceId: string, offAtMs: number) {
  const legRaceIds = [raceId, ...['a', 'b', 'c', 'd'].map((it) => `${raceId}${it}`)];
  return {
    raceId,
    title: `Race ${raceId}`,
    offTime: timestampFromMs(offAtMs),
    runners: [1, 2, 3, 4].map((number) => ({ number, name: `Runner ${number}` })),
    pools: [
      { poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' },
      { poolId: 'big5', ruleSetId: 'big5-pmu@1', legRaceIds },
    ],
    steward: 'sam',
  };
}

type BetInit = Exclude<
  MessageInitShape<typeof PlaceBetRequestSchema>,
  { readonly $typeName: string }
>;

/** 2.00 on runner 1 of r1 to win, but for what is said. */
export function bet(betId: string, otherwise: BetInit = {}): BetInit {
  return {
    betId,
    playerId: 'alice',
    raceId: 'r1',
    poolId: 'win',
    legs: [{ runners: [1] }],
    stakeCents: 200n,
    ...otherwise,
  };
}

export interface Told {
  /** By name: 'NOT_FOUND'. */
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
  readonly preconditions: readonly string[];
  readonly retryMs: number | undefined;
}

/** What a failed call says; a call that succeeds is the failure here. */
export async function refusalOf(call: Promise<unknown>): Promise<Told> {
  const error: unknown = await call.then(
    (answer) => {
      throw new Error(`not refused: ${answer}`);
    },
    (it: unknown) => it,
  );
  // What grpc-js rejects with: see its ServiceError.
  const { metadata } = error as { metadata?: { get(key: string): unknown[] } };
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!(bytes instanceof Uint8Array)) throw error;
  return toldBy(fromBinary(StatusSchema, bytes));
}

export function toldBy({ code, message, details }: Status): Told {
  const [info] = details.flatMap((it) => anyUnpack(it, ErrorInfoSchema) ?? []);
  const delay = details.flatMap((it) => anyUnpack(it, RetryInfoSchema) ?? [])[0]?.retryDelay;
  return {
    code: codeName(code),
    message,
    reason: info?.reason ?? '',
    facts: info?.metadata ?? {},
    fields: details
      .flatMap((it) => anyUnpack(it, BadRequestSchema) ?? [])
      .flatMap((it) => it.fieldViolations.map(({ field }) => field)),
    preconditions: details
      .flatMap((it) => anyUnpack(it, PreconditionFailureSchema) ?? [])
      .flatMap((it) => it.violations.map(({ subject }) => subject)),
    retryMs: delay && Number(delay.seconds) * 1000 + delay.nanos / 1_000_000,
  };
}

export function codeName(code: number): string {
  return Object.entries(Code).find(([, value]) => value === code)?.[0] ?? String(code);
}
