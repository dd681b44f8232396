/** What tournaments award, grant and hear of it, and what players make of it: nobody is paid twice. */
import { playerCodec, tournamentCodec } from '../../src/actors/codec.ts';
import type { TournamentEvent } from '../../src/actors/tournament-events.ts';

export interface Prizes {
  add(stream: string, bytes: Uint8Array): void;
  /** In words: what is not over when everything is settled. */
  unsettled(): string[];
}

export function createPrizes(find: (invariant: string, what: string) => void): Prizes {
  /** By tournament and entry. */
  const players = new Map<string, string>();
  /** By tournament and player: the greatest award of all versions, and what was claimed. */
  const greatest = new Map<string, number>();
  const claimed = new Map<string, number>();
  const granted = new Set<string>();
  const closed = new Set<string>();

  function tournamentSaid(id: string, event: TournamentEvent): void {
    switch (event.kind) {
      case 'player-joined':
        players.set(`${id}/${event.entry}`, event.player);
        return;
      case 'result-made':
        for (const { entry, amount } of event.awards) {
          const key = `${id}/${players.get(`${id}/${entry}`)}`;
          greatest.set(key, Math.max(greatest.get(key) ?? 0, amount));
        }
        return;
      case 'awards-granted':
        for (const { award, amount } of event.awards) {
          if (granted.has(award)) find('an award is granted once', award);
          if (amount > 0) granted.add(award);
        }
        return;
      case 'award-closed':
        if (closed.has(event.award)) find('an award is closed once', event.award);
        closed.add(event.award);
        return;
      default:
    }
  }

  return {
    add(stream, bytes) {
      const id = stream.slice(stream.indexOf('/') + 1);
      if (stream.startsWith('tournament/')) tournamentSaid(id, tournamentCodec.decode(bytes));
      if (!stream.startsWith('player/')) return;
      const event = playerCodec.decode(bytes);
      if (event.kind !== 'award-claimed') return;
      const key = `${event.tournament}/${id}`;
      const total = (claimed.get(key) ?? 0) + event.amount;
      claimed.set(key, total);
      if (total > (greatest.get(key) ?? 0)) {
        find('no correction pays twice', `${key} claimed ${total} of ${greatest.get(key) ?? 0}`);
      }
    },
    unsettled: () =>
      [...granted]
        .filter((award) => !closed.has(award))
        .map((award) => `award ${award} was granted, and nobody says what became of it`),
  };
}
