// A shard that dies anywhere is what its log says, and what it owed to others is still done: once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import type { ShardPort } from '../../src/runtime/router.ts';
import { type Counter, type CounterAdded, counter } from '../support/counter-actor.ts';
import { counterIn, type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createRecordingBus, type RecordingBus } from '../support/recording-bus.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const PARTITIONS = 3;
/** Two in each partition. */
const COUNTERS: readonly Address[] = [0, 1, 2].flatMap((partition) => [
  counterIn(partition, PARTITIONS, 0),
  counterIn(partition, PARTITIONS, 1),
]);

const counterNumber = fc.nat(COUNTERS.length - 1);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      to: counterNumber,
      id: fc.nat(30).map((it) => `c${it}`),
      by: fc.integer({ min: 1, max: 9 }),
      passOn: fc.array(counterNumber, { maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn' as const), shard: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bus-loses' as const), shard: fc.nat(1) }),
  },
  // Dies before its next writes, before the one to a certain partition, or just so.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      shard: fc.nat(1),
      at: fc.constantFrom(-1, 0, 1, 2),
    }),
  },
);

describe('recovery', () => {
  test('finds what was committed, and does what it made due, exactly once in effect', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, doubled) => {
        const world = startPair(doubled);
        for (const it of steps) {
          switch (it.kind) {
            case 'add': {
              const { id, by } = it;
              const passOn = it.passOn.flatMap((index) => COUNTERS[index] ?? []);
              world.add(COUNTERS[it.to] ?? 'counter/0', { kind: 'add', id, by, passOn });
              break;
            }
            case 'turn':
              world.turn(it.shard);
              break;
            case 'wait':
              await world.wait(it.ms);
              break;
            case 'bus-loses':
              world.loseFacts(it.shard);
              break;
            default:
              world.crash(it.shard, it.at);
          }
        }
        await world.settle();
        expectTrue(world);
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same state from every prefix of a log as the fold of that prefix', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(counterNumber, fc.nat(9)), { maxLength: 30 }), (commands) => {
        const it = startLoneShard({ partitions: PARTITIONS });
        for (const [index, [to, by]] of commands.entries()) {
          const [here, passOn] = [COUNTERS[to] ?? 'counter/0', COUNTERS.slice(0, by % 3)];
          it.ask(here, { command: { kind: 'add', id: `c${index}`, by, passOn } });
        }
        it.runTurns();
        for (const [partition, disk] of it.disks.entries()) {
          for (let length = 0; length <= disk.records.length; length++) {
            const cut = createMemoryDisk();
            openMemoryLog(cut, partition).append(disk.records.slice(0, length), cut.cursors);
            const { cells, pending } = openPartition(openMemoryLog(cut, partition), [counter]);
            const { states, due } = folded(cut);
            expect(new Map([...cells].map(([address, { state }]) => [address, state]))).toEqual(
              states,
            );
            expect(
              pending.flatMap(({ position, outgoing = [] }) =>
                outgoing.map((_, index) => `${partition}-${position}-${index}`),
              ),
            ).toEqual(due.map(({ position, index }) => `${partition}-${position}-${index}`));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

type Pair = ReturnType<typeof startPair>;

/** Two shards over three disks; either may die and be started again. */
function startPair(doubled: boolean) {
  const disks = Array.from({ length: PARTITIONS }, createMemoryDisk);
  const owned: readonly (readonly number[])[] = [[0, 2], [1]];
  const clock = createTurnedClock();
  /** Facts that a bus said it has. */
  const told = new Set<string>();
  const accepted: { readonly to: Address; readonly id: string }[] = [];
  const shards: LoneShard[] = owned.map((_, index) => open(index));

  function open(index: number): LoneShard {
    const port: ShardPort = {
      shard: `peer of ${index}`,
      send(request, respond) {
        // What is sent to a shard that dies is gone; every other one may come twice.
        const target = shards[1 - index];
        target?.shard.serve(request, respond);
        if (doubled) target?.shard.serve(request, respond);
      },
    };
    return startLoneShard({
      disks,
      own: owned[index] ?? [],
      clock,
      bus: openBus(),
      peers: () => port,
    });
  }

  /** A bus of its own: what it has not said it has when its shard dies, is lost. */
  function openBus(): RecordingBus {
    const bus = createRecordingBus();
    bus.confirm = async () => {
      for (const message of bus.published.splice(0)) {
        const [subject, ids = ''] = message.split(' ');
        for (const id of ids.split(';')) told.add(`${subject} ${id}`);
      }
    };
    return bus;
  }

  return {
    disks,
    told,
    accepted,
    add(to: Address, command: { kind: 'add'; id: string; by: number; passOn: Address[] }) {
      const owner = owned.findIndex((own) => own.some((it) => isIn(to, it)));
      const request = { kind: 'ask', to, id: command.id, deadlineMs: Infinity, command } as const;
      shards[owner]?.shard.serve(request, ({ kind }) => {
        if (kind === 'accepted') accepted.push({ to, id: command.id });
      });
    },
    turn: (index: number) => shards[index]?.turns.shift()?.(),
    async wait(ms: number) {
      clock.turn(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    /** What the bus has not said it has, it has not; the shard is told when it asks. */
    loseFacts(index: number) {
      const bus = shards[index]?.bus;
      if (bus === undefined) return;
      const { confirm } = bus;
      bus.confirm = () => {
        bus.published.length = 0;
        bus.confirm = confirm;
        return Promise.reject(new Error('the bus lost messages'));
      };
    },
    crash(index: number, at: number) {
      const disk = disks[at];
      if (disk !== undefined && owned[index]?.includes(at)) {
        disk.beforeWrite = () => {
          throw new Error('power cut');
        };
        shards[index]?.turns.shift()?.();
        disk.beforeWrite = () => {};
      }
      // The dead one is dropped, not stopped: it is fenced, and nobody runs its turns.
      shards[index] = open(index);
    },
    async settle() {
      for (let round = 0; round < 40; round++) {
        for (const it of shards) it.runTurns();
        await this.wait(2_000);
        for (const it of shards) it.runTurns();
      }
    },
  };
}

function isIn(address: Address, partition: number): boolean {
  return [0, 1].some((skip) => counterIn(partition, PARTITIONS, skip) === address);
}

function expectTrue({ disks, told, accepted }: Pair): void {
  const all = disks.map(folded);
  const states = new Map(all.flatMap((it) => [...it.states]));
  // Whoever was told "accepted" finds it in the log.
  for (const { to, id } of accepted) expect(states.get(to)?.ids).toContain(id);
  // Nothing counts twice.
  for (const { ids } of states.values()) expect(new Set(ids).size).toBe(ids.length);
  // Everything that became due was done, and nothing else was passed on.
  const due = all.flatMap((it) => it.due);
  for (const { to, id } of due) expect(states.get(to)?.ids).toContain(id);
  const passedOn = [...states].flatMap(([to, { ids }]) =>
    ids.filter((id) => id.includes(':')).map((id) => `${to} ${id}`),
  );
  expect(new Set(passedOn)).toEqual(new Set(due.map(({ to, id }) => `${to} ${id}`)));
  // The world has heard of every event.
  for (const [to, { ids }] of states) {
    for (const id of ids) expect(told).toContain(`added.${to.slice('counter/'.length)} ${id}`);
  }
  for (const { records, cursors } of disks) {
    expect(cursors).toEqual({ outgoing: records.length, bus: records.length });
  }
}

/** What a disk says, by the actor's rules alone. */
function folded({ records }: MemoryDisk) {
  const states = new Map<string, Counter>();
  const due: { position: number; index: number; to: Address; id: string }[] = [];
  for (const { stream, position, bytes } of records) {
    const event: CounterAdded = counter.decode(bytes);
    const self = stream.slice('counter/'.length);
    states.set(
      stream,
      counter.decider.evolve(states.get(stream) ?? counter.decider.initial(self), event),
    );
    for (const [index, to] of event.passOn.entries()) {
      due.push({ position, index, to, id: `${self}:${event.id}` });
    }
  }
  return { states, due };
}
