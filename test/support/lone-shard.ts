// One shard of counters whose turns, time and disks are in the hands of a test.
import type { Address, AnyActorKind, BusQuestion } from '../../src/runtime/actor.ts';
import type { CallRunner } from '../../src/runtime/calls.ts';
import type { JobRunner } from '../../src/runtime/jobs.ts';
import { createInProcessJobs } from '../../src/runtime/jobs-in-process.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { ShardPort } from '../../src/runtime/router.ts';
import { type Shard, startShard } from '../../src/runtime/shard.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import { patient } from './chances.ts';
import { type CounterCommand, type CounterQuery, counter } from './counter-actor.ts';
import { createRecordingBus, type RecordingBus } from './recording-bus.ts';
import { createTurnedClock, type TurnedClock } from './turned-clock.ts';

export interface LoneShard {
  readonly shard: Shard;
  readonly bus: RecordingBus;
  readonly clock: TurnedClock;
  readonly disks: readonly MemoryDisk[];
  readonly fatal: unknown[];
  /** Messages of telemetry's warnings and errors. */
  readonly complaints: string[];
  /** What they were about. */
  readonly complaintFields: Readonly<Record<string, unknown>>[];
  /** Turns that are due. */
  readonly turns: (() => void)[];
  /** Runs turns until none is due. */
  runTurns(): void;
  /** Runs turns, and lets the jobs work, until they have nothing more to say for now. */
  runJobs(): Promise<void>;
  /** @returns Where the answers will be: one, if all is well. */
  serve(request: Request): readonly Response[];
  ask(to: Address, what: Asking): readonly Response[];
}

interface Asking {
  readonly command?: CounterCommand;
  readonly query?: CounterQuery;
  readonly deadlineMs?: number;
}

export function startLoneShard(
  options: {
    readonly partitions?: number;
    /** Numbers of those that the shard owns; all, if left out. */
    readonly own?: readonly number[];
    readonly disks?: readonly MemoryDisk[];
    readonly clock?: TurnedClock;
    readonly bus?: RecordingBus;
    readonly kinds?: readonly AnyActorKind[];
    readonly peers?: (partition: number) => ShardPort | undefined;
    readonly questions?: readonly BusQuestion[];
    readonly jobs?: JobRunner;
    readonly calls?: CallRunner;
    readonly random?: Random;
  } = {},
): LoneShard {
  const { clock = createTurnedClock(), bus = createRecordingBus(), kinds = [counter] } = options;
  const disks = options.disks ?? Array.from({ length: options.partitions ?? 1 }, createMemoryDisk);
  const own = options.own ?? disks.map((_, partition) => partition);
  const turns: (() => void)[] = [];
  const fatal: unknown[] = [];
  const complaints: string[] = [];
  const complaintFields: Readonly<Record<string, unknown>>[] = [];
  const complain = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    complaints.push(message);
    complaintFields.push(fields);
  };
  const shard = startShard({
    name: 'lone',
    partitions: disks.flatMap((disk, partition) =>
      own.includes(partition) ? [openPartition(openMemoryLog(disk, partition), kinds)] : [],
    ),
    kinds,
    partitionCount: disks.length,
    peers: options.peers ?? (() => undefined),
    questions: options.questions ?? [],
    bus,
    jobs: options.jobs ?? createInProcessJobs({}),
    // The longest back-off there is.
    calls: options.calls,
    clock,
    random: options.random ?? patient,
    telemetry: { info() {}, warn: complain, error: complain },
    soon: (work) => turns.push(work),
    onFatal: (cause) => fatal.push(cause),
  });
  let asks = 0;

  function runTurns(): void {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
  }

  function serve(request: Request): readonly Response[] {
    const responses: Response[] = [];
    shard.serve(request, (response) => responses.push(response));
    return responses;
  }

  return {
    shard,
    bus,
    clock,
    disks,
    fatal,
    complaints,
    complaintFields,
    turns,
    runTurns,
    async runJobs() {
      do {
        runTurns();
        await new Promise((resolve) => setImmediate(resolve));
      } while (turns.length > 0 || shard.jobs.active > 0);
    },
    serve,
    ask: (to, { deadlineMs = Number.POSITIVE_INFINITY, ...what }) =>
      serve({ kind: 'ask', to, id: `ask-${asks++}`, deadlineMs, ...what }),
  };
}

/** Some counter that lives in the partition. */
export function counterIn(partition: number, partitions: number, skip = 0): Address {
  let left = skip;
  for (let id = 0; ; id++) {
    const address: Address = `counter/${id}`;
    if (partitionOf(address, partitions) === partition && left-- === 0) return address;
  }
}
