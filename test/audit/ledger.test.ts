// Every fault of the books, each in a log whose chain holds: written so, not changed afterwards.
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import {
  booked,
  changed,
  confirmed,
  DAY,
  deposited,
  logOf,
  opened,
  paid,
  poolSettled,
  posted,
  priced,
  race,
  refused,
  registered,
  released,
  reserved,
  suspended,
  type Told,
  withdrawn,
  withMore,
} from './story.ts';

describe('the books of a day', () => {
  test('add up, and say where the money is', () => {
    const { books, bets, faults, moving, rest } = verifyLog(logOf(DAY));
    expect({ faults, moving, rest }).toEqual({ faults: [], moving: [], rest: 'at-rest' });
    expect(books).toEqual({
      deposits: 1_500,
      withdrawals: 100,
      free: 1_330,
      held: 0,
      unclaimed: 0,
      inPools: 0,
      takeout: 60,
      breakage: 10,
      reserve: 0,
      houseUnclaimed: 0,
      houseAwards: 0,
      inTransit: 0,
    });
    expect(bets).toEqual({
      reserved: 3,
      registered: 2,
      refused: 1,
      cancelled: 0,
      settled: 2,
      unresolved: 0,
      halfBooked: 0,
    });
  });

  test('account for every cent however far the day has got', () => {
    for (let length = 0; length <= DAY.length; length++) {
      const { books, faults } = verifyLog(logOf(DAY.slice(0, length)));
      const { deposits, withdrawals, free, held, inPools, inTransit } = books;
      const { takeout, breakage, reserve } = books;
      expect(free + held + inPools + takeout + breakage + reserve + inTransit).toBe(
        deposits - withdrawals,
      );
      // What is on its way is all that is wrong, and only because nothing moves any more.
      for (const fault of faults) expect(fault).toMatch(UNMATCHED);
    }
  });

  test('follow what the house puts into a pool', () => {
    const amounts = { gross: 400, takeout: 60, payout: 380, breakage: 10, broughtIn: 50 };
    const names: Readonly<Record<string, Told>> = {
      'pool-priced': priced(amounts),
      'tickets-settled': paid({ 'ann/b1': 380, 'bob/b1': 0 }),
      'pool-posted': posted(60, 10, 50),
      'bet-settled ann/b1': booked('ann', 'b1', 380),
    };
    const { books, faults } = verifyLog(logOf(DAY.map((it) => names[it.name] ?? it)));
    expect(faults).toEqual([]);
    expect(books).toMatchObject({ free: 1_380, takeout: 60, breakage: 10, reserve: -50 });
  });

  test('hold what a later settlement took back for no fault of the player’s', () => {
    const story = withMore(
      'bet-settled ann/b1',
      withdrawn('ann', 1_130),
      booked('ann', 'b1', 300, 2),
    );
    expect(verifyLog(logOf(story)).faults).not.toContainEqual(
      expect.stringContaining('player ann has'),
    );
  });
});

const UNMATCHED =
  /in transit|neither confirmed nor released|did not confirm|not posted|not settled|did not book|no race refused/;

