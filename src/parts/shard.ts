/**
 * A shard's thread at work: opens the logs that it is given, serves them, and takes over and lets go of
 * partitions as it is told.
 */
import { KINDS, QUESTIONS } from '../actors/catalogue.ts';
import { SOFTWARE } from '../actors/software.ts';
import { createCrewLinks } from '../crew-links.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Order, Outcome } from '../runtime/crew.ts';
import { snapshotPath } from '../runtime/data-dir.ts';
import { createLinkedCalls } from '../runtime/linked-calls.ts';
import { FencedError, LogIoError } from '../runtime/log/log.ts';
import { type LogReader, openSqliteLog, openSqliteReader } from '../runtime/log/sqlite.ts';
import { createOwners } from '../runtime/owners.ts';
import { openPartition, type Partition, programOf } from '../runtime/partition.ts';
import { openPiscinaJobs } from '../runtime/piscina.ts';
import { type ReadAhead, readAhead } from '../runtime/read-ahead.ts';
import { type Shard, startShard } from '../runtime/shard.ts';
import { openSqliteSnapshotReader, openSqliteSnapshots } from '../runtime/snapshots/sqlite.ts';
import { messageOf, stackOf } from '../runtime/thrown.ts';
import type { ShardBoot } from '../thread-messages.ts';
import type { Part, Surroundings } from './part.ts';

/** Of reading ahead, between two turns. */
const READ_AHEAD_SLICE_MS = 2;

export function startShardPart(
  { name, dataDir, dataId, logs, residentMax, partitions, table, hasWallet }: ShardBoot,
  { bus, telemetry, tell, fail }: Surroundings,
): Part {
  const owners = createOwners(logs.map(() => ''));
  owners.place(table.shards, table.version);
  const program = programOf(SOFTWARE, KINDS);
  const entry = new URL('../job-worker.ts', import.meta.url);
  const jobs = openPiscinaJobs({ entry, telemetry });

  /** Of the partition that is to come next. */
  let ahead: ReadAhead | undefined;
  let aheadOrders = 0;

  function logPathOf(partition: number): string {
    const path = logs[partition];
    if (path === undefined) throw new Error(`there is no partition ${partition}`);
    return path;
  }

  function open(partition: number): Partition {
    const log = openSqliteLog(logPathOf(partition), partition, dataId);
    const { epoch } = log;
    const onDiscard = (cause: string) =>
      telemetry.warn('snapshots were discarded', { partition, cause });
    const owner = { partition, dataId, program, epoch, onDiscard };
    const snapshots = openSqliteSnapshots(snapshotPath(dataDir, partition), owner);
    const options = { snapshots, ahead, residentMax, telemetry };
    ahead = undefined;
    return openPartition(log, KINDS, options);
  }

  /** Between turns, until another order makes it worthless; what goes wrong costs time later. */
  async function inSteps(partition: number): Promise<ReadAhead | undefined> {
    const mine = ++aheadOrders;
    const owner = { partition, dataId, program };
    const snapshots = openSqliteSnapshotReader(snapshotPath(dataDir, partition), owner);
    let log: LogReader | undefined;
    try {
      if (snapshots === undefined) return undefined;
      log = openSqliteReader(logPathOf(partition), partition, dataId);
      const reading = readAhead(snapshots, log, KINDS);
      let begunMs = performance.now();
      while (mine === aheadOrders) {
        const step = reading.next();
        if (step.done) return step.value;
        if (performance.now() - begunMs < READ_AHEAD_SLICE_MS) continue;
        await new Promise<void>((resolve) => void setImmediate(resolve));
        begunMs = performance.now();
      }
      return undefined;
    } catch (cause) {
      telemetry.warn('a partition was not read ahead', { partition, cause: stackOf(cause) });
      return undefined;
    } finally {
      log?.close();
      snapshots?.close();
    }
  }

  const links = createCrewLinks(owners, (request, respond) => shard.serve(request, respond));
  const wallet = createLinkedCalls(links.portOf('wallet'), systemClock);
  const shard: Shard = startShard({
    name,
    partitions: partitions.map(open),
    kinds: KINDS,
    partitionCount: logs.length,
    peers: owners.of,
    questions: QUESTIONS,
    bus,
    jobs,
    calls: hasWallet ? wallet : undefined,
    clock: systemClock,
    telemetry,
    soon: setImmediate,
    onFatal: fail,
  });
  owners.onChange(() => {
    // Nobody comes back for what a hand-off that failed has left.
    aheadOrders++;
    ahead = undefined;
    shard.ownersChanged();
  });
  if (!hasWallet && shard.calls.open > 0) {
    telemetry.error(
      'the wallet owes answers that nobody can ask it for: start again with --wallet HOST:PORT',
      { open: shard.calls.open },
    );
  }

  async function carryOut(order: Order): Promise<Outcome> {
    switch (order.kind) {
      case 'ping':
        return { kind: 'done' };
      case 'prepare':
        await shard.prepare(order.partition);
        return { kind: 'done' };
      case 'read-ahead': {
        const { partition } = order;
        ahead = undefined;
        const read = await inSteps(partition);
        if (read !== undefined) ahead = read;
        return { kind: 'done' };
      }
      case 'release': {
        const position = shard.release(order.partition);
        if (position !== undefined) return { kind: 'done' };
        return { kind: 'failed', reason: `${name} does not have partition ${order.partition}` };
      }
      default: {
        const partition = open(order.partition);
        partition.recordOwner(name, systemClock.now());
        shard.adopt(partition);
        return { kind: 'done', epoch: partition.log.epoch };
      }
    }
  }

  return {
    port: 0,
    hear(message) {
      if (message.kind !== 'order') return links.hear(message);
      const { number, order } = message;
      void carryOut(order)
        .catch((cause: unknown): Outcome => {
          // A disk that failed here fails everywhere; whoever has fenced one log has more.
          if (cause instanceof LogIoError || cause instanceof FencedError) fail(cause);
          else telemetry.error('an order failed', { ...order, cause: stackOf(cause) });
          return { kind: 'failed', reason: messageOf(cause) };
        })
        .then((outcome) => tell({ kind: 'carried-out', number, outcome }));
    },
    async stop() {
      await shard.stop();
      await jobs.close();
    },
  };
}
