/**
 * What a partition records about itself, in its own log: streams of the runtime, beside those of
 * the actors, so that they are hashed, replayed and audited like any other record.
 *
 *   fence/<partition>          who owned the partition since when: a hand-off's first record
 *   dead-letters/<partition>   the commands that were given up: see dead-letters.ts
 *
 * Bytes are JSON with a version, `v`: a handful a day, and no actor ever reads them.
 */
import { type ActorKind, type AnyActorKind, accept, plainSnapshot } from './actor.ts';
import { deadLetters } from './dead-letters.ts';
import { jsonCodec } from './json-codec.ts';

/** A new owner's first word: from this position on, nobody of an earlier epoch has written. */
interface OwnerChanged {
  readonly kind: 'owner-changed';
  readonly epoch: number;
  readonly shard: string;
}

interface Fence {
  readonly epoch: number;
  readonly shard: string;
}

const fence: ActorKind<OwnerChanged, OwnerChanged, Fence, never, unknown, never> = {
  kind: 'fence',
  decider: {
    initial: () => ({ epoch: 0, shard: '' }),
    decide: (_, command) => accept(command),
    evolve: (_, { epoch, shard }) => ({ epoch, shard }),
    answer: () => undefined,
  },
  ...jsonCodec<OwnerChanged>(1),
  follow: () => [],
  snapshot: plainSnapshot(1),
};

/** Served by every shard, whatever the actors are. */
export const OWN_KINDS: readonly AnyActorKind[] = [fence, deadLetters];
