/** A betting terminal that calls once for each bet: the plain way, beside the stream. */

import { mayBeRetried, rpcFailureOf } from '../client/rpc-failure.ts';
import type { PlannedBet } from './plan.ts';
import { persist } from './retry.ts';
import { createRoom } from './room.ts';
import { requestOf, type Terminal, type TerminalOptions } from './terminal.ts';

const UNARY_TIMEOUT_MS = 10_000;

/** @param options.width Calls under way at a time. */
export function createUnaryTerminal(
  options: TerminalOptions & { readonly width: number },
): Terminal {
  const { betting, onAnswer, width, ...patience } = options;
  const room = createRoom(width);

  async function place(bet: PlannedBet): Promise<void> {
    try {
      await persist(
        () => betting.placeBet(requestOf(bet), { timeoutMs: UNARY_TIMEOUT_MS }),
        patience,
      );
      onAnswer(bet, { kind: 'placed' });
    } catch (error) {
      const failure = rpcFailureOf(error);
      if (failure === undefined || mayBeRetried(failure)) return room.fail(error);
      onAnswer(bet, { kind: 'refused', reason: failure.reason ?? failure.message });
    } finally {
      room.leave();
    }
  }

  return {
    async send(bets) {
      for (const bet of bets) {
        await room.free();
        if (patience.signal.aborted) return;
        room.enter();
        void place(bet);
      }
    },
    settled: room.empty,
    close: () => room.fail(undefined),
  };
}
