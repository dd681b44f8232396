// Commands that throw, deliveries that nobody takes, and actors that cannot be replayed, in a real shard.
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import type {
  DeadLetter,
  DeadLetterAnswer,
  DeadLetterCommand,
  DeadLetterQuery,
} from '../../src/runtime/dead-letter.ts';
import { DEAD_LETTERS_MAX } from '../../src/runtime/dead-letters.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { COUNTED_MAX } from '../../src/runtime/poison.ts';
import type { PartitionState } from '../../src/runtime/router.ts';
import type { Response } from '../../src/runtime/wire.ts';
import {
  BY_MAX,
  type CounterAdded,
  type CounterCommand,
  counter,
  pulsingCounter,
} from '../support/counter-actor.ts';
import { counterIn, type LoneShard, startLoneShard } from '../support/lone-shard.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';
const FAIL: CounterCommand = { kind: 'fail' };

/** A counter whose defect a test can mend: it throws at what is added with these ids. */
function brittle(broken: Set<string>): typeof counter {
  const { decider } = counter;
  return {
    ...counter,
    decider: {
      ...decider,
      decide(state, command) {
        if (command.kind === 'add' && broken.has(command.id)) throw new Error(`at ${command.id}`);
        return decider.decide(state, command);
      },
    },
  };
}

/** Changes what it has, and throws at the second of two events in the middle of it. */
const hasty: typeof counter = {
  ...counter,
  decider: {
    ...counter.decider,
    evolve(state, { id, by }) {
      const ids = state.ids as string[]; // `initial` made it
      ids.push(id);
      if (id === 'bad.1') throw new Error('a defect in evolve');
      return { total: state.total + by, ids };
    },
  },
};

