/**
 * What players' actors ask of a wallet, as calls of `furlong.wallet.v1`.
 *
 * Invariant: the id of an operation follows from the data directory, the player and what is asked,
 * so that it is the same at every attempt, and no other house's. An answer is one that the contract
 * has; whatever else comes is no answer.
 */
import {
  type DeclineReason,
  WALLET_SERVICE,
  type WalletAnswer,
  type WalletRequest,
} from '../actors/wallet.ts';
import { connectService } from '../client/client.ts';
import { WalletService, DeclineReason as WireReason } from '../gen/furlong/wallet/v1/wallet_pb.ts';
import type { CallOrder, CallRunner } from '../runtime/calls.ts';

export interface WalletClient extends CallRunner {
  close(): void;
}

/** @param options.house The data directory's id: two houses may share a wallet. */
export function connectWallet(options: {
  readonly address: string;
  readonly house: string;
}): WalletClient {
  const { address, house } = options;
  const { service: wallet, close } = connectService(address, WalletService);

  return {
    async call({ service, request: plain, timeoutMs }: CallOrder): Promise<WalletAnswer> {
      if (service !== WALLET_SERVICE) throw new Error(`no service is called ${service}`);
      const request = plain as WalletRequest; // made by a player, as `callsOf` does
      const operationId = idOf(house, request);
      const { player: playerId } = request;
      switch (request.kind) {
        case 'authorise': {
          const { outcome } = await wallet.authorise(
            {
              operationId,
              playerId,
              amountCents: BigInt(request.amount),
              betId: request.bet,
              expiresAtMs: BigInt(request.expiresAtMs),
            },
            { timeoutMs },
          );
          if (outcome.case === 'authorised') return { kind: 'authorised' };
          if (outcome.case === undefined) throw new Error('the wallet answered without an outcome');
          const { reason, message } = outcome.value;
          return { kind: 'declined', why: reasonOf(reason), says: message.slice(0, SAYS_MAX) };
        }
        case 'capture':
        case 'void': {
          const authorisationId = idOf(house, { ...request, kind: 'authorise' });
          await wallet[request.kind]({ operationId, authorisationId }, { timeoutMs });
          return { kind: 'done' };
        }
        default: {
          const { amount, race: raceId, pool: poolId, bet: betId } = request;
          const from = { raceId, poolId, betId };
          const amountCents = BigInt(amount);
          await wallet.credit({ operationId, playerId, amountCents, ...from }, { timeoutMs });
          return { kind: 'done' };
        }
      }
    },
    close,
  };
}

/** Characters of what the wallet says: it is on record for ever. */
const SAYS_MAX = 120;

/** Ids have no dot in them, so no two are the same. */
function idOf(
  house: string,
  it: Pick<WalletRequest, 'kind' | 'player'> & { readonly bet: string; readonly credit?: number },
): string {
  return `${house}.${it.player}.${it.kind === 'credit' ? it.credit : it.bet}.${it.kind}`;
}

/** A reason that came after this version is none that it knows. */
function reasonOf(reason: WireReason): DeclineReason {
  return REASONS.get(reason) ?? 'unspecified';
}

const REASONS: ReadonlyMap<WireReason, DeclineReason> = new Map([
  [WireReason.INSUFFICIENT_FUNDS, 'insufficient-funds'],
  [WireReason.BLOCKED, 'blocked'],
  [WireReason.UNKNOWN_PLAYER, 'unknown-player'],
  [WireReason.EXPIRED, 'expired'],
  [WireReason.VOIDED, 'voided'],
  [WireReason.LIMIT, 'limit'],
]);
