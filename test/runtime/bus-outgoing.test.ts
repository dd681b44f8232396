// What a link does to messages, told with a wire that the test holds in its hand. An empty
// message of a one-letter subject takes 130 bytes of the bound.
import { describe, expect, it } from 'vitest';
import { createOutgoing } from '../../src/runtime/bus/outgoing.ts';
import { bytes, text } from './bus.contract.ts';

describe('outgoing messages', () => {
  it('leave at once, and are ready when a flush after them is answered', async () => {
    const { outgoing, sent, answerFlush } = setUp();
    outgoing.publish(message('1'));
    expect(sent).toEqual(['1']);
    const order: string[] = [];
    const ready = outgoing.ready().then(() => order.push('ready'));
    order.push('answered');
    await answerFlush();
    await ready;
    expect(order).toEqual(['answered', 'ready']);
  });

  it('are not ready by the answer to a flush before them', async () => {
    const { outgoing, answerFlush, flushes } = setUp();
    outgoing.publish(message('1'));
    await turn();
    outgoing.publish(message('2'));
    const order: string[] = [];
    const ready = outgoing.ready().then(() => order.push('ready'));
    await answerFlush();
    expect(order).toEqual([]);
    await answerFlush();
    await ready;
    expect(flushes()).toBe(2);
  });

  it('are flushed once for a burst, and no more when all is confirmed', async () => {
    const { outgoing, answerFlush, flushes } = setUp();
    for (let count = 0; count < 100; count += 1) outgoing.publish(message(`${count}`));
    await answerFlush();
    await turn();
    expect(flushes()).toBe(1);
  });

  it('are sent again in order when the link comes back, confirmed ones excepted', async () => {
    const { outgoing, sent, answerFlush, failFlush } = setUp();
    outgoing.publish(message('confirmed'));
    await answerFlush();
    outgoing.publish(message('1'));
    await turn();
    outgoing.linkLost();
    await failFlush();
    outgoing.publish(message('2'));
    const ready = outgoing.ready();
    expect(sent.splice(0)).toEqual(['confirmed', '1']);
    outgoing.linkBack();
    outgoing.publish(message('3'));
    expect(sent).toEqual(['1', '2', '3']);
    await answerFlush();
    await ready;
  });

  it('are sent again when only the return of the link was told', async () => {
    const { outgoing, sent, answerFlush, failFlush } = setUp();
    outgoing.publish(message('1'));
    const ready = outgoing.ready();
    await failFlush();
    outgoing.linkBack();
    expect(sent).toEqual(['1', '1']);
    await answerFlush();
    await ready;
  });

  it('are flushed again when a flush fails after the link came back', async () => {
    const { outgoing, answerFlush, failFlush } = setUp();
    outgoing.publish(message('1'));
    const ready = outgoing.ready();
    await turn();
    outgoing.linkLost();
    outgoing.linkBack();
    await failFlush();
    await answerFlush();
    await ready;
  });

  it('are kept up to the bound exactly', async () => {
    const { outgoing, sent, lost } = setUp(3 * 130);
    outgoing.linkLost();
    for (let count = 0; count < 3; count += 1) outgoing.publish(message(''));
    outgoing.linkBack();
    expect([sent.length, lost]).toEqual([3, []]);
  });

  it('lose the oldest over the bound, and say so to all who wait', async () => {
    const { outgoing, sent, lost, answerFlush } = setUp(3 * 131);
    outgoing.linkLost();
    for (const each of ['1', '2', '3', '4', '5']) outgoing.publish(message(each));
    const outcomes = Promise.allSettled([outgoing.ready(), outgoing.ready()]);
    outgoing.linkBack();
    expect(sent).toEqual(['3', '4', '5']);
    expect(lost).toEqual([2]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await answerFlush();
    const ready = outgoing.ready();
    await answerFlush();
    await ready;
  });

  it('say so to the next who asks when nobody waited', async () => {
    const { outgoing, answerFlush } = setUp(131);
    outgoing.linkLost();
    outgoing.publish(message('1'));
    outgoing.publish(message('2'));
    outgoing.linkBack();
    await expect(outgoing.ready()).rejects.toThrow('the bus lost 1 messages with its link');
    await answerFlush();
    const ready = outgoing.ready();
    await answerFlush();
    await ready;
  });

  it('are not lost over the bound while the link holds', async () => {
    const { outgoing, sent, lost, answerFlush } = setUp(131);
    for (const each of ['1', '2', '3']) outgoing.publish(message(each));
    await answerFlush();
    outgoing.linkLost();
    outgoing.linkBack();
    expect(sent).toEqual(['1', '2', '3']);
    expect(lost).toEqual([]);
  });

  it('are counted when they never left, and fail who waits, on close', async () => {
    const { outgoing, answerFlush } = setUp();
    outgoing.publish(message('1'));
    const flushing = outgoing.ready();
    await turn();
    outgoing.publish(message('2'));
    const outcomes = Promise.allSettled([flushing, outgoing.ready()]);
    expect(outgoing.close()).toBe(2);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(outgoing.ready()).rejects.toThrow('the bus is closed');
    await answerFlush();
    outgoing.linkBack();
  });
});

function setUp(boundBytes = 10_000) {
  const sent: string[] = [];
  const lost: number[] = [];
  const flushes: PromiseWithResolvers<void>[] = [];
  let answered = 0;
  const outgoing = createOutgoing(
    {
      send: ({ bytes: content }) => sent.push(text(content)),
      flush() {
        const flush = Promise.withResolvers<void>();
        flushes.push(flush);
        return flush.promise;
      },
      lost: (messages) => lost.push(messages),
    },
    boundBytes,
  );

  async function nextFlush(settle: (flush: PromiseWithResolvers<void>) => void): Promise<void> {
    await turn();
    const flush = flushes[answered];
    if (!flush) throw new Error('no flush is under way');
    answered += 1;
    settle(flush);
    await turn();
  }
  return {
    outgoing,
    sent,
    lost,
    flushes: () => flushes.length,
    answerFlush: () => nextFlush((flush) => flush.resolve()),
    failFlush: () => nextFlush((flush) => flush.reject(new Error('connection disconnected'))),
  };
}

function message(content: string) {
  return { subject: 's', bytes: bytes(content) };
}

/** All that is due now has happened when it resolves. */
function turn(): Promise<void> {
  return new Promise(setImmediate);
}
