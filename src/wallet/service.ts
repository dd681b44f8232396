/**
 * The reference wallet behind its contract: operations in, answers out, each on disk before it is
 * said. Knows no gRPC library.
 *
 * Invariant: accounts are changed in the order in which they are written down, and nobody hears of
 * a change before it is on disk, whoever asks.
 */
import { create } from '@bufbuild/protobuf';
import {
  type AuthoriseRequest,
  type AuthoriseResponse,
  AuthoriseResponseSchema,
  type CaptureRequest,
  type CaptureResponse,
  CaptureResponseSchema,
  type CreditRequest,
  type CreditResponse,
  CreditResponseSchema,
  DeclineReason,
  type GetOperationRequest,
  type GetOperationResponse,
  GetOperationResponseSchema,
  OperationState,
  type VoidRequest,
  type VoidResponse,
  VoidResponseSchema,
} from '../gen/furlong/wallet/v1/wallet_pb.ts';
import { Code } from '../gen/google/rpc/code_pb.ts';
import type {
  Decline,
  FoundOperation,
  Misuse,
  WalletAccounts,
  WalletOperation,
} from './accounts.ts';
import type { Journal } from './journal.ts';

/** Why the caller is wrong; becomes a gRPC status. */
export class WalletError extends Error {
  override readonly name = 'WalletError';
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

export interface WalletHandlers {
  authorise(request: AuthoriseRequest): Promise<AuthoriseResponse>;
  capture(request: CaptureRequest): Promise<CaptureResponse>;
  void(request: VoidRequest): Promise<VoidResponse>;
  credit(request: CreditRequest): Promise<CreditResponse>;
  getOperation(request: GetOperationRequest): Promise<GetOperationResponse>;
}

const REASONS: Readonly<Record<Decline, DeclineReason>> = {
  'insufficient-funds': DeclineReason.INSUFFICIENT_FUNDS,
  blocked: DeclineReason.BLOCKED,
  expired: DeclineReason.EXPIRED,
  voided: DeclineReason.VOIDED,
};

const STATES: Readonly<Record<FoundOperation['state'], OperationState>> = {
  held: OperationState.HELD,
  captured: OperationState.CAPTURED,
  voided: OperationState.VOIDED,
  declined: OperationState.DECLINED,
  credited: OperationState.CREDITED,
};

const MISUSES: Readonly<Record<Misuse, readonly [code: Code, says: string]>> = {
  'operation-id-reused': [Code.ALREADY_EXISTS, 'the operation id stands for another content'],
  'unknown-authorisation': [Code.NOT_FOUND, 'there is no such authorisation'],
  'not-held': [Code.FAILED_PRECONDITION, 'the authorisation is declined or voided'],
  captured: [Code.FAILED_PRECONDITION, 'the authorisation is captured by another operation'],
};

export function createWalletHandlers(options: {
  readonly accounts: WalletAccounts;
  readonly journal: Journal;
  readonly now: () => number;
}): WalletHandlers {
  const { accounts, journal, now } = options;
  /** All that was applied is on disk; where that failed, never: nobody is told anything any more. */
  let written = Promise.resolve();

  /** @returns Why it is declined, if it is. @throws WalletError */
  async function carryOut(operation: WalletOperation): Promise<Decline | undefined> {
    const judgement = accounts.judge(operation, now());
    if (judgement.kind === 'new') {
      // Applied at once, so that the next one is judged by it; told when it is on disk.
      for (const record of judgement.records) accounts.apply(record);
      written = journal.append(judgement.records);
    }
    // Also a repeat or a refusal: it may rest on another operation that is not on disk yet.
    await written;
    if (judgement.kind === 'refused') {
      const [code, says] = MISUSES[judgement.why];
      throw new WalletError(code, `${operation.id}: ${says}`);
    }
    return judgement.declined;
  }

  return {
    async authorise({ operationId: id, playerId: player, amountCents, betId: bet, expiresAtMs }) {
      const declined = await carryOut({
        kind: 'authorise',
        id,
        player,
        cents: Number(amountCents),
        bet,
        expiresAtMs: Number(expiresAtMs),
      });
      return create(AuthoriseResponseSchema, {
        outcome:
          declined === undefined
            ? { case: 'authorised', value: {} }
            : { case: 'declined', value: { reason: REASONS[declined], message: declined } },
      });
    },
    async capture({ operationId: id, authorisationId: authorisation }) {
      await carryOut({ kind: 'capture', id, authorisation });
      return create(CaptureResponseSchema);
    },
    async void({ operationId: id, authorisationId: authorisation }) {
      await carryOut({ kind: 'void', id, authorisation });
      return create(VoidResponseSchema);
    },
    async credit({ operationId: id, playerId: player, amountCents, raceId, poolId, betId }) {
      const from = { race: raceId, pool: poolId, bet: betId };
      await carryOut({ kind: 'credit', id, player, cents: Number(amountCents), ...from });
      return create(CreditResponseSchema);
    },
    async getOperation({ operationId }) {
      const found = accounts.find(operationId);
      await written;
      if (found === undefined) {
        throw new WalletError(Code.NOT_FOUND, `there is no operation ${operationId}`);
      }
      const { operation, state, declined } = found;
      const { id: _, kind: __, ...fields } = operation;
      const {
        player = '',
        cents = 0,
        authorisation = '',
      } = fields as {
        readonly player?: string;
        readonly cents?: number;
        readonly authorisation?: string;
      };
      return create(GetOperationResponseSchema, {
        operation: {
          operationId,
          state: STATES[state],
          playerId: player,
          amountCents: BigInt(cents),
          authorisationId: authorisation,
          declineReason: declined === undefined ? 0 : REASONS[declined],
        },
      });
    },
  };
}
