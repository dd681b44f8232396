/**
 * Threads that speak to each other as `link.ts` lets them: packed frames over channels, each in
 * order. What a channel of a process cannot do, it does not do here: a message is lost only with a
 * thread that sent or should have got it. Beyond that answers are dropped and what actors send each
 * other is doubled, since a sender that gave up waiting makes the same of it.
 */
import type { ShardPort } from '../../src/runtime/router.ts';
import { createFrameWriter, type Request, type Response, readFrames } from '../../src/runtime/wire.ts';
import { type Kernel, MS, SECOND, type Thread } from './kernel.ts';

/** A thread that serves actors. */
export interface Server {
  readonly thread: Thread;
  serve(request: Request, respond: (response: Response) => void): void;
}

export interface Network {
  /** The way from a thread to whoever owns the partition when something is sent. */
  portTo(partition: number, from: Thread): ShardPort;
  /** What the dead thread had not sent yet is lost, and whoever waits for it may be told. */
  died(thread: Thread): void;
  /** Answers and doubled messages out of 1,000. */
  unreliable: { dropped: number; doubled: number };
  /** How often each happened. */
  readonly counts: { messages: number; lost: number; dropped: number; doubled: number };
}

interface Channel {
  /** When the last message arrives: the next one comes after it. */
  lastUs: number;
  /** What takes each message on its way out of it, in their order. */
  readonly underWay: Set<() => void>;
}

interface Call {
  readonly to: Thread;
  readonly from: Thread;
  settle: ((response: Response) => void) | undefined;
}

export function createNetwork(options: {
  readonly kernel: Kernel;
  /** Undefined while the owner is down. */
  readonly ownerOf: (partition: number) => Server | undefined;
  /** Told what arrives, before it does. */
  readonly onAnswer: (request: Request, response: Response) => void;
}): Network {
  const { kernel, ownerOf, onAnswer } = options;
  const chance = kernel.chanceFor('network');
  const counts = { messages: 0, lost: 0, dropped: 0, doubled: 0 };
  const unreliable = { dropped: 0, doubled: 0 };
  /** By sender and receiver. */
  const channels = new Map<Thread, Map<Thread, Channel>>();
  const open = new Set<Call>();

  function channelOf(from: Thread, to: Thread): Channel {
    const known = channels.get(from) ?? new Map<Thread, Channel>();
    channels.set(from, known);
    const channel = known.get(to) ?? { lastUs: 0, underWay: new Set() };
    known.set(to, channel);
    return channel;
  }

  function transport(
    { from, to }: { readonly from: Thread; readonly to: Thread },
    label: string,
    arrive: () => void,
  ): void {
    const channel = channelOf(from, to);
    channel.lastUs = Math.max(channel.lastUs, kernel.nowUs + latencyUs());
    const cancel = kernel.after(channel.lastUs - kernel.nowUs, { thread: to, label }, () => {
      channel.underWay.delete(cancel);
      arrive();
    });
    channel.underWay.add(cancel);
    counts.messages++;
  }

  function latencyUs(): number {
    if (chance.oneIn(2_000)) return chance.below(11 * SECOND);
    return chance.oneIn(40) ? chance.below(20 * MS) : chance.between(5, 400);
  }

  function send(call: Call, server: Server, request: Request): void {
    const bytes = packed({ type: 'request', number: 0, request });
    transport(call, labelOf(request), () => {
      const received = requestIn(bytes);
      server.serve(received, (response) => answer(call, request, response));
    });
  }

  function answer(call: Call, request: Request, response: Response): void {
    if (chance.next() * 1_000 < unreliable.dropped) {
      counts.dropped++;
      return;
    }
    const bytes = packed({ type: 'response', number: 0, response });
    transport({ from: call.to, to: call.from }, `answer ${response.kind}`, () => {
      const { settle } = call;
      call.settle = undefined;
      open.delete(call);
      const received = responseIn(bytes);
      onAnswer(request, received);
      settle?.(received);
    });
  }

  /** Only what takes a repeat for a repeat at any later time: a steward's orders do not. */
  function mayDouble(request: Request, from: Thread): boolean {
    return request.kind === 'ask' && (request.to.startsWith('player/') || from.name !== 'gateway');
  }

  return {
    counts,
    unreliable,
    portTo: (partition, from) => ({
      shard: `owner of ${partition}`,
      send(request, onResponse) {
        const server = ownerOf(partition);
        // A channel whose other end is gone takes everything and gives nothing.
        if (server === undefined) return;
        const call: Call = { from, to: server.thread, settle: onResponse };
        open.add(call);
        send(call, server, request);
        if (!mayDouble(request, from) || chance.next() * 1_000 >= unreliable.doubled) return;
        counts.doubled++;
        send(call, server, request);
      },
    }),
    died(thread) {
      // What it wrote last had not left its thread: of each channel the end is missing.
      for (const { underWay } of channels.get(thread)?.values() ?? []) {
        for (const cancel of [...underWay].slice(chance.below(underWay.size + 1))) {
          cancel();
          counts.lost++;
        }
      }
      channels.delete(thread);
      for (const known of channels.values()) known.delete(thread);
      for (const call of open) {
        if (call.from === thread) open.delete(call);
        if (call.to !== thread || chance.oneIn(2)) continue;
        const label = 'told that it died';
        kernel.after(chance.below(50 * MS), { thread: call.from, label }, () => {
          const { settle } = call;
          call.settle = undefined;
          open.delete(call);
          settle?.({ kind: 'unanswered', why: 'crashed' });
        });
      }
    },
  };
}

function labelOf(request: Request): string {
  if (request.kind !== 'ask') return request.kind;
  // Every command of ours is of a kind.
  const { kind = 'question' } = (request.command ?? {}) as { readonly kind?: string };
  return `${kind} → ${request.to} (${request.id})`;
}

const writer = createFrameWriter();

function packed(frame: Parameters<typeof writer.write>[0]): Uint8Array {
  writer.write(frame);
  return writer.take();
}

function requestIn(bytes: Uint8Array): Request {
  for (const frame of readFrames(bytes)) if (frame.type === 'request') return frame.request;
  throw new Error('a frame without a request');
}

function responseIn(bytes: Uint8Array): Response {
  for (const frame of readFrames(bytes)) if (frame.type === 'response') return frame.response;
  throw new Error('a frame without a response');
}