describe('a command at which its actor throws', () => {
  test('is refused twice, and the third time is a dead letter', () => {
    const it = startLoneShard();
    expect(say(it, A, 'bet-1', FAIL)).toMatchObject({ why: 'command-threw' });
    expect(say(it, A, 'bet-1', FAIL)).toMatchObject({ why: 'command-threw' });
    expect(it.disks[0]?.records).toEqual([]);
    it.clock.turn(5);
    expect(say(it, A, 'bet-1', FAIL)).toMatchObject({ why: 'quarantined' });
    expect(lettersOf(it)).toMatchObject([
      {
        id: '0.1',
        from: undefined,
        to: A,
        commandId: 'bet-1',
        command: FAIL,
        reason: 'threw',
        detail: expect.stringContaining('a defect in decide'),
        attempts: 3,
        firstMs: it.clock.now() - 5,
        keptMs: it.clock.now(),
      },
    ]);
    expect(stateOf(it).deadLetters).toBe(1);
  });

  test('while it changes is what it was before, and goes on', () => {
    const it = startLoneShard({ kinds: [hasty] });
    say(it, A, '1', add('1'));
    const twice: CounterCommand = { kind: 'repeat', id: 'bad', times: 2 };
    const responses = [add('2'), twice, twice, twice, add('3')].map((command, index) =>
      it.serve(askOf(A, command === twice ? 'bad' : `${index}`, command)),
    );
    const total = it.serve(askOf(A, 'look', undefined, { kind: 'total' }));
    const fresh = [twice, add('b')].map((command, index) => ask(it, B, `b${index}`, command));
    it.runTurns();
    expect(it.fatal).toEqual([]);
    expect(responses.flat()).toMatchObject([
      { kind: 'accepted', version: 2 },
      { kind: 'failed', why: 'command-threw' },
      { kind: 'failed', why: 'command-threw' },
      { kind: 'failed', why: 'quarantined' },
      { kind: 'accepted', version: 3 },
    ]);
    expect(total).toMatchObject([{ answer: 3 }]);
    expect(fresh.flat()).toMatchObject([
      { kind: 'failed', why: 'command-threw' },
      { kind: 'accepted', version: 1 },
    ]);
    expect(stateOf(it)).toMatchObject({ position: 5, quarantined: 0 });
    const again = startLoneShard({ disks: it.disks, kinds: [hasty] });
    const looked = again.serve(askOf(A, 'look', undefined, { kind: 'total' }));
    again.runTurns();
    expect(looked).toMatchObject([{ answer: 3 }]);
    expect(stateOf(again).actors).toBe(stateOf(it).actors);
  });

  test('is refused unseen while it is in quarantine, and all others are not', () => {
    const broken = new Set(['bet-1']);
    const it = startLoneShard({ kinds: [brittle(broken)] });
    for (let times = 0; times < 3; times++) say(it, A, 'bet-1', add('bet-1'));
    broken.clear();
    const complaints = it.complaints.length;
    expect(say(it, A, 'bet-1', add('bet-1'))).toMatchObject({ why: 'quarantined' });
    expect(it.complaints).toHaveLength(complaints);
    expect(say(it, A, 'bet-2', add('bet-2'))).toMatchObject({ kind: 'accepted' });
    expect(say(it, B, 'bet-1', add('bet-1'))).toMatchObject({ kind: 'accepted' });
  });

  test('is counted by actor and id, one by one', () => {
    const it = startLoneShard();
    for (const [to, id] of [
      [A, 'x'],
      [A, 'x'],
      [B, 'x'],
      [B, 'x'],
      [A, 'y'],
      [A, 'y'],
    ] as const) {
      expect(say(it, to, id, FAIL)).toMatchObject({ why: 'command-threw' });
    }
    expect(say(it, B, 'x', FAIL)).toMatchObject({ why: 'quarantined' });
  });

  test('is forgotten when so many others threw since, and counted anew', () => {
    const it = startLoneShard();
    say(it, A, 'first', FAIL);
    say(it, A, 'first', FAIL);
    for (let index = 0; index < COUNTED_MAX - 1; index++) say(it, A, `x${index}`, FAIL);
    say(it, A, 'x0', FAIL); // Again, so that it is not the next to go.
    say(it, A, 'one more', FAIL);
    expect(say(it, A, 'first', FAIL)).toMatchObject({ why: 'command-threw' });
    expect(say(it, A, 'x0', FAIL)).toMatchObject({ why: 'quarantined' });
  });

  test('stays in quarantine over a crash, and is in it on disk before anybody hears so', () => {
    const it = startLoneShard();
    say(it, A, 'bet-1', FAIL);
    say(it, A, 'bet-1', FAIL);
    const [disk] = it.disks;
    const third = ask(it, A, 'bet-1', FAIL);
    let looked = 0;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        looked++;
        expect(third).toEqual([]);
      };
    }
    it.runTurns();
    expect([looked, third.length]).toEqual([1, 1]);
    if (disk !== undefined) disk.beforeWrite = () => {};
    const after = startLoneShard({ disks: it.disks });
    expect(say(after, A, 'bet-1', FAIL)).toMatchObject({ why: 'quarantined' });
    expect(lettersOf(after)).toHaveLength(1);
  });

  test('is refused and not kept where there is no room, and takes nobody else’s', () => {
    const it = startLoneShard();
    for (let index = 0; index < DEAD_LETTERS_MAX; index++) {
      for (let times = 0; times < 3; times++) ask(it, A, `bet-${index}`, FAIL);
      it.runTurns();
    }
    expect(stateOf(it).deadLetters).toBe(DEAD_LETTERS_MAX);
    for (let times = 0; times < 7; times++) {
      expect(say(it, A, 'late', FAIL)).toMatchObject({ why: 'command-threw' });
    }
    expect(it.complaints).toContain('dead letters are full: a command that threw is not kept');
    expect(stateOf(it).deadLetters).toBe(DEAD_LETTERS_MAX);
  });

  test('of the runtime itself, such as a pulse, is no dead letter', () => {
    const throwing: typeof counter = {
      ...pulsingCounter,
      pulse: { everyMs: 100, command: () => FAIL, again: () => true },
    };
    const it = startLoneShard({ kinds: [throwing] });
    say(it, A, 'x', add('x'));
    for (let pulse = 0; pulse < 5; pulse++) {
      it.clock.turn(100);
      it.runTurns();
    }
    expect(it.complaints).toHaveLength(5);
    expect(stateOf(it).deadLetters).toBe(0);
  });
});

