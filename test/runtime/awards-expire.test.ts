/** Awards that nobody claims, through the real runtime: a timer ends each at its own millisecond. */
import { afterEach, describe, expect, test } from 'vitest';
import { operator } from '../../src/actors/operator.ts';
import { player } from '../../src/actors/player.ts';
import type { PlayerAnswer, PlayerCommand } from '../../src/actors/player-events.ts';
import { tournament } from '../../src/actors/tournament.ts';
import { awardId, cents, tournamentId } from '../../src/actors/units.ts';
import { accept } from '../../src/runtime/actor.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { openAccount } from '../actors/given.ts';
import { type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts';

const HOUR_MS = 3_600_000;
const CLAIM_MS = 72 * HOUR_MS;
const START_MS = 20_000 * 24 * HOUR_MS + 5;

/** Takes what players send it. */
const quietTournament: typeof tournament = {
  ...tournament,
  decider: { ...tournament.decider, decide: () => accept() },
};

let running: LoneShard | undefined;
afterEach(() => running?.shard.stop());

describe('an award that nobody claims', () => {
  test('expires at its own millisecond, not at a day’s end, with nobody asking', () => {
    const it = open();
    grant(it, 'ann');
    turnTo(it, START_MS + CLAIM_MS - 1);
    expect(statusOf(it, 'ann')).toEqual({ kind: 'granted' });
    turnTo(it, START_MS + CLAIM_MS);
    expect(statusOf(it, 'ann')).toEqual({ kind: 'expired', atMs: START_MS + CLAIM_MS });
    expect(recordsOf(it, 'player/ann').at(-1)).toMatchObject({
      cause: `timer:player/ann:expire-awards:${START_MS + CLAIM_MS}`,
      atMs: START_MS + CLAIM_MS,
    });
  });

  test('while the server was down expires when it starts, as of its time, once', () => {
    const before = open();
    grant(before, 'ann');
    const clock = createTurnedClock(START_MS + 10 * CLAIM_MS);
    let it = open(before.disks, clock);
    expect(statusOf(it, 'ann')).toEqual({ kind: 'expired', atMs: START_MS + CLAIM_MS });
    const { length } = it.disks[0]?.records ?? [];
    it = open(before.disks, clock);
    turnTo(it, START_MS + 11 * CLAIM_MS);
    expect(it.disks[0]?.records).toHaveLength(length);
  });

  test('is no more to expire when it was claimed: it is paid, and out of the house’s books, once', () => {
    const it = open();
    grant(it, 'ann');
    turnTo(it, START_MS + CLAIM_MS - 1);
    for (let twice = 0; twice < 2; twice++) tell(it, 'ann', claim(it));
    turnTo(it, START_MS + 2 * CLAIM_MS);
    expect(statusOf(it, 'ann')).toMatchObject({ kind: 'claimed', atMs: START_MS + CLAIM_MS - 1 });
    expect(ask(it, 'operator/house', { kind: 'books' })).toMatchObject({ awards: 500 });
    expect(ask(it, 'player/ann', { kind: 'account' })).toMatchObject({ account: { free: 500 } });
  });

  test('of a thousand players goes when their time comes', () => {
    const it = open();
    const people = Array.from({ length: 1_000 }, (_, index) => `p${index}`);
    for (const who of people) grant(it, who);
    turnTo(it, START_MS + CLAIM_MS);
    for (const who of people) expect(statusOf(it, who)).toMatchObject({ kind: 'expired' });
  });
});

function open(
  disks: readonly MemoryDisk[] = [createMemoryDisk()],
  clock = createTurnedClock(START_MS),
) {
  running = startLoneShard({ disks, clock, kinds: [player, operator, quietTournament] });
  running.runTurns();
  return running as LoneShard & { readonly clock: TurnedClock };
}

function grant(it: LoneShard, who: string): void {
  tell(it, who, openAccount);
  tell(it, who, {
    kind: 'grant-award',
    award: awardId('t1.1.7'),
    tournament: tournamentId('t1'),
    version: 1,
    rank: 1,
    amount: cents(500),
    rule: 'sum@1',
    prize: 'first',
    claimMs: CLAIM_MS,
    atMs: it.clock.now(),
  });
}

function claim(it: LoneShard): PlayerCommand {
  return { kind: 'claim-award', award: awardId('t1.1.7'), by: 'ann', atMs: it.clock.now() };
}

function tell(it: LoneShard, who: string, command: PlayerCommand): void {
  const deadlineMs = Number.POSITIVE_INFINITY;
  const [response] = [
    it.serve({ kind: 'ask', to: `player/${who}`, id: command.kind, deadlineMs, command }),
  ];
  it.runTurns();
  expect(response).toMatchObject([{ kind: 'accepted' }]);
}

function turnTo(it: LoneShard, atMs: number): void {
  it.clock.turn(atMs - it.clock.now());
  it.runTurns();
}

function ask(it: LoneShard, to: `${string}/${string}`, query: unknown): unknown {
  const deadlineMs = Number.POSITIVE_INFINITY;
  const responses = it.serve({ kind: 'ask', to, id: 'look', deadlineMs, query });
  it.runTurns();
  const [response] = responses;
  return response?.kind === 'accepted' ? response.answer : undefined;
}

function statusOf(it: LoneShard, who: string) {
  const query = { kind: 'award', award: awardId('t1.1.7') };
  const answer = ask(it, `player/${who}`, query) as PlayerAnswer;
  return answer.kind === 'award' ? answer.award.status : undefined;
}

function recordsOf(it: LoneShard, address: string) {
  return it.disks.flatMap(({ records }) => records.filter(({ stream }) => stream === address));
}
