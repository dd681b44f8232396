/**
 * A thread's entry: a shard, a gateway, an edge, a wallet's client or the notary, as the message that
 * starts it says.
 *
 * Its life: start (for a shard: open the logs and replay them), say `ready`, serve until told to
 * `stop`, say `stopped`. What it cannot survive it says as `fatal`, and does nothing more.
 */
import type { Part, Surroundings } from './parts/part.ts';
import type { Bus } from './runtime/bus/bus.ts';
import { createInProcessBus } from './runtime/bus/in-process.ts';
import type { Death } from './runtime/crew.ts';
import { FencedError, LogIoError } from './runtime/log/log.ts';
import { openPinoTelemetry } from './runtime/pino.ts';
import type { Telemetry } from './runtime/telemetry.ts';
import { openBroadcast, ownThread } from './runtime/threads.ts';
import { messageOf, stackOf } from './runtime/thrown.ts';
import type { Boot, FromThread, ToThread } from './thread-messages.ts';

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
  const part = await startPart(boot, { bus, telemetry, tell, fail });
  hear = (message) => {
    if (message.kind === 'stop') void stop(part, bus, message.graceMs);
    else part.hear(message);
  };
  for (const message of early) hear(message);
  tell({ kind: 'ready', port: part.port });
} catch (cause) {
  fail(cause);
}

/** A part's code is loaded where it runs: six threads that load everything start half as fast. */
async function startPart(it: Boot, around: Surroundings): Promise<Part> {
  switch (it.role) {
    case 'shard':
      return (await import('./parts/shard.ts')).startShardPart(it, around);
    case 'gateway':
      return (await import('./parts/gateway.ts')).startGatewayPart(it, around);
    case 'wallet':
      return (await import('./parts/wallet.ts')).startWalletPart(it);
    case 'notary':
      return (await import('./parts/notary.ts')).startNotaryPart(it, around);
    default:
      return (await import('./parts/edge.ts')).startEdgePart(it, around);
  }
}

async function openBus({ nats, broadcast, name }: Boot, log: Telemetry): Promise<Bus> {
  if (nats === undefined) return createInProcessBus(openBroadcast(broadcast));
  const { openNatsBus } = await import('./runtime/bus/nats.ts');
  return openNatsBus({
    url: nats,
    name: `furlong ${name}`,
    onStatus: (status) => log.warn('bus', { ...status }),
  });
}

async function stop(part: Part, bus: Bus, graceMs?: number): Promise<void> {
  try {
    await part.stop(graceMs);
    await bus.close();
    tell({ kind: 'stopped' });
  } catch (cause) {
    fail(cause);
  }
}

function fail(cause: unknown): void {
  const reason = messageOf(cause);
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