describe('a delivery that is not taken', () => {
  test.each([
    ['refused', 'rejected', { by: BY_MAX + 1 }],
    ['thrown at', 'threw', { by: 1 }],
  ])('because it is %s is a letter of its sender’s partition, and done', (_, reason, { by }) => {
    const broken = new Set<string>();
    const it = startLoneShard({ partitions: 2, kinds: [lenient(broken)] });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    if (reason === 'threw') broken.add(`${here.slice(8)}:1`);
    say(it, here, '1', { kind: 'add', id: '1', by, passOn: [there] });
    settle(it);
    expect(stateOf(it)).toMatchObject({ deadLetters: 1, outgoing: 0 });
    expect(stateOf(it, 1)).toMatchObject({ deadLetters: 0, position: 0 });
    expect(lettersOf(it)).toMatchObject([
      { id: '0.1', from: here, to: there, commandId: '0-1-0', reason },
    ]);
    // The cursor passes it with the letter.
    expect(it.disks[0]?.cursors.outgoing).toBe(2);
  });

  test('has one letter after a crash at any write, and not two', () => {
    for (let crashAt = 1; crashAt <= 6; crashAt++) {
      const disks = [createMemoryDisk()];
      const broken = new Set(['a:1']);
      let it = startLoneShard({ disks, kinds: [lenient(broken)] });
      let writes = 0;
      const [disk] = disks;
      if (disk === undefined) continue;
      disk.beforeWrite = () => {
        if (++writes === crashAt) throw new Error('power cut');
      };
      say(it, A, '1', { kind: 'add', id: '1', by: 1, passOn: [B] });
      settle(it);
      disk.beforeWrite = () => {};
      const crashed = it.fatal.length > 0;
      it = startLoneShard({ disks, kinds: [lenient(broken)], clock: it.clock });
      settle(it);
      const accepted = disk.records.some(({ stream }) => stream === A);
      expect(stateOf(it).deadLetters, `crash at ${crashAt}: ${crashed}`).toBe(accepted ? 1 : 0);
      expect(disk.cursors.outgoing).toBe(disk.records.length);
    }
  });

  test('is sent no more once its letter is on disk, though the cursor was not saved behind it', () => {
    const disks = [createMemoryDisk(), createMemoryDisk()];
    const broken = new Set<string>();
    const it = startLoneShard({ disks, own: [0], kinds: [lenient(broken)], peers: () => peer });
    const here = counterIn(0, 2);
    const sent: string[] = [];
    const peer = {
      shard: 'peer',
      send(
        request: { readonly kind: string; readonly id?: string },
        respond: (it: Response) => void,
      ) {
        sent.push(request.id ?? '');
        // The first one is never answered: it holds the cursor.
        if (request.id !== '0-1-0') respond({ kind: 'rejected', rejection: 'no' });
      },
    };
    const there = counterIn(1, 2);
    say(it, here, '1', { kind: 'add', id: '1', by: 1, passOn: [there, there] });
    it.clock.turn(2_000);
    it.runTurns();
    expect(stateOf(it)).toMatchObject({ deadLetters: 1, outgoing: 1 });
    expect(disks[0]?.cursors.outgoing).toBe(0);
    sent.length = 0;
    const after = startLoneShard({ disks, own: [0], kinds: [lenient(broken)], peers: () => peer });
    after.runTurns();
    expect(sent).toEqual(['0-1-0']);
    expect(stateOf(after)).toMatchObject({ deadLetters: 1, outgoing: 1 });
  });
});

