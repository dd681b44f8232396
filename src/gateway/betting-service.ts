/**
 * Bets: placed, taken back, cashed, asked for, listed.
 *
 *   parse ─> channel control ─> player: reserve ─> race: register ─> player: confirm ─> answer
 *            cancel ──────────> player: ask for it ─> race: take it out ─> player: book ─> answer
 *
 * Invariants: a bet that its player knows is answered from the player's record, whatever the race
 * has become since: the same id gets the same answer for ever. No stake is reserved for a caller
 * whose deadline has passed, however long the steps before took.
 */
import { create } from '@bufbuild/protobuf';
import { playerRef } from '../actors/player.ts';
import type { BetRecord } from '../actors/player-events.ts';
import type { RuleBook } from '../actors/rule-book.ts';
import type { Ticket } from '../actors/ticket.ts';
import { betId, type PlayerId, playerId, type RunnerNumber, raceId } from '../actors/units.ts';
import {
  type Bet,
  type BettingService,
  CancelBetResponseSchema,
  ClaimBetResponseSchema,
  GetBetResponseSchema,
  ListBetsResponseSchema,
  type PlaceBetRequest,
  PlaceBetResponseSchema,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { createCards, judgeByCard } from './cards.ts';
import { type Failure, failure, failureOfRefusal, isFailure } from './failure.ts';
import { tokenAfter, windowOf } from './page.ts';
import { type CallTime, leftMs, type UnaryHandlers } from './rpc.ts';
import { betOf, isFieldOfAll, ticketOf } from './tickets.ts';

/** @param request Valid by the contract. */
export type PlaceBet = (request: PlaceBetRequest, time: CallTime) => Promise<Bet | Failure>;

export interface Betting {
  /** All but receipts: see receipts.ts. */
  readonly handlers: Omit<UnaryHandlers<typeof BettingService>, 'getReceipt'>;
  /** One bet, as the unary call places it and as the stream does. */
  readonly placeBet: PlaceBet;
}

/** @param ruleBook Absent: the catalogue alone. */
export function createBetting(router: Router, clock: Clock, ruleBook?: RuleBook): Betting {
  const find = ruleBook && ((id: string) => ruleBook.find(id)?.ruleSet);
  const cards = createCards(router, clock, find);

  const placeBet: PlaceBet = async (request, time) => {
    const race = raceId(request.raceId);
    const card = cards.peek(race, time.atMs) ?? (await cards.fetch(race, time));
    if (isFailure(card)) {
      if (card.reason !== 'unknown-race') return card;
      const ticket = ticketOf(request, { pool: undefined });
      return isFailure(ticket) ? card : unlessKnown(ticket, time, card);
    }
    const { poolId: id } = request;
    const pool = card.pools.get(id);
    const others = isFieldOfAll(request) ? await fieldBefore(request, time) : undefined;
    if (others !== undefined && isFailure(others)) return others;
    const ticket = ticketOf(request, { pool, ...(others === undefined ? {} : { others }) });
    if (isFailure(ticket)) {
      return card.pools.has(id) ? ticket : failure('unknown-pool', { race, pool: id });
    }
    const refused = judgeByCard(card, ticket);
    if (refused === undefined) return order(ticket, time);
    return unlessKnown(ticket, time, failureOfRefusal(refused, { race: ticket.race }));
  };

  /**
   * The field of a bet that was placed before: a repeat of it must not mean other runners because
   * one was withdrawn since.
   */
  async function fieldBefore(
    { playerId: player, betId: id }: PlaceBetRequest,
    time: CallTime,
  ): Promise<readonly RunnerNumber[] | undefined | Failure> {
    const query = { kind: 'bet', bet: betId(id) } as const;
    const timeoutMs = leftMs(time, clock.now());
    const known = await ask(router, playerRef(playerId(player)), { query }, { timeoutMs });
    if (isFailure(known)) return known;
    return known.kind === 'bet' ? known.bet.ticket.legs[1] : undefined;
  }

  /** Where channel control refuses, the player may still know the bet from better days. */
  async function unlessKnown(ticket: Ticket, time: CallTime, refused: Failure) {
    const { player, bet } = ticket;
    const timeoutMs = leftMs(time, clock.now());
    const known = await ask(
      router,
      playerRef(player),
      { query: { kind: 'bet', bet } },
      { timeoutMs },
    );
    if (isFailure(known)) return known;
    return known.kind === 'bet' ? order(ticket, time) : refused;
  }

  async function order(ticket: Ticket, time: CallTime): Promise<Bet | Failure> {
    const { player, bet, race, pool } = ticket;
    const { atMs } = time;
    const timeoutMs = leftMs(time, clock.now());
    const answer = await ask(
      router,
      playerRef(player),
      { command: { kind: 'place-bet', ticket, atMs }, query: { kind: 'decided-bet', bet } },
      { id: bet, timeoutMs, context: { player, bet } },
    );
    if (isFailure(answer)) return answer;
    if (answer.kind !== 'bet') throw new Error(`player ${player} answers ${answer.kind} to a bet`);
    const { status } = answer.bet;
    return status.kind === 'refused'
      ? failureOfRefusal(status.refusal, { player, bet, race, pool })
      : betOf(answer.bet);
  }

  return { placeBet, handlers: handlersOf(router, placeBet) };
}

function handlersOf(router: Router, placeBet: PlaceBet): Betting['handlers'] {
  return {
    async placeBet(request, time) {
      const bet = await placeBet(request, time);
      return isFailure(bet) ? bet : create(PlaceBetResponseSchema, { bet });
    },

    async cancelBet({ playerId: owner, betId: id, requestedBy: by }, { atMs, timeoutMs }) {
      const [player, bet] = [playerId(owner), betId(id)];
      const command = { kind: 'cancel-bet', bet, by, atMs } as const;
      const query = { kind: 'decided-cancel', bet } as const;
      const options = { timeoutMs, context: { player, bet } };
      const answer = await ask(router, playerRef(player), { command, query }, options);
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'bet') throw new Error(`player ${player} has no bet ${bet} after all`);
      const { ticket, status, cancel } = answer.bet;
      if (status.kind === 'cancelled') {
        return create(CancelBetResponseSchema, { bet: betOf(answer.bet) });
      }
      const { race, channel } = ticket;
      return cancel?.kind === 'refused'
        ? failureOfRefusal(cancel.refusal, { player, bet, race })
        : failure('not-cancellable', { player, bet, channel, status: status.kind });
    },

    async claimBet({ playerId: owner, betId: id, requestedBy: by }, { atMs, timeoutMs }) {
      const [player, bet] = [playerId(owner), betId(id)];
      const command = { kind: 'claim-bet', bet, by, atMs } as const;
      const query = { kind: 'bet', bet } as const;
      const options = { timeoutMs, context: { player, bet } };
      const answer = await ask(router, playerRef(player), { command, query }, options);
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'bet') throw new Error(`player ${player} has no bet ${bet} after all`);
      return create(ClaimBetResponseSchema, { bet: betOf(answer.bet) });
    },

    async getBet(request, { timeoutMs }) {
      const player = playerId(request.playerId);
      const bet = betId(request.betId);
      const answer = await ask(
        router,
        playerRef(player),
        { query: { kind: 'bet', bet } },
        { timeoutMs },
      );
      if (isFailure(answer)) return answer;
      return answer.kind === 'bet'
        ? create(GetBetResponseSchema, { bet: betOf(answer.bet) })
        : failure('unknown-bet', { player, bet });
    },

    async listBets(request, { timeoutMs }) {
      const player = playerId(request.playerId);
      const list = `bets/${player}`;
      const window = windowOf(list, request);
      if (isFailure(window)) return window;
      const page = await betsOf(router, player, { ...window, timeoutMs });
      if (isFailure(page)) return page;
      return create(ListBetsResponseSchema, {
        bets: page.bets.map(betOf),
        nextPageToken: tokenAfter(list, window, page.more),
      });
    },
  };
}

/**
 * Newest first: a bet placed between two pages pushes the rest one down, so that a page may repeat
 * a bet of the page before but never misses one.
 */
async function betsOf(
  router: Router,
  player: PlayerId,
  { skip, limit, timeoutMs }: { readonly skip: number; readonly limit: number; timeoutMs: number },
): Promise<{ readonly bets: readonly BetRecord[]; readonly more: boolean } | Failure> {
  const query = { kind: 'bets', skip, limit } as const;
  const answer = await ask(router, playerRef(player), { query }, { timeoutMs });
  if (isFailure(answer)) return answer;
  return answer.kind === 'bets' ? answer : failure('unknown-player', { player });
}
