/** Threads of this process and the channels between them. The one door to node:worker_threads. */
import {
  BroadcastChannel,
  MessageChannel,
  type MessagePort,
  parentPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import type { Broadcast } from './bus/in-process.ts';
import type { Channel } from './link.ts';

/** One end of a channel, on its way to the thread that will hold it. */
export type ChannelEnd = MessagePort;

export interface Thread {
  readonly name: string;
  /** @param ends Go over to the thread with the message. */
  post(message: unknown, ends?: readonly ChannelEnd[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves when the thread is gone, with the error that ended it, if one did. */
  readonly exited: Promise<Error | undefined>;
  /** Ends it where it stands. */
  terminate(): Promise<void>;
}

export function startThread(
  entry: URL,
  name: string,
  data: unknown,
  ends: readonly ChannelEnd[] = [],
): Thread {
  const worker = new Worker(entry, { name, workerData: data, transferList: [...ends] });
  let failure: Error | undefined;
  worker.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  const exited = new Promise<Error | undefined>((resolve) => {
    worker.on('exit', (code) => {
      resolve(failure ?? (code === 0 ? undefined : new Error(`${name} exited with ${code}`)));
    });
  });
  return {
    name,
    post: (message, ends = []) => worker.postMessage(message, [...ends]),
    onMessage: (listener) => worker.on('message', listener),
    exited,
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** What a thread was started with, and its line to whoever started it. */
export function ownThread(): {
  readonly data: unknown;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
} {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a thread, not of a process');
  return {
    data: workerData,
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', listener),
  };
}

export function openChannel(): readonly [ChannelEnd, ChannelEnd] {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

export function channelOver(end: ChannelEnd): Channel {
  return {
    post: (bytes) => end.postMessage(bytes, [bytes.buffer as ArrayBuffer]),
    onBytes: (listener) => end.on('message', listener),
    close: () => end.close(),
  };
}

/** @param name Shared by all threads of one system, and by no other system in the process. */
export function openBroadcast(name: string): Broadcast {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      channel.onmessage = (event) => listener((event as MessageEvent).data);
    },
    close: () => channel.close(),
  };
}
