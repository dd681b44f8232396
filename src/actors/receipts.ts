/**
 * Which record is a bet's receipt: the race's `bet-registered`. It is what the pool is priced from,
 * and says all that was agreed: player, pool, selections, stake, cost, time. The player's own
 * `bet-confirmed` only says that the answer came back.
 */
import { RaceEventSchema } from '../gen/furlong/log/v1/events_pb.ts';
import { raceCodec } from './codec.ts';
import type { RaceEvent } from './race-events.ts';

export type BetRegistered = Extract<RaceEvent, { readonly kind: 'bet-registered' }>;

const LENGTH_DELIMITED = 2;

/** The first byte of such a record: read before the rest, since most records are none. */
const FIRST_BYTE = ((RaceEventSchema.field.betRegistered?.number ?? 0) << 3) | LENGTH_DELIMITED;

/** What the receipt is found by: a player's bet id stands for one ticket in one pool. */
export function receiptKey(player: string, bet: string): string {
  return `${player}/${bet}`;
}

/** The same, of a record of the log; undefined of one that is no receipt. */
export function receiptKeyOf(record: {
  readonly stream: string;
  readonly bytes: Uint8Array;
}): string | undefined {
  const registered = registrationIn(record);
  return registered && receiptKey(registered.player, registered.bet);
}

/** Total: what cannot be decoded is no receipt, and `furlong log verify` says what it is. */
export function registrationIn({
  stream,
  bytes,
}: {
  readonly stream: string;
  readonly bytes: Uint8Array;
}): BetRegistered | undefined {
  if (bytes[0] !== FIRST_BYTE || !stream.startsWith('race/')) return undefined;
  try {
    const event = raceCodec.decode(bytes);
    return event.kind === 'bet-registered' ? event : undefined;
  } catch {
    return undefined;
  }
}
