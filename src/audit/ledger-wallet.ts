/**
 * Outside wallets in the second ledger: what was asked of them, what they said, and what they still
 * owe an answer to.
 *
 *   requested ─┬─ authorised ─┬─ capturing ─ captured
 *              │              └─ voiding ─── voided
 *              └─ refused ─────── voiding ─── voided      (where the wallet did not answer in time)
 *
 * Invariants: no stake of a player with a wallet is reserved that the wallet does not hold; each
 * authorisation ends captured or voided once, or is open and named; no more is credited than is free.
 */
import { FAULTS_MAX } from './read-log.ts';
import type { PlayerRecord } from './records.ts';

export interface WalletReport {
  /** Stakes that a wallet held; each of them is captured, voided, or still with its race or open. */
  readonly authorised: number;
  /** Declined, or not answered in time. */
  readonly refused: number;
  readonly captured: number;
  readonly voided: number;
  readonly credits: number;
  /** Answers that an operator gave in the wallet's place; counted above as well. */
  readonly settledByHand: number;
  /** What wallets still owe an answer to, and how much of it is credits. */
  readonly open: number;
  readonly creditingCents: number;
  /** In words, at most FAULTS_MAX of it: no fault, also in a log at rest, as long as it is asked for. */
  readonly waiting: readonly string[];
}

type WalletRecord =
  | PlayerRecord<'wallet-attached'>
  | PlayerRecord<'authorisation-requested'>
  | PlayerRecord<'stake-authorised'>
  | PlayerRecord<'authorisation-refused'>
  | PlayerRecord<'void-requested'>
  | PlayerRecord<'authorisation-voided'>
  | PlayerRecord<'stake-captured'>
  | PlayerRecord<'credit-requested'>
  | PlayerRecord<'credit-taken'>
  | PlayerRecord<'call-settled'>;

type Phase =
  | 'requested'
  | 'refused'
  | 'authorised'
  | 'capturing'
  | 'captured'
  | 'voiding'
  | 'voided';

interface Hold {
  readonly cents: number;
  phase: Phase;
}

export interface Wallets {
  enter(player: string, event: WalletRecord): void;
  /** A stake is reserved, and a bet confirmed: of players without a wallet nothing to say. */
  reserved(player: string, bet: string): void;
  confirmed(player: string, bet: string): void;
  report(): WalletReport;
}

/** @param moved What entered (or left, below 0) the player's free money from or to its wallet. */
export function createWallets(options: {
  readonly fault: (what: string) => void;
  readonly moved: (player: string, cents: number) => { readonly free: number };
}): Wallets {
  const { fault, moved } = options;
  const attached = new Set<string>();
  const holds = new Map<string, Hold>();
  const credits = new Map<string, number>();
  const creditsMade = new Map<string, number>();
  const counts = {
    authorised: 0,
    refused: 0,
    captured: 0,
    voided: 0,
    credits: 0,
    settledByHand: 0,
  };

  function enter(player: string, event: WalletRecord): void {
    switch (event.kind) {
      case 'wallet-attached':
        if (attached.has(player)) fault(`player ${player} gets a wallet twice`);
        attached.add(player);
        return;
      case 'authorisation-requested': {
        const name = `${player}/${event.bet}`;
        if (!attached.has(player)) fault(`bet ${name} asks a wallet, and its player has none`);
        if (holds.has(name)) fault(`bet ${name} asks the wallet twice`);
        holds.set(name, { cents: event.cost, phase: 'requested' });
        return;
      }
      case 'stake-authorised': {
        const hold = step(player, event.bet, ['requested'], 'authorised');
        counts.authorised++;
        if (hold !== undefined && hold.cents !== event.amount) {
          fault(`bet ${player}/${event.bet} asks for ${hold.cents} cents and gets ${event.amount}`);
        }
        moved(player, event.amount);
        return;
      }
      case 'authorisation-refused':
        step(player, event.bet, ['requested'], 'refused');
        counts.refused++;
        return;
      case 'void-requested': {
        const { bet, amount } = event;
        const entered = holds.get(`${player}/${bet}`)?.phase === 'authorised';
        const hold = step(player, bet, ['authorised', 'refused'], 'voiding');
        const cents = entered ? (hold?.cents ?? 0) : 0;
        if (amount !== cents) {
          fault(`bet ${player}/${bet} lets the wallet have ${amount} cents back of ${cents}`);
        }
        moved(player, -amount);
        return;
      }
      case 'authorisation-voided':
        step(player, event.bet, ['voiding'], 'voided');
        counts.voided++;
        return;
      case 'stake-captured':
        step(player, event.bet, ['capturing'], 'captured');
        counts.captured++;
        return;
      case 'credit-requested':
        credited(player, event);
        return;
      case 'call-settled': {
        counts.settledByHand++;
        if (!isOpen(player, event.call)) {
          fault(`call ${event.call} of player ${player} is settled by hand, and was not open`);
        }
        return;
      }
      default:
        if (!credits.delete(`${player} ${event.credit}`)) {
          fault(`credit ${event.credit} of player ${player} is taken, and was not asked for`);
        }
    }
  }

  function isOpen(player: string, call: string): boolean {
    const [kind, of] = call.split(':');
    if (kind === 'credit') return credits.has(`${player} ${of}`);
    return holds.get(`${player}/${of}`)?.phase === (kind === 'void' ? 'voiding' : 'capturing');
  }

  function step(player: string, bet: string, from: readonly Phase[], to: Phase): Hold | undefined {
    const hold = holds.get(`${player}/${bet}`);
    if (hold === undefined || !from.includes(hold.phase)) {
      fault(`bet ${player}/${bet} is ${hold?.phase ?? 'unknown'} to its wallet, then ${to}`);
    }
    if (hold !== undefined) hold.phase = to;
    return hold;
  }

  function credited(player: string, { credit, amount }: PlayerRecord<'credit-requested'>): void {
    const due = (creditsMade.get(player) ?? 0) + 1;
    if (credit !== due) fault(`player ${player} has credit ${credit} where ${due} is the next`);
    creditsMade.set(player, credit);
    credits.set(`${player} ${credit}`, amount);
    counts.credits++;
    const { free } = moved(player, -amount);
    if (free < 0) fault(`credit ${credit} of player ${player} is ${-free} cents more than is free`);
  }

  function report(): WalletReport {
    const waiting: string[] = [];
    let open = 0;
    let creditingCents = 0;
    const wait = (what: string) => {
      open++;
      if (waiting.length < FAULTS_MAX) waiting.push(what);
    };
    for (const [name, { phase, cents }] of holds) {
      const asked = ASKED[phase];
      if (asked !== undefined) wait(`bet ${name}: the wallet is to ${asked} ${cents} cents`);
    }
    for (const [name, cents] of credits) {
      creditingCents += cents;
      const [player, credit] = name.split(' ');
      wait(`credit ${credit} of player ${player}: the wallet is to take ${cents} cents`);
    }
    return { ...counts, open, creditingCents, waiting };
  }

  return {
    enter,
    reserved(player, bet) {
      if (!attached.has(player)) return;
      if (holds.get(`${player}/${bet}`)?.phase === 'authorised') return;
      fault(`bet ${player}/${bet} is reserved, and the wallet holds nothing for it`);
    },
    confirmed(player, bet) {
      if (attached.has(player)) step(player, bet, ['authorised'], 'capturing');
    },
    report,
  };
}

const ASKED: Readonly<Partial<Record<Phase, string>>> = {
  requested: 'hold',
  capturing: 'give',
  voiding: 'let go of',
};
