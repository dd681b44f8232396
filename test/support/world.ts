/**
 * The whole machine in one thread: real shards, actors, router and bus over logs in memory, so
 * that a test can ask it anything, kill it, and start it again from what its disks hold.
 */
import { KINDS, QUESTIONS } from '../../src/actors/catalogue.ts';
import { JOBS } from '../../src/actors/jobs.ts';
import type { AnyActorKind, JobTable } from '../../src/runtime/actor.ts';
import type { Bus } from '../../src/runtime/bus/bus.ts';
import { createInProcessBus } from '../../src/runtime/bus/in-process.ts';
import type { CallRunner } from '../../src/runtime/calls.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { createInProcessJobs } from '../../src/runtime/jobs-in-process.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { fixedOwners } from '../../src/runtime/owners.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { shardOf } from '../../src/runtime/placement.ts';
import { createRouter, type Router, type ShardPort } from '../../src/runtime/router.ts';
import { type Shard, startShard } from '../../src/runtime/shard.ts';
import { silent } from '../../src/runtime/telemetry.ts';

export interface World {
  readonly router: Router;
  readonly bus: Bus;
  readonly disks: readonly MemoryDisk[];
  readonly fatal: unknown[];
  /** Resolves when nothing moves between actors any more, and no job has anything to say. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export function startWorld(
  options: {
    readonly partitions?: number;
    readonly shards?: number;
    readonly disks?: readonly MemoryDisk[];
    readonly clock?: Clock;
    readonly kinds?: readonly AnyActorKind[];
    readonly jobs?: JobTable;
    readonly calls?: CallRunner;
  } = {},
): World {
  const { partitions = 4, shards: count = 2, clock = systemClock, kinds = KINDS } = options;
  const disks = options.disks ?? Array.from({ length: partitions }, createMemoryDisk);
  const names = Array.from({ length: count }, (_, index) => `shard-${index}`);
  const owners = disks.map((_, partition) => shardOf(partition, names));
  const bus = createInProcessBus({ post() {}, onMessage() {}, close() {} });
  const jobs = createInProcessJobs(options.jobs ?? JOBS);
  const fatal: unknown[] = [];
  const shards = new Map<string, Shard>();
  const ports = new Map<string, ShardPort>(
    names.map((name) => [
      name,
      {
        shard: name,
        send(request, onResponse) {
          const shard = shards.get(name);
          // As a thread that still replays: what another one delivers comes again soon.
          if (shard === undefined) onResponse({ kind: 'unanswered', why: 'stopping' });
          else shard.serve(request, onResponse);
        },
      },
    ]),
  );
  for (const name of names) {
    const own = disks.flatMap((disk, partition) =>
      owners[partition] === name ? [openPartition(openMemoryLog(disk, partition), kinds)] : [],
    );
    shards.set(
      name,
      startShard({
        name,
        partitions: own,
        kinds,
        partitionCount: disks.length,
        peers: (partition) => ports.get(owners[partition] ?? ''),
        questions: QUESTIONS,
        bus,
        jobs,
        calls: options.calls,
        clock,
        telemetry: silent,
        soon: setImmediate,
        onFatal: (cause) => fatal.push(cause),
      }),
    );
  }
  const router = createRouter(
    fixedOwners(
      owners.map((name) => {
        const port = ports.get(name);
        if (port === undefined) throw new Error(`no shard ${name}`);
        return port;
      }),
    ),
    clock,
  );

  return {
    router,
    bus,
    disks,
    fatal,
    async settled() {
      let before = '';
      for (;;) {
        const states = await router.partitions({ timeoutMs: 5_000 });
        const now = JSON.stringify(states.map(({ position, outgoing }) => [position, outgoing]));
        const still = states.every(({ outgoing }) => outgoing === 0);
        const jobless = [...shards.values()].every((it) => it.jobs.active === 0);
        if (now === before && still && jobless) return;
        before = now;
      }
    },
    async stop() {
      for (const shard of shards.values()) await shard.stop();
      await jobs.close();
      await bus.close();
    },
  };
}
