/**
 * A shard's thread: what `parts/shard.ts` and `part.ts` are to real threads, with the real shard, links
 * and owners, over simulated disks, bus, jobs and time.
 */
import { KINDS, QUESTIONS } from '../../src/actors/catalogue.ts';
import { JOBS } from '../../src/actors/jobs.ts';
import type { Death, Order, Outcome, ShardMember, Table } from '../../src/runtime/crew.ts';
import { createLink, type Link } from '../../src/runtime/link.ts';
import { CorruptLogError, FencedError, LogIoError } from '../../src/runtime/log/log.ts';
import { createOwners, type OwnersTable } from '../../src/runtime/owners.ts';
import type { Partition } from '../../src/runtime/partition.ts';
import type { ReadAhead } from '../../src/runtime/read-ahead.ts';
import type { ShardPort } from '../../src/runtime/router.ts';
import { type Shard, startShard } from '../../src/runtime/shard.ts';
import { CorruptSnapshotError } from '../../src/runtime/snapshots/store.ts';
import type { Telemetry } from '../../src/runtime/telemetry.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import type { Auditor } from './auditor.ts';
import type { Hub } from './bus.ts';
import type { Disk } from './disk.ts';
import { createJobs } from './jobs.ts';
import { createThread, type Kernel, MS, type Thread } from './kernel.ts';
import type { End, Network } from './network.ts';
import type { Wallet } from './wallet.ts';

/** What every thread of the machine lives in. */
export interface Surroundings {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly hub: Hub;
  readonly auditor: Auditor;
  readonly disks: readonly Disk[];
  readonly unreliable: Unreliable;
  readonly wallet: Wallet;
}

/** Of 1,000: answers that never come, and messages between actors that come twice. */
export interface Unreliable {
  dropped: number;
  doubled: number;
  /** Between how many commands a job's thread dies once; 0 for never. */
  deadlyJobs: number;
}

export interface ShardThread extends ShardMember<End> {
  readonly thread: Thread;
  /** As it has them in memory. */
  readonly partitions: ReadonlyMap<number, Partition>;
  /** Memory is ahead of the disk: it has said so, and does nothing more. */
  readonly crashed: boolean;
  kill(why: string): void;
}

/** Longer than this it is not waited for. */
const STOP_TIMEOUT_MS = 15_000;

