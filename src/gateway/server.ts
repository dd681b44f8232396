/**
 * The door to grpc-js: listens, serves, drains.
 *
 *   drain: health says NOT_SERVING ─> new calls refused, streams told ─> those inside finish
 *          ─> connections close ─> what is left after the grace is cut
 *
 * Invariant: whoever is refused while draining is told so, with the time to ask again; a call that
 * was let in is answered, unless the grace is over.
 */
import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { toBinary } from '@bufbuild/protobuf';
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { createRuleBook, type RuleBook } from '../actors/rule-book.ts';
import { createScoringBook, type ScoringBook } from '../actors/scoring/book.ts';
import { AccountsService } from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { BettingService, PlaceBetRequestSchema } from '../gen/furlong/betting/v1/betting_pb.ts';
import { OpsService } from '../gen/furlong/ops/v1/ops_pb.ts';
import { RacingService } from '../gen/furlong/racing/v1/racing_pb.ts';
import { TournamentsService } from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Steering } from '../runtime/crew.ts';
import type { Router } from '../runtime/router.ts';
import type { NotaryPort } from '../runtime/tlog/notary-line.ts';
import { createAccounts } from './accounts-service.ts';
import { type BetCall, serveBets } from './bet-stream.ts';
import { createBetting, type PlaceBet } from './betting-service.ts';
import { type AnyHandler, type Dispatch, type Log, unary } from './dispatch.ts';
import { type EventCall, serveEvents } from './event-stream.ts';
import { type Failure, isFailure } from './failure.ts';
import { createGate } from './gate.ts';
import { createHealth } from './health.ts';
import { createOps } from './ops-service.ts';
import { createRacing } from './racing-service.ts';
import { createReceipts, createTrees } from './receipts.ts';
import { createReflection } from './reflection.ts';
import { statusOf } from './rich-error.ts';
import { definitionOf, roleOf, type UnaryHandlers } from './rpc.ts';
import { createShardSteering } from './shard-steering.ts';
import { createTournaments } from './tournaments-service.ts';
import { createWarmValidator } from './validate.ts';

export interface GatewayOptions {
  readonly router: Router;
  /** Absent: shards stay as they are. */
  readonly steering?: Steering;
  readonly clock: Clock;
  /** What pools can be declared with. Absent: the catalogue alone. */
  readonly ruleBook?: RuleBook;
  /** Absent: the catalogue alone. */
  readonly scoringBook?: ScoringBook;
  /** Whether accounts can be opened whose money is kept outside. Absent: they cannot. */
  readonly hasWallet?: boolean;
  /** Proves what is in the log. Absent: nobody does. */
  readonly notary?: NotaryPort;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly log: Log;
}