describe('a fault of the books is named:', () => {
  const faults: readonly [name: string, story: readonly Told[], words: string][] = [
    [
      'a stake reserved twice',
      withMore('stake-reserved ann/b1', reserved('ann', 'b1', 200)),
      'bet ann/b1 is reserved twice',
    ],
    [
      'a bet registered twice',
      withMore('bet-registered ann/b1', registered('ann', 'b1', 200)),
      'bet ann/b1 is registered twice',
    ],
    [
      'a bet registered before the race opens',
      changed('race-opened'),
      'bet ann/b1 entered r1 while it was not open',
    ],
    [
      'a bet registered after the close',
      withMore('race-closed', registered('bob', 'b3', 200)),
      'bet bob/b3 entered r1 while it was not open',
    ],
    [
      'a bet registered while the race is suspended',
      withMore('race-opened', race(suspended)),
      'bet ann/b1 entered r1 while it was not open',
    ],
    [
      'a bet refused, then registered',
      withMore('race-opened', refused('ann', 'b1')),
      'bet ann/b1 is refused, then registered',
    ],
    [
      'a bet registered, then refused',
      withMore('bet-registered ann/b1', refused('ann', 'b1')),
      'bet ann/b1 is registered, then refused',
    ],
    [
      'a bet confirmed that nobody reserved',
      changed('stake-reserved ann/b1'),
      'bet ann/b1 is confirmed and never reserved',
    ],
    [
      'a bet confirmed, then released',
      withMore('bet-confirmed ann/b1', released('ann', 'b1')),
      'bet ann/b1 is confirmed, then released',
    ],
    [
      'a bet given back that is in a pool',
      changed('bet-confirmed ann/b1', released('ann', 'b1')),
      'bet ann/b1 is in a pool and was given back',
    ],
    [
      'a bet that costs one thing here and another there',
      changed('bet-registered ann/b1', registered('ann', 'b1', 201)),
      'bet ann/b1 cost 200 cents and entered the pool with 201',
    ],
    [
      'a bet paid one amount and booked with another',
      changed('bet-settled ann/b1', booked('ann', 'b1', 331)),
      'bet ann/b1 was paid 330 cents and booked with 331',
    ],
    [
      'a bet paid twice',
      withMore('tickets-settled', paid({ 'ann/b1': 330 })),
      'bet ann/b1 is paid twice',
    ],
    [
      'a bet paid that was in no pool',
      withMore('tickets-settled', paid({ 'bob/b9': 0 })),
      'bet bob/b9 is paid and was in no pool',
    ],
    [
      'a bet booked twice',
      withMore('bet-settled ann/b1', booked('ann', 'b1', 330)),
      'bet ann/b1 is booked twice',
    ],
    [
      'a player that spends more than it has',
      withMore('deposited bob', withdrawn('bob', 401)),
      'player bob has -1 cents free',
    ],
    [
      'a player that stakes what it does not have',
      changed('deposited ann', deposited('ann', 199)),
      'player ann has -1 cents free',
    ],
    [
      'a pool that pays more than it holds',
      changed('tickets-settled', paid({ 'ann/b1': 331, 'bob/b1': 0 })),
      'pool r1/win gave out 1 cents more than it held',
    ],
    [
      'a price that does not balance',
      changed('pool-priced', priced({ gross: 400, takeout: 60, payout: 330, breakage: 11 })),
      'pool r1/win does not balance',
    ],
    [
      'a price that does not balance with what was carried',
      changed(
        'pool-priced',
        priced({
          gross: 400,
          takeout: 60,
          payout: 330,
          breakage: 10,
          broughtIn: 50,
          carriedOut: 49,
        }),
      ),
      'pool r1/win does not balance',
    ],
    [
      'a pool priced twice',
      withMore('pool-priced', priced({ gross: 400, takeout: 60, payout: 330, breakage: 10 })),
      'pool r1/win is priced twice',
    ],
    [
      'a pool settled with money left',
      changed('tickets-settled', paid({ 'ann/b1': 329, 'bob/b1': 0 })),
      'pool r1/win is settled with 1 cents left',
    ],
    [
      'a pool that pays another sum than its price',
      changed('tickets-settled', paid({ 'ann/b1': 329, 'bob/b1': 0 })),
      'pool r1/win paid 329 cents, was priced at 330',
    ],
    ['a pool posted twice', withMore('pool-posted', posted(60, 10)), 'pool r1/win is posted twice'],
    [
      'a pool posted with another sum than its price',
      changed('pool-posted', posted(60, 9)),
      'pool r1/win owes the house 70 cents and 69 were posted',
    ],
  ];

  test.each(faults)('%s', (_, story, words) => {
    expect(verifyLog(logOf(story)).faults).toContain(words);
  });

  test('and no more than a hundred of them', () => {
    const again = Array.from({ length: 150 }, () => poolSettled);
    const { faults } = verifyLog(logOf([...changed('tickets-settled'), ...again]));
    expect(faults.filter((it) => /is settled with|was priced at/.test(it))).toHaveLength(100);
  });
});

describe('in a log at rest it is a fault that', () => {
  const lost: readonly [name: string, story: readonly Told[], words: readonly string[]][] = [
    [
      'a bet is neither taken nor refused',
      changed('bet-refused bob/b2').filter((it) => it.name !== 'stake-released bob/b2'),
      ['bet bob/b2 is reserved, and neither confirmed nor released'],
    ],
    [
      'a bet is in a pool, and its player never heard of it',
      changed('bet-confirmed bob/b1'),
      [
        '-200 cents are in transit',
        'bet bob/b1 is reserved, and neither confirmed nor released',
        'bet bob/b1 is in a pool, and its player did not confirm it',
      ],
    ],
    [
      'a bet is in a pool that nobody reserved',
      [race(opened), registered('ann', 'b1', 200)],
      ['-200 cents are in transit', 'bet ann/b1 is in a pool, and its player did not confirm it'],
    ],
    [
      'a bet is confirmed, and in no pool',
      [deposited('ann', 200), reserved('ann', 'b1', 200), confirmed('ann', 'b1')],
      ['200 cents are in transit', 'bet ann/b1 is confirmed, and in no pool'],
    ],
    [
      'a bet is given back that no race refused',
      changed('bet-refused bob/b2'),
      ['bet bob/b2 was given back, and no race refused it'],
    ],
    [
      'a bet is paid, and its player did not book it',
      changed('bet-settled ann/b1'),
      ['330 cents are in transit', 'bet ann/b1 was paid, and its player did not book it'],
    ],
    [
      'a bet that lost is settled, and its player did not book it',
      changed('bet-settled bob/b1'),
      ['bet bob/b1 was paid, and its player did not book it'],
    ],
    [
      'a bet is booked as paid, and no pool paid it',
      [...DAY.slice(0, 7), booked('ann', 'b1', 5)],
      ['-5 cents are in transit', 'bet ann/b1 is booked as paid, and no pool paid it'],
    ],
    [
      'a priced pool is not posted',
      changed('pool-posted'),
      ['70 cents are in transit', 'pool r1/win is priced, and not posted to the house'],
    ],
    [
      'a pool is posted that was never priced',
      [posted(0, 0)],
      ['pool r1/win is posted to the house, and was never priced'],
    ],
    [
      'a priced pool is not settled',
      changed('pool-settled'),
      ['pool r1/win is priced, and not settled'],
    ],
  ];

  test.each(lost)('%s', (_, story, words) => {
    const { faults, moving, rest } = verifyLog(logOf(story));
    expect({ faults, moving, rest }).toEqual({ faults: words, moving: [], rest: 'at-rest' });
  });
});
