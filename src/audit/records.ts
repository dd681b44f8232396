/**
 * What the records of a log say. Records are read as they were written, and say nothing of what an
 * actor made of them; a field that an older record lacks reads as 0, '' or empty.
 */
import {
  operatorCodec,
  playerCodec,
  raceCodec,
  ruleSetCodec,
  tournamentCodec,
} from '../actors/codec.ts';
import type { OperatorEvent } from '../actors/operator.ts';
import type { PlayerEvent } from '../actors/player-events.ts';
import type { RaceEvent } from '../actors/race-events.ts';
import { idIn, kindIn } from '../runtime/actor.ts';
import { OWN_KINDS } from '../runtime/own-kinds.ts';

export type Told =
  | { readonly of: 'player'; readonly id: string; readonly event: PlayerEvent }
  | { readonly of: 'race'; readonly id: string; readonly event: RaceEvent }
  | { readonly of: 'operator'; readonly id: string; readonly event: OperatorEvent }
  /** Tournaments hold points, rule sets words, the runtime who owned a partition: no money. */
  | { readonly of: 'tournament' | 'rule-set' | 'runtime'; readonly id: string };

export type PlayerRecord<Kind extends PlayerEvent['kind']> = Extract<
  PlayerEvent,
  { readonly kind: Kind }
>;
export type RaceRecord<Kind extends RaceEvent['kind']> = Extract<
  RaceEvent,
  { readonly kind: Kind }
>;
export type OperatorRecord<Kind extends OperatorEvent['kind']> = Extract<
  OperatorEvent,
  { readonly kind: Kind }
>;

/**
 * @throws UnknownStreamError where the stream is of no known kind.
 * @throws Error where the bytes are no event of it.
 */
export function toldBy(stream: string, bytes: Uint8Array): Told {
  const id = idIn(stream);
  const of = kindIn(stream);
  switch (of) {
    case 'player':
      return { of, id, event: playerCodec.decode(bytes) };
    case 'race':
      return { of, id, event: raceCodec.decode(bytes) };
    case 'operator':
      return { of, id, event: operatorCodec.decode(bytes) };
    case 'tournament':
      // Decoding proves that it can be read.
      tournamentCodec.decode(bytes);
      return { of, id };
    case 'rule-set':
      ruleSetCodec.decode(bytes);
      return { of, id };
    default: {
      const own = OWN_KINDS.find(({ kind }) => kind === of);
      if (own !== undefined) {
        own.decode(bytes);
        return { of: 'runtime', id };
      }
      throw new UnknownStreamError(`${JSON.stringify(stream)} is no stream of a known kind`);
    }
  }
}

export class UnknownStreamError extends Error {
  override readonly name = 'UnknownStreamError';
}
