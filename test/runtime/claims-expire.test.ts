/** Money that nobody claims, through the real runtime: a timer gives it to the house, at a day's end. */
import { afterEach, describe, expect, test } from 'vitest';
import { operator } from '../../src/actors/operator.ts';
import { player } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import { race } from '../../src/actors/race.ts';
import { accept } from '../../src/runtime/actor.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { claim, confirm, deposit, openAccount, place, settle, ticket } from '../actors/given.ts';
import { type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts';

const DAY_MS = 86_400_000;
const START_MS = 20_000 * DAY_MS + 5;

/** Takes what players send it, and leaves its answers to the test. */
const quietRace: typeof race = { ...race, decider: { ...race.decider, decide: () => accept() } };

let running: LoneShard | undefined;
afterEach(() => running?.shard.stop());

describe('what nobody claims', () => {
  test('is the house’s at the end of the day on which its days are over, with nobody asking', () => {
    const it = open();
    win(it, 'ann');
    turnTo(it, 20_003 * DAY_MS - 1);
    expect(books(it, 'ann')).toEqual({ free: 600, unclaimed: 900, house: 0 });
    turnTo(it, 20_003 * DAY_MS);
    expect(books(it, 'ann')).toEqual({ free: 600, unclaimed: 0, house: 900 });
    expect(recordsOf(it, 'player/ann').at(-1)).toMatchObject({
      cause: 'timer:player/ann:expire-claims:20002',
      atMs: 20_003 * DAY_MS,
    });
  });

  test('is paid to whoever comes before, and then the timer takes nothing', () => {
    const it = open();
    win(it, 'ann');
    turnTo(it, 20_003 * DAY_MS - 1);
    tell(it, 'ann', claim());
    turnTo(it, 20_010 * DAY_MS);
    expect(books(it, 'ann')).toEqual({ free: 1_500, unclaimed: 0, house: 0 });
  });

  test('while the server was down goes when it starts, once', () => {
    const before = open();
    win(before, 'ann');
    // As an older program wrote it, which had no timers: the records are the same.
    const clock = createTurnedClock(20_050 * DAY_MS);
    let it = open(before.disks, clock);
    expect(books(it, 'ann')).toEqual({ free: 600, unclaimed: 0, house: 900 });
    const { length } = it.disks[0]?.records ?? [];
    it = open(before.disks, clock);
    turnTo(it, 20_060 * DAY_MS);
    expect(it.disks[0]?.records).toHaveLength(length);
  });

  test('of a thousand players goes within the one day’s end', () => {
    const it = open();
    const people = Array.from({ length: 1_000 }, (_, index) => `p${index}`);
    for (const who of people) win(it, who);
    turnTo(it, 20_003 * DAY_MS);
    const { house } = books(it, 'p0');
    expect(house).toBe(900 * people.length);
  });
});

function open(
  disks: readonly MemoryDisk[] = [createMemoryDisk()],
  clock = createTurnedClock(START_MS),
) {
  running = startLoneShard({ disks, clock, kinds: [player, operator, quietRace] });
  running.runTurns();
  return running as LoneShard & { readonly clock: TurnedClock };
}

/** Bets 4.00 of 10.00 and wins 9.00, to be claimed within two days of now. */
function win(it: LoneShard, who: string): void {
  const atMs = it.clock.now();
  const bet = { ...ticket('1', { stake: 400, channel: 'terminal' }), player: who };
  const bets = place(bet as ReturnType<typeof ticket>);
  const settled = settle({ payout: 900, claimDays: 2, atMs });
  for (const command of [openAccount, deposit(1_000), bets, confirm(), settled]) {
    tell(it, who, command);
  }
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

function books(it: LoneShard, who: string) {
  const cell = (kind: string, id: string, query: unknown) => {
    const deadlineMs = Number.POSITIVE_INFINITY;
    const responses = it.serve({ kind: 'ask', to: `${kind}/${id}`, id: 'look', deadlineMs, query });
    it.runTurns();
    const [response] = responses;
    return response?.kind === 'accepted' ? response.answer : undefined;
  };
  const { account } = cell(player.kind, who, { kind: 'account' }) as {
    account: { free: number; unclaimed: number };
  };
  const house = cell('operator', 'house', { kind: 'books' }) as { unclaimed: number };
  return { free: account.free, unclaimed: account.unclaimed, house: house.unclaimed };
}

function recordsOf(it: LoneShard, address: string) {
  return it.disks.flatMap(({ records }) => records.filter(({ stream }) => stream === address));
}
