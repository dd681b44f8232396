/**
 * The reference wallet as a server, slow or faulty on demand: what an account system is to Furlong,
 * for tests and for people who connect their own. A door to grpc-js.
 *
 * Invariant: a fault touches answers alone: what is asked is done once or not at all, and written
 * down before it is said.
 */
import type { DescMethod, Message } from '@bufbuild/protobuf';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { isFailure } from '../gateway/failure.ts';
import { definitionOf } from '../gateway/rpc.ts';
import { createWarmValidator } from '../gateway/validate.ts';
import { WalletService } from '../gen/furlong/wallet/v1/wallet_pb.ts';
import { Code } from '../gen/google/rpc/code_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import { createWalletAccounts, type WalletAccount } from './accounts.ts';
import { openJournal, readJournal } from './journal.ts';
import { createWalletHandlers, WalletError } from './service.ts';

export { CorruptJournalError } from './journal.ts';

/** What goes wrong on purpose. 0: nothing. */
export interface WalletFaults {
  /** Before every answer. */
  readonly delayMs: number;
  /** Every n-th call fails as unavailable, and does nothing. */
  readonly failEvery: number;
  /** Every n-th call is carried out, and its answer never sent. */
  readonly dropEvery: number;
}

export interface WalletServerOptions {
  /** The journal: made where it is not. */
  readonly file: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What a player has who is asked about for the first time. */
  readonly openingCents: number;
  readonly blocked: readonly string[];
  readonly faults: WalletFaults;
  readonly clock: Clock;
}

export interface WalletServer {
  readonly port: number;
  /** Resolves, at most once, with why nothing can be written any more. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** @throws CorruptJournalError, or Error where the file is not ours, or in use, or the address cannot be had. */
export async function openWalletServer(options: WalletServerOptions): Promise<WalletServer> {
  const { file, host, port, openingCents, blocked, faults, clock } = options;
  const accounts = createWalletAccounts({ openingCents, blocked: new Set(blocked) });
  const journal = openJournal(file, accounts.apply);
  const failed = Promise.withResolvers<Error>();
  const handlers = createWalletHandlers({ accounts, journal, now: clock.now });
  const validator = createWarmValidator(
    WalletService.methods.map(({ input }) => input),
    [],
  );
  let calls = 0;

  function serve(
    method: DescMethod,
    handle: (request: never) => Promise<Message>,
  ): handleUnaryCall<object, Message> {
    return async ({ request }, answer) => {
      calls++;
      const [fails, drops] = [isNth(calls, faults.failEvery), isNth(calls, faults.dropEvery)];
      const said = await sayingOf(method, request, fails ? unavailable : handle);
      if (drops) return;
      if (faults.delayMs > 0) await elapsed(clock, faults.delayMs);
      if (said instanceof WalletError) answer({ code: said.code, details: said.message });
      else answer(null, said);
    };
  }

  async function sayingOf(
    { input }: DescMethod,
    request: object,
    handle: (request: never) => Promise<Message>,
  ): Promise<Message | WalletError> {
    if (isFailure(request)) return new WalletError(Code.INVALID_ARGUMENT, 'not to be read');
    const refused = validator.check(input, request as Message);
    if (refused !== undefined) {
      const { field = '', problem = '' } = refused.details;
      return new WalletError(Code.INVALID_ARGUMENT, `${field}: ${problem}`);
    }
    try {
      // What was read and found valid is the method's own input.
      return await handle(request as never);
    } catch (cause) {
      if (cause instanceof WalletError) return cause;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      failed.resolve(error);
      return new WalletError(Code.UNAVAILABLE, 'the outcome is unknown: nothing can be written');
    }
  }

  const server = new Server({ 'grpc.enable_channelz': 0 });
  const implementation: UntypedServiceImplementation = {};
  const definition: Record<string, ServiceDefinition[string]> = {};
  for (const method of WalletService.methods) {
    const handle = handlers[method.localName as keyof typeof handlers];
    implementation[method.name] = serve(method, handle as (request: never) => Promise<Message>);
    definition[method.name] = definitionOf(method);
  }
  server.addService(definition, implementation);
  const bound = await listen(server, `${host}:${port}`).catch(async (cause: unknown) => {
    await journal.close();
    throw cause;
  });

  return {
    port: bound,
    failed: failed.promise,
    async close() {
      server.forceShutdown();
      await journal.close();
    },
  };
}

/** What a journal says that players have, also while its server runs. @throws Error */
export function readWallet(file: string): readonly WalletAccount[] {
  const accounts = createWalletAccounts({ openingCents: 0, blocked: new Set() });
  readJournal(file, accounts.apply);
  return [...accounts.accounts()];
}

function isNth(count: number, every: number): boolean {
  return every > 0 && count % every === 0;
}

async function unavailable(): Promise<never> {
  throw new WalletError(Code.UNAVAILABLE, 'failing on purpose (--fail-every)');
}

function elapsed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new Error(`cannot listen on ${address}`, { cause: error }));
    });
  });
}
