import { describe, expect, test } from 'vitest';
import type { Address, BusQuestion } from '../../src/runtime/actor.ts';
import { GATHERED_MAX } from '../../src/runtime/gatherings.ts';
import { MAILBOX_MAX } from '../../src/runtime/inbox.ts';
import { createMemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import type { ShardPort } from '../../src/runtime/router.ts';
import { TURN_MAX } from '../../src/runtime/shard.ts';
import type { Ask, Request, Response } from '../../src/runtime/wire.ts';
import { BY_MAX, type CounterCommand, counter } from '../support/counter-actor.ts';
import { counterIn, type LoneShard, startLoneShard } from '../support/lone-shard.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';

describe('the gate', () => {
  test('lets nothing out before the commit: no reply, no delivery, no fact', () => {
    const [disk, other] = [createMemoryDisk(), createMemoryDisk()];
    const { peer, sent } = createPeer();
    const it = startLoneShard({ disks: [disk, other], own: [0], peers: () => peer });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    const replies = [
      it.ask(here, { command: add('1', 1, [there]) }),
      it.ask(here, { command: add('2', BY_MAX + 1) }),
      it.ask(here, { query: { kind: 'total' } }),
      it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'total' } }),
      it.serve({ kind: 'where', to: here }),
      it.serve({ kind: 'partitions' }),
    ];
    let looked = 0;
    disk.beforeWrite = () => {
      looked++;
      expect(replies.flat()).toEqual([]);
      expect(sent).toEqual([]);
      expect(it.bus.published).toEqual([]);
    };
    it.runTurns();
    expect(looked).toBe(1);
    expect(replies.map((responses) => responses.map(({ kind }) => kind))).toEqual([
      ['accepted'],
      ['rejected'],
      ['accepted'],
      ['gathered'],
      ['where'],
      ['partitions'],
    ]);
    expect(sent).toMatchObject([{ to: there, id: '0-1-0' }]);
    const name = here.slice(8);
    expect(it.bus.published).toEqual([`added.${name} 1;`, `seen.${name} 1@1`]);
  });

  test('stays shut for ever after a commit that failed, and the failure is told once', async () => {
    const [disk, other] = [createMemoryDisk(), createMemoryDisk()];
    const { peer, sent } = createPeer();
    const it = startLoneShard({ disks: [disk, other], own: [0], peers: () => peer });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    it.ask(here, { command: add('0') });
    it.runTurns();
    const published = [...it.bus.published];
    disk.beforeWrite = fail;
    const unanswered = [
      it.ask(here, { command: add('1', 1, [there]) }),
      it.ask(here, { query: { kind: 'total' } }),
      it.ask(here, { command: add('2', BY_MAX + 1) }),
      it.ask(here, { query: { kind: 'reached', total: 2 } }),
    ];
    it.runTurns();
    disk.beforeWrite = () => {};
    it.bus.say('furlong.refresh');
    it.clock.turn(60_000);
    it.runTurns();
    await it.shard.stop();
    expect(it.fatal).toEqual([new Error('disk full')]);
    // The view of the earlier, committed turn included: the state is no longer what it was.
    expect(it.bus.published).toEqual(published);
    expect(unanswered.slice(0, 3).flat()).toEqual([]);
    expect(sent).toEqual([]);
    expect(disk.records).toHaveLength(1);
    expect(it.clock.waiting).toBe(0);
  });

  test('answers later requests to a crashed shard with unanswered', () => {
    const it = startLoneShard();
    const [disk] = it.disks;
    if (disk !== undefined) disk.beforeWrite = fail;
    it.ask(A, { command: add('1') });
    it.runTurns();
    expect(it.ask(A, { query: { kind: 'total' } })).toEqual([
      { kind: 'unanswered', why: 'crashed' },
    ]);
    expect(it.turns).toEqual([]);
  });

  test('saves no cursor after a crash: what one partition committed is still to be sent', async () => {
    const disks = [createMemoryDisk(), createMemoryDisk(), createMemoryDisk()];
    const it = startLoneShard({ disks, own: [0, 1] });
    const there = counterIn(2, 3);
    if (disks[1] !== undefined) disks[1].beforeWrite = fail;
    it.ask(counterIn(0, 3), { command: add('1', 1, [there]) });
    it.ask(counterIn(1, 3), { command: add('2', 1, [there]) });
    it.runTurns();
    expect(it.fatal).toHaveLength(1);
    if (disks[1] !== undefined) disks[1].beforeWrite = () => {};
    it.clock.turn(60_000);
    await it.shard.stop();
    expect(disks.map(({ records }) => records.length)).toEqual([1, 0, 0]);
    expect(disks[0]?.cursors).toEqual({ outgoing: 0, bus: 0 });
  });

  test('crashes where what it must tell the bus again is not what was written', async () => {
    const it = startLoneShard();
    it.bus.confirm = () => Promise.reject(new Error('the bus lost it'));
    it.ask(A, { command: add('1') });
    it.runTurns();
    const [frame] = it.disks[0]?.frames ?? [];
    if (frame === undefined) throw new Error('nothing was written');
    it.disks[0]?.frames.splice(0, 1, { ...frame, hash: new Uint8Array(32) });
    for (let round = 0; round < 5; round++) {
      it.clock.turn(250);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(it.fatal).toMatchObject([{ name: 'CorruptLogError' }]);
  });

  test('crashes where what leaves it throws: who was not told is told after replay', () => {
    const it = startLoneShard();
    it.shard.serve(askOf(A, { command: add('1') }), () => {
      throw new Error('a reply that cannot be written');
    });
    const behind = it.ask(A, { query: { kind: 'total' } });
    it.runTurns();
    expect(it.fatal).toEqual([new Error('a reply that cannot be written')]);
    expect(behind).toEqual([]);
  });
});

