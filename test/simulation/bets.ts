/**
 * Every bet as the log and the clients know it. Independent of the second ledger, which knows
 * nothing of answers: what was answered once is true for ever, and a bet is in or out once.
 */
import type { PlayerAnswer } from '../../src/actors/player-events.ts';
import { sameTicket, type Ticket } from '../../src/actors/ticket.ts';
import { ticketFrom } from '../../src/actors/upcasting.ts';
import type { Told } from '../../src/audit/records.ts';
import type { Response } from '../../src/runtime/wire.ts';

export interface Bets {
  add(told: Told): void;
  /** What whoever placed it was told. */
  answered(ticket: Ticket, response: Response): void;
  /** In words: what is still open when everything should be settled. */
  unsettled(): string[];
}

interface Bet {
  /** As the player reserved it, or asked its wallet for it. */
  ticket: Ticket | undefined;
  reserved: boolean;
  registered: number;
  refused: number;
  resolved: number;
  answer: 'in' | 'refused' | undefined;
}

export function createBets(find: (invariant: string, what: string) => void): Bets {
  const bets = new Map<string, Bet>();
  const closed = new Set<string>();
  const paid = new Set<string>();

  function betOf(player: string, bet: string): Bet {
    const key = `${player}/${bet}`;
    const known = bets.get(key);
    if (known !== undefined) return known;
    const fresh: Bet = {
      ticket: undefined,
      reserved: false,
      registered: 0,
      refused: 0,
      resolved: 0,
      answer: undefined,
    };
    bets.set(key, fresh);
    return fresh;
  }

  function addRace(race: string, event: Extract<Told, { of: 'race' }>['event']): void {
    switch (event.kind) {
      case 'race-closed':
      case 'race-voided':
        closed.add(race);
        return;
      case 'race-paid':
        paid.add(race);
        return;
      case 'bet-registered': {
        const { player, bet } = event;
        const name = `bet ${player}/${bet}`;
        const it = betOf(player, bet);
        if (++it.registered > 1) find('a bet is registered once', name);
        if (it.refused > 0) find('a bet is in or out', `${name} was refused`);
        if (!it.reserved) find('money first', `${name} was never reserved`);
        if (closed.has(race)) find('no bet after the close', `${name} in ${race}`);
        return;
      }
      case 'bet-refused': {
        const it = betOf(event.player, event.bet);
        if (++it.refused > 1) find('a bet is refused once', `${event.player}/${event.bet}`);
        if (it.registered > 0) find('a bet is in or out', `${event.player}/${event.bet}`);
        return;
      }
      default:
    }
  }

  return {
    add(told) {
      if (told.of === 'race') addRace(told.id, told.event);
      if (told.of !== 'player') return;
      const { event, id } = told;
      if (event.kind === 'stake-reserved' || event.kind === 'authorisation-requested') {
        const it = betOf(id, event.bet);
        it.ticket = ticketFrom(event);
        it.reserved = event.kind === 'stake-reserved';
      }
      if (event.kind === 'authorisation-refused') betOf(id, event.bet).refused++;
      if (event.kind !== 'bet-confirmed' && event.kind !== 'stake-released') return;
      const it = betOf(id, event.bet);
      const name = `bet ${id}/${event.bet}: ${event.kind}`;
      if (++it.resolved > 1) find('a held stake is resolved once', name);
      const answered = event.kind === 'bet-confirmed' ? it.registered : it.refused;
      if (answered === 0) find('the race has the word', `${name}, and its race did not say so`);
    },
    answered(ticket, response) {
      const name = `bet ${ticket.player}/${ticket.bet}`;
      const it = betOf(ticket.player, ticket.bet);
      if (response.kind === 'rejected') {
        const { reason } = response.rejection as { readonly reason: string };
        if (reason !== 'bet-id-reused') return;
        if (it.ticket !== undefined && !sameTicket(it.ticket, ticket)) return;
        find('an id is reused where it was used', name);
        return;
      }
      if (response.kind !== 'accepted') return;
      // It answers the question that came with the bet.
      const answer = response.answer as PlayerAnswer | undefined;
      if (answer?.kind !== 'bet') {
        find('who places a bet hears of it', `${name}: ${JSON.stringify(answer)}`);
        return;
      }
      const { status } = answer.bet;
      if (!sameTicket(answer.bet.ticket, ticket)) find('an id stands for one bet', name);
      if (status.kind === 'reserved' || status.kind === 'authorising') {
        find('the answer is the race’s or the wallet’s', name);
      }
      const how = status.kind === 'refused' ? 'refused' : 'in';
      if (it.answer !== undefined && it.answer !== how) {
        find('the same id has the same answer', `${name}: ${it.answer}, then ${how}`);
      }
      it.answer = how;
      const there = how === 'in' ? it.registered : it.refused;
      if (there === 0) find('what is answered is on disk', `${name} is ${how}`);
    },
    unsettled: () => [
      ...[...bets].flatMap(([name, { reserved, resolved }]) =>
        reserved && resolved === 0 ? [`bet ${name} is still reserved`] : [],
      ),
      ...[...closed].flatMap((race) => (paid.has(race) ? [] : [`${race} was never paid`])),
    ],
  };
}
