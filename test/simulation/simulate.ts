/**
 * One simulated day: the machine, who uses it, who breaks it, who looks on. Faults for a number of
 * steps; then none, and everything must settle within a bound.
 */
import type { Address } from '../../src/runtime/actor.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import { type Auditor, createAuditor, type Finding } from './auditor.ts';
import { createDoor } from './door.ts';
import { createKernel, SECOND } from './kernel.ts';
import { createMachine, type Machine } from './machine.ts';
import { startNemesis } from './nemesis.ts';
import { startWorkload } from './workload.ts';

export interface Simulation {
  readonly seed: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** The first thing that should not be; undefined for a day on which all is well. */
  readonly finding: Finding | undefined;
  readonly trace: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  readonly checked: Readonly<Record<string, number>>;
}

/** With faults; the rest of the day goes on without. */
export const STEPS = 6_000;

/** From the last fault until everything is settled, many times what it takes. */
const SETTLING_STEPS_MAX = 60_000;
const SETTLING_US_MAX = 300 * SECOND;

/** Memory is compared with the disk so often: it costs as much as many steps. */
const COMPARE_EVERY = 2_000;

/** Once nobody uses the machine, how often somebody looks at what seems to have no owner. */
const LOOK_EVERY_US = 20 * SECOND;

/** How often somebody asks whether all is quiet. */
const QUIET_EVERY = 50;

export async function simulate(options: {
  readonly seed: number;
  readonly steps?: number;
  readonly keepTrace?: boolean;
}): Promise<Simulation> {
  const { seed, steps = STEPS, keepTrace = false } = options;
  const kernel = createKernel(seed, { keepTrace });
  const chance = kernel.chanceFor('size');
  const partitions = chance.between(2, 5);
  const shards = chance.between(2, 3);
  const auditor: Auditor = createAuditor(partitions);
  const { find, findings } = auditor;
  const machine: Machine = createMachine({ kernel, auditor, partitions, shards });
  const nemesis = startNemesis({ kernel, machine, auditor });
  const door = createDoor({ kernel, gateway: machine.router, lost: nemesis.lost });
  const workload = startWorkload({ kernel, door, find });

  async function step(): Promise<boolean> {
    try {
      if (!(await kernel.step())) find('something always happens', 'nothing is left to do');
      auditor.look();
      if (kernel.steps % COMPARE_EVERY === 0) auditor.compare(machine);
    } catch (cause) {
      find('nothing throws', cause instanceof Error ? (cause.stack ?? cause.message) : `${cause}`);
    }
    return findings.length === 0;
  }

  function giveTime(): void {
    lastStep = kernel.steps + SETTLING_STEPS_MAX;
    lastUs = kernel.nowUs + SETTLING_US_MAX;
    lookUs = kernel.nowUs + LOOK_EVERY_US;
  }

  /** Until the next timer is due. Some mornings find the machine as it was, others just started. */
  function night(untilMs: number): void {
    kernel.note('a night goes by');
    auditor.count('nights');
    kernel.stepClock(untilMs - door.now());
    if (chance.oneIn(2)) machine.powerCut();
    giveTime();
  }

  /**
   * An owner finds out that it is none when it is asked. A process that wakes up in the middle of a
   * hand-off takes the log from a newer one before it ends, and where nobody asks, that stays so.
   */
  function lookIn(): void {
    lookUs = kernel.nowUs + LOOK_EVERY_US;
    for (const { partition } of machine.disks) {
      if (machine.ownerOf(partition) !== undefined) continue;
      const what = () => ({ query: { kind: 'account' } });
      void door.ask(playerIn(partition, partitions), what, { id: `look-${kernel.steps}` });
    }
  }

  const isQuiet = () => restlessness(machine, door.now()) === '';

  while (kernel.steps < steps && !workload.done && (await step()));
  nemesis.stop();
  door.hurry();
  let lastStep = 0;
  let lastUs = 0;
  let lookUs = 0;
  giveTime();
  while (findings.length === 0) {
    if (kernel.steps % QUIET_EVERY === 0 && workload.done && isQuiet()) {
      const nextMs = nextTimerMs(machine);
      if (nextMs === undefined) break;
      night(nextMs);
    }
    if (kernel.steps > lastStep || kernel.nowUs > lastUs) {
      find(
        'everything settles',
        `${kernel.steps} steps, and still: ${restlessness(machine, door.now())}`,
      );
    }
    if (kernel.nowUs >= lookUs) lookIn();
    await step();
  }
  if (findings.length === 0) auditor.conclude(machine);

  return {
    seed,
    steps: kernel.steps,
    virtualMs: Math.round(kernel.nowUs / 1_000),
    finding: findings[0],
    trace: kernel.trace,
    faults: { ...nemesis.counts, ...machine.network.counts, ...machine.wallet.counts },
    checked: { ...auditor.counts, ...workload.counts, ...door.counts },
  };
}

/** Somebody who was never there, and would be in that partition. */
function playerIn(partition: number, partitions: number): Address {
  for (let index = 0; ; index++) {
    const address: Address = `player/nobody-${index}`;
    if (partitionOf(address, partitions) === partition) return address;
  }
}

/** The earliest; undefined where no actor waits for any. */
function nextTimerMs(machine: Machine): number | undefined {
  const named = machine.disks.flatMap(({ partition }) =>
    [...(machine.ownerOf(partition)?.cells.values() ?? [])].flatMap(
      ({ kind, id, state }) => kind.timers?.(id, state) ?? [],
    ),
  );
  return named.length === 0 ? undefined : Math.min(...named.map(({ atMs }) => atMs));
}

/** What still moves, in words. */
function restlessness(machine: Machine, nowMs: number): string {
  for (const disk of machine.disks) {
    const name = `partition ${disk.partition}`;
    const partition = machine.ownerOf(disk.partition);
    if (partition === undefined) return `${name} has no owner`;
    const { outgoing, bus } = disk.copy().cursors();
    const { position } = partition.log.head();
    if (outgoing !== position) return `${name} has commands under way from ${outgoing + 1} on`;
    if (bus !== position) return `${name} has facts that nobody heard from ${bus + 1} on`;
    for (const { address, kind, id, state } of partition.cells.values()) {
      const [job] = kind.jobs?.(id, state) ?? [];
      if (job !== undefined) return `${address} has the job ${job.key} due`;
      const [call] = kind.calls?.(id, state) ?? [];
      if (call !== undefined) return `${address} waits for ${call.service} to ${call.key}`;
      const due = kind.timers?.(id, state).find(({ atMs }) => atMs <= nowMs);
      if (due !== undefined) return `${address} has the timer ${due.key} due`;
    }
  }
  return '';
}