describe('a turn', () => {
  test('writes once to each partition, whatever it decided', () => {
    const writes = [0, 0];
    const disks = writes.map((_, index) => {
      const disk = createMemoryDisk();
      disk.beforeWrite = () => {
        writes[index] = (writes[index] ?? 0) + 1;
      };
      return disk;
    });
    const it = startLoneShard({ disks });
    for (let index = 0; index < 50; index++) {
      it.ask(counterIn(index % 2, 2, index % 7), { command: add(`i${index}`) });
    }
    it.runTurns();
    expect(writes).toEqual([1, 1]);
    expect(disks.map(({ records }) => records.length)).toEqual([25, 25]);
  });

  test('takes so many at most, in their order, and the next follows by itself', () => {
    const it = startLoneShard();
    const groups: number[] = [];
    for (const disk of it.disks) disk.beforeWrite = () => groups.push(disk.records.length);
    const order: number[] = [];
    for (let index = 0; index < 2 * TURN_MAX + 1; index++) {
      it.shard.serve(askOf(A, { command: add(`i${index}`) }), () => order.push(index));
    }
    expect(it.turns).toHaveLength(1);
    it.runTurns();
    expect(groups).toEqual([0, TURN_MAX, 2 * TURN_MAX]);
    expect(order).toEqual(Array.from({ length: 2 * TURN_MAX + 1 }, (_, index) => index));
  });

  test('writes nothing where nothing happened', () => {
    const it = startLoneShard();
    for (const disk of it.disks) disk.beforeWrite = fail;
    const repeat = it.ask(A, { query: { kind: 'total' } });
    it.ask(A, { command: add('1', BY_MAX + 1) });
    it.runTurns();
    expect(repeat).toEqual([{ kind: 'accepted', version: 0, answer: 0 }]);
    expect(it.fatal).toEqual([]);
  });

  test('sees what the commands before it in the same turn did', () => {
    const it = startLoneShard();
    it.ask(A, { command: add('1', 5) });
    const same = it.ask(A, { command: add('1', 5), query: { kind: 'total' } });
    const next = it.ask(A, { command: add('2', 2), query: { kind: 'total' } });
    it.runTurns();
    expect([same, next]).toEqual([
      [{ kind: 'accepted', version: 1, answer: 5 }],
      [{ kind: 'accepted', version: 2, answer: 7 }],
    ]);
  });

  test('does no work for whom nobody waits any more', () => {
    const it = startLoneShard();
    const late = it.ask(A, { command: add('1'), deadlineMs: it.clock.now() });
    const inTime = it.ask(A, { command: add('2'), deadlineMs: it.clock.now() + 1 });
    it.runTurns();
    expect(late).toEqual([{ kind: 'unanswered', why: 'deadline' }]);
    expect(inTime).toMatchObject([{ kind: 'accepted' }]);
    expect(it.disks[0]?.records.map(({ cause }) => cause)).toEqual(['ask-1']);
  });

  test('refuses at once what does not fit in a mailbox, and begins nothing of it', () => {
    const it = startLoneShard();
    const fits = Array.from({ length: MAILBOX_MAX }, () => it.ask(A, { query: { kind: 'total' } }));
    expect(it.ask(A, { command: add('1') })).toEqual([{ kind: 'unanswered', why: 'overload' }]);
    it.runTurns();
    expect(fits.every((responses) => responses.length === 1)).toBe(true);
    expect(it.disks[0]?.records).toEqual([]);
    expect(it.ask(A, { command: add('1') })).toEqual([]);
  });
});

