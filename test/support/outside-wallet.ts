/**
 * The reference wallet's accounts in the same thread, without file or wire: asked in the players'
 * own words, answering at once. What gets lost on the way is the test's affair.
 */
import type { WalletAnswer, WalletRequest } from '../../src/actors/wallet.ts';
import type { CallRunner } from '../../src/runtime/calls.ts';
import {
  createWalletAccounts,
  type FoundOperation,
  type WalletOperation,
} from '../../src/wallet/accounts.ts';

export interface OutsideWallet {
  /** @throws Error where the wallet takes the question for a mistake: there must be none. */
  ask(request: WalletRequest, atMs: number): WalletAnswer;
  /** What became of a request; undefined for one that never came. */
  find(request: WalletRequest): FoundOperation | undefined;
  /** Balance and what is held of it, of everybody who was ever asked about. */
  accounts(): readonly {
    readonly player: string;
    readonly balance: number;
    readonly held: number;
  }[];
}

export function createOutsideWallet(openingCents: number): OutsideWallet {
  const accounts = createWalletAccounts({ openingCents, blocked: new Set() });
  return {
    ask(request, atMs) {
      const operation = operationOf(request);
      const judgement = accounts.judge(operation, atMs);
      if (judgement.kind === 'refused') throw new Error(`${operation.id}: ${judgement.why}`);
      if (judgement.kind === 'new') for (const record of judgement.records) accounts.apply(record);
      if (operation.kind !== 'authorise') return { kind: 'done' };
      const { declined } = judgement;
      if (declined === undefined) return { kind: 'authorised' };
      return { kind: 'declined', why: declined, says: '' };
    },
    find: (request) => accounts.find(operationOf(request).id),
    accounts: () => [...accounts.accounts()],
  };
}

/** @param road What becomes of a call: a throw is an answer that never came. */
export function callsTo(
  wallet: OutsideWallet,
  road: (ask: () => WalletAnswer, request: WalletRequest) => Promise<WalletAnswer>,
  now: () => number,
): CallRunner {
  return {
    async call({ request }) {
      const asked = request as WalletRequest; // of players, as the catalogue's kinds make them
      return road(() => wallet.ask(asked, now()), asked);
    },
  };
}

function operationOf(request: WalletRequest): WalletOperation {
  const { player } = request;
  switch (request.kind) {
    case 'authorise': {
      const { bet, amount: cents, expiresAtMs } = request;
      return { kind: 'authorise', id: `${player}.${bet}`, player, cents, bet, expiresAtMs };
    }
    case 'credit': {
      const { credit, amount: cents, race, pool, bet } = request;
      return { kind: 'credit', id: `${player}.credit.${credit}`, player, cents, race, pool, bet };
    }
    default: {
      const { kind, bet } = request;
      return { kind, id: `${player}.${bet}.${kind}`, authorisation: `${player}.${bet}` };
    }
  }
}
