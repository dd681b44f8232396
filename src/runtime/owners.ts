/**
 * Which shard has which partition, as one thread knows it, and the way to each shard.
 *
 * Tables come with a version, and a later one replaces an earlier one. Between two of them a shard
 * may be asked for what it has no more: it says `moved`, and who asked asks again when the next table
 * is there.
 */
import type { ShardPort } from './router.ts';

export interface Owners {
  readonly partitions: number;
  /** Undefined while nobody can be asked: its shard is gone, and no other has it yet. */
  of(partition: number): ShardPort | undefined;
  /** Every shard there is a way to. */
  all(): readonly ShardPort[];
  /** Called after each change. */
  onChange(listener: () => void): void;
}

export interface OwnersTable extends Owners {
  connect(port: ShardPort): void;
  disconnect(shard: string): void;
  /** Names of the shards, by partition. An older table than the one in place changes nothing. */
  place(shards: readonly string[], version: number): void;
}

export function createOwners(first: readonly string[]): OwnersTable {
  const ports = new Map<string, ShardPort>();
  const listeners: (() => void)[] = [];
  let shards = first;
  let placedVersion = 0;

  function changed(): void {
    for (const listener of listeners) listener();
  }

  return {
    partitions: first.length,
    of: (partition) => ports.get(shards[partition] ?? ''),
    all: () => [...ports.values()],
    onChange: (listener) => void listeners.push(listener),
    connect(port) {
      ports.set(port.shard, port);
      changed();
    },
    disconnect(shard) {
      ports.delete(shard);
      changed();
    },
    place(next, version) {
      if (version <= placedVersion) return;
      placedVersion = version;
      shards = next;
      changed();
    },
  };
}

/** Owners that never change: one port for each partition. */
export function fixedOwners(ports: readonly ShardPort[]): Owners {
  return {
    partitions: ports.length,
    of: (partition) => ports[partition],
    all: () => [...new Set(ports)],
    onChange() {},
  };
}