describe('a defect', () => {
  test.each<[string, Partial<Ask>]>([
    ['in answer', { query: { kind: 'fail' } }],
    ['in answer after a command', { command: add('x'), query: { kind: 'fail' } }],
    ['of an address of no known kind', { to: 'ghost/1' }],
  ])('%s is answered and harms nobody else', (_, what) => {
    const it = startLoneShard();
    const before = it.ask(A, { command: add('1') });
    const broken = it.serve(askOf(A, what));
    const after = it.ask(B, { command: add('2'), query: { kind: 'total' } });
    it.runTurns();
    expect(broken).toEqual([{ kind: 'unanswered', why: 'crashed' }]);
    expect([before, after]).toMatchObject([[{ kind: 'accepted' }], [{ answer: 1 }]]);
    expect(it.fatal).toEqual([]);
    expect(it.complaints).toHaveLength(1);
  });

  test('in decide is answered, begins nothing, and harms nobody else', () => {
    const it = startLoneShard();
    const before = it.ask(A, { command: add('1') });
    const broken = it.ask(A, { command: { kind: 'fail' }, query: { kind: 'total' } });
    const after = it.ask(A, { command: add('2'), query: { kind: 'total' } });
    it.runTurns();
    const error = expect.stringContaining('a defect in decide');
    expect(broken).toEqual([{ kind: 'failed', why: 'command-threw', error }]);
    expect([before, after]).toMatchObject([[{ kind: 'accepted' }], [{ answer: 2 }]]);
    expect(it.fatal).toEqual([]);
    expect(it.complaints).toHaveLength(1);
  });

  test.each<[string, Partial<typeof counter>]>([
    ['in encoding', { encode: throwing }],
    ['in following', { follow: throwing }],
    ['in telling', { fact: throwing }],
  ])('%s an event is refused like one in decide, and begins nothing', (_, defect) => {
    const broken = { ...counter, ...defect };
    const it = startLoneShard({ kinds: [{ ...broken, kind: 'broken' }, counter] });
    const refused = Array.from({ length: 3 }, () =>
      it.serve(askOf('broken/1', { id: 'same', command: add('x') })),
    );
    const sound = it.ask(A, { command: add('1'), query: { kind: 'total' } });
    it.runTurns();
    expect(it.fatal).toEqual([]);
    expect(sound).toMatchObject([{ answer: 1 }]);
    expect(refused.flat()).toMatchObject([
      { kind: 'failed', why: 'command-threw' },
      { kind: 'failed', why: 'command-threw' },
      { kind: 'failed', why: 'quarantined' },
    ]);
    expect(it.disks[0]?.records.map(({ stream }) => stream)).not.toContain('broken/1');
  });

  test('in choosing a lane is a command like any other', () => {
    const it = startLoneShard({ kinds: [{ ...counter, lane: throwing }] });
    const answered = it.ask(A, { command: add('1'), query: { kind: 'total' } });
    it.runTurns();
    expect(answered).toMatchObject([{ answer: 1 }]);
  });

  test('in saying what waits leaves it out, and harms nobody', () => {
    const it = startLoneShard({ kinds: [{ ...counter, waits: throwing }] });
    it.ask(A, { command: add('1') });
    it.runTurns();
    const stuck = it.serve({ kind: 'stuck', untilMs: it.clock.now(), limit: 10 });
    it.runTurns();
    expect(stuck).toEqual([{ kind: 'stuck', stuck: [] }]);
    expect(it.fatal).toEqual([]);
    expect(it.complaints).toHaveLength(1);
  });

  test('of routing, asked for a partition of another shard, says that it is elsewhere', () => {
    const it = startLoneShard({ partitions: 2, own: [0] });
    const stray = it.ask(counterIn(1, 2), { command: add('1') });
    it.runTurns();
    expect(stray).toEqual([{ kind: 'moved' }]);
    expect(it.fatal).toEqual([]);
  });

  test('in answering one leaves it out of what is gathered', () => {
    const it = startLoneShard();
    it.ask(A, { command: add('1') });
    const gathered = it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'fail' } });
    it.runTurns();
    expect(gathered).toEqual([{ kind: 'gathered', partitions: [0], answers: [], quarantined: [] }]);
  });
});

