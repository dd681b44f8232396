/** A thread that nothing depends on comes back, and stays away once it is let go. */
import { expect, test } from 'vitest';
import { keepThread } from '../../src/runtime/kept-thread.ts';
import type { Thread } from '../../src/runtime/threads.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

interface FakeThread extends Thread {
  say(message: unknown): void;
  die(): Promise<void>;
}

function fakeThread(): FakeThread {
  let tell: (message: unknown) => void = () => {};
  let exit: (error: Error | undefined) => void = () => {};
  const exited = new Promise<Error | undefined>((resolve) => {
    exit = resolve;
  });
  const die = async () => {
    exit(undefined);
    await exited;
  };
  return {
    name: 'fake',
    post: () => {},
    onMessage: (listener) => {
      tell = listener;
    },
    exited,
    terminate: die,
    say: (message) => tell(message),
    die,
  };
}

function keep() {
  const clock = createTurnedClock();
  const started: FakeThread[] = [];
  const kept = keepThread({
    start: () => {
      const thread = fakeThread();
      started.push(thread);
      return thread;
    },
    isFatal: (message) => message === 'fatal',
    clock,
  });
  return { clock, started, kept };
}

test('a thread that died is started again, less and less often', async () => {
  const { clock, started } = keep();
  const waits: number[] = [];
  for (let deaths = 0; deaths < 8; deaths++) {
    await started.at(-1)?.die();
    const before = started.length;
    let waitedMs = 0;
    for (; started.length === before; waitedMs += 1_000) clock.turn(1_000);
    waits.push(waitedMs);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((it) => it * 1_000));
});

test('one that says it cannot go on is ended and started again; another word is none of that', async () => {
  const { clock, started } = keep();
  started[0]?.say('ready');
  clock.turn(60_000);
  expect(started).toHaveLength(1);
  started[0]?.say('fatal');
  await started[0]?.exited;
  clock.turn(1_000);
  expect(started).toHaveLength(2);
});

test('one that was let go is not started again, running or waiting', async () => {
  const running = keep();
  expect(running.kept.release()).toBe(running.started[0]);
  await running.started[0]?.die();
  running.clock.turn(60_000);
  expect(running.started).toHaveLength(1);

  const waiting = keep();
  await waiting.started[0]?.die();
  expect(waiting.kept.release()).toBeUndefined();
  waiting.clock.turn(60_000);
  expect(waiting.started).toHaveLength(1);
});
