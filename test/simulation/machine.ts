/**
 * The machine: the real shards over simulated disks, network, bus and time, and who starts them
 * again when they die. A shard's thread lives once; its next life is another thread of its name.
 */
import { KINDS, QUESTIONS } from '../../src/actors/catalogue.ts';
import { JOBS } from '../../src/actors/jobs.ts';
import { FencedError } from '../../src/runtime/log/log.ts';
import { openPartition, type Partition } from '../../src/runtime/partition.ts';
import { createRouter, type Router } from '../../src/runtime/router.ts';
import { type Shard, startShard } from '../../src/runtime/shard.ts';
import type { Telemetry } from '../../src/runtime/telemetry.ts';
import type { Auditor } from './auditor.ts';
import { createHub, type Hub } from './bus.ts';
import { createDisk, type Disk, DiskError, type Written } from './disk.ts';
import { createJobs } from './jobs.ts';
import { createThread, type Kernel, MS, type Thread } from './kernel.ts';
import { createNetwork, type Network } from './network.ts';

export interface Life {
  readonly name: string;
  readonly thread: Thread;
  readonly partitions: readonly Partition[];
  readonly shard: Shard;
  /** Its memory is ahead of the disk: it has said so, and is about to die. */
  crashed: boolean;
}

export interface Machine {
  readonly disks: readonly Disk[];
  readonly network: Network;
  readonly hub: Hub;
  readonly names: readonly string[];
  /** Of shards that are up. */
  readonly lives: ReadonlyMap<string, Life>;
  /** Undefined while it is down. */
  gateway(): Router | undefined;
  /** The life that owns the partition and has opened it last; undefined while there is none. */
  ownerOf(partition: number): Life | undefined;
  /** Ends the thread where it stands; it is started again after a while. */
  kill(name: string, why: string): void;
  /** Ends everything at once. */
  powerCut(): void;
  /** As at SIGTERM, and then started again. */
  restart(name: string): void;
  /** The thread stands still, and does not know it. */
  freeze(name: string, forUs: number): void;
  /** Another shard opens the partition, and nobody tells the one that has it. */
  handOff(partition: number, to: string): void;
  /** Between how many commands a job's thread dies once; 0 for never. */
  deadlyJobs: number;
  readonly counts: { lives: number; kills: number; powerCuts: number; handOffs: number };
}

/** What may be complained of in a machine that is being broken. */
const EXPECTED_COMPLAINTS = new Set([
  'the bus did not confirm facts, they will be told again',
  'a job failed, it will be begun again',
]);

/** Of an event in a trace. */
const EVENT_MAX = 400;