describe('a question that cannot be answered yet', () => {
  const untilTwo = { kind: 'reached', total: 2 } as const;

  test('is answered after the change that allows it, and once', () => {
    const it = startLoneShard();
    it.ask(A, { command: add('1') });
    const held = it.ask(A, { query: untilTwo });
    it.runTurns();
    expect(held).toEqual([]);
    it.ask(A, { command: add('2') });
    for (const disk of it.disks) disk.beforeWrite = () => expect(held).toEqual([]);
    it.runTurns();
    expect(held).toEqual([{ kind: 'accepted', version: 2, answer: 2 }]);
    it.ask(A, { command: add('3') });
    it.runTurns();
    it.clock.turn(60_000);
    expect(held).toHaveLength(1);
  });

  test('is answered even where the actor did not exist when it was asked', () => {
    const it = startLoneShard();
    const held = it.ask(A, { query: untilTwo });
    it.runTurns();
    it.ask(A, { command: add('1') });
    it.runTurns();
    it.ask(A, { command: add('2') });
    it.runTurns();
    expect(held).toEqual([{ kind: 'accepted', version: 2, answer: 2 }]);
  });

  test('is answered with deadline when that has passed', () => {
    const it = startLoneShard();
    const held = it.ask(A, { query: untilTwo, deadlineMs: it.clock.now() + 1_000 });
    const other = it.ask(A, { query: untilTwo });
    it.runTurns();
    it.clock.turn(999);
    expect(held).toEqual([]);
    it.clock.turn(251);
    expect(held).toEqual([{ kind: 'unanswered', why: 'deadline' }]);
    it.ask(A, { command: { kind: 'repeat', id: 'r', times: 2 } });
    it.runTurns();
    expect(held).toHaveLength(1);
    expect(other).toEqual([{ kind: 'accepted', version: 2, answer: 2 }]);
  });

  test('is answered as soon where the clock is set back meanwhile', () => {
    const it = startLoneShard();
    const deadlineMs = it.clock.now() + 1_000;
    const question = it.ask(A, { query: { kind: 'reached', total: 2 }, deadlineMs });
    it.runTurns();
    it.clock.turn(500);
    it.clock.setBack(86_400_000);
    it.clock.turn(250);
    expect(question).toEqual([]);
    it.clock.turn(500);
    expect(question).toEqual([{ kind: 'unanswered', why: 'deadline' }]);
  });

  test('is held as long as somebody waits, where the clock was set back before it came', () => {
    const it = startLoneShard();
    const before = { query: untilTwo, deadlineMs: it.clock.now() + 1_000 };
    it.ask(A, before);
    it.runTurns();
    it.clock.turn(250);
    it.clock.setBack(86_400_000);
    const question = it.ask(A, { ...before, deadlineMs: it.clock.now() + 1_000 });
    it.runTurns();
    it.clock.turn(900);
    expect(question).toEqual([]);
    it.clock.turn(350);
    expect(question).toEqual([{ kind: 'unanswered', why: 'deadline' }]);
  });

  test('is answered when the shard stops', async () => {
    const it = startLoneShard();
    const held = it.ask(A, { query: untilTwo });
    it.runTurns();
    await it.shard.stop();
    expect(held).toEqual([{ kind: 'unanswered', why: 'stopping' }]);
  });
});