describe('a dead letter', () => {
  test('that is sent again and taken does what it should have, once, and is gone', () => {
    const broken = new Set(['bet-1']);
    const it = startLoneShard({ kinds: [brittle(broken)] });
    for (let times = 0; times < 3; times++) say(it, A, 'bet-1', add('bet-1'));
    broken.clear();
    expect(order(it, { kind: 'replay-letter', letter: '0.1', by: 'ann', atMs: 1 })).toEqual({
      kind: 'replayed',
      outcome: undefined,
    });
    expect(lettersOf(it)).toEqual([]);
    expect(stateOf(it)).toMatchObject({ deadLetters: 0, outgoing: 0 });
    expect(it.disks[0]?.records.filter(({ stream }) => stream === A)).toMatchObject([
      { cause: 'bet-1' },
    ]);
    // Whoever asks again hears that it was done.
    expect(say(it, A, 'bet-1', add('bet-1'))).toMatchObject({ kind: 'accepted', version: 1 });
  });

  test('that is sent again in vain stays, with the outcome, and stays in quarantine', () => {
    const it = startLoneShard();
    for (let times = 0; times < 3; times++) say(it, A, 'bet-1', FAIL);
    const answer = order(it, { kind: 'replay-letter', letter: '0.1', by: 'ann', atMs: 1 });
    expect(answer).toMatchObject({
      outcome: { kind: 'threw', detail: expect.stringContaining('a defect in decide') },
    });
    expect(lettersOf(it)).toMatchObject([{ id: '0.1', replays: 1, replaying: false }]);
    expect(say(it, A, 'bet-1', FAIL)).toMatchObject({ why: 'quarantined' });
    expect(stateOf(it)).toMatchObject({ deadLetters: 1, outgoing: 0 });
  });

  test('of a delivery is sent to its actor in another partition, and told of at home', () => {
    const broken = new Set<string>();
    const it = startLoneShard({ partitions: 2, kinds: [lenient(broken)] });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    broken.add(`${here.slice(8)}:1`);
    say(it, here, '1', { kind: 'add', id: '1', by: 1, passOn: [there] });
    settle(it);
    broken.clear();
    order(it, { kind: 'replay-letter', letter: '0.1', by: 'ann', atMs: 1 });
    expect(lettersOf(it)).toEqual([]);
    expect(it.disks[1]?.records).toMatchObject([{ stream: there, cause: '0-1-0' }]);
  });

  test('that was on its way at a crash is sent again after it, and told of', () => {
    const broken = new Set(['bet-1']);
    const it = startLoneShard({ kinds: [brittle(broken)] });
    for (let times = 0; times < 3; times++) say(it, A, 'bet-1', add('bet-1'));
    broken.clear();
    const [disk] = it.disks;
    let writes = 0;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        if (++writes === 2) throw new Error('power cut');
      };
    }
    const command = { kind: 'replay-letter', letter: '0.1', by: 'ann', atMs: 1 } as const;
    it.serve(askOf('dead-letters/0', 'replay', command));
    it.runTurns();
    expect(it.fatal).toHaveLength(1);
    if (disk !== undefined) disk.beforeWrite = () => {};
    const after = startLoneShard({ disks: it.disks, kinds: [brittle(broken)] });
    settle(after);
    expect(lettersOf(after)).toEqual([]);
    expect(after.disks[0]?.records.filter(({ stream }) => stream === A)).toHaveLength(1);
  });

  test('of a partition that there is not is not known', () => {
    const it = startLoneShard({ partitions: 2 });
    const command = { kind: 'drop-letter', letter: '9.1', by: 'a', why: 'b', atMs: 1 } as const;
    const responses = it.serve(askOf('dead-letters/9', 'drop', command));
    it.runTurns();
    expect(responses).toEqual([
      { kind: 'rejected', rejection: { reason: 'unknown-dead-letter', letter: '9.1' } },
    ]);
  });
});

