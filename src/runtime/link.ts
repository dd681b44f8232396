/**
 * Two threads joined by a channel: requests and responses either way, many to a message.
 *
 * Whatever is sent within one turn of the event loop leaves as one buffer; the channel itself is
 * unbounded, so what bounds it is the router at either end: it stops asking when too much is open.
 */
import type { ShardPort } from './router.ts';
import { createFrameWriter, type Frame, type Request, type Response, readFrames } from './wire.ts';

/** A MessagePort as far as it is needed here; threads.ts makes them. */
export interface Channel {
  post(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
}

/** @param serve Answers the other side's requests; left out by a side that owns no actors. */
export function createLink(
  shard: string,
  channel: Channel,
  serve?: (request: Request, respond: (response: Response) => void) => void,
): ShardPort {
  const writer = createFrameWriter();
  const waiting = new Map<number, (response: Response) => void>();
  let number = 0;

  function write(frame: Frame): void {
    if (writer.isEmpty) setImmediate(() => channel.post(writer.take()));
    writer.write(frame);
  }

  channel.onBytes((bytes) => {
    for (const frame of readFrames(bytes)) {
      if (frame.type === 'response') {
        const settle = waiting.get(frame.number);
        waiting.delete(frame.number);
        settle?.(frame.response);
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
    send(request, onResponse) {
      // Wraps long after the first request of the same number is answered or forgotten.
      number = (number + 1) >>> 0;
      waiting.set(number, onResponse);
      write({ type: 'request', number, request });
    },
  };
}
