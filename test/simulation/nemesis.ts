/**
 * Who breaks the machine. Each seed has its own taste: some ways of breaking often, others never,
 * so that rare combinations come up; and each is one that the design says it survives.
 */
import { REFRESH_SUBJECT } from '../../src/runtime/announcer.ts';
import type { Disk } from './disk.ts';
import { createThread, type Kernel, MS, SECOND } from './kernel.ts';
import type { Machine } from './machine.ts';

export interface Nemesis {
  /** Mends everything, and breaks nothing more. */
  stop(): void;
  /** Answers out of 1,000 that a client never gets. */
  lost(): number;
  readonly counts: Readonly<Record<string, number>>;
}

const FAULTS_MAX = 16;

const DAY_MS = 24 * 60 * 60 * 1_000;

export function startNemesis(options: {
  readonly kernel: Kernel;
  readonly machine: Machine;
}): Nemesis {
  const { kernel, machine } = options;
  const chance = kernel.chanceFor('nemesis');
  const itself = createThread('nemesis');
  const counts: Record<string, number> = {};
  const { network, hub, disks, names } = machine;
  /** A machine that is never left alone gets nothing done that could break. */
  let left = chance.between(2, FAULTS_MAX);
  let stopped = false;

  const ways: Readonly<Record<string, () => void>> = {
    kill: () => machine.kill(chance.pick(names), 'killed'),
    'power cut': machine.powerCut,
    restart: () => machine.restart(chance.pick(names)),
    freeze: () => machine.freeze(chance.pick(names), chance.between(1, 15_000) * MS),
    'hand-off': () => machine.handOff(chance.pick(disks).partition, chance.pick(names)),
    'frozen owner': frozenOwner,
    'clock step': () => kernel.stepClock(chance.between(-3, 5) * DAY_MS),
    'failing disk': () => chance.pick(disks).next = chance.pick(['fails', 'fails-after-writing']),
    'slow disk': () => chance.pick(disks).next = 'is-slow',
    'full disk': () => fill(chance.pick(disks)),
    'lost bus': loseBus,
    refresh: () => hub.refresh(REFRESH_SUBJECT),
  };
  const names_ = Object.keys(ways);
  const weights = names_.map(() => (chance.oneIn(2) ? chance.between(1, 5) : 0));
  const paceUs = chance.pick([150 * MS, 500 * MS, 2 * SECOND]);
  network.unreliable.dropped = chance.pick([0, 0, 5, 40]);
  network.unreliable.doubled = chance.pick([0, 0, 10, 100]);
  machine.deadlyJobs = chance.pick([0, 0, 3]);
  const lost = chance.pick([0, 10, 60]);
  // A taste for nothing is the day as it should be.
  if (weights.some((weight) => weight > 0)) later();

  function later(): void {
    kernel.after(chance.below(2 * paceUs), { thread: itself, label: 'breaks something' }, () => {
      if (stopped || left-- === 0) return;
      const way = names_[chance.weighted(weights)] ?? '';
      counts[way] = (counts[way] ?? 0) + 1;
      kernel.note(`nemesis: ${way}`);
      ways[way]?.();
      later();
    });
  }

  /** The owner stands still, somebody else takes over, and it wakes up and knows nothing of it. */
  function frozenOwner(): void {
    const { partition } = chance.pick(disks);
    const owner = machine.ownerOf(partition);
    if (owner === undefined) return;
    machine.freeze(owner.name, chance.between(50, 8_000) * MS);
    machine.handOff(partition, chance.pick(names.filter((it) => it !== owner.name)));
  }

  function fill(disk: Disk): void {
    disk.full = true;
    kernel.after(chance.between(10, 4_000) * MS, { thread: itself, label: 'makes room' }, () => {
      disk.full = false;
    });
  }

  function loseBus(): void {
    hub.down = true;
    kernel.after(chance.between(10, 4_000) * MS, { thread: itself, label: 'mends the bus' }, () => {
      hub.down = false;
    });
  }

  return {
    counts,
    lost: () => (stopped ? 0 : lost),
    stop() {
      stopped = true;
      kernel.note('nemesis: stops');
      for (const disk of disks) {
        disk.full = false;
        disk.next = 'succeeds';
      }
      hub.down = false;
      network.unreliable.dropped = 0;
      network.unreliable.doubled = 0;
      machine.deadlyJobs = 0;
    },
  };
}
