/** Signs a log as a server does that starts on it, signs what is there, and stops. */
import { randomUUID } from 'node:crypto';
import { receiptKeyOf } from '../../src/actors/receipts.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { silent, type Telemetry } from '../../src/runtime/telemetry.ts';
import type { TreeState } from '../../src/runtime/tlog/notary.ts';
import { openNotary } from '../../src/runtime/tlog/open-notary.ts';
import { takeTlog } from '../../src/runtime/tlog/owner.ts';

export async function signLog(
  dataDir: string,
  telemetry: Telemetry = silent,
): Promise<readonly TreeState[]> {
  const { id: dataId, logs } = readDataDir(dataDir);
  const owner = randomUUID();
  takeTlog(dataDir, owner);
  const notary = openNotary({
    // Whatever is in the log was there before.
    startedAtMs: Number.POSITIVE_INFINITY,
    dataDir,
    dataId,
    owner,
    logs,
    everyMs: 60_000,
    keyOf: receiptKeyOf,
    clock: systemClock,
    telemetry,
    onLost(cause) {
      throw cause;
    },
  });
  await notary.stop();
  return notary.states();
}