describe('a look at a shard', () => {
  test('gathers from the actors of the kind that something happened to', () => {
    const other = { ...counter, kind: 'other' };
    const it = startLoneShard({ partitions: 4, kinds: [counter, other] });
    it.ask(A, { command: add('1', 3) });
    it.ask(B, { command: add('1', 4) });
    it.ask('counter/c', { command: add('1', BY_MAX + 1) });
    it.ask('other/a', { command: add('1', 9) });
    it.runTurns();
    const gathered = it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'total' } });
    it.runTurns();
    const [response] = gathered;
    const answers = response?.kind === 'gathered' ? response.answers : [];
    expect(answers.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: 'a', answer: 3 },
      { id: 'b', answer: 4 },
    ]);
  });

  test('asks so many actors in a turn, however many gather', () => {
    let asked = 0;
    const decider: typeof counter.decider = {
      ...counter.decider,
      answer(state, query) {
        asked++;
        return counter.decider.answer(state, query);
      },
    };
    const it = startLoneShard({ kinds: [{ ...counter, decider }] });
    for (let id = 0; id < 2 * GATHERED_MAX; id++) it.ask(`counter/${id}`, { command: add('1') });
    it.runTurns();
    for (let index = 0; index < 10; index++) {
      it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'total' } });
    }
    it.turns.shift()?.();
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(1.1 * GATHERED_MAX);
    it.runTurns();
    expect(asked).toBe(20 * GATHERED_MAX);
  });

  test('says where an actor is and how many events it has', () => {
    const it = startLoneShard({ partitions: 4 });
    const here = counterIn(2, 4);
    it.ask(here, { command: { kind: 'repeat', id: 'r', times: 3 } });
    it.runTurns();
    const looks = [here, counterIn(3, 4)].map((to) => it.serve({ kind: 'where', to }));
    it.runTurns();
    expect(looks).toEqual([
      [{ kind: 'where', where: { partition: 2, shard: 'lone', version: 3 } }],
      [{ kind: 'where', where: { partition: 3, shard: 'lone', version: 0 } }],
    ]);
  });

  test('shows its partitions as they are on disk', () => {
    const { peer } = createPeer();
    const it = startLoneShard({ partitions: 3, own: [0, 2], peers: () => peer });
    it.ask(counterIn(2, 3), { command: add('1', 1, [counterIn(1, 3)]) });
    const looked = it.serve({ kind: 'partitions' });
    it.runTurns();
    const hash = Buffer.from(it.disks[2]?.frames[0]?.hash ?? []).toString('hex');
    expect(looked).toMatchObject([
      {
        kind: 'partitions',
        partitions: [
          { partition: 0, position: 0, actors: 0, outgoing: 0, epoch: 1 },
          { partition: 2, position: 1, actors: 1, outgoing: 1, headHash: hash, shard: 'lone' },
        ],
      },
    ]);
  });

  test('over the bus is answered by whoever owns the actor, and by nobody else', () => {
    const questions: BusQuestion[] = [
      {
        subject: 'ask.total',
        parse(bytes) {
          const text = Buffer.from(bytes).toString();
          if (text === 'garbage') throw new Error('no such message');
          return text === '' ? undefined : { to: text as Address, query: { kind: 'total' } };
        },
        reply: (answer, version) => Buffer.from(`${answer}@${version}`),
      },
    ];
    const it = startLoneShard({ partitions: 2, own: [0], questions });
    const here = counterIn(0, 2);
    it.ask(here, { command: add('1', 6) });
    it.runTurns();
    const put = (text: string) => it.bus.put('ask.total', Buffer.from(text))?.toString();
    expect(put(here)).toBe('6@1');
    expect(put(counterIn(0, 2, 1))).toBe('undefined@0');
    expect(put(counterIn(1, 2))).toBeUndefined();
    expect(put('')).toBeUndefined();
    expect(put('garbage')).toBeUndefined();
    expect(it.fatal).toEqual([]);
  });
});