export function createMachine(options: {
  readonly kernel: Kernel;
  readonly auditor: Auditor;
  readonly partitions: number;
  readonly shards: number;
}): Machine {
  const { kernel, auditor } = options;
  const chance = kernel.chanceFor('machine');
  const names = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const main = createThread('main');
  const lives = new Map<string, Life>();
  const due = new Set<string>();
  const counts = { lives: 0, kills: 0, powerCuts: 0, handOffs: 0 };
  const disks = Array.from({ length: options.partitions }, (_, partition) =>
    createDisk({ partition, kernel, onWritten, onOpened: auditor.opened }),
  );
  /** Who opens each partition when it starts. */
  const owners = disks.map(() => chance.pick(names));
  const hub = createHub({ kernel, onPublished: auditor.published });
  const network = createNetwork({
    kernel,
    onAnswer: auditor.answered,
    ownerOf(partition) {
      const life = lives.get(owners[partition] ?? '');
      return life && { thread: life.thread, serve: life.shard.serve };
    },
  });
  let gateway: { readonly thread: Thread; readonly router: Router } | undefined;

  const machine: Machine = {
    disks,
    network,
    hub,
    names,
    lives,
    counts,
    deadlyJobs: 0,
    gateway: () => gateway?.router,
    ownerOf: (partition) => lives.get(owners[partition] ?? ''),
    kill(name, why) {
      end(name, why);
      startLater(name);
    },
    powerCut() {
      counts.powerCuts++;
      kernel.note('power cut');
      for (const name of names) end(name, 'power cut');
      if (gateway !== undefined) {
        gateway.thread.alive = false;
        network.died(gateway.thread);
        gateway = undefined;
      }
      const offUs = chance.between(5, 3_000) * MS;
      for (const name of names) startLater(name, offUs + chance.below(50 * MS));
      kernel.after(offUs + 100 * MS, { thread: main, label: 'starts the gateway' }, startGateway);
    },
    restart(name) {
      const life = lives.get(name);
      if (life === undefined || life.crashed) return;
      kernel.note(`${name} is told to stop`);
      void stop(life);
    },
    freeze(name, forUs) {
      const life = lives.get(name);
      if (life === undefined) return;
      kernel.note(`${name} stands still for ${Math.round(forUs / MS)} ms`);
      life.thread.stoppedUntilUs = kernel.nowUs + forUs;
    },
    handOff(partition, to) {
      if (owners[partition] === to) return;
      counts.handOffs++;
      kernel.note(`partition ${partition} goes from ${owners[partition]} to ${to}`);
      end(to, 'to open another partition');
      owners[partition] = to;
      startLater(to, chance.between(1, 100) * MS);
    },
  };
  for (const name of names) start(name);
  startGateway();
  return machine;

  async function stop(life: Life): Promise<void> {
    await life.shard.stop();
    if (lives.get(life.name) !== life) return;
    end(life.name, 'stopped');
    startLater(life.name);
  }

  function startLater(name: string, inUs = chance.between(1, 2_000) * MS): void {
    if (due.has(name) || lives.has(name)) return;
    due.add(name);
    kernel.after(inUs, { thread: main, label: `starts ${name}` }, () => {
      due.delete(name);
      start(name);
    });
  }

  function startGateway(): void {
    const thread = createThread('gateway');
    const ports = disks.map(({ partition }) => network.portTo(partition, thread));
    gateway = { thread, router: createRouter(ports, kernel.clockOf(thread)) };
  }

  function end(name: string, why: string): void {
    const life = lives.get(name);
    if (life === undefined) return;
    kernel.note(`${name} dies: ${why}`);
    counts.kills++;
    if (!life.crashed) auditor.remember(life.partitions);
    life.thread.alive = false;
    lives.delete(name);
    network.died(life.thread);
  }

  function start(name: string): void {
    counts.lives++;
    const thread = createThread(name);
    const partitions: Partition[] = [];
    for (const disk of disks) {
      if (owners[disk.partition] !== name) continue;
      const partition = openPartition(disk.open(name), KINDS);
      auditor.replayed(partition);
      partitions.push(partition);
    }
    const clock = kernel.clockOf(thread);
    const shard = startShard({
      name,
      partitions,
      partitionCount: disks.length,
      peers: (partition) => network.portTo(partition, thread),
      questions: QUESTIONS,
      bus: hub.end(thread),
      jobs: createJobs({ kernel, thread, table: JOBS, deadly: () => machine.deadlyJobs }),
      clock,
      telemetry: telemetryOf(name),
      soon: (work) => {
        kernel.after(chance.between(1, 60), { thread, label: 'turn' }, work);
      },
      onFatal: (cause) => died(name, cause),
    });
    lives.set(name, { name, thread, partitions, shard, crashed: false });
  }

  function onWritten(it: Written): void {
    if (kernel.keepsTrace) for (const line of linesOf(it)) kernel.note(line);
    auditor.written(it);
  }

  /** It cannot be trusted any more; what runs it finds out a moment later. */
  function died(name: string, cause: unknown): void {
    const life = lives.get(name);
    if (life === undefined) return;
    life.crashed = true;
    kernel.note(`${name} cannot go on: ${String(cause)}`);
    const isFailure = cause instanceof DiskError || cause instanceof FencedError;
    if (!isFailure) auditor.find('no defect ends a shard', `${name}: ${stackOf(cause)}`);
    kernel.after(chance.below(2 * MS), { thread: main, label: `ends ${name}` }, () => {
      if (lives.get(name) !== life) return;
      // An error of a disk ends the process.
      if (cause instanceof DiskError && chance.oneIn(2)) machine.powerCut();
      else machine.kill(name, 'it said so');
    });
  }

  function telemetryOf(name: string): Telemetry {
    function complain(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
      if (EXPECTED_COMPLAINTS.has(message)) return;
      auditor.find('nothing is complained of', `${name}: ${message} ${JSON.stringify(fields)}`);
    }
    return { info() {}, warn: complain, error: complain };
  }
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** What a write says, for a trace. */
function linesOf({ partition, position, batch, outgoing, bus }: Written): string[] {
  const records = batch.map(({ stream, bytes }, index) => {
    const kind = KINDS.find((it) => stream.startsWith(`${it.kind}/`));
    const event = kind === undefined ? '' : JSON.stringify(kind.decode(bytes));
    return `  ${partition}:${position + index} ${stream} ${event.slice(0, EVENT_MAX)}`;
  });
  return [...records, `  ${partition}: cursors ${outgoing}, ${bus}`];
}
