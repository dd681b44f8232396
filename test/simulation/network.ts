/**
 * What threads of a process say to each other, as MessagePorts let them: in order from one to one, and
 * after a while. A message is lost only with a thread that sent it or should have got it.
 */
import type { Channel } from '../../src/runtime/link.ts';
import { readFrames } from '../../src/runtime/wire.ts';
import { type Kernel, MS, SECOND, type Thread } from './kernel.ts';

export interface Network {
  openChannel(): readonly [End, End];
  /** Runs `work` in the other thread, after whatever was posted to it before. */
  post(
    way: { readonly from: Thread; readonly to: Thread; readonly slowUs?: number },
    label: string,
    work: () => void,
  ): void;
  /** What it wrote last had not left it: of each of its channels the end may be missing. */
  died(thread: Thread): void;
  readonly counts: { messages: number; lost: number };
}

/** One end of a channel, on its way to the thread that will hold it. */
export interface End {
  attach(thread: Thread): Channel;
}

interface Side {
  thread: Thread | undefined;
  listener: (bytes: Uint8Array) => void;
  closed: boolean;
  /** Posted by the other side before this one was attached. */
  readonly early: (() => void)[];
}

interface Way {
  /** When the last message arrives: the next one comes after it. */
  lastUs: number;
  /** What takes each message on its way out of it, in their order. */
  readonly underWay: Set<() => void>;
}

export function createNetwork(kernel: Kernel): Network {
  const chance = kernel.chanceFor('network');
  const counts = { messages: 0, lost: 0 };
  /** By sender and receiver. */
  const ways = new Map<Thread, Map<unknown, Way>>();

  function wayOf(from: Thread, to: unknown): Way {
    const known = ways.get(from) ?? new Map<unknown, Way>();
    ways.set(from, known);
    const way = known.get(to) ?? { lastUs: 0, underWay: new Set() };
    known.set(to, way);
    return way;
  }

  function transport(
    { way, to, slowUs = 0 }: { readonly way: Way; readonly to: Thread; readonly slowUs?: number },
    label: string,
    arrive: () => void,
  ): void {
    way.lastUs = Math.max(way.lastUs, kernel.nowUs + latencyUs()) + slowUs;
    const cancel = kernel.after(way.lastUs - kernel.nowUs, { thread: to, label }, () => {
      way.underWay.delete(cancel);
      arrive();
    });
    way.underWay.add(cancel);
    counts.messages++;
  }

  function latencyUs(): number {
    if (chance.oneIn(2_000)) return chance.below(11 * SECOND);
    return chance.oneIn(40) ? chance.below(20 * MS) : chance.between(5, 400);
  }

  function channelOf(own: Side, other: Side): End {
    return {
      attach(thread) {
        own.thread = thread;
        // A port's messages wait for whoever takes it.
        for (const send of own.early.splice(0)) send();
        return {
          post(bytes) {
            const label = kernel.keepsTrace ? labelOf(bytes) : 'message';
            function send(): void {
              const to = other.thread;
              if (to === undefined) return;
              transport({ way: wayOf(thread, other), to }, label, () => {
                if (!other.closed) other.listener(bytes);
              });
            }
            if (other.thread === undefined) other.early.push(send);
            else send();
          },
          onBytes(listener) {
            own.listener = listener;
          },
          close() {
            own.closed = true;
            other.closed = true;
          },
        };
      },
    };
  }

  return {
    counts,
    openChannel() {
      const [one, other] = [newSide(), newSide()];
      return [channelOf(one, other), channelOf(other, one)];
    },
    post({ from, to, slowUs = 0 }, label, work) {
      transport({ way: wayOf(from, to), to, slowUs }, label, work);
    },
    died(thread) {
      for (const { underWay } of ways.get(thread)?.values() ?? []) {
        for (const cancel of [...underWay].slice(chance.below(underWay.size + 1))) {
          cancel();
          counts.lost++;
        }
      }
      ways.delete(thread);
    },
  };
}

function newSide(): Side {
  return { thread: undefined, listener: () => {}, closed: false, early: [] };
}

/** What is in a buffer, for a trace. */
function labelOf(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (const frame of readFrames(bytes)) {
    if (frame.type === 'response') parts.push(`answer ${frame.response.kind}`);
    else if (frame.request.kind !== 'ask') parts.push(frame.request.kind);
    else {
      const { to, id, command } = frame.request;
      // Every command of ours is of a kind.
      const { kind = 'question' } = (command ?? {}) as { readonly kind?: string };
      parts.push(`${kind} → ${to} (${id})`);
    }
  }
  return parts.join(', ');
}
