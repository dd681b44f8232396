/**
 * Receipts of bets, and how far the log is signed: what the notary says, over gRPC.
 *
 * Invariant: a receipt is handed out for what a race registered, and for nothing else. The notary is
 * waited for half the caller's time, so that *away* still reaches him.
 */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { playerRef } from '../actors/player.ts';
import { receiptKey } from '../actors/receipts.ts';
import { betId, playerId } from '../actors/units.ts';
import {
  type BettingService,
  GetReceiptResponseSchema,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import { ListTreesResponseSchema, type OpsService } from '../gen/furlong/ops/v1/ops_pb.ts';
import type { Router } from '../runtime/router.ts';
import type { NotaryPort } from '../runtime/tlog/notary-line.ts';
import { ask } from './ask.ts';
import { failure, isFailure } from './failure.ts';
import type { UnaryHandlers } from './rpc.ts';

/** @param notary Absent: nobody signs here. */
export function createReceipts(
  router: Router,
  notary: NotaryPort | undefined,
): Pick<UnaryHandlers<typeof BettingService>, 'getReceipt'> {
  return {
    async getReceipt(request, { timeoutMs }) {
      const [player, bet] = [playerId(request.playerId), betId(request.betId)];
      const query = { kind: 'bet', bet } as const;
      const known = await ask(router, playerRef(player), { query }, { timeoutMs });
      if (isFailure(known)) return known;
      if (known.kind !== 'bet') return failure('unknown-bet', { player, bet });
      const { ticket, status } = known.bet;
      if (status.kind === 'refused') {
        return failure('bet-not-in-pool', { player, bet, status: status.kind });
      }
      const { race } = ticket;
      const what = { stream: `race/${race}`, key: receiptKey(player, bet) };
      const proving = (await notary?.prove(what, { timeoutMs: timeoutMs / 2 })) ?? { kind: 'away' };
      switch (proving.kind) {
        case 'proven':
          return create(GetReceiptResponseSchema, { receipt: proving.text });
        case 'unsigned':
          return failure('receipt-unsigned', { player, bet });
        case 'trouble':
          return failure('log-not-provable', { race });
        default:
          return failure('notary-away');
      }
    },
  };
}

export function createTrees(
  notary: NotaryPort | undefined,
): Pick<UnaryHandlers<typeof OpsService>, 'listTrees'> {
  return {
    async listTrees(_request, { timeoutMs }) {
      const states = (await notary?.states({ timeoutMs: timeoutMs / 2 })) ?? { kind: 'away' };
      if ('kind' in states) return failure('notary-away');
      return create(ListTreesResponseSchema, {
        trees: states.map(({ partition, origin, size, lag, signedAtMs, trouble }) => ({
          partition,
          origin,
          size: BigInt(size),
          lag: BigInt(lag),
          ...(signedAtMs === 0 ? {} : { signTime: timestampFromMs(signedAtMs) }),
          trouble,
        })),
      });
    },
  };
}
