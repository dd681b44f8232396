/**
 * Players' accounts: opened, filled, emptied, read; what nobody claimed in time goes to the house.
 * What tournaments granted is in awards.ts.
 *
 * Invariant: a request id moves money once; the account in the answer is as it is now, not as it
 * was when the request was first served.
 */
import { create } from '@bufbuild/protobuf';
import { playerRef } from '../actors/player.ts';
import type { AccountSummary, PlayerCommand } from '../actors/player-events.ts';
import { cents, type PlayerId, playerId } from '../actors/units.ts';
import {
  type Account,
  AccountSchema,
  type AccountsService,
  DepositResponseSchema,
  ExpireClaimsResponseSchema,
  GetAccountResponseSchema,
  OpenAccountResponseSchema,
  WithdrawResponseSchema,
} from '../gen/furlong/accounts/v1/accounts_pb.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { createAwards } from './awards.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import type { UnaryHandlers } from './rpc.ts';

/** @param hasWallet Whether there is one outside that an account's money can be kept in. */
export function createAccounts(
  router: Router,
  hasWallet = false,
): UnaryHandlers<typeof AccountsService> {
  async function change(
    player: PlayerId,
    command: PlayerCommand & { readonly request: string },
    timeoutMs: number,
  ): Promise<Account | Failure> {
    const { request } = command;
    const context = { player, request };
    const query = { kind: 'account' } as const;
    const options = { id: request, timeoutMs, context };
    const answer = await ask(router, playerRef(player), { command, query }, options);
    if (isFailure(answer)) return answer;
    if (answer.kind !== 'account') throw new Error(`player ${player} has no account after all`);
    return accountOf(answer.account);
  }

  return {
    ...createAwards(router),

    async openAccount({ playerId: id, requestId: request, alias, inWallet }, time) {
      const { atMs, timeoutMs } = time;
      if (inWallet && !hasWallet) return failure('no-wallet', { player: id });
      const command = { kind: 'open-account', request, alias, atMs, inWallet } as const;
      const account = await change(playerId(id), command, timeoutMs);
      return isFailure(account) ? account : create(OpenAccountResponseSchema, { account });
    },

    async deposit({ playerId: id, requestId: request, amountCents }, { atMs, timeoutMs }) {
      const amount = cents(Number(amountCents));
      const command = { kind: 'deposit', request, amount, atMs } as const;
      const account = await change(playerId(id), command, timeoutMs);
      return isFailure(account) ? account : create(DepositResponseSchema, { account });
    },

    async withdraw({ playerId: id, requestId: request, amountCents }, { atMs, timeoutMs }) {
      const amount = cents(Number(amountCents));
      const command = { kind: 'withdraw', request, amount, atMs } as const;
      const account = await change(playerId(id), command, timeoutMs);
      return isFailure(account) ? account : create(WithdrawResponseSchema, { account });
    },

    async expireClaims({ playerId: id }, { atMs, timeoutMs }) {
      const player = playerId(id);
      const command = { kind: 'expire-claims', atMs } as const;
      const query = { kind: 'claims', atMs } as const;
      const answer = await ask(router, playerRef(player), { command, query }, { timeoutMs });
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'claims') throw new Error(`player ${player} has no account after all`);
      const { account, due } = answer;
      return create(ExpireClaimsResponseSchema, { account: accountOf(account), due });
    },

    async getAccount({ playerId: id }, { timeoutMs }) {
      const found = await accountSummary(router, playerId(id), timeoutMs);
      return isFailure(found)
        ? found
        : create(GetAccountResponseSchema, { account: accountOf(found) });
    },
  };
}

export async function accountSummary(
  router: Router,
  player: PlayerId,
  timeoutMs: number,
): Promise<AccountSummary | Failure> {
  const query = { kind: 'account' } as const;
  const answer = await ask(router, playerRef(player), { query }, { timeoutMs });
  if (isFailure(answer)) return answer;
  return answer.kind === 'account' ? answer.account : failure('unknown-player', { player });
}

function accountOf(summary: AccountSummary): Account {
  return create(AccountSchema, {
    playerId: summary.player,
    alias: summary.alias,
    freeCents: BigInt(summary.free),
    heldCents: BigInt(summary.held),
    unclaimedCents: BigInt(summary.unclaimed),
    owedCents: BigInt(Math.max(0, -summary.free)),
    openBets: summary.openBets,
    tournamentIds: [...summary.tournaments],
    inWallet: summary.wallet !== undefined,
    creditingCents: BigInt(summary.wallet?.crediting ?? 0),
    walletCalls: summary.wallet?.calls ?? 0,
    awardCents: BigInt(summary.awards),
  });
}
