/** What each bet should count in a tournament, from what players settled; and what it counts. */
import { playerCodec, tournamentCodec } from '../../src/actors/codec.ts';
import type { BetSettled } from '../../src/actors/player-events.ts';

export interface Points {
  add(stream: string, bytes: Uint8Array): void;
  /** In words: what does not count for what it should when everything is settled. */
  missing(): string[];
}

interface Counted {
  readonly settlement: number;
  readonly stake: number;
  readonly payout: number;
}

export function createPoints(find: (invariant: string, what: string) => void): Points {
  const due = new Map<string, Counted>();
  const counted = new Map<string, Counted>();
  const races = new Map<string, readonly string[]>();
  /** Bets that came too late, or were taken back. */
  const left = new Set<string>();
  /** Bets that had counted when what was set aside was dropped: some of them count never again. */
  const dropped = new Set<string>();
  /** Events from outside, by id: their revisions that counted. */
  const ingested = new Map<string, number>();

  function settled(it: BetSettled): void {
    for (const tournament of it.tournaments) {
      if (races.get(tournament)?.includes(it.race) !== true) continue;
      const key = `${tournament}/${it.player}/${it.bet}`;
      const { settlement, payout } = it;
      const stake = it.cost - it.refund;
      due.set(key, { settlement, stake, payout });
    }
  }

  return {
    add(stream, bytes) {
      const id = stream.slice(stream.indexOf('/') + 1);
      if (stream.startsWith('player/')) {
        const event = playerCodec.decode(bytes);
        if (event.kind === 'bet-settled') settled(event);
        if (event.kind === 'pool-bets-settled') event.counted.forEach(settled);
      } else if (stream.startsWith('tournament/')) {
        const event = tournamentCodec.decode(bytes);
        if (event.kind === 'tournament-created') races.set(id, event.races);
        if (event.kind === 'bet-left') left.add(`${id}/${event.player}/${event.bet}`);
        // What is set aside may come again.
        if (event.kind === 'rolled-back') ingested.clear();
        if (event.kind === 'replayed' && event.dropped) {
          for (const key of counted.keys()) if (key.startsWith(`${id}/`)) dropped.add(key);
        }
        if (event.kind === 'events-ingested') {
          for (const { contribution } of event.taken) {
            const key = `${id}/${contribution.id}`;
            if ((ingested.get(key) ?? 0) >= contribution.revision) {
              find('an event counts once for each revision', key);
            }
            ingested.set(key, contribution.revision);
          }
        }
        if (event.kind !== 'settlement-counted') return;
        const { player, contribution } = event;
        const { id: bet, revision: settlement, stake, win: payout } = contribution;
        const key = `${id}/${player}/${bet}`;
        const before = counted.get(key)?.settlement ?? 0;
        if (settlement <= before) find('a bet counts once for each settlement', key);
        counted.set(key, { settlement, stake, payout });
      }
    },
    missing: () =>
      [...new Set([...due.keys(), ...counted.keys()])].flatMap((key) => {
        if (dropped.has(key) || (left.has(key) && !counted.has(key))) return [];
        const [should, does] = [due.get(key), counted.get(key)].map((it) => JSON.stringify(it));
        return should === does ? [] : [`${key} should count ${should}, and counts ${does}`];
      }),
  };
}
