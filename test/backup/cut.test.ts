/**
 * The cut over logs that are written to while it is chosen: at whatever moments each log is looked at,
 * what is copied can be started, comes to rest, and every cent and every bet is somewhere, once.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLedger, type LedgerReport, missingIn } from '../../src/audit/ledger.ts';
import { toldBy } from '../../src/audit/records.ts';
import { type CutReader, consistentCut, type PartitionCut } from '../../src/backup/cut.ts';
import { deliveryOf } from '../../src/runtime/delivery-id.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { type DiskAt, type Evening, playEvening } from '../support/race-evening.ts';
import { startWorld } from '../support/world.ts';

let evening: Evening;
beforeAll(async () => {
  evening = await playEvening();
});

/** Between any two looks, so many writes of anybody. */
const pauses = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 20, maxLength: 20 });
const schedules = fc.record({ begins: fc.double({ min: 0, max: 1, noNaN: true }), pauses });
type Schedule = typeof schedules extends fc.Arbitrary<infer It> ? It : never;

describe('a cut chosen while everything is written to', () => {
  test('has what was on disk when the choosing began', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const looks = looking(schedule);
        const begun = looks.now();
        for (const [partition, { position }] of consistentCut(looks.readers).entries()) {
          expect(position).toBeGreaterThanOrEqual(begun[partition]?.length ?? 0);
        }
      }),
    );
  });

  test('has the cause of every record in it, and of every command that a cursor says was taken the effect', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const cut = consistentCut(looking(schedule).readers);
        expect(effectsWithoutCause(cut)).toEqual([]);
        expect(takenWithoutEffect(cut)).toEqual([]);
      }),
    );
  });

  test('is started again, comes to rest, and has every bet registered or released and every cent', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        const cut = consistentCut(looking(schedule).readers);
        const { faults, unmatched, bets, books } = await drained(copyOf(cut));
        expect({ faults, unmatched, missing: missingIn(books) }).toEqual({
          faults: [],
          unmatched: [],
          missing: 0,
        });
        expect(bets.unresolved).toBe(0);
        expect(bets.reserved).toBe(bets.registered + bets.refused);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);

  test('takes in no cause that nobody wrote, and is no lower for it', async () => {
    // A client may call its bet as it likes: like a delivery of a record that is not there yet.
    let count = 0;
    const forged = await playEvening({ id: () => `${count % 5}-${100 + count++ * 3}-0` });
    fc.assert(
      fc.property(schedules, (schedule) => {
        const looks = looking(schedule, forged);
        const begun = looks.now();
        const cut = consistentCut(looks.readers);
        for (const [partition, { position }] of cut.entries()) {
          expect(position).toBeGreaterThanOrEqual(begun[partition]?.length ?? 0);
          expect(position).toBeLessThanOrEqual(looks.now()[partition]?.length ?? 0);
        }
      }),
    );
  });
});

/** What makes the tests above worth anything: copying each log as it is found loses and invents. */
describe('logs copied one after the other, without a cut,', () => {
  const found = (schedule: Schedule): PartitionCut[] =>
    looking(schedule).readers.map((it) => {
      const cursors = it.cursors();
      return { position: it.head().position, cursors };
    });

  test('have effects without their cause', () => {
    expect(
      fc.sample(schedules, { numRuns: 200, seed: 1 }).map(found).flatMap(effectsWithoutCause),
    ).not.toEqual([]);
  });

  test('have cursors that say taken of what never arrived', () => {
    // Looked at from the last to the first, so that every order of two is among them.
    const reversed = fc.sample(schedules, { numRuns: 200, seed: 1 }).map((schedule) => {
      const { readers } = looking(schedule);
      const seen = [...readers].reverse().map((it) => {
        const cursors = it.cursors();
        return { position: it.head().position, cursors };
      });
      return seen.reverse();
    });
    expect(reversed.flatMap(takenWithoutEffect)).not.toEqual([]);
  });

  test('do not add up once they are started', async () => {
    const wrong: string[] = [];
    for (const schedule of fc.sample(schedules, { numRuns: 30, seed: 1 })) {
      const { faults, unmatched } = await drained(copyOf(found(schedule)));
      wrong.push(...faults, ...unmatched);
    }
    expect(wrong).not.toEqual([]);
  }, 60_000);
});

/** Readers of the evening's disks, on which more is written at every look. */
function looking({ begins, pauses: waits }: Schedule, of: Evening = evening) {
  const { disks, moments } = of;
  let at = Math.floor(begins * (moments.length - 1));
  let looks = 0;
  const now = () => moments[at] ?? [];
  const pass = () => {
    at = Math.min(at + (waits[looks++ % waits.length] ?? 0), moments.length - 1);
  };
  const readers = disks.map((disk, partition): CutReader => {
    const state = (): DiskAt => {
      pass();
      return now()[partition] ?? { length: 0, cursors: { outgoing: 0, bus: 0 } };
    };
    return {
      head: () => ({ position: state().length }),
      cursors: () => state().cursors,
      read: (position) => disk.records.slice(position, state().length),
      endOfCommit(position) {
        const ends = moments.map((it) => it[partition]?.length ?? 0);
        return Math.min(...ends.filter((end) => end >= position));
      },
    };
  });
  return { readers, now };
}

function copyOf(cut: readonly PartitionCut[]): MemoryDisk[] {
  return cut.map(({ position, cursors }, partition) => {
    const disk = createMemoryDisk();
    const frames = evening.disks[partition]?.frames ?? [];
    disk.frames.push(...frames.filter(({ first }) => first <= position));
    disk.cursors = cursors;
    return disk;
  });
}

async function drained(disks: readonly MemoryDisk[]): Promise<LedgerReport> {
  const world = startWorld({ disks });
  await world.settled();
  await world.stop();
  expect(world.fatal).toEqual([]);
  const ledger = createLedger();
  for (const { records } of disks) {
    for (const { stream, bytes } of records) ledger.add(toldBy(stream, bytes));
  }
  return ledger.report();
}

function effectsWithoutCause(cut: readonly PartitionCut[]): string[] {
  return cut.flatMap(({ position }, partition) =>
    (evening.disks[partition]?.records.slice(0, position) ?? []).flatMap(({ cause }) => {
      const due = deliveryOf(cause);
      return due !== undefined && due.position > (cut[due.partition]?.position ?? 0) ? [cause] : [];
    }),
  );
}

/** Commands from up to the cursor, whose effect is on the receiver's disk, but beyond its cut. */
function takenWithoutEffect(cut: readonly PartitionCut[]): string[] {
  return evening.disks.flatMap(({ records }, partition) =>
    records.slice(cut[partition]?.position ?? 0).flatMap(({ cause }) => {
      const due = deliveryOf(cause);
      return due !== undefined && due.position <= (cut[due.partition]?.cursors.outgoing ?? 0)
        ? [cause]
        : [];
    }),
  );
}
