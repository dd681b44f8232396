/**
 * What tournaments granted, in a player's profile: listed, claimed.
 *
 * Invariant: an award is paid once; what is answered is what the player's record says of it, also to
 * whoever asks again.
 */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { playerRef } from '../actors/player.ts';
import type { AwardRecord } from '../actors/player-events.ts';
import { awardId, playerId } from '../actors/units.ts';
import {
  type AccountsService,
  type Award,
  AwardSchema,
  AwardStatus,
  ClaimAwardResponseSchema,
  ListAwardsResponseSchema,
} from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { unreachable } from '../runtime/actor.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { failure, isFailure } from './failure.ts';
import { tokenAfter, windowOf } from './page.ts';
import type { UnaryHandlers } from './rpc.ts';

export type AwardHandlers = Pick<
  UnaryHandlers<typeof AccountsService>,
  'listAwards' | 'claimAward'
>;

export function createAwards(router: Router): AwardHandlers {
  return {
    /**
     * Newest first: an award granted between two pages pushes the rest one down, so that a page may
     * repeat an award of the page before but never misses one.
     */
    async listAwards(request, { timeoutMs }) {
      const player = playerId(request.playerId);
      const list = `awards/${player}`;
      const window = windowOf(list, request);
      if (isFailure(window)) return window;
      const query = { kind: 'awards', ...window } as const;
      const page = await ask(router, playerRef(player), { query }, { timeoutMs });
      if (isFailure(page)) return page;
      if (page.kind !== 'awards') return failure('unknown-player', { player });
      return create(ListAwardsResponseSchema, {
        awards: page.awards.map(awardOf),
        nextPageToken: tokenAfter(list, window, page.more),
      });
    },

    async claimAward({ playerId: owner, awardId: id, requestedBy: by }, { atMs, timeoutMs }) {
      const [player, award] = [playerId(owner), awardId(id)];
      const command = { kind: 'claim-award', award, by, atMs } as const;
      const query = { kind: 'award', award } as const;
      const options = { timeoutMs, context: { player, award } };
      const answer = await ask(router, playerRef(player), { command, query }, options);
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'award') throw new Error(`player ${player} has no ${award} after all`);
      return create(ClaimAwardResponseSchema, { award: awardOf(answer.award) });
    },
  };
}

function awardOf(record: AwardRecord): Award {
  const { status } = record;
  const award = create(AwardSchema, {
    awardId: record.award,
    tournamentId: record.tournament,
    resultVersion: record.version,
    rank: record.rank,
    amountCents: BigInt(record.amount),
    ruleSetId: record.rule,
    prize: record.prize,
    grantTime: timestampFromMs(record.atMs),
    claimUntilTime: timestampFromMs(record.untilMs),
  });
  if (status.kind !== 'granted') award.settleTime = timestampFromMs(status.atMs);
  switch (status.kind) {
    case 'granted':
      award.status = AwardStatus.GRANTED;
      return award;
    case 'claimed':
      award.status = AwardStatus.CLAIMED;
      award.claimedBy = status.by;
      return award;
    case 'expired':
      award.status = AwardStatus.EXPIRED;
      return award;
    case 'withdrawn':
      award.status = AwardStatus.WITHDRAWN;
      award.withdrawReason = status.why;
      return award;
    default:
      return unreachable(status);
  }
}
