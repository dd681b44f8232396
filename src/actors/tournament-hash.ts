/**
 * Photographs of the standings: a hash that anybody can make from the rows, and a chain of them. What
 * the rows are is in docs/TOURNAMENTS.md.
 */
import { sha256Hex } from './scoring/sha-256.ts';
import type { Board } from './tournament-boards.ts';
import type { TournamentEvent } from './tournament-events.ts';
import { lastSnapshot, type Tournament } from './tournament-state.ts';

/** Rows that are hashed together: the text of a million would be 60 MB. */
const PAGE = 1_000;

/** Hashes of states that did not change since: made once, whoever asks. */
const made = new WeakMap<Tournament, { readonly changedAt: number; readonly hash: string }>();

export function standingsHash(state: Tournament): string {
  const { changedAt, boards, byNumber } = state;
  const known = made.get(state);
  if (known?.changedAt === changedAt) return known.hash;
  const hash = boardHash(boards.all, (entry) => byNumber[entry - 1]?.player ?? '');
  made.set(state, { changedAt, hash });
  return hash;
}

/** SHA-256 of the SHA-256s, in hex, of each 1,000 rows. */
export function boardHash(
  board: Pick<Board, 'size' | 'ranks'>,
  playerOf: (entry: number) => string,
): string {
  const hashes: string[] = [];
  for (let from = 1; from <= board.size; from += PAGE) {
    const rows = board.ranks(from, PAGE, 'ordinal');
    let lines = '';
    for (const { rank, entry, score, tie1, tie2, draw } of rows) {
      lines += `${rank}\t${playerOf(entry)}\t${score}\t${tie1}\t${tie2}\t${draw}\n`;
    }
    hashes.push(sha256Hex(lines));
  }
  return sha256Hex(hashes.join(''));
}

export function snapshotEvent(
  state: Tournament,
  why: string,
  atMs: number,
): TournamentEvent & { kind: 'board-snapshot-taken' } {
  const hash = standingsHash(state);
  const chain = sha256Hex(`${lastSnapshot(state)?.chain ?? ''}${hash}`);
  const { rulesVersion, byNumber, snapshots } = state;
  const number = snapshots.length + 1;
  const players = byNumber.length;
  return { kind: 'board-snapshot-taken', number, why, rulesVersion, players, hash, chain, atMs };
}
