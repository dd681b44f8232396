// An award as its player and the house tell it, and each of its rules broken once: the fault is named.
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import type { PlayerEvent } from '../../src/actors/player-events.ts';
import { awardId, cents, playerId, tournamentId } from '../../src/actors/units.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import type { Told } from '../../src/audit/records.ts';
import { deposit, openAccount } from '../actors/given.ts';
import { given } from '../support/scenario.ts';

const award = awardId('t1.1.7');
const tournament = tournamentId('t1');
const amount = cents(500);
const granted: PlayerEvent = {
  kind: 'award-granted',
  award,
  tournament,
  version: 1,
  rank: 1,
  amount,
  rule: 'sum@1',
  prize: 'first',
  untilMs: 100,
  atMs: 10,
};
const claimed = { kind: 'award-claimed', award, tournament, amount, by: 'ann', atMs: 50 } as const;
const expired = { kind: 'award-expired', award, tournament, amount, atMs: 100 } as const;
const withdrawn = { kind: 'award-withdrawn', award, tournament, why: 'x', atMs: 60 } as const;
const ahead = { ...withdrawn, tournament: '' } as const;

const ann = (event: PlayerEvent): Told => ({ of: 'player', id: 'ann', event });
const posted = (of = 500): Told => ({
  of: 'operator',
  id: 'house',
  event: { kind: 'award-posted', player: playerId('ann'), award, amount: cents(of) },
});
const OPENED = given(player, 'ann').after(openAccount, deposit(1_000)).history.map(ann);
const AWARDED = [...OPENED, ann(granted)];
const PAID = [...AWARDED, ann(claimed), posted()];

function reportOf(told: readonly Told[]) {
  const ledger = createLedger();
  for (const it of told) {
    ledger.add(it);
    expect(missingIn(ledger.report().books)).toBe(0);
  }
  return ledger.report();
}

describe('an award in the books', () => {
  test('is the house’s until it is claimed, and out of its books then', () => {
    expect(reportOf(AWARDED).books).toMatchObject({ free: 1_000, houseAwards: 0, inTransit: 0 });
    const { books, faults, unmatched } = reportOf(PAID);
    expect(books).toMatchObject({ deposits: 1_000, free: 1_500, houseAwards: 500, inTransit: 0 });
    expect([faults, unmatched]).toEqual([[], []]);
  });

  test('is on its way from the claim to the posting, whichever is read first', () => {
    const claim = reportOf([...AWARDED, ann(claimed)]);
    expect(claim.books).toMatchObject({ free: 1_500, houseAwards: 0, inTransit: -500 });
    expect(claim.unmatched).toEqual([
      '-500 cents are in transit',
      'award ann/t1.1.7 is claimed, and the house did not post it',
    ]);
    const post = reportOf([posted(), ...AWARDED]);
    expect(post.books).toMatchObject({ free: 1_000, houseAwards: 500, inTransit: 500 });
    expect(post.unmatched).toEqual([
      '500 cents are in transit',
      'award ann/t1.1.7 is posted by the house, and nobody claimed it',
    ]);
    expect([...claim.faults, ...post.faults]).toEqual([]);
  });

  test.each<[string, readonly Told[]]>([
    ['that expires', [...AWARDED, ann(expired)]],
    ['that is withdrawn', [...AWARDED, ann(withdrawn)]],
    ['whose withdrawal overtook it', [...OPENED, ann(ahead), ann(granted), ann(withdrawn)]],
  ])('%s moves no money, and is no fault', (_, told) => {
    const { books, faults, unmatched } = reportOf(told);
    expect(books).toMatchObject({ free: 1_000, houseAwards: 0, inTransit: 0 });
    expect([faults, unmatched]).toEqual([[], []]);
  });

  test.each<[string, readonly Told[], string]>([
    ['granted twice', [...AWARDED, ann(granted)], 'is granted twice'],
    [
      'granted with nothing',
      [...OPENED, ann({ ...granted, amount: cents(0) })],
      'is granted with 0 cents',
    ],
    ['claimed unseen', [...OPENED, ann(claimed)], 'is claimed, and was never granted'],
    ['claimed twice', [...PAID, ann(claimed)], 'is claimed, then claimed'],
    [
      'claimed when it was withdrawn',
      [...AWARDED, ann(withdrawn), ann(claimed)],
      'is withdrawn, then claimed',
    ],
    [
      'claimed when it was expired',
      [...AWARDED, ann(expired), ann(claimed)],
      'is expired, then claimed',
    ],
    ['withdrawn when it was claimed', [...PAID, ann(withdrawn)], 'is claimed, then withdrawn'],
    ['expired when it was claimed', [...PAID, ann(expired)], 'is claimed, then expired'],
    [
      'claimed with other money',
      [...AWARDED, ann({ ...claimed, amount: cents(501) })],
      'is granted with 500 cents, and ended with 501',
    ],
    [
      'expired with other money',
      [...AWARDED, ann({ ...expired, amount: cents(1) })],
      'is granted with 500 cents, and ended with 1',
    ],
    [
      'claimed too late',
      [...AWARDED, ann({ ...claimed, atMs: 100 })],
      'is claimed 0 ms after its time',
    ],
    [
      'expired too early',
      [...AWARDED, ann({ ...expired, atMs: 99 })],
      'is expired 1 ms before its time',
    ],
    ['withdrawn unseen', [...OPENED, ann(withdrawn)], 'is withdrawn, and was never granted'],
    [
      'withdrawn ahead of a grant that was there',
      [...AWARDED, ann(ahead)],
      'is withdrawn as if it was never granted',
    ],
    ['posted twice', [...PAID, posted()], 'is posted twice'],
    [
      'posted with other money',
      [...AWARDED, ann(claimed), posted(499)],
      'is claimed with 500 cents, and 499 were posted',
    ],
  ])('that is %s is named', (_, told, words) => {
    expect(reportOf(told).faults).toContain(`award ann/t1.1.7 ${words}`);
  });
});