export function startShardThread(
  { name, main, table }: { readonly name: string; readonly main: Thread; readonly table: Table },
  partitionNumbers: readonly number[],
  { kernel, network, hub, auditor, disks, unreliable, wallet }: Surroundings,
): ShardThread {
  const chance = kernel.chanceFor(`${name} ${kernel.steps}`);
  const thread = createThread(name);
  const mainClock = kernel.clockOf(main);
  const clock = kernel.clockOf(thread);
  const telemetry = auditedTelemetry(name, auditor);
  const partitions = new Map<number, Partition>();
  const ready = Promise.withResolvers<void>();
  const died = Promise.withResolvers<Death>();
  const orders = new Set<(outcome: Outcome) => void>();
  const owners = createOwners(disks.map(() => ''));
  owners.place(table.shards, table.version);
  const links = createLinks(owners, (from, request, respond) => serve(from, request, respond));
  let shard: Shard | undefined;
  let ahead: ReadAhead | undefined;
  let crashed = false;
  let deathReason: string | undefined;

  /** In order, as a worker gets its messages; what comes before it has booted waits. */
  const tell = (label: string, work: () => void, slowUs = 0) =>
    network.post({ from: main, to: thread, slowUs }, label, work);
  const report = (label: string, work: () => void) =>
    network.post({ from: thread, to: main }, label, work);

  tell(`${name} boots`, boot, chance.between(1, 40) * MS);

  function boot(): void {
    try {
      for (const number of partitionNumbers) partitions.set(number, open(number));
      shard = startShard({
        name,
        partitions: [...partitions.values()],
        kinds: KINDS,
        partitionCount: disks.length,
        peers: owners.of,
        questions: QUESTIONS,
        bus: hub.end(thread),
        jobs: createJobs({ kernel, thread, table: JOBS, deadly: () => unreliable.deadlyJobs }),
        calls: wallet.callsOf(thread),
        clock,
        random: { next: () => chance.below(2 ** 32), id: () => `${chance.below(2 ** 32)}` },
        telemetry,
        soon: (work) => {
          kernel.after(chance.between(1, 60), { thread, label: 'turn' }, work);
        },
        onFatal: fail,
      });
      owners.onChange(shard.ownersChanged);
      report(`${name} is ready`, ready.resolve);
    } catch (cause) {
      fail(cause);
    }
  }

  function open(number: number): Partition {
    const disk = disks[number];
    if (disk === undefined) throw new Error(`there is no partition ${number}`);
    const partition = disk.open(name, telemetry, ahead);
    ahead = undefined;
    auditor.replayed(partition);
    return partition;
  }

  function serve(from: string, request: Request, respond: (response: Response) => void): void {
    if (shard === undefined) {
      respond({ kind: 'unanswered', why: 'stopping' });
      return;
    }
    const isDropped = chance.next() * 1_000 < unreliable.dropped;
    shard.serve(request, isDropped ? () => auditor.count('dropped') : respond);
    // Only what takes a repeat for a repeat at any later time: a steward's orders do not.
    const mayDouble = request.kind === 'ask' && (from !== 'gateway' || isToPlayer(request.to));
    if (!mayDouble || chance.next() * 1_000 >= unreliable.doubled) return;
    auditor.count('doubled');
    kernel.after(chance.below(50 * MS), { thread, label: 'the same once more' }, () =>
      shard?.serve(request, () => {}),
    );
  }

  function fail(cause: unknown): void {
    if (crashed) return;
    crashed = true;
    const reason = String(cause);
    kernel.note(`${name} cannot go on: ${reason}`);
    const kind = deathOf(cause);
    if (kind === 'fenced') auditor.fenced(name);
    // A row of a cache that was harmed while its actor was away: its shard starts again without it.
    const isHarmed = cause instanceof CorruptSnapshotError && auditor.snapshotsHarmed;
    if (kind === 'defect' && !isHarmed) auditor.find('no defect ends a shard', stackOf(cause));
    report(`${name} is fatal`, () => bury({ kind, reason }));
  }

  /** As the main thread hears of it. */
  function bury(death: Death): void {
    if (deathReason !== undefined) return;
    deathReason = death.reason;
    for (const settle of orders) settle({ kind: 'failed', reason: death.reason });
    died.resolve(death);
  }

  function end(why: string): void {
    if (!thread.alive) return;
    kernel.note(`${name} ends: ${why}`);
    if (!crashed) auditor.remember([...partitions.values()]);
    thread.alive = false;
    network.died(thread);
    kernel.after(chance.below(5 * MS), { thread: main, label: `${name} is gone` }, () =>
      bury({ kind: 'defect', reason: why }),
    );
  }

  async function carryOut(order: Order): Promise<Outcome> {
    switch (order.kind) {
      case 'ping':
        return { kind: 'done' };
      case 'prepare':
        await shard?.prepare(order.partition);
        return { kind: 'done' };
      case 'read-ahead':
        ahead = disks[order.partition]?.readAhead();
        return { kind: 'done' };
      case 'release': {
        const partition = partitions.get(order.partition);
        if (shard?.release(order.partition) === undefined) {
          return { kind: 'failed', reason: `${name} does not have partition ${order.partition}` };
        }
        if (partition !== undefined) auditor.remember([partition]);
        partitions.delete(order.partition);
        return { kind: 'done' };
      }
      default: {
        const partition = open(order.partition);
        partition.recordOwner(name, clock.now());
        shard?.adopt(partition);
        partitions.set(order.partition, partition);
        return { kind: 'done', epoch: partition.log.epoch };
      }
    }
  }

  return {
    name,
    thread,
    partitions,
    ready: ready.promise,
    died: died.promise,
    get crashed() {
      return crashed;
    },
    connect: (member, end) =>
      tell(`${member} joins`, () => links.connect(member, end.attach(thread))),
    disconnect: (member) => tell(`${member} leaves`, () => links.disconnect(member)),
    place: (shards, version) => tell(`table ${version}`, () => owners.place(shards, version)),
    order(order, timeoutMs) {
      if (deathReason !== undefined) {
        return Promise.resolve({ kind: 'failed', reason: deathReason });
      }
      return new Promise((resolve) => {
        const cancel = mainClock.after(timeoutMs, () =>
          settle({ kind: 'failed', reason: `${order.kind} took longer than ${timeoutMs} ms` }),
        );
        function settle(outcome: Outcome): void {
          cancel();
          orders.delete(settle);
          resolve(outcome);
        }
        orders.add(settle);
        tell(`${order.kind} ${'partition' in order ? order.partition : ''}`, () => {
          void carryOut(order)
            .catch((cause: unknown): Outcome => {
              if (cause instanceof LogIoError || cause instanceof FencedError) fail(cause);
              else if (cause instanceof CorruptLogError) {
                auditor.find('a sound log is not called corrupt', stackOf(cause));
              }
              return { kind: 'failed', reason: String(cause) };
            })
            .then((outcome) => report(`${order.kind} is ${outcome.kind}`, () => settle(outcome)));
        });
      });
    },
    stop() {
      return new Promise((resolve) => {
        const late = mainClock.after(STOP_TIMEOUT_MS, () => done('too slow to stop'));
        function done(why: string): void {
          late();
          end(why);
          resolve();
        }
        void died.promise.then(({ reason }) => done(reason));
        tell('stops', () => {
          void shard?.stop().then(() => report(`${name} has stopped`, () => done('stopped')));
        });
      });
    },
    async terminate() {
      end('terminated');
    },
    kill: end,
  };
}

