/**
 * Who breaks the machine. Each seed has its own taste: some ways of breaking often, others never,
 * so that rare combinations come up; and each is one that the design says it survives.
 */
import { REFRESH_SUBJECT } from '../../src/runtime/announcer.ts';
import type { Auditor } from './auditor.ts';
import type { Disk } from './disk.ts';
import { createThread, freeze, type Kernel, MS, SECOND } from './kernel.ts';
import type { Machine } from './machine.ts';
import type { ShardThread } from './shard-thread.ts';

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
  readonly auditor: Auditor;
}): Nemesis {
  const { kernel, machine, auditor } = options;
  const chance = kernel.chanceFor('nemesis');
  const itself = createThread('nemesis');
  const counts: Record<string, number> = {};
  const { hub, disks, unreliable, wallet } = machine;
  /** A machine that is never left alone gets nothing done that could break. */
  let left = chance.between(2, FAULTS_MAX);
  let stopped = false;

  const ways: Readonly<Record<string, () => void>> = {
    kill: () => aShard()?.kill('killed'),
    'power cut': machine.powerCut,
    'stop and start': () => void machine.process()?.crew()?.stop().then(startAgain),
    freeze: () => freezeOne(chance.between(1, 15_000)),
    'hand-off': () => void crew()?.move(chance.pick(disks).partition, aName()),
    'frozen hand-off': handOffFrozen,
    'new shard': () => void crew()?.add(),
    'shard less': () => void crew()?.remove(aName()),
    rival: () => machine.rival(chance.oneIn(2) ? 0 : chance.between(1, 8_000) * MS),
    'clock step': () => kernel.stepClock(chance.between(-3, 5) * DAY_MS),
    'failing disk': () => {
      chance.pick(disks).next = chance.pick(['fails', 'fails-after-writing']);
    },
    'slow disk': () => {
      chance.pick(disks).next = 'is-slow';
    },
    'full disk': () => fill(chance.pick(disks)),
    'harmed snapshots': () => {
      auditor.expectHarm();
      chance.pick(disks).harmSnapshots(chance.pick(['fail', 'lose', 'damage']));
    },
    'lost bus': loseBus,
    'wallet down': () => breakWallet('down'),
    'wallet silent': () => breakWallet('silent'),
    refresh: () => hub.refresh(REFRESH_SUBJECT),
  };
  const names_ = Object.keys(ways);
  const weights = names_.map(() => (chance.oneIn(2) ? chance.between(1, 5) : 0));
  const paceUs = chance.pick([150 * MS, 500 * MS, 2 * SECOND]);
  unreliable.dropped = chance.pick([0, 0, 5, 40]);
  unreliable.doubled = chance.pick([0, 0, 10, 100]);
  unreliable.deadlyJobs = chance.pick([0, 0, 3]);
  const lost = chance.pick([0, 10, 60]);
  wallet.mood.lost = chance.pick([0, 0, 30, 200]);
  wallet.mood.doubled = chance.pick([0, 0, 100]);
  wallet.mood.slow = chance.pick([0, 0, 50, 500]);
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

  const crew = () => machine.process()?.crew();

  function aShard(): ShardThread | undefined {
    const shards = machine.process()?.shards() ?? [];
    return shards.length === 0 ? undefined : chance.pick(shards);
  }

  /** One that may not be there. */
  function aName(): string {
    return aShard()?.name ?? 'shard-0';
  }

  /** As under SIGSTOP. */
  function freezeOne(forMs: number): void {
    const shard = aShard();
    if (shard !== undefined) freeze(shard.thread, kernel.nowUs + forMs * MS);
  }

  /** Whoever gives or takes a partition stands still on the way. */
  function handOffFrozen(): void {
    void crew()?.move(chance.pick(disks).partition, aName());
    kernel.after(chance.below(2 * MS), { thread: itself, label: 'freezes' }, () =>
      freezeOne(chance.between(1, 6_000)),
    );
  }

  /** An operator stopped it, and starts it again. */
  function startAgain(): void {
    machine.process()?.end('stopped');
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

  function breakWallet(how: 'down' | 'silent'): void {
    wallet.state = how;
    kernel.after(
      chance.between(10, 9_000) * MS,
      { thread: itself, label: 'mends the wallet' },
      () => {
        wallet.state = 'up';
      },
    );
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
      wallet.state = 'up';
      Object.assign(wallet.mood, { lost: 0, doubled: 0, slow: 0 });
      unreliable.dropped = 0;
      unreliable.doubled = 0;
      unreliable.deadlyJobs = 0;
      machine.settle();
    },
  };
}
