/**
 * One hash over what many actors are, the same whatever the order they are told in: of each its address,
 * its version, and its state as a snapshot would keep it (snapshots/state-bytes.ts), so that two states
 * with the same hash are one and the same to the last byte.
 */
import { createHash, hash as digest } from 'node:crypto';
import type { AnyActorKind } from './actor.ts';
import { encodeState } from './snapshots/state-bytes.ts';

export interface StateHash {
  add(address: string, it: HashedActor): void;
  /** Hex SHA-256 of all that was added. */
  value(): string;
}

export interface HashedActor {
  readonly kind: AnyActorKind;
  readonly state: unknown;
  /** Events folded into it. */
  readonly version: number;
}

export function createStateHash(): StateHash {
  const lines: string[] = [];
  return {
    add(address, { kind, state, version }) {
      const hash = createHash('sha256');
      // The runtime's own actors hold plain data as it is.
      for (const bytes of encodeState(kind.snapshot?.freeze(state) ?? state)) hash.update(bytes);
      lines.push(`${address} ${version} ${hash.digest('hex')}`);
    },
    value: () => digest('sha256', lines.sort().join('\n'), 'hex'),
  };
}
