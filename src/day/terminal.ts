/**
 * A betting terminal: sends bets and waits for every answer.
 *
 * Invariants: a bet is sent again, under its id, until it is placed or refused; while `WINDOW`
 * bets are without an answer, whoever sends more waits.
 *
 *   send ──> outstanding ──> stream ──> placed | refused
 *                 ^            │
 *                 └── busy, or the stream broke: later, the same id
 */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Client } from '../client/client.ts';
import { mayBeRetried, rpcFailureOf, rpcFailureOfStatus } from '../client/rpc-failure.ts';
import type { BetOutcome, PlaceBetRequestSchema } from '../gen/furlong/betting/v1/betting_pb.ts';
import type { PlannedBet } from './plan.ts';
import { ATTEMPTS_MAX, backoffMs, type Patience } from './retry.ts';
import { createRoom } from './room.ts';

export interface Terminal {
  /** Resolves when there is room for more; rejects when the server cannot be had any more. */
  readonly send: (bets: readonly PlannedBet[]) => Promise<void>;
  /** Resolves when every bet sent has its answer. */
  readonly settled: () => Promise<void>;
  readonly close: () => void;
}

export type Answered =
  | { readonly kind: 'placed' }
  /** For a reason of docs/ERRORS.md. */
  | { readonly kind: 'refused'; readonly reason: string };

type BetExchange = ReturnType<Client['betting']['placeBets']>;

export interface TerminalOptions extends Patience {
  readonly betting: Client['betting'];
  readonly onAnswer: (bet: PlannedBet, answered: Answered) => void;
}

/** Keeps the server's commits full without holding a minute of the day in the air. */
const WINDOW = 500;
/** As many as the contract allows in one message, and then some less. */
const BETS_PER_MESSAGE_MAX = 250;

export function requestOf(bet: PlannedBet): MessageInitShape<typeof PlaceBetRequestSchema> {
  const { betId, playerId, raceId, poolId, stakeCents } = bet;
  const legs = bet.legs.map((runners) => ({ runners: [...runners] }));
  return { betId, playerId, raceId, poolId, legs, stakeCents: BigInt(stakeCents) };
}

/** One that keeps a stream open. */
export function createStreamTerminal(options: TerminalOptions): Terminal {
  const { betting, onAnswer, clock, signal } = options;
  const outstanding = new Map<string, PlannedBet>();
  const room = createRoom(WINDOW);
  let stream: BetExchange | undefined;
  let failures = 0;
  let closed = false;

  function opened(): BetExchange {
    if (stream) return stream;
    stream = betting.placeBets();
    void read(stream);
    return stream;
  }

  async function read(mine: BetExchange): Promise<void> {
    try {
      for await (const { outcomes } of mine.answers) {
        failures = 0;
        sendLater(outcomes.flatMap(judge));
      }
      broken(mine, undefined);
    } catch (error) {
      broken(mine, error);
    }
  }

  /** The bet, where it must be sent again. */
  function judge({ betId, outcome }: BetOutcome): PlannedBet[] {
    const bet = outstanding.get(betId);
    // Answered already: it was sent twice around a broken stream.
    if (!bet) return [];
    const failure = outcome.case === 'error' ? rpcFailureOfStatus(outcome.value) : undefined;
    if (failure && mayBeRetried(failure)) return [bet];
    outstanding.delete(betId);
    room.leave();
    const reason = failure?.reason ?? failure?.message ?? 'unknown';
    onAnswer(bet, failure ? { kind: 'refused', reason } : { kind: 'placed' });
    return [];
  }

  /** @param error Undefined where the server ended the stream in good order. */
  function broken(which: BetExchange, error: unknown): void {
    if (which !== stream || closed) return;
    stream = undefined;
    failures++;
    const failure = rpcFailureOf(error);
    const hopeless = failure === undefined ? error !== undefined : !mayBeRetried(failure);
    if (hopeless || failures > ATTEMPTS_MAX) {
      room.fail(error ?? new Error('the server keeps ending the stream of bets'));
    } else sendLater([...outstanding.values()], failure?.retryAfterMs);
  }

  function sendLater(bets: readonly PlannedBet[], retryAfterMs = 0): void {
    if (bets.length === 0 || closed) return;
    clock.after(backoffMs(failures + 1, retryAfterMs), () => {
      if (!closed) write(bets.filter(({ betId }) => outstanding.has(betId)));
    });
  }

  function write(bets: readonly PlannedBet[]): void {
    for (let at = 0; at < bets.length; at += BETS_PER_MESSAGE_MAX) {
      // Not waiting for the socket: the window bounds what it can be asked to hold.
      opened().send({ bets: bets.slice(at, at + BETS_PER_MESSAGE_MAX).map(requestOf) });
    }
  }

  function close(): void {
    closed = true;
    stream?.cancel();
    stream = undefined;
    room.fail(undefined);
  }
  signal.addEventListener('abort', close, { once: true });

  return {
    async send(bets) {
      for (let at = 0; at < bets.length; at += BETS_PER_MESSAGE_MAX) {
        await room.free();
        if (closed) return;
        const some = bets.slice(at, at + BETS_PER_MESSAGE_MAX);
        for (const bet of some) {
          outstanding.set(bet.betId, bet);
          room.enter();
        }
        write(some);
      }
    },
    settled: room.empty,
    close,
  };
}
