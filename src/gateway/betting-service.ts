/**
 * Bets: placed, asked for, listed.
 *
 *   parse ─> channel control ─> player: reserve ─> race: register ─> player: confirm ─> answer
 *
 * Invariants: a bet that its player knows is answered from the player's record, whatever the race
 * has become since: the same id gets the same answer for ever. No stake is reserved for a caller
 * whose deadline has passed, however long the steps before took.
 */
import { create } from '@bufbuild/protobuf';
import { playerRef } from '../actors/player.ts';
import type { BetRecord } from '../actors/player-events.ts';
import type { Ticket } from '../actors/ticket.ts';
import { betId, type PlayerId, playerId } from '../actors/units.ts';
import {
  type Bet,
  type BettingService,
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
import { pageSize, pageToken, positionIn } from './page.ts';
import { type CallTime, leftMs, type UnaryHandlers } from './rpc.ts';
import { betOf, ticketOf } from './tickets.ts';

/** @param request Valid by the contract. */
export type PlaceBet = (request: PlaceBetRequest, time: CallTime) => Promise<Bet | Failure>;

export interface Betting {
  readonly handlers: UnaryHandlers<typeof BettingService>;
  /** One bet, as the unary call places it and as the stream does. */
  readonly placeBet: PlaceBet;
}

export function createBetting(router: Router, clock: Clock): Betting {
  const cards = createCards(router, clock);

  const placeBet: PlaceBet = async (request, time) => {
    const ticket = ticketOf(request);
    if (isFailure(ticket)) return ticket;
    const card = cards.peek(ticket.race, time.atMs) ?? (await cards.fetch(ticket.race, time));
    if (isFailure(card)) {
      return card.reason === 'unknown-race' ? unlessKnown(ticket, time, card) : card;
    }
    const refused = judgeByCard(card, ticket);
    if (refused === undefined) return order(ticket, time);
    return unlessKnown(ticket, time, failureOfRefusal(refused, { race: ticket.race }));
  };

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
      ? failureOfRefusal(status.refusal, { bet, race, pool })
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
      const limit = pageSize(request.pageSize);
      if (typeof limit === 'object') return limit;
      const list = `bets/${player}`;
      const position = positionIn(list, request.pageToken);
      if (typeof position === 'object') return position;
      const skip = Number(position ?? 0);
      const page = await betsOf(router, player, { skip, limit, timeoutMs });
      if (isFailure(page)) return page;
      return create(ListBetsResponseSchema, {
        bets: page.bets.map(betOf),
        nextPageToken: page.more ? pageToken(list, String(skip + page.bets.length)) : '',
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
