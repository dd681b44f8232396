// One thread with an in-process bus, played from another thread: `openRemoteBus` there is a bus
// whose every call is made here. A responder must answer at once, so the worker stands still
// while the other thread is asked.
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import type { Bus, BusMessage } from '../../src/runtime/bus/bus.ts';
import { createInProcessBus } from '../../src/runtime/bus/in-process.ts';
import { openTestBroadcast } from './bus-broadcast.ts';

type Call =
  | { readonly kind: 'publish'; readonly subject: string; readonly bytes: Uint8Array }
  | { readonly kind: 'subscribe' | 'respond'; readonly pattern: string; readonly id: number }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'ready' | 'close'; readonly id: number }
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly subject: string;
      readonly bytes: Uint8Array;
      readonly timeoutMs: number;
    };

type Event =
  | { readonly kind: 'open' }
  | { readonly kind: 'delivered'; readonly id: number; readonly message: BusMessage }
  | { readonly kind: 'asked'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly id: number; readonly result: Uint8Array | undefined };

interface Setup {
  readonly channel: string;
  readonly answers: MessagePort;
  readonly answered: Int32Array<SharedArrayBuffer>;
}

if (!isMainThread && parentPort && isSetup(workerData)) serve(parentPort, workerData);

function isSetup(data: unknown): data is Setup {
  return typeof data === 'object' && data !== null && 'answered' in data;
}

function serve(port: MessagePort, { channel, answers, answered }: Setup): void {
  const bus = createInProcessBus(openTestBroadcast(channel));
  const ends = new Map<number, () => void>();
  const tell = (event: Event) => port.postMessage(event);
  const done = (id: number, result?: Uint8Array) => tell({ kind: 'done', id, result });

  function ask(id: number, bytes: Uint8Array): Uint8Array | undefined {
    Atomics.store(answered, 0, 0);
    tell({ kind: 'asked', id, bytes });
    Atomics.wait(answered, 0, 0);
    return receiveMessageOnPort(answers)?.message.answer;
  }

  async function play(call: Call): Promise<void> {
    switch (call.kind) {
      case 'publish':
        return bus.publish(call.subject, call.bytes);
      case 'subscribe': {
        const { id } = call;
        const deliver = (message: BusMessage) => tell({ kind: 'delivered', id, message });
        ends.set(id, bus.subscribe(call.pattern, deliver));
        return;
      }
      case 'respond':
        ends.set(
          call.id,
          bus.respond(call.pattern, (bytes) => ask(call.id, bytes)),
        );
        return;
      case 'end':
        return ends.get(call.id)?.();
      case 'ready':
        return done(call.id, await bus.ready().then(() => undefined));
      case 'request':
        return done(call.id, await bus.request(call.subject, call.bytes, call.timeoutMs));
      case 'close':
        await bus.close();
        return done(call.id);
    }
  }

  port.on('message', (call: Call) => void play(call));
  tell({ kind: 'open' });
}

/** A bus on the named channel, in a thread of its own. */
export async function openRemoteBus(
  channel: string,
): Promise<{ readonly bus: Bus; terminate(): Promise<void> }> {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { channel, answers: port2, answered } satisfies Setup,
    transferList: [port2],
  });
  const listeners = new Map<number, (message: BusMessage) => void>();
  const responders = new Map<number, (bytes: Uint8Array) => Uint8Array | undefined>();
  const pending = new Map<number, (result: Uint8Array | undefined) => void>();
  const opened = Promise.withResolvers<void>();
  let ids = 0;

  function call(make: (id: number) => Call): number {
    ids += 1;
    worker.postMessage(make(ids));
    return ids;
  }

  function calling(make: (id: number) => Call): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    pending.set(call(make), resolve);
    return promise;
  }

  worker.on('error', opened.reject);
  worker.on('message', (event: Event) => {
    if (event.kind === 'open') opened.resolve();
    if (event.kind === 'delivered') listeners.get(event.id)?.(event.message);
    if (event.kind === 'done') pending.get(event.id)?.(event.result);
    if (event.kind === 'asked') {
      port1.postMessage({ answer: responders.get(event.id)?.(event.bytes) });
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    }
  });
  await opened.promise;

  const bus: Bus = {
    publish: (subject, bytes) => void call(() => ({ kind: 'publish', subject, bytes })),
    subscribe(pattern, listener) {
      const subscription = call((id) => ({ kind: 'subscribe', pattern, id }));
      listeners.set(subscription, listener);
      return () => void call(() => ({ kind: 'end', id: subscription }));
    },
    respond(pattern, listener) {
      const subscription = call((id) => ({ kind: 'respond', pattern, id }));
      responders.set(subscription, listener);
      return () => void call(() => ({ kind: 'end', id: subscription }));
    },
    ready: async () => void (await calling((id) => ({ kind: 'ready', id }))),
    request: (subject, bytes, timeoutMs) =>
      calling((id) => ({ kind: 'request', id, subject, bytes, timeoutMs })),
    onLink() {},
    async close() {
      // What was on its way from the worker is not the bus's doing.
      listeners.clear();
      await calling((id) => ({ kind: 'close', id }));
    },
  };

  async function terminate(): Promise<void> {
    port1.close();
    await worker.terminate();
  }
  return { bus, terminate };
}
