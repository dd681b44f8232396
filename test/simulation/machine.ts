/**
 * The machine: disks that outlive their owners, and whatever runs on them. One process as a rule; two
 * where somebody starts another one on the same disks while the first stands still.
 */
import { KINDS } from '../../src/actors/catalogue.ts';
import { OWN_KINDS } from '../../src/runtime/own-kinds.ts';
import type { Partition } from '../../src/runtime/partition.ts';
import type { Router } from '../../src/runtime/router.ts';
import type { Auditor } from './auditor.ts';
import { createHub, type Hub } from './bus.ts';
import { createDisk, type Disk, type Written } from './disk.ts';
import { createThread, type Kernel, MS } from './kernel.ts';
import { createNetwork, type Network } from './network.ts';
import { type Process, startProcess } from './process.ts';
import type { Unreliable } from './shard-thread.ts';
import { createWallet, type Wallet } from './wallet.ts';

export interface Machine {
  readonly disks: readonly Disk[];
  readonly network: Network;
  readonly hub: Hub;
  readonly unreliable: Unreliable;
  /** Not of this machine: what its players' money is kept in. */
  readonly wallet: Wallet;
  /** The newest one; undefined while there is none. */
  process(): Process | undefined;
  /** Of some process that lives: a client may have a connection to an older one still. */
  router(): Router | undefined;
  /** Ends everything at once; it is started again after a while. */
  powerCut(): void;
  /** Another process opens the same logs, and the first one does not know. */
  rival(frozenUs: number): void;
  /** The newest owner, where it lives and has not crashed. */
  ownerOf(partition: number): Partition | undefined;
  /** Those that nobody needs any more end. */
  settle(): void;
}

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
  const operator = createThread('operator');
  /** Few in memory and short tails: on a small day actors come and go as on a large one. */
  const keeping = chance.oneIn(3)
    ? undefined
    : { residentMax: chance.pick([1, 4, 100]), tailMax: chance.pick([4, 30, 200]) };
  const disks = Array.from({ length: options.partitions }, (_, partition) =>
    createDisk({ partition, kernel, keeping, onWritten, onOpened: auditor.opened }),
  );
  const hub = createHub({ kernel, onPublished: auditor.published });
  const network = createNetwork(kernel);
  const unreliable: Unreliable = { dropped: 0, doubled: 0, deadlyJobs: 0 };
  const wallet = createWallet({ kernel, holds: auditor.holds, find: auditor.find });
  const surroundings = { kernel, network, hub, auditor, disks, unreliable, wallet };
  const processes = new Set<Process>();
  let current: Process | undefined;
  start();

  function start(): void {
    auditor.count('processes');
    const own = startProcess(
      {
        shards: names,
        onEnd() {
          processes.delete(own);
          if (current !== own) return;
          current = undefined;
          const label = 'starts a process';
          kernel.after(chance.between(5, 2_000) * MS, { thread: operator, label }, start);
        },
      },
      surroundings,
    );
    processes.add(own);
    current = own;
  }

  function onWritten(it: Written): void {
    if (kernel.keepsTrace) for (const line of linesOf(it)) kernel.note(line);
    auditor.written(it);
  }

  return {
    disks,
    network,
    hub,
    unreliable,
    wallet,
    process: () => current,
    router: () => (processes.size === 0 ? undefined : chance.pick([...processes]).router),
    powerCut() {
      for (const it of [...processes]) it.end('power cut');
    },
    rival(frozenUs) {
      if (current === undefined) return;
      kernel.note(`a rival, while the first stands still for ${Math.round(frozenUs / MS)} ms`);
      auditor.expectFences();
      current.freeze(frozenUs);
      start();
    },
    ownerOf(partition) {
      for (const { crashed, partitions } of current?.shards() ?? []) {
        const found = partitions.get(partition);
        if (found !== undefined && !crashed && auditor.isNewest(found)) return found;
      }
      return undefined;
    },
    settle() {
      for (const it of [...processes]) if (it !== current) it.end('nobody needs it');
    },
  };
}

/** What a write says, for a trace. */
function linesOf({ partition, position, batch, outgoing, bus }: Written): string[] {
  const records = batch.map(({ stream, bytes }, index) => {
    const kind = [...KINDS, ...OWN_KINDS].find((it) => stream.startsWith(`${it.kind}/`));
    const event = kind === undefined ? '' : JSON.stringify(kind.decode(bytes));
    return `  ${partition}:${position + index} ${stream} ${event.slice(0, EVENT_MAX)}`;
  });
  return [...records, `  ${partition}: cursors ${outgoing}, ${bus}`];
}
