/**
 * A typed client of a Furlong server, from the contract alone. A failed call rejects with what
 * grpc-js makes of it: an Error with `code`, `details` and `metadata`.
 *
 * It retries nothing: whoever calls knows whether the same id goes with the second try.
 */
import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type ClientDuplexStream,
  credentials,
  type CallOptions as GrpcCallOptions,
  Client as GrpcClient,
  Metadata,
} from '@grpc/grpc-js';
import { AccountsService } from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { BettingService } from '../gen/furlong/betting/v1/betting_pb.ts';
import { OpsService } from '../gen/furlong/ops/v1/ops_pb.ts';
import { RacingService } from '../gen/furlong/racing/v1/racing_pb.ts';
import { TournamentsService } from '../gen/furlong/tournaments/v1/tournaments_pb.ts';

interface CallOptions {
  /** The deadline the server is told. Absent: the server's own. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A method of each name in the contract, in camel case. */
type ServiceClient<S extends DescService> = {
  readonly [Name in keyof S['method']]: S['method'][Name] extends { methodKind: 'unary' }
    ? (
        input: MessageInitShape<S['method'][Name]['input']>,
        options?: CallOptions,
      ) => Promise<MessageShape<S['method'][Name]['output']>>
    : (options?: CallOptions) => Exchange<S['method'][Name]>;
};

/** Both directions of one call at once. */
interface Exchange<M extends DescMethod> {
  /** False: the connection is full, `await drained()` before the next. */
  send(input: MessageInitShape<M['input']>): boolean;
  drained(): Promise<void>;
  /** No more from here; what the server still says is read on. */
  end(): void;
  cancel(): void;
  /** Read once. Ends with the call, and throws where the call failed. */
  readonly answers: AsyncIterable<MessageShape<M['output']>>;
}

/** A service by itself, of whoever serves it. */
export interface Connection<S extends DescService> {
  readonly service: ServiceClient<S>;
  close(): void;
}

export interface Client {
  readonly accounts: ServiceClient<typeof AccountsService>;
  readonly betting: ServiceClient<typeof BettingService>;
  readonly ops: ServiceClient<typeof OpsService>;
  readonly racing: ServiceClient<typeof RacingService>;
  readonly tournaments: ServiceClient<typeof TournamentsService>;
  /** Resolves when there is a connection. */
  ready(timeoutMs: number): Promise<void>;
  close(): void;
}

const OPTIONS = {
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  // Clients of one process share no connection, so that a benchmark can open several.
  'grpc.use_local_subchannel_pool': 1,
};

/** Connects with the first call. @param address `host:port`. */
export function connectClient(address: string): Client {
  const grpc = new GrpcClient(address, credentials.createInsecure(), OPTIONS);
  return {
    accounts: serviceClient(grpc, AccountsService),
    betting: serviceClient(grpc, BettingService),
    ops: serviceClient(grpc, OpsService),
    racing: serviceClient(grpc, RacingService),
    tournaments: serviceClient(grpc, TournamentsService),
    ready: (timeoutMs) =>
      new Promise((resolve, reject) => {
        grpc.waitForReady(Date.now() + timeoutMs, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => grpc.close(),
  };
}

/**
 * One service that may be far away and come back after hours: it is tried again every few seconds,
 * where the library's own way is to wait two minutes, and a connection that died silently is found
 * out within a minute.
 */
export function connectService<S extends DescService>(address: string, service: S): Connection<S> {
  const grpc = new GrpcClient(address, credentials.createInsecure(), {
    ...OPTIONS,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  return { service: serviceClient(grpc, service), close: () => grpc.close() };
}

function serviceClient<S extends DescService>(grpc: GrpcClient, service: S): ServiceClient<S> {
  const calls = service.methods.map((method) => [
    method.localName,
    method.methodKind === 'unary' ? unary(grpc, method) : exchange(grpc, method),
  ]);
  // One entry for each method of the descriptor, which is what the type says.
  return Object.fromEntries(calls) as ServiceClient<S>;
}

function unary(grpc: GrpcClient, method: DescMethod) {
  const { path, serialize, deserialize } = codecOf(method);
  return (input: MessageInitShape<DescMethod['input']>, options: CallOptions = {}) =>
    new Promise<Message>((resolve, reject) => {
      const call = grpc.makeUnaryRequest<Message, Message>(
        path,
        serialize,
        deserialize,
        create(method.input, input),
        new Metadata(),
        grpcOptions(options),
        (error, answer) => {
          if (answer !== undefined) resolve(answer);
          else reject(error);
        },
      );
      cancelOn(options.signal, call);
    });
}

function exchange(grpc: GrpcClient, method: DescMethod) {
  const { path, serialize, deserialize } = codecOf(method);
  return (options: CallOptions = {}): Exchange<DescMethod> => {
    const metadata = new Metadata();
    const call: ClientDuplexStream<Message, Message> = grpc.makeBidiStreamRequest(
      path,
      serialize,
      deserialize,
      metadata,
      grpcOptions(options),
    );
    cancelOn(options.signal, call);
    // A failure is told to whoever reads the answers; nobody reading must not end the process.
    call.on('error', () => {});
    return {
      send: (input) => call.write(create(method.input, input)),
      drained: () => drained(call),
      end: () => call.end(),
      cancel: () => call.cancel(),
      answers: call,
    };
  };
}

function codecOf({ parent, name, input, output }: DescMethod) {
  return {
    path: `/${parent.typeName}/${name}`,
    serialize(message: Message): Buffer {
      const bytes = toBinary(input, message);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes: Buffer): Message => fromBinary(output, bytes),
  };
}

function grpcOptions({ timeoutMs }: CallOptions): GrpcCallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

/** Also where the call is over: then nothing will ever drain, and the next answer says why. */
function drained(call: ClientDuplexStream<Message, Message>): Promise<void> {
  return new Promise((resolve) => {
    if (!call.writableNeedDrain || call.destroyed) {
      resolve();
      return;
    }
    const settle = () => {
      call.off('drain', settle);
      call.off('close', settle);
      resolve();
    };
    call.on('drain', settle);
    call.on('close', settle);
  });
}

function cancelOn(
  signal: AbortSignal | undefined,
  call: { cancel(): void; once(event: 'status', listener: () => void): unknown },
): void {
  if (signal === undefined) return;
  const cancel = () => call.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel);
  call.once('status', () => signal.removeEventListener('abort', cancel));
}