describe('a partition that changes shards', () => {
  const kinds = [counter];

  test('goes on where it was, under a new epoch, with what it had begun', async () => {
    const disks = [createMemoryDisk(), createMemoryDisk()];
    const from = startLoneShard({ disks, own: [0], peers: () => undefined });
    const here = counterIn(0, 2);
    const there = counterIn(1, 2);
    // Nobody serves partition 1: the delivery waits.
    from.ask(here, { command: { kind: 'add', id: 'x', by: 2, passOn: [there] } });
    from.runTurns();
    expect(from.shard.release(0)).toBe(1);

    const to = startLoneShard({ disks, own: [1] });
    to.shard.adopt(openPartition(openMemoryLog(disks[0] ?? createMemoryDisk(), 0), kinds));
    to.runTurns();
    const looked = to.ask(here, { query: { kind: 'total' } });
    const passedOn = to.ask(there, { query: { kind: 'total' } });
    to.runTurns();
    expect(looked).toMatchObject([{ answer: 2 }]);
    expect(passedOn).toMatchObject([{ answer: 2 }]);
    expect(disks[0]?.epoch).toBe(2);
    await to.shard.stop();
    await from.shard.stop();
  });

  test('has its files closed, once, when somebody else has them', async () => {
    const it = startLoneShard({ partitions: 2, own: [1] });
    let closed = 0;
    const close = () => void closed++;
    const [disk = createMemoryDisk()] = it.disks;
    const adopt = () => {
      const partition = openPartition(openMemoryLog(disk, 0), kinds);
      it.shard.adopt(Object.assign(Object.create(partition), { close }));
      it.shard.release(0);
    };
    adopt();
    expect(closed).toBe(0);
    it.shard.ownersChanged();
    expect(closed).toBe(1);
    adopt();
    await it.shard.stop();
    expect(closed).toBe(2);
  });

  test('answers `moved` to whoever waits or comes later, and begins nothing', () => {
    const it = startLoneShard({ partitions: 2 });
    const mine = counterIn(0, 2);
    const other = counterIn(1, 2);
    const held = it.ask(mine, { query: { kind: 'reached', total: 9 } });
    it.runTurns();
    const queued = it.ask(mine, { command: add('1') });
    const elsewhere = it.ask(other, { command: add('2') });
    it.shard.release(0);
    const late = it.ask(mine, { command: add('3') });
    const where = it.serve({ kind: 'where', to: mine });
    it.runTurns();
    expect([held, queued, late, where]).toEqual(Array(4).fill([{ kind: 'moved' }]));
    expect(elsewhere).toMatchObject([{ kind: 'accepted' }]);
    expect(it.disks[0]?.records).toEqual([]);
    expect(it.shard.release(0)).toBeUndefined();
  });

  test('and comes back sends each command that was not taken once more, and counts it once', () => {
    const requests: Request[] = [];
    const responds: ((response: Response) => void)[] = [];
    const peer: ShardPort = {
      shard: 'peer',
      send(request, onResponse) {
        requests.push(request);
        responds.push(onResponse);
      },
    };
    const it = startLoneShard({ partitions: 2, own: [0], peers: () => peer });
    const [disk = createMemoryDisk()] = it.disks;
    const passOn = [counterIn(1, 2)];
    it.ask(counterIn(0, 2), { command: { kind: 'add', id: 'x', by: 2, passOn } });
    it.runTurns();
    it.shard.release(0);
    it.shard.adopt(openPartition(openMemoryLog(disk, 0), kinds));
    it.runTurns();
    expect(requests.map((request) => request.kind === 'ask' && request.id)).toEqual([
      '0-1-0',
      '0-1-0',
    ]);
    // The answer to the first is of a time that is over.
    responds[0]?.({ kind: 'accepted', version: 1 });
    expect(stateOf(it)).toMatchObject({ outgoing: 1 });
    responds[1]?.({ kind: 'accepted', version: 1 });
    expect(stateOf(it)).toMatchObject({ outgoing: 0 });
  });

  test('while others are gathered from is not asked: its old owner may have been', () => {
    const { disks, address: there } = letGo();
    const it = startLoneShard({ disks, own: [1] });
    for (const address of countersIn(1, 2, GATHERED_MAX + 1)) {
      it.ask(address, { command: add('1') });
    }
    it.runTurns();
    const gathered = it.serve({ kind: 'gather', actorKind: 'counter', query: { kind: 'total' } });
    it.turns.shift()?.();
    expect(gathered).toEqual([]);
    it.shard.adopt(openPartition(openMemoryLog(disks[0] ?? createMemoryDisk(), 0), kinds));
    it.runTurns();
    const [response] = gathered;
    if (response?.kind !== 'gathered') throw new Error('nothing was gathered');
    expect(response.partitions).toEqual([1]);
    expect(response.answers.map(({ id }) => id)).not.toContain(there.slice(8));
    expect(response.answers).toHaveLength(GATHERED_MAX + 1);
  });

  test('shows what its old owner had no time to show', async () => {
    const { disks, from, address: here } = letGo();
    const name = here.slice(8);
    from.clock.turn(1_000);
    expect(from.bus.published.filter((it) => it.startsWith('seen.'))).toEqual([`seen.${name} 1@1`]);
    const to = startLoneShard({ disks, own: [1] });
    to.shard.adopt(openPartition(openMemoryLog(disks[0] ?? createMemoryDisk(), 0), kinds));
    to.clock.turn(1_000);
    expect(to.bus.published.filter((it) => it.startsWith('seen.'))).toEqual([`seen.${name} 2@2`]);
    await to.shard.stop();
    await from.shard.stop();
  });

  /** A shard that took two commands, showed the first, and let go of the partition of who took them. */
  function letGo() {
    const disks = [createMemoryDisk(), createMemoryDisk()];
    const from = startLoneShard({ disks, own: [0] });
    const address = counterIn(0, 2);
    for (const id of ['1', '2']) {
      from.ask(address, { command: add(id) });
      from.runTurns();
    }
    from.shard.release(0);
    return { disks, from, address };
  }

  function stateOf(it: LoneShard) {
    const looked = it.serve({ kind: 'partitions' });
    it.runTurns();
    const [response] = looked;
    return response?.kind === 'partitions' ? response.partitions[0] : undefined;
  }
});