describe('an actor that cannot be replayed', () => {
  /** Cannot read what was added with this id, or cannot fold it. */
  function forgetful(id: string, how: 'decode' | 'evolve' | 'follow'): typeof counter {
    const { decider } = counter;
    const check = (event: CounterAdded, where: string): CounterAdded => {
      if (where === how && event.id === id) throw new Error(`cannot ${how} ${id}`);
      return event;
    };
    return {
      ...counter,
      decode: (bytes) => check(counter.decode(bytes), 'decode'),
      follow: (self, event) => counter.follow(self, check(event, 'follow')),
      decider: {
        ...decider,
        evolve: (state, event) => decider.evolve(state, check(event, 'evolve')),
      },
    };
  }

  /** A's second of three records is at 2, passed on to B; B's own is at 3. */
  function written(): readonly MemoryDisk[] {
    const it = startLoneShard();
    say(it, A, '1', add('1'));
    ask(it, A, '2', { kind: 'add', id: '2', by: 1, passOn: [B] });
    ask(it, B, 'b', add('b'));
    ask(it, A, '3', { kind: 'add', id: '3', by: 1, passOn: ['counter/c'] });
    // Commits, and dies before the deliveries are taken.
    it.turns.shift()?.();
    return it.disks;
  }

  test.each(['decode', 'evolve'] as const)(
    'by a throw in %s is out of service alone, and everybody sees why',
    (how) => {
      const disks = written();
      const it = startLoneShard({ disks, kinds: [forgetful('2', how)] });
      it.runTurns();
      expect(it.fatal).toEqual([]);
      expect(it.complaints).toEqual([
        'an actor cannot be replayed: it is in quarantine, the rest goes on',
      ]);
      for (const what of [{ command: add('4') }, { query: { kind: 'total' } as const }]) {
        const responses = it.ask(A, what);
        it.runTurns();
        const error = expect.stringContaining(`cannot ${how} 2`);
        expect(responses).toEqual([{ kind: 'failed', why: 'actor-quarantined', error }]);
      }
      expect(say(it, B, 'b2', add('b2'))).toMatchObject({ kind: 'accepted' });
      expect(stateOf(it)).toMatchObject({
        quarantined: 1,
        quarantinedActors: [{ address: A, position: 2, version: 3 }],
      });
      const where = it.serve({ kind: 'where', to: A });
      const gathered = it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'total' } });
      const other = it.serve({ kind: 'gather', actorKind: 'race', query: {} });
      it.runTurns();
      expect(where).toMatchObject([{ where: { version: 3 } }]);
      expect(gathered).toMatchObject([{ quarantined: [A] }]);
      expect(other).toMatchObject([{ quarantined: [] }]);
    },
  );

  test('still owes what its readable records make due, and that is sent', () => {
    const it = startLoneShard({ disks: written(), kinds: [forgetful('2', 'evolve')] });
    settle(it);
    expect(totalOf(it, B)).toBe(2);
    expect(totalOf(it, 'counter/c')).toBe(1);
    expect(it.disks[0]?.cursors.outgoing).toBe(it.disks[0]?.records.length);
  });

  test.each(['decode', 'follow'] as const)(
    'by a throw in %s owes nobody knows what: the cursor waits for a program that does',
    (how) => {
      const disks = written();
      const it = startLoneShard({ disks, kinds: [forgetful('2', how)] });
      settle(it);
      expect(totalOf(it, B)).toBe(1);
      expect(totalOf(it, 'counter/c')).toBe(1);
      expect(disks[0]?.cursors.outgoing).toBe(1);
      const mended = startLoneShard({ disks });
      settle(mended);
      expect(totalOf(mended, A)).toBe(3);
      expect(totalOf(mended, B)).toBe(2);
      expect(totalOf(mended, 'counter/c')).toBe(1);
      expect(disks[0]?.cursors.outgoing).toBe(disks[0]?.records.length);
      expect(stateOf(mended).quarantined).toBe(0);
    },
  );

  test('is owed what is sent to it: nothing of that is lost or a dead letter', () => {
    const disks = written();
    const it = startLoneShard({ disks, kinds: [forgetful('2', 'evolve')] });
    say(it, B, 'b2', { kind: 'add', id: 'b2', by: 5, passOn: [A] });
    settle(it);
    expect(stateOf(it)).toMatchObject({ deadLetters: 0, outgoing: 1 });
    const mended = startLoneShard({ disks });
    settle(mended);
    expect(totalOf(mended, A)).toBe(8);
  });

  test('tells the bus what can be read of it', () => {
    const disks = written();
    const it = startLoneShard({ disks, kinds: [forgetful('2', 'decode')] });
    it.runTurns();
    expect(it.fatal).toEqual([]);
    expect(it.bus.published.join(' ')).toContain('added.a 1;3;');
  });

  test('is no excuse for a log that is not what was written', () => {
    const disks = written();
    const [frame] = disks[0]?.frames ?? [];
    if (frame === undefined) throw new Error('no frame');
    const bytes = Uint8Array.from(frame.bytes);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    disks[0]?.frames.splice(0, 1, { ...frame, bytes });
    expect(() => startLoneShard({ disks })).toThrow(/record \d is not what was written/);
  });
});

