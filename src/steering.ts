/** An operator's hand on the shards: from a gateway's thread to the main thread, and back. */
import type { Steering } from './runtime/crew.ts';
import type { FromThread, Steer, ToThread } from './thread-messages.ts';

/** At the gateway: passes on what is wanted. */
export function createSteering(tell: (message: FromThread) => void): Steering & {
  steered(message: Extract<ToThread, { readonly kind: 'steered' }>): void;
} {
  const waiting = new Map<number, (outcome: unknown) => void>();
  let number = 0;

  /** The main thread answers each kind with its own outcome: `carryOut` below. */
  function ask<Outcome>(steer: Steer): Promise<Outcome> {
    const own = number++;
    return new Promise<unknown>((resolve) => {
      waiting.set(own, resolve);
      tell({ kind: 'steer', number: own, steer });
    }) as Promise<Outcome>;
  }

  return {
    shards: () => ask({ kind: 'shards' }),
    move: (partition, to) => ask({ kind: 'move', partition, to }),
    add: () => ask({ kind: 'add' }),
    remove: (shard) => ask({ kind: 'remove', shard }),
    steered(message) {
      waiting.get(message.number)?.(message.outcome);
      waiting.delete(message.number);
    },
  };
}

/** In the main thread. */
export function carryOut(steer: Steer, crew: Steering): Promise<unknown> {
  switch (steer.kind) {
    case 'shards':
      return crew.shards();
    case 'move':
      return crew.move(steer.partition, steer.to);
    case 'add':
      return crew.add();
    default:
      return crew.remove(steer.shard);
  }
}