describe('stopping', () => {
  test('answers what was taken, refuses what comes after, and saves how far all got', async () => {
    const it = startLoneShard({ partitions: 2 });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    const asked = Array.from({ length: 3 * TURN_MAX }, (_, index) =>
      it.ask(here, { command: add(`i${index}`, 1, index === 0 ? [there] : []) }),
    );
    const stopped = it.shard.stop();
    expect(it.ask(here, { command: add('late') })).toEqual([
      { kind: 'unanswered', why: 'stopping' },
    ]);
    await stopped;
    expect(asked.flat().map(({ kind }) => kind)).toEqual(asked.map(() => 'accepted'));
    expect(it.disks.map(({ cursors }) => cursors)).toEqual([
      { outgoing: 3 * TURN_MAX, bus: 3 * TURN_MAX },
      { outgoing: 1, bus: 1 },
    ]);
    expect(it.clock.waiting).toBe(0);
    it.runTurns();
    it.bus.say('furlong.refresh');
    expect(it.clock.waiting).toBe(0);
  });

  test('leaves what could not be delivered to the next start', async () => {
    const { peer, sent } = createPeer();
    const it = startLoneShard({ partitions: 2, own: [0], peers: () => peer });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    it.ask(here, { command: add('1', 1, [there]) });
    it.runTurns();
    await it.shard.stop();
    expect(it.disks[0]?.cursors).toEqual({ outgoing: 0, bus: 1 });
    startLoneShard({ disks: it.disks, own: [0], peers: () => peer });
    expect(sent.map(({ id }) => id)).toEqual(['0-1-0', '0-1-0']);
  });

  test('a shard with nothing to do still saves how far its readers got', async () => {
    const it = startLoneShard();
    it.ask(A, { command: add('1', 1, [B]) });
    it.runTurns();
    expect(it.disks[0]?.cursors.outgoing).toBe(0);
    await turn(it, 250);
    await turn(it, 1_000);
    expect(it.disks[0]?.cursors).toEqual({ outgoing: 2, bus: 2 });
    for (const disk of it.disks) disk.beforeWrite = fail;
    await turn(it, 10_000);
    expect(it.fatal).toEqual([]);
  });

  test('a shard that was fenced says so, and writes nothing', async () => {
    const it = startLoneShard();
    it.ask(A, { command: add('1') });
    it.runTurns();
    const next = startLoneShard({ disks: it.disks });
    it.ask(A, { command: add('2') });
    it.runTurns();
    expect(it.fatal).toMatchObject([{ name: 'FencedError' }]);
    await it.shard.stop();
    expect(it.disks[0]?.records).toHaveLength(1);
    await next.shard.stop();
  });

  test.each([
    ['a refusal', { command: add('2', BY_MAX + 1) }],
    ['a repeat', { command: add('1') }],
    ['a look', { query: { kind: 'total' } as const }],
  ])('a shard that was fenced answers nothing, not even %s', async (_, what) => {
    const it = startLoneShard();
    it.ask(A, { command: add('1') });
    it.runTurns();
    const next = startLoneShard({ disks: it.disks });
    const answers = it.ask(A, what);
    it.runTurns();
    expect(answers).toEqual([]);
    expect(it.fatal).toMatchObject([{ name: 'FencedError' }]);
    await it.shard.stop();
    await next.shard.stop();
  });
});

function add(id: string, by = 1, passOn: readonly Address[] = []): CounterCommand {
  return { kind: 'add', id, by, passOn };
}

function askOf(to: Address, what: Partial<Ask>): Ask {
  return { kind: 'ask', to, id: 'i', deadlineMs: Number.POSITIVE_INFINITY, ...what };
}

/** A shard that takes everything and answers nothing. */
function createPeer() {
  const sent: Ask[] = [];
  const peer = {
    shard: 'peer',
    // Shards ask each other nothing but this.
    send: (request: unknown, _: (response: Response) => void) => sent.push(request as Ask),
  };
  return { peer, sent };
}

async function turn(it: LoneShard, byMs: number): Promise<void> {
  it.clock.turn(byMs);
  await new Promise((resolve) => setImmediate(resolve));
}

function fail(): never {
  throw new Error('disk full');
}

function throwing(): never {
  throw new Error('a defect');
}

/** The first so many. */
function countersIn(partition: number, partitions: number, count: number): Address[] {
  const found: Address[] = [];
  for (let id = 0; found.length < count; id++) {
    const address: Address = `counter/${id}`;
    if (partitionOf(address, partitions) === partition) found.push(address);
  }
  return found;
}
