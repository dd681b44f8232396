/**
 * Calls made by another thread: a shard has no time for a client's sockets.
 *
 *   shard: createLinkedCalls ── call ──> link ──> serveCalls: the thread with the client
 *                            <── called, or not-called ──
 */
import type { CallRunner } from './calls.ts';
import type { Clock } from './clock.ts';
import type { ShardPort } from './router.ts';
import { messageOf } from './thrown.ts';
import type { Request, Response } from './wire.ts';

/** Beyond an attempt's own time, which the other thread keeps: it may be busy, or gone. */
const LINK_GRACE_MS = 1_000;

export function createLinkedCalls(port: Pick<ShardPort, 'send'>, clock: Clock): CallRunner {
  return {
    call({ id, service, request, timeoutMs }) {
      return new Promise((resolve, reject) => {
        const cancel = clock.after(timeoutMs + LINK_GRACE_MS, () =>
          reject(new Error(`the thread that calls ${service} did not answer`)),
        );
        port.send({ kind: 'call', id, service, request, timeoutMs }, (response) => {
          cancel();
          if (response.kind === 'called') resolve(response.answer);
          else reject(new Error(response.kind === 'not-called' ? response.why : response.kind));
        });
      });
    },
  };
}

/** @returns What serves a link's requests. */
export function serveCalls(
  runner: CallRunner,
): (request: Request, respond: (response: Response) => void) => void {
  return (request, respond) => {
    if (request.kind !== 'call') {
      respond({ kind: 'unanswered', why: 'crashed' });
      return;
    }
    const { kind: _, ...order } = request;
    runner.call(order).then(
      (answer) => respond({ kind: 'called', answer }),
      (cause: unknown) => {
        const why = messageOf(cause);
        respond({ kind: 'not-called', why });
      },
    );
  };
}
