// What every bus promises, told of two peers. Things that must not arrive are proven absent by
// what was published after them and did.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bus, type BusMessage, MESSAGE_BYTES_MAX } from '../../src/runtime/bus/bus.ts';

export interface Peers {
  /** In this thread. */
  readonly a: Bus;
  readonly b: Bus;
  /** Ends what is not ended yet. */
  close(): Promise<void>;
}

export function busContract(name: string, openBuses: () => Promise<Peers>): void {
  describe(`the bus contract, ${name}`, () => {
    let peers: Peers;
    let a: Bus;
    let b: Bus;

    beforeEach(async () => {
      peers = await openBuses();
      ({ a, b } = peers);
    });
    afterEach(() => peers.close());

    it("delivers a publisher's messages in order", async () => {
      const received = await collect(b, 'races');
      const texts = numbered(50);
      for (const each of texts) a.publish('races', bytes(each));
      expect(await received.atLeast(50)).toEqual(texts);
    });

    it("delivers to the publisher's own subscribers as well", async () => {
      const received = await collect(a, 'races');
      a.publish('races', bytes('off'));
      expect(await received.atLeast(1)).toEqual(['off']);
    });

    it('never delivers inside publish', async () => {
      const order: string[] = [];
      const received = await collect(a, 'races', () => order.push('delivered'));
      a.publish('races', bytes('off'));
      order.push('published');
      await received.atLeast(1);
      expect(order).toEqual(['published', 'delivered']);
    });

    it('delivers by pattern, with the subject', async () => {
      const subjects: string[] = [];
      const received = await collect(b, 'odds.*', ({ subject }) => subjects.push(subject));
      const rest = await collect(b, 'board.>');
      for (const subject of ['odds.1', 'odds', 'odds.1.2', 'board', 'odds.2', 'board.1.2']) {
        a.publish(subject, bytes(subject));
      }
      expect(await rest.atLeast(1)).toEqual(['board.1.2']);
      expect(received.texts).toEqual(['odds.1', 'odds.2']);
      expect(subjects).toEqual(['odds.1', 'odds.2']);
    });

    it('delivers to each of two subscribers', async () => {
      const [one, two] = [await collect(b, 'races'), await collect(b, 'races')];
      a.publish('races', bytes('off'));
      expect(await one.atLeast(1)).toEqual(['off']);
      expect(await two.atLeast(1)).toEqual(['off']);
    });

    it('delivers nothing more to a subscriber that ended', async () => {
      const ended = await collect(b, 'races');
      const other = await collect(b, 'races');
      a.publish('races', bytes('off'));
      await ended.atLeast(1);
      ended.end();
      await b.ready();
      a.publish('races', bytes('closed'));
      expect(await other.atLeast(2)).toEqual(['off', 'closed']);
      expect(ended.texts).toEqual(['off']);
    });

    it('delivers nothing once close was called, not even what was on its way', async () => {
      const closed = await collect(b, 'races');
      const own = await collect(a, 'races');
      for (const each of numbered(100)) a.publish('races', bytes(each));
      const closing = b.close();
      a.publish('races', bytes('after'));
      await closing;
      expect((await own.atLeast(101)).at(-1)).toBe('after');
      expect(closed.texts).toEqual([]);
    });

    it('delivers nothing to its own subscribers once close was called', async () => {
      const own = await collect(a, 'races');
      const other = await collect(b, 'races');
      a.publish('races', bytes('off'));
      await a.close();
      expect(await other.atLeast(1)).toEqual(['off']);
      expect(own.texts).toEqual([]);
    });

    it('lets what was published leave before it closes', async () => {
      const sizes: number[] = [];
      const received = await collect(b, 'races', (message) => sizes.push(message.bytes.length));
      for (let count = 0; count < 64; count += 1) a.publish('races', new Uint8Array(256 * 1024));
      await a.close();
      await received.atLeast(64);
      expect(sizes).toEqual(Array(64).fill(256 * 1024));
    });

    it('refuses everything once closed, and closes twice as once', async () => {
      await a.close();
      await a.close();
      const closed = 'the bus is closed';
      expect(() => a.publish('races', bytes('off'))).toThrow(closed);
      expect(() => a.subscribe('races', () => {})).toThrow(closed);
      expect(() => a.respond('races', () => undefined)).toThrow(closed);
      await expect(a.ready()).rejects.toThrow(closed);
      await expect(a.request('races', bytes('?'), 10)).rejects.toThrow(closed);
    });

    it('delivers what the bytes were when published', async () => {
      const [near, far] = [await collect(a, 'races'), await collect(b, 'races')];
      const pool = bytes('..off..');
      const part = pool.subarray(2, 5);
      a.publish('races', part);
      part.fill(0);
      a.publish('races', bytes('second'));
      part.fill(1);
      expect(await near.atLeast(2)).toEqual(['off', 'second']);
      expect(await far.atLeast(2)).toEqual(['off', 'second']);
    });

    it('delivers bytes that keep no larger buffer alive', async () => {
      const buffers: number[] = [];
      const keep = ({ bytes: { buffer } }: BusMessage) => buffers.push(buffer.byteLength);
      const [near, far] = [await collect(a, 'races', keep), await collect(b, 'races', keep)];
      a.publish('races', new Uint8Array(100_000).subarray(0, 8));
      await near.atLeast(1);
      await far.atLeast(1);
      expect(buffers).toEqual([8, 8]);
    });

    it('delivers messages of 512 KiB unharmed', async () => {
      const large = Uint8Array.from({ length: 512 * 1024 }, (_, index) => index * 31);
      const arrived: boolean[] = [];
      const compare = (message: BusMessage) => arrived.push(equal(message.bytes, large));
      const received = await collect(b, 'board.1', compare);
      for (let count = 0; count < 8; count += 1) a.publish('board.1', large);
      await received.atLeast(8);
      expect(arrived).toEqual(Array(8).fill(true));
    });

    it('takes a message of the largest size and refuses one a byte larger', async () => {
      const received = await collect(b, 'board.1');
      a.publish('board.1', new Uint8Array(MESSAGE_BYTES_MAX));
      expect((await received.atLeast(1))[0]).toHaveLength(MESSAGE_BYTES_MAX);
      const over = new Uint8Array(MESSAGE_BYTES_MAX + 1);
      expect(() => a.publish('board.1', over)).toThrow('too large');
    });

    it('delivers 10,000 messages in order', async () => {
      const received = await collect(b, 'bets.*');
      const texts = numbered(10_000);
      for (const [index, each] of texts.entries()) a.publish(`bets.${index % 7}`, bytes(each));
      expect(await received.atLeast(10_000)).toEqual(texts);
    });

    it('refuses what is no subject, and no pattern', () => {
      for (const subject of ['', 'a b', 'a..b', '.a', 'a.', 'odds.*', '>']) {
        expect(() => a.publish(subject, bytes(''))).toThrow(RangeError);
      }
      expect(() => a.subscribe('a..b', () => {})).toThrow(RangeError);
      expect(() => a.respond('>.a', () => undefined)).toThrow(RangeError);
    });

    it('has a subscription in force when ready resolves', async () => {
      // Each round is a race that a bus loses if it is ready too soon.
      for (const round of numbered(20)) {
        const received = await collect(b, `round.${round}`);
        a.publish(`round.${round}`, bytes(round));
        expect(await received.atLeast(1)).toEqual([round]);
        received.end();
      }
    });

    it('gives a request the answer of the one who knows', async () => {
      b.respond('where', (asked) => (text(asked) === 'b' ? bytes('in b') : undefined));
      a.respond('where', (asked) => (text(asked) === 'a' ? bytes('in a') : undefined));
      await Promise.all([a.ready(), b.ready()]);
      const asked = ['a', 'b'].map((whom) => a.request('where', bytes(whom), 5_000));
      expect((await Promise.all(asked)).map(text)).toEqual(['in a', 'in b']);
      expect(text(await b.request('where', bytes('a'), 5_000))).toBe('in a');
    });

    it('gives each of many requests its own answer', async () => {
      b.respond('echo', (asked) => asked);
      await b.ready();
      const asked = numbered(100).map((each) => a.request('echo', bytes(each), 5_000));
      expect((await Promise.all(asked)).map(text)).toEqual(numbered(100));
    });

    it('gives a request undefined when nobody is there, or nobody knows', async () => {
      expect(await a.request('where', bytes('?'), 50)).toBeUndefined();
      b.respond('where', () => undefined);
      await b.ready();
      expect(await a.request('where', bytes('?'), 50)).toBeUndefined();
    });

    it('asks no responder that ended', async () => {
      const end = b.respond('where', () => bytes('here'));
      await b.ready();
      expect(text(await a.request('where', bytes('?'), 5_000))).toBe('here');
      end();
      await b.ready();
      expect(await a.request('where', bytes('?'), 50)).toBeUndefined();
    });

    it('gives a request undefined when the bus closes while it waits', async () => {
      const asked = await collect(b, 'where');
      const answer = a.request('where', bytes('?'), 60_000);
      await asked.atLeast(1);
      await a.close();
      expect(await answer).toBeUndefined();
    });

    it('lets a listener that throws harm no other, and hides nothing', async () => {
      const defects: string[] = [];
      const uncaught = Promise.withResolvers<void>();
      process.setUncaughtExceptionCaptureCallback((error) => {
        defects.push(error.message);
        uncaught.resolve();
      });
      try {
        await collect(a, 'races', () => {
          throw new Error('a defect');
        });
        const received = await collect(a, '>');
        b.publish('races', bytes('off'));
        b.publish('boards', bytes('next'));
        expect(await received.atLeast(2)).toEqual(['off', 'next']);
        await uncaught.promise;
        expect(defects).toEqual(['a defect']);
      } finally {
        process.setUncaughtExceptionCaptureCallback(null);
      }
    });
  });
}

export interface Collected {
  readonly texts: readonly string[];
  /** All that came, once it is `count` or more. */
  atLeast(count: number): Promise<readonly string[]>;
  /** All that came, once the last of it is `wanted`. */
  until(wanted: string): Promise<readonly string[]>;
  end(): void;
}

/** Subscribes, and awaits that it is in force. */
export async function collect(
  bus: Bus,
  pattern: string,
  also: (message: BusMessage) => void = () => {},
): Promise<Collected> {
  const texts: string[] = [];
  let look = () => {};
  const end = bus.subscribe(pattern, (message) => {
    texts.push(text(message.bytes));
    look();
    also(message);
  });
  await bus.ready();

  async function when(enough: () => boolean): Promise<readonly string[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    look = () => {
      if (enough()) resolve();
    };
    look();
    await promise;
    return texts;
  }
  return {
    texts,
    end,
    atLeast: (count) => when(() => texts.length >= count),
    until: (wanted) => when(() => texts.at(-1) === wanted),
  };
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function text(value: Uint8Array | undefined): string {
  return value === undefined ? '(nothing)' : new TextDecoder().decode(value);
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}`);
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
