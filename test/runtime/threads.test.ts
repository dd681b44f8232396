import { afterEach, describe, expect, test } from 'vitest';
import { createLink } from '../../src/runtime/link.ts';
import {
  type ChannelEnd,
  channelOver,
  openBroadcast,
  openChannel,
  ownThread,
  startThread,
  type Thread,
} from '../../src/runtime/threads.ts';
import type { Ask, Response } from '../../src/runtime/wire.ts';
import type { EchoData } from './echo-thread.ts';

const threads: Thread[] = [];

afterEach(async () => {
  for (const it of threads.splice(0)) await it.terminate();
});

describe('a thread', () => {
  test('starts with its data, and talks with whoever started it', async () => {
    const { thread, said } = startEcho();
    expect(await said(1)).toEqual(['hello']);
    thread.post({ some: 'message' });
    expect(await said(2)).toEqual(['hello', { some: 'message' }]);
  });

  test('answers over the channel that it was given', async () => {
    const { here } = startEcho();
    const link = createLink('echo', channelOver(here));
    const ask: Ask = { kind: 'ask', to: 'counter/é', id: 'i', deadlineMs: 1, command: [1] };
    const response = await new Promise<Response>((resolve) => link.send(ask, resolve));
    expect(response).toEqual({ kind: 'rejected', rejection: ask });
  });

  test('that ends by itself has no error', async () => {
    const { thread } = startEcho();
    thread.post('end');
    expect(await thread.exited).toBeUndefined();
  });

  test('that fails is gone with the error that ended it', async () => {
    const { thread } = startEcho();
    thread.post('fail');
    expect(await thread.exited).toMatchObject({ message: 'told to fail' });
  });

  test('can be ended where it stands', async () => {
    const { thread, said } = startEcho();
    await said(1);
    await thread.terminate();
    expect(await thread.exited).toMatchObject({ message: 'echo exited with 1' });
  });
});

test('ends of one broadcast hear each other, and not themselves', async () => {
  const name = `threads-test-${process.pid}`;
  const [a, b] = [openBroadcast(name), openBroadcast(name)];
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    a.onMessage((message) => heard.push(`a ${message}`));
    b.onMessage((message) => {
      heard.push(`b ${message}`);
      a.post('back');
      if (message === 'last') resolve();
    });
  });
  a.post('first');
  a.post('last');
  await done;
  expect(heard.filter((it) => it.startsWith('b'))).toEqual(['b first', 'b last']);
  a.close();
  b.close();
});

test('the main thread has no own line to anybody', () => {
  // Tests run in processes of their own; in a thread it would have one.
  expect(() => ownThread()).toThrow('the entry of a thread');
});

function startEcho(): {
  readonly thread: Thread;
  readonly here: ChannelEnd;
  /** Resolves with all that was said when it is so much. */
  said(count: number): Promise<readonly unknown[]>;
} {
  const [here, end] = openChannel();
  const data: EchoData = { greeting: 'hello', end };
  const thread = startThread(new URL('./echo-thread.ts', import.meta.url), 'echo', data, [end]);
  threads.push(thread);
  const messages: unknown[] = [];
  let more = () => {};
  thread.onMessage((message) => {
    messages.push(message);
    more();
  });
  return {
    thread,
    here,
    said: (count) =>
      new Promise((resolve) => {
        more = () => {
          if (messages.length >= count) resolve([...messages]);
        };
        more();
      }),
  };
}
