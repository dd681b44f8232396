/**
 * "Where am I": the one question a viewer may ask. The edge holds only the top of a board, so it
 * passes the question to whoever owns the tournament and answers what comes back in time.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type PositionReply,
  PositionReplySchema,
  PositionRequestSchema,
} from '../gen/furlong/feed/v1/feed_pb.ts';
import type { Bus } from '../runtime/bus/bus.ts';
import { type JsonText, quote, toNumber } from './json.ts';
import { errors, type ProtocolError } from './protocol.ts';
import type { Answer } from './session.ts';

/** Longer than a shard's turn by far; shorter than a viewer waits. */
const POSITION_TIMEOUT_MS = 1000;
/** Of a tournament's or player's id: none is nearly as long. */
const ID_LENGTH_MAX = 128;

export async function askPosition(bus: Bus, data: unknown): Promise<Answer> {
  const tournamentId = idIn(data, 'tournament');
  if (typeof tournamentId !== 'string') return refuse(tournamentId);
  const playerId = idIn(data, 'player');
  if (typeof playerId !== 'string') return refuse(playerId);

  const request = create(PositionRequestSchema, { tournamentId, playerId });
  const bytes = toBinary(PositionRequestSchema, request);
  const reply = await bus.request('furlong.ask.position', bytes, POSITION_TIMEOUT_MS);
  if (reply === undefined) {
    return refuse(errors.internal(`nobody answered for tournament ${quote(tournamentId)}`));
  }
  return { ok: true, data: positionText(fromBinary(PositionReplySchema, reply)) };
}

function idIn(data: unknown, name: 'tournament' | 'player'): string | ProtocolError {
  const value = (data as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  if (typeof value === 'string' && value !== '' && value.length <= ID_LENGTH_MAX) return value;
  return errors.badRequest(`${name} must be an id of text, not ${quote(value)}`);
}

function refuse(error: ProtocolError): Answer {
  return { ok: false, error };
}

function positionText({ found, row, players, toNext, version }: PositionReply): JsonText {
  const board = { players: toNumber(players), version: toNumber(version) };
  if (!found || !row) return JSON.stringify({ found: false, ...board });
  return JSON.stringify({
    found: true,
    rank: toNumber(row.rank),
    entry: toNumber(row.entry),
    alias: row.alias,
    score: toNumber(row.score),
    countedBets: toNumber(row.countedBets),
    toNext: toNumber(toNext),
    ...board,
  });
}
