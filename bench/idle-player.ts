/**
 * Bytes that an idle player takes: opened, with money on the account, and then left alone. A
 * million of them in one partition, as they come awake, fall asleep and leave.
 *
 *   node --expose-gc bench/idle-player.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, memoryUsage } from 'node:process';
import { player } from '../src/actors/player.ts';
import type { PlayerEvent } from '../src/actors/player-events.ts';
import { cents } from '../src/actors/units.ts';
import { genesisHash } from '../src/runtime/log/chain.ts';
import type { EventLog } from '../src/runtime/log/log.ts';
import { openPartition, type Partition } from '../src/runtime/partition.ts';
import { IDLE_MS, ROUND_MS } from '../src/runtime/residency.ts';
import { openSqliteSnapshots } from '../src/runtime/snapshots/sqlite.ts';
import { timed } from './measure.ts';

const PLAYERS = Number(argv[2] ?? 1_000_000);

const dir = mkdtempSync(join(tmpdir(), 'furlong-idle-'));
const log = forgetfulLog();
const snapshots = openSqliteSnapshots(join(dir, 'p-000.sqlite'), {
  partition: 0,
  dataId: 'bench',
  program: 'bench',
  epoch: 1,
  onDiscard(reason) {
    throw new Error(reason);
  },
});
// Nobody sleeps before all are there.
const awakeMax = PLAYERS;
const partition = openPartition(log, [player], { snapshots, residentMax: 10 * PLAYERS, awakeMax });

openPlayers(partition, 1_000, 'warm');
const before = usedBytes();
openPlayers(partition, PLAYERS, 'p');
report('awake', partition, before);

// Two rounds of the hand: who was not touched between them sleeps.
let nowMs = 0;
settle(partition);
nowMs += ROUND_MS;
const sleepingMs = timed(() => {
  settle(partition);
  nowMs += ROUND_MS;
  settle(partition);
});
report('asleep', partition, before);

const wakingMs = timed(() => wake(partition, 'p7', 1_000));
nowMs += IDLE_MS;
settle(partition);
nowMs += IDLE_MS;
settle(partition);
report('in the store alone', partition, before);
const activatingMs = timed(() => wake(partition, 'p8', 1_000));
console.log(`${((sleepingMs / PLAYERS) * 1_000).toFixed(1)} µs to fall asleep, saved`);
console.log(
  `${wakingMs.toFixed(1)} µs to wake from memory, ${activatingMs.toFixed(1)} µs from the store`,
);
partition.close();
rmSync(dir, { recursive: true });

function openPlayers(to: Partition, count: number, prefix: string): void {
  for (let index = 0; index < count; index++) {
    const id = `${prefix}${index}`;
    const cell = to.cellOf(`player/${id}`);
    if (cell === undefined) throw new Error('no player');
    const atMs = 1_790_000_000_000 + index;
    const events: readonly PlayerEvent[] = [
      { kind: 'account-opened', request: requestOf(2 * index), alias: `alias${index}`, atMs },
      { kind: 'deposited', request: requestOf(2 * index + 1), amount: cents(10_000), atMs },
    ];
    // Decoded, as replay does it: what the log gives shares nothing.
    to.stage(cell, events.map(player.encode).map(player.decode), 'bench', atMs);
    to.commit({ outgoing: 0, bus: 0 });
  }
}

/** As terminals choose them: a UUID. */
function requestOf(number: number): string {
  return `0f3c9a52-7d41-4e8b-9c06-${number.toString(16).padStart(12, '0')}`;
}

/** Until there is nothing more to do now. */
function settle(it: Partition): void {
  let idle = 0;
  // A slice may find nobody and the next one somebody: a round is a few thousand slices.
  while (idle < PLAYERS / 100) idle = it.tend(nowMs, () => false) ? 0 : idle + 1;
}

function wake(it: Partition, prefix: string, count: number): void {
  for (let index = 0; index < count; index++) {
    if (it.cellOf(`player/${prefix}${index}`)?.version !== 2) throw new Error('not who it was');
  }
}

function report(how: string, { cells, actors }: Partition, beforeBytes: number): void {
  const bytes = (usedBytes() - beforeBytes) / PLAYERS;
  console.log(`${how}: ${bytes.toFixed(0)} bytes a player (${cells.size} of ${actors} awake)`);
}

/** Heap, and what lies outside it. */
function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}

/** Remembers where it ends and nothing else: the players are what is measured. */
function forgetfulLog(): EventLog {
  let position = 0;
  const hash = genesisHash(0);
  return {
    partition: 0,
    epoch: 1,
    head: () => ({ position, hash }),
    append(batch) {
      position += batch.length;
    },
    ensureOwned() {},
    read: () => [],
    hashAt: () => hash,
    cursors: () => ({ outgoing: 0, bus: 0 }),
    close() {},
  };
}