function deathOf(cause: unknown): Death['kind'] {
  if (cause instanceof LogIoError) return 'io';
  return cause instanceof FencedError ? 'fenced' : 'defect';
}

/** The ways from one thread to the shards: as `crew-links.ts`, over simulated channels. */
export function createLinks(
  owners: OwnersTable,
  serve?: (from: string, request: Request, respond: (response: Response) => void) => void,
  audited: (port: ShardPort) => ShardPort = (port) => port,
) {
  const links = new Map<string, Link>();
  return {
    connect(member: string, channel: Parameters<typeof createLink>[1]): void {
      links.get(member)?.cut();
      const link = createLink(
        member,
        channel,
        serve && ((request, respond) => serve(member, request, respond)),
      );
      links.set(member, link);
      owners.connect(audited(link));
    },
    disconnect(member: string): void {
      owners.disconnect(member);
      links.get(member)?.cut();
      links.delete(member);
    },
  };
}

/** What may be complained of in a machine that is being broken. */
const EXPECTED_COMPLAINTS = new Set([
  'the bus did not confirm facts, they will be told again',
  'a job failed, it will be begun again',
  'a call has no answer, it will be made again',
  'a shard died, it is started again',
  'a shard is silent, it is ended',
  'snapshots are not written any more, the next start replays more',
  'a partition is replayed from its first record',
]);

export function auditedTelemetry(name: string, auditor: Auditor): Telemetry {
  function complain(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (EXPECTED_COMPLAINTS.has(message)) return;
    auditor.find('nothing is complained of', `${name}: ${message} ${JSON.stringify(fields)}`);
  }
  return { info() {}, warn: complain, error: complain };
}

function isToPlayer(address: string): boolean {
  return address.startsWith('player/');
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
