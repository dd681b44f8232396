/** The notary's thread: signs the logs beside their shards, and proves what is in them. */
import { receiptKeyOf } from '../actors/receipts.ts';
import { systemClock } from '../runtime/clock.ts';
import { partitionOf } from '../runtime/placement.ts';
import { openBroadcast } from '../runtime/threads.ts';
import { serveNotary } from '../runtime/tlog/notary-line.ts';
import { letOthersGoFirst, openNotary } from '../runtime/tlog/open-notary.ts';
import { type NotaryBoot, notaryLineOf } from '../thread-messages.ts';
import type { Part, Surroundings } from './part.ts';

export function startNotaryPart(boot: NotaryBoot, { telemetry, fail }: Surroundings): Part {
  letOthersGoFirst();
  const notary = openNotary({
    ...boot,
    keyOf: receiptKeyOf,
    clock: systemClock,
    telemetry,
    onLost: fail,
  });
  const count = boot.logs.length;
  serveNotary(openBroadcast(notaryLineOf(boot)), notary, (stream) => partitionOf(stream, count));
  return { port: 0, hear() {}, stop: notary.stop };
}
