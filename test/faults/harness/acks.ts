/**
 * What the server said yes to, written down before it counts: a file beside the data, on the disk
 * that no fault touches. The model that the log is compared with.
 *
 * Invariant: a bet is `acknowledged` here only if its answer is in the file, synced.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

export interface SentBet {
  readonly betId: string;
  readonly playerId: string;
  readonly raceId: string;
  readonly runner: number;
  readonly stakeCents: number;
  /** By `performance.now()`, when it was last sent. */
  sentAtMs: number;
  /** Absent: nobody answered yet. */
  answer?: 'registered' | 'refused';
  answeredAtMs?: number;
}

export interface Acks {
  readonly bets: ReadonlyMap<string, SentBet>;
  /** Orders that were accepted, such as `close r-1`, `deposit p0 d-1`. */
  readonly orders: ReadonlySet<string>;
  readonly acknowledged: number;
  sent(bet: SentBet): void;
  answered(
    answers: readonly { readonly bet: SentBet; readonly answer: 'registered' | 'refused' }[],
  ): void;
  ordered(order: string): void;
  close(): void;
}

export function openAcks(path: string): Acks {
  const file = openSync(path, 'a');
  const bets = new Map<string, SentBet>();
  const orders = new Set<string>();
  let acknowledged = 0;

  function write(lines: readonly unknown[]): void {
    writeSync(file, lines.map((it) => `${JSON.stringify(it)}\n`).join(''));
    fdatasyncSync(file);
    acknowledged += lines.length;
  }

  return {
    bets,
    orders,
    get acknowledged() {
      return acknowledged;
    },
    sent(bet) {
      bets.set(bet.betId, bet);
    },
    answered(answers) {
      const fresh = answers.filter(({ bet }) => bet.answer === undefined);
      if (fresh.length === 0) return;
      write(fresh.map(({ bet, answer }) => ({ ...bet, answer })));
      const answeredAtMs = performance.now();
      for (const { bet, answer } of fresh) Object.assign(bet, { answer, answeredAtMs });
    },
    ordered(order) {
      if (orders.has(order)) return;
      write([{ order }]);
      orders.add(order);
    },
    close: () => closeSync(file),
  };
}
