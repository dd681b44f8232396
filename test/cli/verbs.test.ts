import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AccountSchema } from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import { BetSchema, BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import {
  GetBalanceResponseSchema,
  ListPartitionsResponseSchema,
} from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { RacePhase, RaceSchema } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import {
  CreateTournamentResponseSchema,
  GetStandingsResponseSchema,
  JoinTournamentResponseSchema,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { createQuickClock } from '../day/support/quick-clock.ts';
import { type FakeClient, playVerb } from './support/stage.ts';

const BET = ['bet', '--player', 'ann', '--race', 'r6', '--pool', 'win'];

/** A client that keeps what it is asked, and answers with one thing. */
function answering(service: keyof FakeClient, method: string, answer: unknown) {
  const asked: unknown[] = [];
  const call = async (request: unknown) => {
    asked.push(request);
    return answer;
  };
  return { client: { [service]: { [method]: call } } as FakeClient, asked };
}

const placed = create(BetSchema, {
  betId: 'new-id',
  playerId: 'ann',
  raceId: 'r6',
  poolId: 'win',
  legs: [{ runners: [3, 5] }],
  stakeCents: 205n,
  combinations: 2n,
  costCents: 410n,
  status: BetStatus.REGISTERED,
});

describe('furlong bet', () => {
  it('places what was asked, under a new id that it tells first', async () => {
    const { client, asked } = answering('betting', 'placeBet', { bet: placed });
    const played = await playVerb([...BET, '--runners', '3,5', '--stake', '2.05'], { client });
    expect(asked).toEqual([
      {
        betId: 'new-id',
        playerId: 'ann',
        raceId: 'r6',
        poolId: 'win',
        legs: [{ runners: [3, 5] }],
        stakeCents: 205n,
      },
    ]);
    expect(played).toMatchObject({ code: 0, stderr: 'bet new-id; to ask again add --id new-id\n' });
    expect(played.stdout).toContain('status      registered\n');
    expect(played.stdout).toContain('cost        4.10\n');
  });

  it('takes several legs and an id of the user', async () => {
    const { client, asked } = answering('betting', 'placeBet', { bet: placed });
    const legs = ['--legs', '1,2/3/4/5,6/7', '--stake', '2', '--id', 'mine'];
    const played = await playVerb([...BET, ...legs], { client });
    expect(asked).toMatchObject([
      {
        betId: 'mine',
        legs: [[1, 2], [3], [4], [5, 6], [7]].map((runners) => ({ runners })),
        stakeCents: 200n,
      },
    ]);
    expect(played.stderr).toBe('');
  });

  it.each(['1.005', '0', '-1', 'abc'])(
    'refuses a stake of %s with 2, and connects to nobody',
    async (stake) => {
      let connected = false;
      const played = await playVerb([...BET, '--runners', '3', `--stake=${stake}`], {
        onConnect: () => {
          connected = true;
        },
      });
      expect(played).toMatchObject({ code: 2, stdout: '' });
      expect(played.stderr).toContain(`--stake is "${stake}"`);
      expect(connected).toBe(false);
    },
  );

  it.each([
    ['neither runners nor legs', []],
    ['both', ['--runners', '1', '--legs', '1/2']],
  ])('refuses %s', async (_what, options) => {
    const played = await playVerb([...BET, '--stake', '2', ...options]);
    expect(played.code).toBe(2);
    expect(played.stderr).toContain('either --runners 3,5 or --legs 1,2/3/4/5,6/7');
  });

  it('is JSON where stdout is no terminal, or where it is asked for', async () => {
    const { client } = answering('betting', 'placeBet', { bet: placed });
    const argv = [...BET, '--runners', '3', '--stake', '2'];
    const piped = await playVerb(argv, { client, terminal: false });
    expect(JSON.parse(piped.stdout)).toMatchObject({
      betId: 'new-id',
      costCents: '410',
      status: 'BET_STATUS_REGISTERED',
      payoutCents: '0',
    });
    expect((await playVerb([...argv, '--json'], { client })).stdout).toBe(piped.stdout);
  });
});

const race = create(RaceSchema, {
  raceId: 'r6',
  title: 'Race 6',
  phase: RacePhase.PAID,
  offTime: { seconds: 1_773_561_600n },
  runners: [
    { number: 3, name: '英雄豪傑' },
    { number: 15, name: 'Gone', scratched: true },
  ],
  pools: [
    {
      poolId: 'win',
      grossCents: 123_456n,
      tickets: 7n,
      runners: [{ runner: 3, stakesCents: 100_000n, probableHundredths: 1060n }],
      price: { dividends: [{ outcome: '3', dividendHundredths: 1060n }] },
    },
  ],
  order: [{ runners: [3, 10] }, { runners: [2] }],
});

describe('furlong race', () => {
  it('list reads every page', async () => {
    const pages = new Map([
      ['', { races: [race], nextPageToken: 'more' }],
      ['more', { races: [{ ...race, raceId: 'r7' }], nextPageToken: '' }],
    ]);
    const listRaces = async ({ pageToken }: { pageToken: string }) => pages.get(pageToken);
    const { stdout, code } = await playVerb(['race', 'list'], {
      client: { racing: { listRaces } },
    });
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['race', 'r6', 'r7', '']);
  });

  it('show puts runners, money, dividends and order on one page', async () => {
    const { client } = answering('racing', 'getRace', { race });
    const { stdout } = await playVerb(['race', 'show', 'r6'], { client });
    expect(stdout).toContain('r6, paid, off 2026-03-15T08:00:00Z, order 3=10/2');
    expect(stdout).toContain(' 3  英雄豪傑           1,000.00  10.60');
    expect(stdout).toContain('15  Gone (withdrawn)       0.00');
    expect(stdout).toContain('win   1,234.56        7             3 pays 10.60');
  });

  it.each([
    ['open', ['r6'], 'openRace', {}],
    ['suspend', ['r6', '--why', 'fog'], 'suspendRace', { why: 'fog' }],
    ['scratch', ['r6', '15'], 'scratchRunner', { runner: 15, why: '' }],
    ['close', ['r6'], 'closeRace', { why: '' }],
    [
      'result',
      ['r6', '3=10/2'],
      'enterResult',
      { order: [{ runners: [3, 10] }, { runners: [2] }], didNotFinish: [] },
    ],
    [
      'result',
      ['r6', '3', '--did-not-finish', '4,7'],
      'enterResult',
      { order: [{ runners: [3] }], didNotFinish: [4, 7] },
    ],
    ['official', ['r6'], 'makeOfficial', {}],
    ['void', ['r6', '--why', 'storm'], 'voidRace', { why: 'storm' }],
  ])('%s is told with who does it', async (verb, argv, method, request) => {
    const { client, asked } = answering('racing', method, { race });
    const played = await playVerb(['race', verb, ...argv, '--steward', 'jo'], { client });
    expect(played.code).toBe(0);
    expect(asked).toEqual([{ raceId: 'r6', steward: 'jo', ...request }]);
  });

  it.each(['4,4', '100', '4=7'])('result refuses that %s did not finish', async (runners) => {
    const played = await playVerb(['race', 'result', 'r6', '3', '--did-not-finish', runners]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain('--did-not-finish');
  });

  it('declare names the file that is no race', async () => {
    const played = await playVerb(['race', 'declare', 'package.json']);
    expect(played.code).toBe(2);
    expect(played.stderr).toContain('package.json is not a race');
  });
});

describe('furlong account', () => {
  const account = create(AccountSchema, { playerId: 'ann', alias: 'Ann', freeCents: 1_050n });

  it('open, deposit and withdraw carry a request id', async () => {
    for (const [argv, method, rest] of [
      [['open', 'ann', '--alias', 'Ann'], 'openAccount', { alias: 'Ann' }],
      [['deposit', 'ann', '10.50'], 'deposit', { amountCents: 1_050n }],
      [['withdraw', 'ann', '0.01', '--request', 'w1'], 'withdraw', { amountCents: 1n }],
    ] as const) {
      const { client, asked } = answering('accounts', method, { account });
      const played = await playVerb(['account', ...argv], { client });
      const requestId = argv.includes('--request' as never) ? 'w1' : 'new-id';
      expect(asked).toEqual([{ requestId, playerId: 'ann', ...rest }]);
      expect(played.stdout).toContain('free         10.50\n');
    }
  });

  it('refuses an amount before it connects', async () => {
    const played = await playVerb(['account', 'deposit', 'ann', '10.505']);
    expect(played).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('furlong ops balance', () => {
  const books = {
    depositsCents: 1_000n,
    withdrawalsCents: 100n,
    freeCents: 500n,
    inPoolsCents: 300n,
    takeoutCents: 90n,
    reserveCents: 10n,
  };

  it('ends with 0 where the books add up', async () => {
    const { client } = answering('ops', 'getBalance', create(GetBalanceResponseSchema, books));
    const played = await playVerb(['ops', 'balance'], { client });
    expect(played.code).toBe(0);
    expect(played.stdout).toContain('the books add up to the cent');
  });

  it('ends with 1 where one cent is missing', async () => {
    const wrong = create(GetBalanceResponseSchema, { ...books, freeCents: 499n });
    const { client } = answering('ops', 'getBalance', wrong);
    const played = await playVerb(['ops', 'balance'], { client });
    expect(played.code).toBe(1);
    expect(played.stdout).toContain('the books do not add up: 0.01 missing');
  });
});

it('furlong ops partitions gives programs every field, zeros too', async () => {
  const answer = create(ListPartitionsResponseSchema, { partitions: [{ shard: 'shard-0' }] });
  const { client } = answering('ops', 'listPartitions', answer);
  const { stdout } = await playVerb(['ops', 'partitions', '--json'], { client });
  expect(JSON.parse(stdout).partitions).toMatchObject([{ partition: 0, deadLetters: '0' }]);
});

it('furlong ops where-is refuses what is no actor', async () => {
  expect(await playVerb(['ops', 'where-is', 'sha-tin-r6'])).toMatchObject({ code: 2 });
});

it('furlong board watch shows the ranking whenever it changes, until it is stopped', async () => {
  const stop = new AbortController();
  const boards = [1n, 1n, 2n].map((players) =>
    create(GetStandingsResponseSchema, {
      tournament: { title: 'Day', players, bestOf: 10 },
      standings: [{ rank: 1n, alias: 'Ann', playerId: 'ann', score: 100n, countedBets: 1n }],
    }),
  );
  const getStandings = async () => {
    const board = boards.shift();
    if (boards.length === 0) stop.abort();
    return board;
  };
  const played = await playVerb(['board', 'watch', 'day'], {
    client: { tournaments: { getStandings } },
    clock: createQuickClock(),
    catchSignals: () => stop.signal,
  });
  expect(played.code).toBe(0);
  expect(played.stdout.match(/\d players, best 10 bets count/g)).toEqual([
    '1 players, best 10 bets count',
    '2 players, best 10 bets count',
  ]);
});

it('furlong board create sends the races and what is left out by default', async () => {
  const answer = create(CreateTournamentResponseSchema, {
    tournament: { title: 'day', bestOf: 10 },
  });
  const { client, asked } = answering('tournaments', 'createTournament', answer);
  const played = await playVerb(['board', 'create', 'day', '--races', 'r1, r2'], { client });
  expect(played.code).toBe(0);
  expect(asked).toEqual([
    { tournamentId: 'day', title: 'day', raceIds: ['r1', 'r2'], bestOf: 10, operator: 'cli' },
  ]);
});

it('furlong board join enters the player', async () => {
  const answer = create(JoinTournamentResponseSchema, {
    tournament: { title: 'day', players: 3n },
  });
  const { client, asked } = answering('tournaments', 'joinTournament', answer);
  const played = await playVerb(['board', 'join', 'day', 'ann'], { client });
  expect(played.stdout).toContain('3 players');
  expect(asked).toEqual([{ tournamentId: 'day', playerId: 'ann' }]);
});

it('furlong board create refuses a race that is no id', async () => {
  const played = await playVerb(['board', 'create', 'day', '--races', 'r1,r 2']);
  expect(played).toMatchObject({ code: 2 });
  expect(played.stderr).toContain('--races');
});