export interface Gateway {
  readonly port: number;
  /** Refuses what is new, finishes what is old, and cuts what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Bytes. The longest PlaceBets message of the contract, 500 bets of ten legs of 40 runners under
 * the longest ids, is 357 kB; unary requests have a limit of their own.
 */
export const MESSAGE_MAX = 512 * 1024;

const OPTIONS = {
  'grpc.max_receive_message_length': MESSAGE_MAX,
  // A client queues past it, so one client cannot fill the mailboxes alone.
  'grpc.max_concurrent_streams': 256,
  // Finds a terminal that died silently within 80 s.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.max_connection_idle_ms': 600_000,
  // Megabytes, as Node counts it: bounds one hostile connection.
  'grpc-node.max_session_memory': 32,
  // It keeps closed sessions alive: grpc-node issue 2068.
  'grpc.enable_channelz': 0,
};

const DETAILS_KEY = 'grpc-status-details-bin';

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    router,
    clock,
    ruleBook = createRuleBook(),
    scoringBook = createScoringBook(),
    hasWallet = false,
    notary,
    host,
    port,
    log,
  } = options;
  const betting = createBetting(router, clock, ruleBook);
  const serving: readonly Serving[] = [
    serve(BettingService, { ...betting.handlers, ...createReceipts(router, notary) }),
    serve(AccountsService, createAccounts(router, hasWallet)),
    serve(RacingService, createRacing(router, clock, ruleBook)),
    serve(TournamentsService, createTournaments(router, clock, scoringBook)),
    serve(OpsService, {
      ...createOps(router),
      ...createTrees(notary),
      ...createShardSteering(options.steering),
    }),
  ];
  const names = serving.map(({ service }) => service.typeName);
  const methods = serving.flatMap(({ service }) => service.methods);
  const inputs = methods.map(({ input }) => input);
  const validator = createWarmValidator(inputs, [PlaceBetRequestSchema]);
  const gate = createGate();
  const dispatch: Dispatch = { gate, clock, validator, log };

  const server = new Server(OPTIONS);
  for (const { service, handlers } of serving) {
    const implementation: UntypedServiceImplementation = {};
    for (const method of service.methods) {
      roleOf(method);
      const handler = handlers.get(method.localName);
      implementation[method.name] =
        handler === undefined
          ? streamOf(method, { dispatch, router, placeBet: betting.placeBet })
          : one(dispatch, method, handler);
    }
    const definition = service.methods.map((it) => [it.name, definitionOf(it)]);
    server.addService(Object.fromEntries(definition), implementation);
  }
  const health = createHealth(names);
  health.addTo(server);
  createReflection([...names, 'grpc.health.v1.Health']).addToServer(server);

  const bound = await listen(server, addressOf(host, port));
  health.set('SERVING');

  let drained: Promise<void> | undefined;
  return {
    port: bound,
    drain(graceMs) {
      drained ??= new Promise((resolve) => {
        health.set('NOT_SERVING');
        const stopWaiting = clock.after(graceMs, () => {
          // Without channelz, forceShutdown of grpc-js 1.14.7 forgets its sessions; this cuts them.
          server.drain(addressOf(host, bound), 0);
          server.forceShutdown();
          resolve();
        });
        void gate.drain().then(() =>
          server.tryShutdown(() => {
            stopWaiting();
            resolve();
          }),
        );
      });
      return drained;
    },
  };
}

interface Serving {
  readonly service: DescService;
  /** By the method's local name; a stream has none. */
  readonly handlers: ReadonlyMap<string, AnyHandler>;
}

/** Here the types agree for the last time: what follows trusts the descriptor. */
function serve<S extends DescService>(service: S, handlers: UnaryHandlers<S>): Serving {
  return { service, handlers: new Map(Object.entries(handlers)) };
}

function one(
  dispatch: Dispatch,
  method: DescMethod,
  handler: AnyHandler,
): handleUnaryCall<object, Message> {
  const serveOne = unary(dispatch, method, handler);
  return (call, callback) =>
    serveOne(call, (answer) =>
      isFailure(answer) ? callback(wireErrorOf(answer)) : callback(null, answer),
    );
}

/** The adapter's codecs make the messages what a stream takes and gives. */
function streamOf(
  method: DescMethod,
  {
    dispatch,
    router,
    placeBet,
  }: { readonly dispatch: Dispatch; readonly router: Router; readonly placeBet: PlaceBet },
): handleBidiStreamingCall<object, Message> {
  const failed = (call: { emit(name: 'error', error: object): unknown }) => (failure: Failure) =>
    call.emit('error', wireErrorOf(failure));
  switch (method) {
    case BettingService.method.placeBets:
      return (call) => serveBets({ dispatch, method, placeBet }, call as BetCall, failed(call));
    case TournamentsService.method.ingestEvents:
      return (call) => serveEvents({ dispatch, method, router }, call as EventCall, failed(call));
    default:
      throw new Error(`nobody serves ${method.name}`);
  }
}

function wireErrorOf(failure: Failure) {
  const status = statusOf(failure);
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(toBinary(StatusSchema, status)));
  return { code: status.code, details: status.message, metadata };
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new Error(`cannot listen on ${address}`, { cause: error }));
    });
  });
}