function add(id: string): CounterCommand {
  return { kind: 'add', id, by: 1 };
}

/** Takes any amount at first hand; at second hand as `counter`, and throws at the broken ids. */
function lenient(broken: Set<string>): typeof counter {
  const throwing = brittle(broken);
  const { decider } = throwing;
  return {
    ...throwing,
    decider: {
      ...decider,
      decide(state, command) {
        const first = command.kind === 'add' && !command.id.includes(':');
        if (!first) return decider.decide(state, command);
        const { id, by, passOn = [] } = command;
        return state.ids.includes(id)
          ? { ok: true, events: [] }
          : { ok: true, events: [{ id, by, passOn }] };
      },
    },
  };
}

function askOf(to: Address, id: string, command: unknown, query?: unknown) {
  return { kind: 'ask', to, id, deadlineMs: Number.POSITIVE_INFINITY, command, query } as const;
}

function ask(it: LoneShard, to: Address, id: string, command: CounterCommand) {
  return it.serve(askOf(to, id, command));
}

/** The answer to a command. */
function say(it: LoneShard, to: Address, id: string, command: CounterCommand) {
  const responses = ask(it, to, id, command);
  it.runTurns();
  return responses[0];
}

/** The answer to an operator, however many turns it takes. */
function order(it: LoneShard, command: DeadLetterCommand & { readonly letter: string }) {
  const query: DeadLetterQuery = { kind: 'replayed', letter: command.letter };
  const responses = it.serve(askOf('dead-letters/0', 'order', command, query));
  settle(it);
  const [response] = responses;
  return response?.kind === 'accepted' ? response.answer : response;
}

/** Until everything that can be delivered is, and the cursors are saved. */
function settle(it: LoneShard): void {
  for (let round = 0; round < 20; round++) {
    it.runTurns();
    it.clock.turn(1_000);
  }
  it.runTurns();
}

function lettersOf(it: LoneShard): readonly DeadLetter[] {
  const query: DeadLetterQuery = { kind: 'letters', after: undefined, limit: 10 };
  const responses = it.serve(askOf('dead-letters/0', 'look', undefined, query));
  it.runTurns();
  const [response] = responses;
  // It was asked for letters.
  const answer = response?.kind === 'accepted' ? (response.answer as DeadLetterAnswer) : undefined;
  return answer?.kind === 'letters' ? answer.letters : [];
}

function stateOf(it: LoneShard, partition = 0): PartitionState {
  const responses = it.serve({ kind: 'partitions' });
  it.runTurns();
  const [response] = responses;
  const found = response?.kind === 'partitions' ? response.partitions[partition] : undefined;
  if (found === undefined) throw new Error(`no partition ${partition}`);
  return found;
}

function totalOf(it: LoneShard, to: Address): unknown {
  const responses = it.ask(to, { query: { kind: 'total' } });
  it.runTurns();
  const [response] = responses;
  return response?.kind === 'accepted' ? response.answer : undefined;
}
