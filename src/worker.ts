/**
 * A thread's entry: a shard, a gateway, an edge, a wallet's client or the notary, as the message that
 * starts it says.
 *
 * Its life: start (for a shard: open the logs and replay them), say `ready`, serve until told to
 * `stop`, say `stopped`. What it cannot survive it says as `fatal`, and does nothing more.
 */
import { receiptKeyOf } from './actors/receipts.ts';
import { createRuleBook } from './actors/rule-book.ts';
import { createCrewLinks } from './crew-links.ts';
import { openEdge } from './edge/server.ts';
import { openGateway } from './gateway/server.ts';
import type { Bus } from './runtime/bus/bus.ts';
import { createInProcessBus } from './runtime/bus/in-process.ts';
import { openNatsBus } from './runtime/bus/nats.ts';
import { systemClock } from './runtime/clock.ts';
import type { Death } from './runtime/crew.ts';
import { serveCalls } from './runtime/linked-calls.ts';
import { FencedError, LogIoError } from './runtime/log/log.ts';
import { createOwners } from './runtime/owners.ts';
import { openPinoTelemetry } from './runtime/pino.ts';
import { partitionOf } from './runtime/placement.ts';
import { createRouter } from './runtime/router.ts';
import { stackOf, type Telemetry } from './runtime/telemetry.ts';
import { openBroadcast, ownThread } from './runtime/threads.ts';
import { askNotary, serveNotary } from './runtime/tlog/notary-line.ts';
import { letOthersGoFirst, openNotary } from './runtime/tlog/open-notary.ts';
import { startShardWork } from './shard-work.ts';
import { createSteering } from './steering.ts';
import { type Boot, type FromThread, notaryLineOf, type ToThread } from './thread-messages.ts';
import { connectWallet } from './wallet/client.ts';

/** Where only the thread's own memory can be lost by waiting longer. */
const DRAIN_MS = 10_000;

const own = ownThread();
const boot = own.data as Boot; // system.ts starts threads, and with nothing else
const telemetry = openPinoTelemetry(boot.logLevel, boot.name);

/** Told before the part serves: kept until it does. */
const early: ToThread[] = [];
let hear = (message: ToThread): void => void early.push(message);
// system.ts says nothing else
own.onMessage((message) => hear(message as ToThread));

try {
  const bus = await openBus(boot, telemetry);
  const part = await startPart(boot, bus);
  hear = (message) => {
    if (message.kind === 'stop') void stop(part, bus);
    else part.hear(message);
  };
  for (const message of early) hear(message);
  tell({ kind: 'ready', port: part.port });
} catch (cause) {
  fail(cause);
}

interface Part {
  /** Where it listens; 0 for a part that does not. */
  readonly port: number;
  hear(message: ToThread): void;
  stop(): Promise<void>;
}

async function startPart(it: Boot, bus: Bus): Promise<Part> {
  switch (it.role) {
    case 'shard': {
      const work = startShardWork(it, { bus, telemetry, tell, fail });
      return { port: 0, ...work };
    }
    case 'gateway':
      return startGatewayPart(it);
    case 'wallet':
      return startWalletPart(it);
    case 'notary':
      return startNotaryPart(it);
    default:
      return startEdgePart(it, bus);
  }
}

async function startGatewayPart(it: Extract<Boot, { role: 'gateway' }>): Promise<Part> {
  const owners = createOwners(Array.from({ length: it.partitions }, () => ''));
  const links = createCrewLinks(owners);
  const steering = createSteering(tell);
  const gateway = await openGateway({
    router: createRouter(owners, systemClock),
    steering,
    clock: systemClock,
    ruleBook: createRuleBook(it.rules),
    hasWallet: it.hasWallet,
    notary: askNotary(openBroadcast(notaryLineOf(it)), { asker: it.name, clock: systemClock }),
    host: it.host,
    port: it.port,
    log: telemetry,
  });
  return {
    port: gateway.port,
    hear(message) {
      if (message.kind === 'steered') steering.steered(message);
      else links.hear(message);
    },
    stop: () => gateway.drain(DRAIN_MS),
  };
}

async function startWalletPart(it: Extract<Boot, { role: 'wallet' }>): Promise<Part> {
  const wallet = connectWallet({ address: it.address, house: it.dataId });
  const { hear } = createCrewLinks(createOwners([]), serveCalls(wallet));
  return { port: 0, hear, stop: async () => wallet.close() };
}

async function startNotaryPart(it: Extract<Boot, { role: 'notary' }>): Promise<Part> {
  letOthersGoFirst();
  const notary = openNotary({ ...it, keyOf: receiptKeyOf, clock: systemClock, telemetry });
  const count = it.logs.length;
  serveNotary(openBroadcast(notaryLineOf(it)), notary, (stream) => partitionOf(stream, count));
  return { port: 0, hear() {}, stop: notary.stop };
}

async function startEdgePart(it: Extract<Boot, { role: 'edge' }>, bus: Bus): Promise<Part> {
  const { host, port, pageDir } = it;
  const edge = await openEdge({ bus, clock: systemClock, host, port, pageDir, log: telemetry });
  return { port: edge.port, hear() {}, stop: edge.close };
}

async function openBus({ nats, broadcast, name }: Boot, log: Telemetry): Promise<Bus> {
  if (nats === undefined) return createInProcessBus(openBroadcast(broadcast));
  return openNatsBus({
    url: nats,
    name: `furlong ${name}`,
    onStatus: (status) => log.warn('bus', { ...status }),
  });
}

async function stop(part: Part, bus: Bus): Promise<void> {
  try {
    await part.stop();
    await bus.close();
    tell({ kind: 'stopped' });
  } catch (cause) {
    fail(cause);
  }
}

function fail(cause: unknown): void {
  const reason = cause instanceof Error ? cause.message : String(cause);
  telemetry.error('this thread cannot go on', { cause: stackOf(cause) });
  tell({ kind: 'fatal', death: { kind: deathOf(cause), reason } });
}

/** What everything else in the process would meet too, from what this thread alone has met. */
function deathOf(cause: unknown): Death['kind'] {
  if (cause instanceof LogIoError) return 'io';
  return cause instanceof FencedError ? 'fenced' : 'defect';
}

function tell(message: FromThread): void {
  own.post(message);
}
