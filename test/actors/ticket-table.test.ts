import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combinationsIn, FORMULAS } from '../../src/actors/formula.ts';
import {
  type Chunking,
  chunkOf,
  lengthOf,
  offsetOf,
  startOf,
} from '../../src/actors/ticket-chunks.ts';
import { createHeap, ENTRY_BYTES_MAX, readHeap } from '../../src/actors/ticket-heap.ts';
import { createIndex, readIndex } from '../../src/actors/ticket-index.ts';
import {
  createTicketTable,
  type NewTicket,
  readTickets,
  type StoredTicket,
  TICKET_STATE,
  type TicketReader,
  type TicketStateCode,
  type TicketTable,
} from '../../src/actors/ticket-table.ts';
import { betId, cents, playerId, runnerNumber } from '../../src/actors/units.ts';

const STATES = Object.values(TICKET_STATE);

const ticket: NewTicket = {
  bet: betId('b1'),
  player: playerId('alice'),
  formula: 'legs',
  legs: [[1], [2, 3]].map((leg) => leg.map(runnerNumber)),
  picks: 0,
  alternates: [],
  flexi: 100,
  stake: cents(50),
  combinations: 2,
  channel: 'online',
  atMs: 1_790_000_000_000,
};

function tableOf(...tickets: readonly NewTicket[]): TicketTable {
  const table = createTicketTable();
  for (const it of tickets) table.push(it);
  return table;
}

function stored(it: NewTicket, state: TicketStateCode = TICKET_STATE.live): StoredTicket {
  return { ...it, cost: cents(it.stake * it.combinations), state };
}

/** As a message to a thread carries it. */
function sharedBy(table: TicketTable): TicketReader {
  return readTickets(structuredClone(table.share()));
}

function expectAlike(table: TicketReader, model: readonly StoredTicket[]): void {
  expect(table.size).toBe(model.length);
  for (const [index, it] of model.entries()) {
    expect(table.at(index)).toEqual(it);
    expect(table.stakeAt(index)).toBe(it.stake);
    expect(table.combinationsAt(index)).toBe(it.combinations);
    expect(table.costAt(index)).toBe(it.cost);
    expect(table.players.nameOf(table.playerAt(index))).toBe(it.player);
    expect(table.players.numberOf(it.player)).toBe(table.playerAt(index));
    expect(table.channels.nameOf(table.channelAt(index))).toBe(it.channel);
    expect(table.stateAt(index)).toBe(it.state);
    const { formula, legs, picks, alternates } = it;
    expect(table.selectionAt(index)).toEqual({ formula, legs, picks, alternates });
    expect(table.indexOf(it.player, it.bet)).toBe(index);
  }
  expect(() => table.at(model.length)).toThrow(RangeError);
}

