/**
 * Both sides of every wallet operation: what the log says was asked and answered, and what the
 * wallet did. Keeps the wallet's accounts a second time, without its code.
 *
 *   log:    requested ── authorised | refused ── confirmed → capture | void
 *   wallet:        └─> held | declined | gone ───────────> captured | voided
 */
import type { WalletAnswer, WalletRequest } from '../../src/actors/wallet.ts';
import type { Told } from '../../src/audit/records.ts';
import type { OutsideWallet } from '../support/outside-wallet.ts';

export interface Holds {
  /** A record, which is on disk. */
  add(told: Told): void;
  /** The wallet has just done it, whoever hears of it. */
  asked(request: WalletRequest, answer: WalletAnswer): void;
  /** In words: what is open or does not add up when everything is settled. */
  unsettled(wallet: Pick<OutsideWallet, 'accounts'> & { readonly openingCents: number }): string[];
}

interface Hold {
  cents: number;
  log: 'nothing' | 'requested' | 'authorised' | 'refused' | 'confirmed' | 'released' | 'ended';
  /** `gone`: voided where nothing was held, before it came or after it was declined. */
  wallet: 'nothing' | 'held' | 'declined' | 'captured' | 'voided' | 'gone';
}

interface Credit {
  readonly cents: number;
  taken: boolean;
  done: boolean;
}

export function createHolds(find: (invariant: string, what: string) => void): Holds {
  const attached = new Set<string>();
  const holds = new Map<string, Hold>();
  const credits = new Map<string, Credit>();
  /** What has left the wallet for good, less what has entered it. */
  const spent = new Map<string, number>();

  function holdOf(name: string): Hold {
    const known = holds.get(name);
    if (known !== undefined) return known;
    const fresh: Hold = { cents: 0, log: 'nothing', wallet: 'nothing' };
    holds.set(name, fresh);
    return fresh;
  }

  function expect(name: string, it: Hold, what: string, holdsTrue: boolean): void {
    if (!holdsTrue) find(what, `${name}: ${it.log} in the log, ${it.wallet} in the wallet`);
  }

  function addPlayer(id: string, event: Extract<Told, { of: 'player' }>['event']): void {
    switch (event.kind) {
      case 'wallet-attached':
        attached.add(id);
        return;
      case 'credit-requested':
        credits.set(`${id}/${event.credit}`, { cents: event.amount, taken: false, done: false });
        return;
      case 'credit-taken': {
        const credit = credits.get(`${id}/${event.credit}`);
        if (credit?.done !== true)
          find('the wallet has the word', `credit ${event.credit} of ${id}`);
        if (credit !== undefined) credit.taken = true;
        return;
      }
      default:
        if (attached.has(id) && 'bet' in event) addBet(`${id}/${event.bet}`, event);
    }
  }

  function addBet(name: string, event: Extract<Told, { of: 'player' }>['event']): void {
    const it = holdOf(name);
    switch (event.kind) {
      case 'authorisation-requested':
        expect(name, it, 'a stake is asked for once', it.log === 'nothing');
        Object.assign(it, { log: 'requested', cents: event.cost });
        return;
      case 'stake-authorised':
        expect(name, it, 'the wallet has the word', it.wallet === 'held');
        it.log = 'authorised';
        return;
      case 'authorisation-refused':
        it.log = 'refused';
        return;
      case 'bet-confirmed':
        it.log = 'confirmed';
        return;
      case 'void-requested':
        it.log = 'released';
        return;
      case 'stake-captured':
        expect(name, it, 'the wallet has the word', it.wallet === 'captured');
        it.log = 'ended';
        return;
      case 'authorisation-voided': {
        const isOver = it.wallet === 'voided' || it.wallet === 'gone';
        expect(name, it, 'the wallet has the word', isOver);
        it.log = 'ended';
        return;
      }
      default:
    }
  }

  function authorised(name: string, amount: number, answer: WalletAnswer): void {
    const it = holdOf(name);
    expect(name, it, 'nothing is asked that is not on disk', it.log !== 'nothing');
    expect(name, it, 'a stake is asked for as it is', it.cents === amount);
    if (it.wallet === 'nothing') it.wallet = answer.kind === 'authorised' ? 'held' : 'declined';
  }

  function resolved(name: string, how: 'captured' | 'voided'): void {
    const it = holdOf(name);
    if (it.wallet === how || it.wallet === 'gone') return;
    const due = how === 'captured' ? 'confirmed' : 'released';
    expect(name, it, 'nothing is asked that is not on disk', it.log === due);
    const other = how === 'captured' ? 'voided' : 'captured';
    expect(name, it, 'a hold is resolved once', it.wallet !== other);
    if (how === 'captured') {
      expect(name, it, 'what is captured was held', it.wallet === 'held');
      spend(name, it.cents);
    }
    it.wallet = it.wallet === 'held' ? how : 'gone';
  }

  function spend(name: string, cents: number): void {
    const player = name.slice(0, name.indexOf('/'));
    spent.set(player, (spent.get(player) ?? 0) + cents);
  }

  return {
    add(told) {
      if (told.of === 'player') addPlayer(told.id, told.event);
      if (told.of !== 'race' || told.event.kind !== 'bet-registered') return;
      const { player, bet } = told.event;
      if (!attached.has(player)) return;
      const it = holdOf(`${player}/${bet}`);
      expect(`${player}/${bet}`, it, 'no bet without its authorisation', it.wallet === 'held');
    },
    asked(request, answer) {
      const { kind, player } = request;
      if (kind === 'authorise') {
        authorised(`${player}/${request.bet}`, request.amount, answer);
      } else if (kind === 'credit') {
        const name = `${player}/${request.credit}`;
        const credit = credits.get(name);
        if (credit?.cents !== request.amount) {
          find('nothing is asked that is not on disk', `credit ${name} of ${request.amount}`);
        }
        if (credit === undefined || credit.done) return;
        credit.done = true;
        spend(name, -credit.cents);
      } else resolved(`${player}/${request.bet}`, kind === 'capture' ? 'captured' : 'voided');
    },
    unsettled({ accounts, openingCents }) {
      const faults: string[] = [];
      for (const [name, { log, wallet }] of holds) {
        const isOver = log === 'ended' || (log === 'refused' && wallet === 'declined');
        if (isOver && wallet !== 'held') continue;
        faults.push(`bet ${name}: ${log} in the log, ${wallet} in the wallet`);
      }
      for (const [name, { taken, done }] of credits) {
        if (!taken || !done) faults.push(`credit ${name}: done ${done}, taken ${taken}`);
      }
      for (const { player, balance, held } of accounts()) {
        const due = openingCents - (spent.get(player) ?? 0);
        if (balance !== due) faults.push(`the wallet of ${player} has ${balance}, not ${due}`);
        if (held !== 0) faults.push(`the wallet of ${player} holds ${held}`);
      }
      return faults;
    },
  };
}
