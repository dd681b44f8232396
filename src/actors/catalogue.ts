/** The kinds of actors there are, and the questions that may come in over the bus. */
import { fromBinary } from '@bufbuild/protobuf';
import { type PositionRequest, PositionRequestSchema } from '../gen/furlong/feed/v1/feed_pb.ts';
import type { AnyActorKind, BusQuestion } from '../runtime/actor.ts';
import { positionReply } from './feed.ts';
import { operator } from './operator.ts';
import { player } from './player.ts';
import { race } from './race.ts';
import { ruleSet } from './rule-book.ts';
import { tournament } from './tournament.ts';
import type { TournamentAnswer } from './tournament-events.ts';
import { isId } from './units.ts';

export const KINDS: readonly AnyActorKind[] = [player, race, tournament, operator, ruleSet];

export const QUESTIONS: readonly BusQuestion[] = [
  {
    subject: 'furlong.ask.position',
    parse(bytes) {
      const request = positionRequest(bytes);
      if (request === undefined) return undefined;
      const { tournamentId, playerId } = request;
      if (!isId(tournamentId) || !isId(playerId)) return undefined;
      return {
        to: `tournament/${tournamentId}`,
        query: { kind: 'position', player: playerId },
      };
    },
    // Asked of a tournament, so it is a tournament's answer.
    reply: (answer, version) => positionReply(answer as TournamentAnswer | undefined, version),
  },
];

/** A door: whoever may ask may send anything, and a throw on a shard's stack ends the shard. */
function positionRequest(bytes: Uint8Array): PositionRequest | undefined {
  try {
    return fromBinary(PositionRequestSchema, bytes);
  } catch {
    return undefined;
  }
}
