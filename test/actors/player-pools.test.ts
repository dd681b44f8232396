/** A pool settled as a whole: one command for all of a player's bets in it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import type { PlayerCommand, PlayerEvent } from '../../src/actors/player-events.ts';
import type { Player } from '../../src/actors/player-state.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { refusal } from '../../src/actors/ticket.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
  tournamentId,
} from '../../src/actors/units.ts';

const race = raceId('r1');
const pool = poolId('big');
const ann = playerId('ann');
const DEPOSIT = 100_000;
const COST = 200;

function ticket(number: number, of = pool): Ticket {
  return {
    bet: betId(`b${number}`),
    player: ann,
    race,
    pool: of,
    formula: 'combined',
    legs: [[runnerNumber(1)]],
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: cents(COST),
    combinations: 1,
    cost: cents(COST),
    channel: 'online',
  };
}

/** Decides and folds as the runtime does, every event through the bytes of the log. */
function createAccount() {
  let state: Player = player.decider.initial('ann');
  const log: PlayerEvent[] = [];
  const tell = (command: PlayerCommand) => {
    const decision = player.decider.decide(state, command);
    if (!decision.ok) return decision;
    for (const event of decision.events) {
      const read = player.decode(player.encode(event));
      expect(read).toEqual(event);
      log.push(read);
      state = player.decider.evolve(state, read);
    }
    return decision;
  };
  tell({ kind: 'open-account', request: 'o', alias: 'ann', atMs: 1 });
  tell({ kind: 'deposit', request: 'd', amount: cents(DEPOSIT), atMs: 1 });
  return { tell, log, now: () => state };
}

function settled(
  settlement: number,
  paid: readonly (readonly [number, number, number])[],
  except: readonly number[] = [],
): PlayerCommand {
  return {
    kind: 'settle-pool',
    race,
    pool,
    settlement,
    atMs: 9,
    paid: paid.map(([number, payout, refund]) => ({
      bet: betId(`b${number}`),
      payout: cents(payout),
      refund: cents(refund),
      claimDays: 0,
    })),
    except: except.map((number) => betId(`b${number}`)),
  };
}

describe('a pool that is settled as a whole', () => {
  test('pays what is named, and every other bet in it has lost', () => {
    const { tell, now } = createAccount();
    for (const number of [1, 2, 3]) {
      tell({ kind: 'place-bet', ticket: ticket(number), atMs: 2 });
      tell({ kind: 'confirm-bet', bet: betId(`b${number}`) });
    }
    tell({ kind: 'place-bet', ticket: ticket(4, poolId('other')), atMs: 2 });
    tell({ kind: 'confirm-bet', bet: betId('b4') });
    tell(settled(1, [[2, 900, 0]]));
    expect(now().free).toBe(DEPOSIT - 4 * COST + 900);
    expect(now().openBets).toBe(1);
    expect([...now().bets.values()].map(({ status }) => status.kind)).toEqual([
      'settled',
      'settled',
      'settled',
      'registered',
    ]);
  });

  test('is a repeat the second time, and a later settlement moves the difference alone', () => {
    const { tell, now } = createAccount();
    for (const number of [1, 2]) {
      tell({ kind: 'place-bet', ticket: ticket(number), atMs: 2 });
      tell({ kind: 'confirm-bet', bet: betId(`b${number}`) });
    }
    tell(settled(1, [[1, 900, 0]]));
    expect(tell(settled(1, [[1, 900, 0]]))).toEqual({ ok: true, events: [] });
    tell(settled(2, [[2, 700, 0]]));
    expect(now().free).toBe(DEPOSIT - 2 * COST + 700);
    expect(tell(settled(1, [[1, 900, 0]]))).toEqual({ ok: true, events: [] });
  });

  test('tells each tournament of every bet, paid or lost, once', () => {
    const { tell, log } = createAccount();
    tell({ kind: 'enter-tournament', tournament: tournamentId('sunday') });
    for (const number of [1, 2]) {
      tell({ kind: 'place-bet', ticket: ticket(number), atMs: 2 });
      tell({ kind: 'confirm-bet', bet: betId(`b${number}`) });
    }
    tell(settled(1, [[1, 900, 0]]));
    const told = log.flatMap((event) => player.follow('ann', event));
    expect(told.filter(({ to }) => to === 'tournament/sunday')).toMatchObject([
      { command: { kind: 'enter-bet', bet: 'b1' } },
      { command: { kind: 'enter-bet', bet: 'b2' } },
      { command: { kind: 'count-bet', bet: 'b1', payout: 900 } },
      { command: { kind: 'count-bet', bet: 'b2', payout: 0 } },
    ]);
  });

  test('refuses to pay a bet that nobody placed, and changes nothing', () => {
    const { tell, now } = createAccount();
    expect(tell(settled(1, [[7, 900, 0]]))).toEqual({
      ok: false,
      rejection: { reason: 'unknown-bet', bet: 'b7' },
    });
    expect(now().poolsSettled.size).toBe(0);
  });

  test('ends the same in whatever order and however often the race is heard', () => {
    const fate = fc.constantFrom('paid', 'lost', 'scratched', 'cancelled', 'refused');
    fc.assert(
      fc.property(
        fc.array(fate, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 999 }), { minLength: 60, maxLength: 60 }),
        (fates, order) => {
          const { tell, now } = createAccount();
          for (const [number] of fates.entries()) {
            tell({ kind: 'place-bet', ticket: ticket(number), atMs: 2 });
          }
          for (const [number, it] of fates.entries()) {
            if (it === 'cancelled')
              tell({ kind: 'cancel-bet', bet: betId(`b${number}`), by: 'ann', atMs: 3 });
          }
          const is = (kind: string) => fates.flatMap((it, number) => (it === kind ? [number] : []));
          const whole = settled(
            1,
            is('paid').map((number) => [number, 900, 0] as const),
            [...is('scratched'), ...is('cancelled')],
          );
          const messages: PlayerCommand[] = [whole];
          for (const [number, it] of fates.entries()) {
            const bet = betId(`b${number}`);
            if (it === 'refused') {
              messages.push({ kind: 'release-bet', bet, refusal: refusal('race-not-open', {}) });
              continue;
            }
            messages.push({ kind: 'confirm-bet', bet });
            const back = {
              payout: cents(0),
              refund: cents(COST),
              settlement: 1,
              claimDays: 0,
              atMs: 9,
            };
            if (it === 'scratched') messages.push({ kind: 'settle-bet', bet, ...back });
          }
          // Any order, with repeats; then each once more, as a delivery that goes on until it is taken.
          const heard = order.map((at) => messages[at % messages.length]);
          for (const message of [...heard, ...messages]) if (message) tell(message);
          // A race answers a cancellation only when it hears of it: after the bet was confirmed.
          for (const number of is('cancelled')) {
            tell({ kind: 'confirm-cancel', bet: betId(`b${number}`) });
          }
          for (const message of messages) tell(message);

          const inPool = is('paid').length + is('lost').length;
          expect(now().free).toBe(DEPOSIT - COST * inPool + 900 * is('paid').length);
          expect(now().held).toBe(0);
          expect(now().openBets).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
