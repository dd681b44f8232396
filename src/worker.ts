/**
 * A thread's entry: a shard, a gateway, an edge or the notary, as the message that starts it says.
 *
 * Its life: start (for a shard: open the logs and replay them), say `ready`, serve until told to
 * `stop`, say `stopped`. What it cannot survive it says as `fatal`, and ends.
 */
import { KINDS, QUESTIONS } from './actors/catalogue.ts';
import { receiptKeyOf } from './actors/receipts.ts';
import { createRuleBook } from './actors/rule-book.ts';
import { openEdge } from './edge/server.ts';
import { openGateway } from './gateway/server.ts';
import type { Bus } from './runtime/bus/bus.ts';
import { createInProcessBus } from './runtime/bus/in-process.ts';
import { openNatsBus } from './runtime/bus/nats.ts';
import { systemClock } from './runtime/clock.ts';
import { createLink } from './runtime/link.ts';
import { openSqliteLog } from './runtime/log/sqlite.ts';
import { openPartition } from './runtime/partition.ts';
import { openPinoTelemetry } from './runtime/pino.ts';
import { openPiscinaJobs } from './runtime/piscina.ts';
import { partitionOf } from './runtime/placement.ts';
import { createRouter, type ShardPort } from './runtime/router.ts';
import { type Shard, startShard } from './runtime/shard.ts';
import type { Telemetry } from './runtime/telemetry.ts';
import { type ChannelEnd, channelOver, openBroadcast, ownThread } from './runtime/threads.ts';
import { askNotary, serveNotary } from './runtime/tlog/notary-line.ts';
import { letOthersGoFirst, openNotary } from './runtime/tlog/open-notary.ts';
import { type Boot, type FromThread, notaryLineOf, type ToThread } from './thread-messages.ts';

/** Where only the thread's own memory can be lost by waiting longer. */
const DRAIN_MS = 10_000;

const own = ownThread();
const boot = own.data as Boot; // system.ts starts threads, and with nothing else
const telemetry = openPinoTelemetry(boot.logLevel, boot.name);

try {
  const bus = await openBus(boot, telemetry);
  const part = await startPart(boot, bus);
  own.onMessage((message) => {
    const { kind } = message as ToThread;
    if (kind === 'stop') void stop(part, bus);
  });
  tell({ kind: 'ready', port: part.port });
} catch (cause) {
  fail(cause);
}

interface Part {
  /** Where it listens; 0 for a part that does not. */
  readonly port: number;
  stop(): Promise<void>;
}

function startPart(it: Boot, bus: Bus): Promise<Part> {
  switch (it.role) {
    case 'shard':
      return startShardPart(it, bus);
    case 'gateway':
      return startGatewayPart(it);
    case 'notary':
      return startNotaryPart(it);
    default:
      return startEdgePart(it, bus);
  }
}

async function startShardPart(it: Extract<Boot, { role: 'shard' }>, bus: Bus): Promise<Part> {
  const partitions = it.logs.map(({ partition, path }) =>
    openPartition(openSqliteLog(path, partition, it.dataId), KINDS),
  );
  const entry = new URL('./job-worker.ts', import.meta.url);
  const jobs = openPiscinaJobs({ entry, telemetry });
  let shard: Shard | undefined;
  const peers = linksTo(it.channels, (request, respond) => {
    if (shard === undefined) respond({ kind: 'unanswered', why: 'stopping' });
    else shard.serve(request, respond);
  });
  const started = startShard({
    name: it.name,
    partitions,
    partitionCount: it.owners.length,
    peers: (partition) => peers.get(it.owners[partition] ?? ''),
    questions: QUESTIONS,
    bus,
    jobs,
    clock: systemClock,
    telemetry,
    soon: setImmediate,
    onFatal: fail,
  });
  shard = started;
  return {
    port: 0,
    async stop() {
      await started.stop();
      await jobs.close();
    },
  };
}

async function startGatewayPart(it: Extract<Boot, { role: 'gateway' }>): Promise<Part> {
  const shards = linksTo(it.channels);
  const owners = it.owners.map((name) => {
    const port = shards.get(name);
    if (port === undefined) throw new Error(`no channel to ${name}`);
    return port;
  });
  const gateway = await openGateway({
    router: createRouter(owners, systemClock),
    clock: systemClock,
    ruleBook: createRuleBook(it.rules),
    notary: askNotary(openBroadcast(notaryLineOf(it)), { asker: it.name, clock: systemClock }),
    host: it.host,
    port: it.port,
    log: telemetry,
  });
  return { port: gateway.port, stop: () => gateway.drain(DRAIN_MS) };
}

async function startNotaryPart(it: Extract<Boot, { role: 'notary' }>): Promise<Part> {
  letOthersGoFirst();
  const notary = openNotary({ ...it, keyOf: receiptKeyOf, clock: systemClock, telemetry });
  const count = it.logs.length;
  serveNotary(openBroadcast(notaryLineOf(it)), notary, (stream) => partitionOf(stream, count));
  return { port: 0, stop: notary.stop };
}

async function startEdgePart(it: Extract<Boot, { role: 'edge' }>, bus: Bus): Promise<Part> {
  const { host, port, pageDir } = it;
  const edge = await openEdge({ bus, clock: systemClock, host, port, pageDir, log: telemetry });
  return { port: edge.port, stop: edge.close };
}

function linksTo(
  channels: readonly { readonly shard: string; readonly end: ChannelEnd }[],
  serve?: Parameters<typeof createLink>[2],
): Map<string, ShardPort> {
  return new Map(
    channels.map(({ shard, end }) => [shard, createLink(shard, channelOver(end), serve)]),
  );
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
  telemetry.error('this thread cannot go on', {
    cause: cause instanceof Error ? cause.stack : reason,
  });
  tell({ kind: 'fatal', reason });
}

function tell(message: FromThread): void {
  own.post(message);
}
