import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type Channel, CREDIT_BYTES, createLink } from '../../src/runtime/link.ts';
import { type ChannelEnd, channelOver, openChannel } from '../../src/runtime/threads.ts';
import type { Ask, Request, Response } from '../../src/runtime/wire.ts';

const opened: ChannelEnd[] = [];

afterEach(() => {
  for (const end of opened.splice(0)) end.close();
});

describe.each([
  ['a real channel', openReal],
  ['a channel in memory', openFake],
])('a link over %s', (_, open) => {
  test('brings every request over, and its own response back', async () => {
    const [here, there] = open();
    createLink('there', there, (request, respond) => respond(echoOf(request)));
    const link = createLink('here', here);
    const ids = Array.from({ length: 1_000 }, (_, index) => `ask-${index}`);
    const responses = await Promise.all(ids.map((id) => asked(link, ask(id))));
    expect(responses).toEqual(ids.map((id) => ({ kind: 'rejected', rejection: id })));
  });

  test('answers in whatever order the other side does', async () => {
    const [here, there] = open();
    const waiting: (() => void)[] = [];
    createLink('there', there, (request, respond) => {
      waiting.push(() => respond(echoOf(request)));
      if (waiting.length === 3) for (const answer of waiting.toReversed()) answer();
    });
    const link = createLink('here', here);
    const order: unknown[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map(async (id) => {
        const response = await asked(link, ask(id));
        expect(response).toEqual({ kind: 'rejected', rejection: id });
        order.push(id);
      }),
    );
    expect(order).toEqual(['c', 'b', 'a']);
  });

  test('carries requests both ways at once', async () => {
    const [here, there] = open();
    const name = (own: string) => (request: Request, respond: (it: Response) => void) =>
      respond({ kind: 'rejected', rejection: `${own} ${(request as Ask).id}` });
    const a = createLink('there', here, name('here'));
    const b = createLink('here', there, name('there'));
    expect(await Promise.all([asked(a, ask('1')), asked(b, ask('1'))])).toEqual([
      { kind: 'rejected', rejection: 'there 1' },
      { kind: 'rejected', rejection: 'here 1' },
    ]);
  });

  test('answers a request once, though the other side does so twice', async () => {
    const [here, there] = open();
    createLink('there', there, (request, respond) => {
      respond(echoOf(request));
      respond({ kind: 'unanswered', why: 'crashed' });
    });
    const link = createLink('here', here);
    const responses: Response[] = [];
    link.send(ask('a'), (response) => responses.push(response));
    await asked(link, ask('b'));
    expect(responses).toEqual([{ kind: 'rejected', rejection: 'a' }]);
  });
});

describe('a link', () => {
  test('sends what one turn of the event loop has to say as one message', async () => {
    const posted: Uint8Array[] = [];
    const link = createLink('there', {
      post: (bytes) => posted.push(bytes),
      onBytes() {},
      close() {},
    });
    for (let index = 0; index < 100; index++) link.send(ask(`${index}`), () => {});
    expect(posted).toHaveLength(0);
    await nextTurn();
    expect(posted).toHaveLength(1);
    link.send(ask('later'), () => {});
    await nextTurn();
    expect(posted).toHaveLength(2);
    await nextTurn();
    expect(posted).toHaveLength(2);
  });

  test('to a thread that owns no actors refuses requests from there', () => {
    let deliver: (bytes: Uint8Array) => void = () => {};
    const link = createLink('shard-0', {
      post: (bytes) => deliver(bytes),
      onBytes(listener) {
        deliver = listener;
      },
      close() {},
    });
    link.send(ask('a'), () => {});
    return expect(
      new Promise((_, reject) => {
        const straight = deliver;
        deliver = (bytes) => {
          try {
            straight(bytes);
          } catch (cause) {
            reject(cause);
          }
        };
      }),
    ).rejects.toThrow('shard-0 asked a thread that owns no actors');
  });

  test('refuses what it has no credit for at once, and takes more as answers come', async () => {
    const [here, there] = openFake();
    const open: (() => void)[] = [];
    createLink('there', there, (request, respond) => open.push(() => respond(echoOf(request))));
    const link = createLink('here', here);
    const large = { ...ask('large'), command: 'x'.repeat(CREDIT_BYTES / 2) };
    const first = [asked(link, large), asked(link, large)];
    expect(await asked(link, ask('over'))).toEqual({ kind: 'unanswered', why: 'overload' });
    await nextTurn();
    await nextTurn();
    expect(open).toHaveLength(2);
    open[0]?.();
    await first[0];
    const again = asked(link, ask('again'));
    await nextTurn();
    await nextTurn();
    open[2]?.();
    expect(await again).toEqual({ kind: 'rejected', rejection: 'again' });
    open[1]?.();
    await first[1];
  });

  test('that is cut answers what is open and what comes later: the outcome is unknown', async () => {
    const [here, there] = openFake();
    const open: (() => void)[] = [];
    createLink('there', there, (request, respond) => open.push(() => respond(echoOf(request))));
    const link = createLink('here', here);
    const waiting = asked(link, ask('a'));
    await nextTurn();
    await nextTurn();
    link.cut();
    expect(await waiting).toEqual({ kind: 'unanswered', why: 'crashed' });
    expect(await asked(link, ask('b'))).toEqual({ kind: 'unanswered', why: 'crashed' });
    // From the other side's grave.
    open[0]?.();
    await nextTurn();
  });

  test('hands its bytes over to the other thread, and keeps none', async () => {
    const [here, there] = openChannel();
    opened.push(here, there);
    const bytes = Uint8Array.of(1, 2, 3);
    const arrived = once(there, 'message');
    channelOver(here).post(bytes);
    expect((await arrived)[0]).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.byteLength).toBe(0);
  });
});

function openReal(): [Channel, Channel] {
  const [here, there] = openChannel();
  opened.push(here, there);
  return [channelOver(here), channelOver(there)];
}

function openFake(): [Channel, Channel] {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  const end = (own: number): Channel => ({
    post: (bytes) => queueMicrotask(() => listeners[1 - own]?.(bytes)),
    onBytes(listener) {
      listeners[own] = listener;
    },
    close() {},
  });
  return [end(0), end(1)];
}

function ask(id: string): Ask {
  return { kind: 'ask', to: 'counter/1', id, deadlineMs: Number.POSITIVE_INFINITY };
}

function asked(link: ReturnType<typeof createLink>, request: Request): Promise<Response> {
  return new Promise((resolve) => link.send(request, resolve));
}

function echoOf(request: Request): Response {
  return { kind: 'rejected', rejection: (request as Ask).id };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