describe('a ticket table', () => {
  const ids = fc.oneof(
    fc.uuid(),
    fc.constantFrom('b1', 'b2', 'B1', '7'),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  );
  const runners = fc.uniqueArray(fc.integer({ min: 1, max: 99 }).map(runnerNumber), {
    maxLength: 99,
  });
  const safe = fc.integer({ min: 0, max: 2 ** 26 });
  const tickets: fc.Arbitrary<NewTicket> = fc.record({
    bet: ids.map(betId),
    player: fc.oneof(fc.constantFrom('alice', 'bob', 'c'), ids).map(playerId),
    formula: fc.constantFrom(...FORMULAS),
    legs: fc.array(runners, { maxLength: 16 }),
    picks: fc.nat(255),
    alternates: fc.array(fc.nat(99), { maxLength: 16 }),
    flexi: fc.nat(65_535),
    stake: safe.map(cents),
    combinations: safe,
    channel: fc.constantFrom('', 'online', 'shop-12', 'x'.repeat(32)),
    atMs: fc.maxSafeNat(),
  });
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('push' as const), ticket: tickets }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('state' as const),
          index: fc.nat(),
          state: fc.constantFrom(...STATES),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('share' as const) }) },
    ),
    { maxLength: 120, size: 'max' },
  );

  test('is what a list of objects would be, here and for every thread that it was shared with', () => {
    fc.assert(
      fc.property(steps, (run) => {
        const table = createTicketTable();
        const model: StoredTicket[] = [];
        const shared: { reader: TicketReader; size: number }[] = [];
        for (const step of run) {
          if (step.do === 'share') shared.push({ reader: sharedBy(table), size: model.length });
          else if (step.do === 'state') {
            const index = step.index % (model.length + 1);
            const old = model[index];
            if (old === undefined) expect(() => table.setState(index, step.state)).toThrow();
            else {
              table.setState(index, step.state);
              model[index] = { ...old, state: step.state };
            }
          } else if (model.some((it) => keyOf(it) === keyOf(step.ticket))) {
            expect(() => table.push(step.ticket)).toThrow('twice in a pool');
          } else {
            expect(table.indexOf(step.ticket.player, step.ticket.bet)).toBeUndefined();
            expect(table.push(step.ticket)).toBe(model.push(stored(step.ticket)));
          }
        }
        expectAlike(table, model);
        for (const { reader, size } of shared) {
          expectAlike(reader, model.slice(0, size));
          for (const later of model.slice(size)) {
            expect(reader.indexOf(later.player, later.bet)).toBeUndefined();
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('keeps twenty thousand tickets, over chunks, segments and split tables of the index', () => {
    const table = createTicketTable();
    const model: StoredTicket[] = [];
    const early: TicketReader[] = [];
    for (let n = 0; n < 20_000; n++) {
      const it: NewTicket = {
        ...ticket,
        bet: betId(n % 2 === 0 ? uuid(n) : `bet-${n}`),
        player: playerId(`player-${n % 1_777}`),
        legs: Array.from({ length: 1 + (n % 6) }, (_, leg) =>
          Array.from({ length: 1 + ((n + leg) % 40) }, (_, runner) => runnerNumber(runner + 1)),
        ),
        stake: cents(n),
      };
      if ([0, 64, 8_192].includes(n)) early.push(sharedBy(table));
      table.push(it);
      model.push(stored(it));
    }
    const thawed = createTicketTable(table.freeze());
    for (const reader of [table, sharedBy(table), thawed, sharedBy(thawed), ...early]) {
      const wrong = model.filter((it, index) => {
        if (index >= reader.size) return reader.indexOf(it.player, it.bet) !== undefined;
        if (reader.indexOf(it.player, it.bet) !== index || reader.stakeAt(index) !== it.stake)
          return true;
        return JSON.stringify(reader.selectionAt(index).legs) !== JSON.stringify(it.legs);
      });
      expect(wrong).toEqual([]);
      expect(reader.indexOf(playerId('player-1'), betId(uuid(0)))).toBeUndefined();
    }
    expect(early.map((it) => it.size)).toEqual([0, 64, 8_192]);
    expect(table.players.count).toBe(1_777);
    for (const index of [0, 63, 64, 8_191, 8_192, 19_999]) {
      expect(table.at(index)).toEqual(model[index]);
    }
  });

  test('tells bets of one id by their players, and a UUID from its likes in other letters', () => {
    const lower = '0b7f1a52-93d4-4c1e-8f00-a1b2c3d4e5f6';
    const likes = [lower, lower.toUpperCase(), lower.replaceAll('-', ''), lower.replace('-', '_')];
    const tickets = ['alice', 'bob'].flatMap((player) =>
      likes.map((id) => ({ ...ticket, player: playerId(player), bet: betId(id) })),
    );
    expectAlike(
      tableOf(...tickets),
      tickets.map((it) => stored(it)),
    );
  });

  test('shows states to another thread as they change, and nothing else', () => {
    const table = tableOf(ticket);
    const reader = sharedBy(table);
    table.setState(0, TICKET_STATE.refunded);
    table.push({ ...ticket, bet: betId('b2') });
    expect(reader.stateAt(0)).toBe(TICKET_STATE.refunded);
    expect(reader.size).toBe(1);
    expect(() => reader.stakeAt(1)).toThrow('no ticket at 1 of 1');
  });

  test('reads selections into one object, whatever the one before was', () => {
    const other: NewTicket = {
      ...ticket,
      bet: betId('b2'),
      formula: 'unit',
      picks: 4,
      legs: [[9, 8, 7, 6].map(runnerNumber)],
    };
    const table = tableOf(ticket, other);
    const into = {
      formula: 'field' as const,
      picks: 9,
      legs: [[], [], [runnerNumber(3)]],
      alternates: [7],
    };
    const { alternates } = ticket;
    expect(table.selectionAt(0, into)).toBe(into);
    expect(into).toEqual({ formula: 'legs', picks: 0, legs: ticket.legs, alternates });
    expect(combinationsIn(table.selectionAt(0, into), { kind: 'legs', legs: 2 })).toBe(2);
    expect(table.selectionAt(1, into)).toEqual({
      formula: 'unit',
      picks: 4,
      legs: other.legs,
      alternates: other.alternates,
    });
    expect(table.selectionAt(0, into)).toEqual({
      formula: 'legs',
      picks: 0,
      legs: ticket.legs,
      alternates,
    });
  });

  const many = <Value>(length: number, value: Value) => Array.from({ length }, () => value);
  test.each([
    ['a cost beyond the safe integers', { stake: cents(2 ** 50), combinations: 8 }],
    ['endless combinations', { combinations: Number.POSITIVE_INFINITY }],
    ['half a combination', { combinations: 1.5 }],
    ['a time that is none', { atMs: Number.NaN }],
    ['a flexi below nothing', { flexi: -1 }],
    ['more picks than a byte', { picks: 256 }],
    ['more lists than any bet has', { legs: many(17, [runnerNumber(1)]) }],
    ['a list of more runners than there are', { legs: [many(100, runnerNumber(1))] }],
    ['an alternate that is no runner', { alternates: [100] }],
    ['more alternates than legs', { alternates: many(17, 1) }],
    ['a channel in no letters', { channel: 'é' }],
    ['a channel too long', { channel: 'x'.repeat(65) }],
  ])('refuses %s and adds nothing', (_name, part) => {
    const table = tableOf(ticket);
    expect(() => table.push({ ...ticket, bet: betId('b2'), ...part })).toThrow(RangeError);
    expectAlike(table, [stored(ticket)]);
    expect(table.push({ ...ticket, bet: betId('b2') })).toBe(2);
    expectAlike(table, [stored(ticket), stored({ ...ticket, bet: betId('b2') })]);
  });
});

describe('chunks', () => {
  test('give every index one place, and begin where the one before ends', () => {
    const chunkings: fc.Arbitrary<Chunking> = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 8 }))
      .map(([firstBits, more]) => ({ firstBits, longestBits: firstBits + more }));
    const indices = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(chunkings, indices, (chunking, index) => {
        const chunk = chunkOf(index, chunking);
        const offset = offsetOf(index, chunking);
        expect(startOf(chunk, chunking) + offset).toBe(index);
        expect(offset).toBeLessThan(lengthOf(chunk, chunking));
        expect(lengthOf(chunk, chunking)).toBeLessThanOrEqual(2 ** chunking.longestBits);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the heap', () => {
  test('keeps entries of every size whole, each in one segment', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      // An entry is never empty: it starts with the length of a bet id.
      fc.integer({ min: 1, max: ENTRY_BYTES_MAX }),
    );
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 60, size: 'max' }), (entries) => {
        const heap = createHeap();
        const bytesOf = (n: number) => new Uint8Array(ENTRY_BYTES_MAX).fill(n + 1);
        const addresses = entries.map((size, n) => heap.put(bytesOf(n), size));
        for (const reader of [heap, readHeap(heap.share())]) {
          const read = addresses.map((address, n) => {
            const from = reader.offsetAt(address);
            return reader.segmentAt(address).slice(from, from + (entries[n] ?? 0));
          });
          expect(read).toEqual(entries.map((size, n) => bytesOf(n).slice(0, size)));
        }
      }),
    );
  });

  test('refuses an entry one byte longer than its first segment', () => {
    const bytes = new Uint8Array(ENTRY_BYTES_MAX + 1);
    expect(createHeap().put(bytes, ENTRY_BYTES_MAX)).toBe(0);
    expect(() => createHeap().put(bytes, ENTRY_BYTES_MAX + 1)).toThrow('an entry of 4097 bytes');
  });
});

describe('the index', () => {
  test.each([
    ['all alike', () => 7],
    ['alike in their first bits', (entry: number) => entry],
    ['alike in their last bits', (entry: number) => (entry << 20) >>> 0],
  ])('finds what it was given, with hashes %s, expected or not', (_name, hashOf) => {
    const entries = Array.from({ length: 3_000 }, (_, entry) => entry);
    for (const it of [0, 33, 1_500, 3_000, 60_000].flatMap((expected) => {
      const index = createIndex(hashOf, expected);
      for (const entry of entries) index.add(hashOf(entry), entry);
      return [index, readIndex(structuredClone(index.share()))];
    })) {
      const found = entries.map((entry) => it.find(hashOf(entry), (other) => other === entry));
      expect(found).toEqual(entries);
      expect(it.find(hashOf(1), () => false)).toBeUndefined();
    }
  });
});

function keyOf({ player, bet }: NewTicket): string {
  return `${player}/${bet}`;
}

/** As distinct as `n`, in the shape of a UUID. */
function uuid(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-${(n * 7919).toString(16).padStart(12, '0')}`;
}
