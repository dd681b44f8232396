/**
 * Two threads joined by a channel: requests and responses either way, many to a message.
 *
 * Whatever is sent within one turn of the event loop leaves as one buffer. The channel itself is
 * unbounded, so each side has a credit: the bytes of its requests that are not answered yet. Who has
 * used it up is refused before anything leaves. Every request is answered once: where the other side
 * is gone, with *unanswered*.
 */
import type { ShardPort } from './router.ts';
import { createFrameWriter, type Frame, type Request, type Response, readFrames } from './wire.ts';

/** Some ten thousand bets; or the largest settlements of some thousand players. */
export const CREDIT_BYTES = 8 * 1024 * 1024;

/** A MessagePort as far as it is needed here; threads.ts makes them. */
export interface Channel {
  post(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  close(): void;
}

export interface Link extends ShardPort {
  /** The other side is gone: what is not answered never will be, and its outcome is unknown. */
  cut(): void;
}

interface Waiting {
  readonly respond: (response: Response) => void;
  readonly sizeBytes: number;
}

/** @param serve Answers the other side's requests; left out by a side that owns no actors. */
export function createLink(
  shard: string,
  channel: Channel,
  serve?: (request: Request, respond: (response: Response) => void) => void,
): Link {
  const writer = createFrameWriter();
  const waiting = new Map<number, Waiting>();
  let number = 0;
  let usedBytes = 0;
  let isCut = false;

  function write(frame: Frame): number {
    if (writer.isEmpty) setImmediate(post);
    return writer.write(frame);
  }

  function post(): void {
    const bytes = writer.take();
    if (!isCut) channel.post(bytes);
  }

  function settle(answered: number, response: Response): void {
    const it = waiting.get(answered);
    if (it === undefined) return;
    waiting.delete(answered);
    usedBytes -= it.sizeBytes;
    it.respond(response);
  }

  channel.onBytes((bytes) => {
    for (const frame of readFrames(bytes)) {
      if (frame.type === 'response') {
        settle(frame.number, frame.response);
      } else {
        if (serve === undefined) throw new Error(`${shard} asked a thread that owns no actors`);
        serve(frame.request, (response) =>
          write({ type: 'response', number: frame.number, response }),
        );
      }
    }
  });

  return {
    shard,
    send(request, respond) {
      if (isCut) return respond({ kind: 'unanswered', why: 'crashed' });
      if (usedBytes >= CREDIT_BYTES) return respond({ kind: 'unanswered', why: 'overload' });
      // Wraps long after the first request of the same number is answered or forgotten.
      number = (number + 1) >>> 0;
      const sizeBytes = write({ type: 'request', number, request });
      waiting.set(number, { respond, sizeBytes });
      usedBytes += sizeBytes;
    },
    cut() {
      isCut = true;
      channel.close();
      for (const open of [...waiting.keys()]) settle(open, { kind: 'unanswered', why: 'crashed' });
    },
  };
}
