import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { AwardSchema, AwardStatus } from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import { playVerb } from './support/stage.ts';

const award = create(AwardSchema, {
  awardId: 'sunday.1.7',
  tournamentId: 'sunday',
  resultVersion: 1,
  rank: 3,
  amountCents: 250_00n,
  ruleSetId: 'sum@3',
  prize: 'third of the day',
  grantTime: timestampFromMs(Date.UTC(2026, 10, 20, 18)),
  claimUntilTime: timestampFromMs(Date.UTC(2026, 10, 23, 18)),
  status: AwardStatus.GRANTED,
});
const claimed = create(AwardSchema, {
  ...award,
  awardId: 'saturday.1.2',
  status: AwardStatus.CLAIMED,
  settleTime: timestampFromMs(Date.UTC(2026, 10, 21, 9, 30)),
  claimedBy: 'counter 4',
});

describe('furlong account awards', () => {
  it('lists what waits and until when, and what became of the others', async () => {
    const asked: unknown[] = [];
    const listAwards = async (request: unknown) => {
      asked.push(request);
      return { awards: [award, claimed], nextPageToken: '' };
    };
    const played = await playVerb(['account', 'awards', 'ann'], {
      client: { accounts: { listAwards } },
    });
    expect(asked).toEqual([{ playerId: 'ann', pageSize: 50, pageToken: '' }]);
    expect(played.stdout.split('\n')).toEqual([
      'award         rank  amount  status   claim until, or settled   prize',
      'sunday.1.7       3  250.00  granted  2026-11-23T18:00:00.000Z  third of the day',
      'saturday.1.2     3  250.00  claimed  2026-11-21T09:30:00.000Z  third of the day',
      '',
    ]);
  });

  it('asks for page after page, for as many as are wanted, and says that there are more', async () => {
    const asked: unknown[] = [];
    const listAwards = async (request: { readonly pageSize: number }) => {
      asked.push(request);
      return {
        awards: Array(request.pageSize).fill(award),
        nextPageToken: `after-${asked.length}`,
      };
    };
    const played = await playVerb(['account', 'awards', 'ann', '--limit', '600', '--json'], {
      client: { accounts: { listAwards } },
    });
    expect(asked).toEqual([
      { playerId: 'ann', pageSize: 500, pageToken: '' },
      { playerId: 'ann', pageSize: 100, pageToken: 'after-1' },
    ]);
    const told = JSON.parse(played.stdout);
    expect(told.awards).toHaveLength(600);
    expect(told.awards[0]).toMatchObject({ awardId: 'sunday.1.7', status: 'AWARD_STATUS_GRANTED' });
    expect(played.stderr).toContain('there are more');
  });

  it('says so where there are none', async () => {
    const listAwards = async () => ({ awards: [], nextPageToken: '' });
    const played = await playVerb(['account', 'awards', 'ann'], {
      client: { accounts: { listAwards } },
    });
    expect(played.stdout).toBe('no awards\n');
  });
});

describe('furlong account claim-award', () => {
  it('says whose, which and who, and shows what it was for', async () => {
    const asked: unknown[] = [];
    const claimAward = async (request: unknown) => {
      asked.push(request);
      return { award: claimed };
    };
    const client = { accounts: { claimAward } };
    const argv = ['account', 'claim-award', 'ann', 'saturday.1.2'];
    const played = await playVerb(argv, { client });
    expect(asked).toEqual([{ playerId: 'ann', awardId: 'saturday.1.2', requestedBy: 'cli' }]);
    expect(played.stdout.split('\n')).toEqual([
      'award        saturday.1.2',
      'tournament   sunday, result 1',
      'rank         3',
      'prize        third of the day',
      'rule set     sum@3',
      'amount       250.00',
      'granted      2026-11-20T18:00:00.000Z',
      'claim until  2026-11-23T18:00:00.000Z',
      'status       claimed',
      'settled      2026-11-21T09:30:00.000Z',
      'claimed by   counter 4',
      '',
    ]);
    await playVerb([...argv, '--by', 'Jo'], { client });
    expect(asked[1]).toMatchObject({ requestedBy: 'Jo' });
  });

  it.each([
    ['a name that is none', ['ann', 'a b']],
    ['a name that is too long', ['ann', 'a'.repeat(101)]],
    ['no award', ['ann']],
    ['a player that is none', ['a.b', 'saturday.1.2']],
  ])('refuses %s before it connects', async (_, argv) => {
    const played = await playVerb(['account', 'claim-award', ...argv]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
  });
});
