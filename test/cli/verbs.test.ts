import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/program.ts';
import { raceVerbs } from '../../src/cli/race.ts';
import { AccountSchema } from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import {
  BetSchema,
  BetStatus,
  ClaimStatus,
  Formula,
} from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import {
  GetBalanceResponseSchema,
  ListPartitionsResponseSchema,
  ListStuckResponseSchema,
} from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { InquiryKind, RacePhase, RaceSchema } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { createQuickClock } from '../day/support/quick-clock.ts';
import { wordsOf } from './support/examples.ts';
import { answering, playVerb } from './support/stage.ts';

const BET = ['bet', 'place', '--player', 'ann', '--race', 'r6', '--pool', 'win'];

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

  it('is placed where no other verb is named', async () => {
    const { client, asked } = answering('betting', 'placeBet', { bet: placed });
    const [, , ...options] = BET;
    const played = await playVerb(['bet', ...options, '--runners', '3', '--stake', '2'], {
      client,
    });
    expect(played.code).toBe(0);
    expect(asked).toMatchObject([{ playerId: 'ann', legs: [{ runners: [3] }] }]);
  });

  it('sends a formula with all its terms, and shows them', async () => {
    const terms = {
      formula: Formula.FIELD_ALL_ORDERS,
      picks: 4,
      alternates: [7, 0],
      flexiPercent: 50,
      channel: 'terminal',
    };
    const { client, asked } = answering('betting', 'placeBet', { bet: { ...placed, ...terms } });
    const words = ['--formula', 'field-all-orders', '--picks', '4', '--alternate', '7,0'];
    const sale = ['--flexi', '50', '--channel', 'terminal', '--legs', '1/2,3', '--stake', '1.50'];
    const played = await playVerb([...BET, ...words, ...sale], { client });
    expect(asked).toMatchObject([
      { ...terms, legs: [{ runners: [1] }, { runners: [2, 3] }], stakeCents: 150n },
    ]);
    expect(played.stdout).toContain('formula     field all orders, 4 a combination\n');
    expect(played.stdout).toContain('alternates  7,0\n');
    expect(played.stdout).toContain('flexi       50 percent\n');
    expect(played.stdout).toContain('channel     terminal\n');
  });

  it.each([
    ['--formula', 'box', 'unit, combined, all-orders'],
    ['--picks', '9', 'from 1 to 8'],
    ['--picks', '0', 'from 1 to 8'],
    ['--flexi', '101', 'from 1 to 100'],
    ['--alternate', '7,x', 'from 0 to 99'],
    ['--channel', 'Shop', 'small letters'],
  ])('refuses %s %s before it connects, and says what it takes', async (flag, value, says) => {
    const played = await playVerb([...BET, '--runners', '3', '--stake', '2', flag, value]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it.each([
    ['cancel', 'cancelBet', { status: BetStatus.CANCELLED }, 'status      cancelled\n'],
    ['claim', 'claimBet', { claimStatus: ClaimStatus.CLAIMED }, 'money is    claimed\n'],
  ])('%s names the bet and who asks', async (verb, method, now, says) => {
    const { client, asked } = answering('betting', method, { bet: { ...placed, ...now } });
    const argv = ['bet', verb, 'ann', 'b1'];
    const played = await playVerb([...argv, '--by', 'counter 4'], { client });
    expect(played.code).toBe(0);
    expect(played.stdout).toContain(says);
    await playVerb(argv, { client });
    expect(asked).toEqual(
      ['counter 4', 'cli'].map((requestedBy) => ({ playerId: 'ann', betId: 'b1', requestedBy })),
    );
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
    ['open', ['r6'], 'openRace', { why: '' }],
    ['suspend', ['r6', '--why', 'fog'], 'suspendRace', { why: 'fog' }],
    ['scratch', ['r6', '15'], 'scratchRunner', { runner: 15, why: '' }],
    ['close', ['r6'], 'closeRace', { why: '', source: '' }],
    ['close', ['r6', '--source', 'starter'], 'closeRace', { why: '', source: 'starter' }],
    ['run', ['r6', '--why', 'past the post'], 'recordRun', { why: 'past the post' }],
    [
      'result',
      ['r6', '3=10/2'],
      'enterResult',
      { order: [{ runners: [3, 10] }, { runners: [2] }], didNotFinish: [], why: '' },
    ],
    [
      'result',
      ['r6', '3', '--did-not-finish', '4,7'],
      'enterResult',
      { order: [{ runners: [3] }], didNotFinish: [4, 7], why: '' },
    ],
    [
      'open-inquiry',
      ['r6', 'objection', '--runners', '3,10', '--why', 'crossing'],
      'openInquiry',
      { kind: InquiryKind.OBJECTION, runners: [3, 10], why: 'crossing' },
    ],
    [
      'open-inquiry',
      ['r6', 'photo', '--why', 'close'],
      'openInquiry',
      { kind: InquiryKind.PHOTO, runners: [], why: 'close' },
    ],
    [
      'close-inquiry',
      ['r6', '1', '--ruling', 'no action'],
      'closeInquiry',
      { inquiryId: 1, ruling: 'no action' },
    ],
    ['official', ['r6'], 'makeOfficial', { why: '' }],
    [
      'correct',
      ['r6', '10/3', '--authorised-by', 'kim', '--why', 'photo misread'],
      'correctResult',
      {
        order: [{ runners: [10] }, { runners: [3] }],
        didNotFinish: [],
        authorisedBy: 'kim',
        why: 'photo misread',
      },
    ],
    [
      'authorise',
      ['r6', 'win', '--why', 'counted by hand'],
      'authorisePool',
      { poolId: 'win', why: 'counted by hand' },
    ],
    [
      'remove-source',
      [
        ...['r6', 'win', 'kiosk', '--authorised-by', 'kim'],
        ...['--why', 'totals lost', '--evidence', 'incident 12'],
      ],
      'removeSource',
      {
        poolId: 'win',
        source: 'kiosk',
        authorisedBy: 'kim',
        why: 'totals lost',
        evidence: 'incident 12',
      },
    ],
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

  it.each([
    ['correct without a second steward', ['correct', 'r6', '3', '--why', 'x'], '--authorised-by'],
    [
      'correct by one steward twice',
      ['correct', 'r6', '3', '--why', 'x', '--steward', 'jo', '--authorised-by', 'Jo'],
      'must be another than --steward',
    ],
    [
      'correct by the default steward twice',
      ['correct', 'r6', '3', '--why', 'x', '--authorised-by', 'cli'],
      'must be another than --steward',
    ],
    ['correct without a reason', ['correct', 'r6', '3', '--authorised-by', 'kim'], '--why'],
    [
      'remove-source without evidence',
      ['remove-source', 'r6', 'win', 'kiosk', '--authorised-by', 'kim', '--why', 'x'],
      '--evidence',
    ],
    [
      'an inquiry of an unknown kind',
      ['open-inquiry', 'r6', 'rumour', '--why', 'x'],
      'one of inquiry, objection, photo',
    ],
    [
      'an inquiry of a kind that every object has',
      ['open-inquiry', 'r6', 'toString', '--why', 'x'],
      'one of inquiry, objection, photo',
    ],
    ['a ruling without words', ['close-inquiry', 'r6', '1'], '--ruling'],
    ['inquiry 0', ['close-inquiry', 'r6', '0', '--ruling', 'x'], '<inquiry> is "0"'],
  ])('refuses %s, and connects to nobody', async (_what, argv, complaint) => {
    let connected = false;
    const onConnect = () => {
      connected = true;
    };
    const played = await playVerb(['race', ...argv], { onConnect });
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(complaint);
    expect(connected).toBe(false);
  });

  const examples = raceVerbs.flatMap((verb) => verb.examples ?? []);
  it.each(examples)('takes its own example: %s', (example) => {
    let complained = '';
    const stderr = (text: string) => {
      complained += text;
    };
    const argv = wordsOf(example).slice(1);
    const parsed = parseArguments(argv, raceVerbs, { stdout: () => {}, stderr });
    expect(complained).toBe('');
    expect(parsed.kind).toBe('verb');
  });

  it('show tells of inquiries, corrections, and what is wrong with a pool', async () => {
    const odd = create(RaceSchema, {
      raceId: 'r6',
      phase: RacePhase.UNDER_INQUIRY,
      run: 3,
      inquiries: [
        { inquiryId: 2, kind: InquiryKind.PHOTO, why: 'close' },
        { inquiryId: 4, kind: InquiryKind.OBJECTION, why: 'crossing', runners: [3, 10] },
      ],
      pools: [
        {
          poolId: 'win',
          removedSources: ['kiosk', 'telephone'],
          disagreement: { grossCents: 401n, recountedCents: 400n, authorised: false },
        },
      ],
    });
    const { client } = answering('racing', 'getRace', { race: odd });
    const { stdout } = await playVerb(['race', 'show', 'r6'], { client });
    expect(stdout).toContain('r6, under inquiry, ');
    expect(stdout).toContain('corrected 2 times');
    expect(stdout).toContain('photo 2: close\n');
    expect(stdout).toContain('objection 4 about 3,10: crossing\n');
    expect(stdout).toContain(
      'win: 4.01 kept, 4.00 recounted at the close; not priced until it is authorised\n',
    );
    expect(stdout).toContain('win: without kiosk, telephone\n');
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

  it('show tells what waits to be claimed, and what is owed where anything is', async () => {
    const show = async (money: object) => {
      const now = create(AccountSchema, { playerId: 'ann', ...money });
      const { client } = answering('accounts', 'getAccount', { account: now });
      return (await playVerb(['account', 'show', 'ann'], { client })).stdout;
    };
    expect(await show({ unclaimedCents: 900n })).toContain('unclaimed    9.00\n');
    expect(await show({})).not.toContain('owed');
    const owing = await show({ freeCents: -500n, owedCents: 500n });
    expect(owing).toContain('free         -5.00\n');
    expect(owing).toContain('owed         5.00\n');
  });

  it('expire-claims asks again until nothing is due', async () => {
    const due = [300, 44, 0];
    const asked: unknown[] = [];
    const expireClaims = async (request: unknown) => {
      asked.push(request);
      return { account, due: due[asked.length - 1] };
    };
    const played = await playVerb(['account', 'expire-claims', 'ann'], {
      client: { accounts: { expireClaims } },
    });
    expect(played.code).toBe(0);
    expect(asked).toEqual(due.map(() => ({ playerId: 'ann' })));
  });

  it('show tells of awards only where some wait', async () => {
    const show = async (awardCents: bigint) => {
      const now = create(AccountSchema, { playerId: 'ann', awardCents });
      const { client } = answering('accounts', 'getAccount', { account: now });
      return (await playVerb(['account', 'show', 'ann'], { client })).stdout;
    };
    expect(await show(50_000n)).toContain('awards to claim  500.00\n');
    expect(await show(0n)).not.toContain('awards');
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
    freeCents: 487n,
    unclaimedCents: 15n,
    inPoolsCents: 300n,
    takeoutCents: 90n,
    reserveCents: 10n,
    houseUnclaimedCents: 5n,
    houseAwardsCents: 7n,
  };

  it('ends with 0 where the books add up', async () => {
    const { client } = answering('ops', 'getBalance', create(GetBalanceResponseSchema, books));
    const played = await playVerb(['ops', 'balance'], { client });
    expect(played.code).toBe(0);
    expect(played.stdout).toContain('- awards paid          0.07\n');
    expect(played.stdout).toContain('the books add up to the cent');
  });

  it('ends with 1 where one cent is missing', async () => {
    const wrong = create(GetBalanceResponseSchema, { ...books, freeCents: 486n });
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

describe('furlong ops stuck', () => {
  const nowMs = 1_800_000_000_000;
  const clock = { ...createQuickClock(), now: () => nowMs };
  const stuck = (name: string, agoMs: number, why = 'down') => ({
    kind: 'call',
    address: 'player/ann',
    name,
    sinceTime: timestampFromMs(nowMs - agoMs),
    attempts: 7,
    why,
  });

  it('shows what waits, for how long and why, asking for page after page', async () => {
    const pages = [
      { stuck: [stuck('wallet capture:b1', 7_200_000)], nextPageToken: 'more' },
      { stuck: [stuck('wallet void:b2', 4_000, '')], nextPageToken: '' },
    ].map((page) => create(ListStuckResponseSchema, page));
    const asked: unknown[] = [];
    const listStuck = async (request: unknown) => {
      asked.push(request);
      return pages.shift();
    };
    const argv = ['ops', 'stuck', '--older-than', '3', '--limit', '9'];
    const { code, stdout } = await playVerb(argv, { client: { ops: { listStuck } }, clock });
    expect(code).toBe(0);
    expect(asked).toEqual([
      { olderThanSeconds: 3, pageSize: 9, pageToken: '' },
      { olderThanSeconds: 3, pageSize: 8, pageToken: 'more' },
    ]);
    expect(stdout).toMatch(/ 2 h +call +player\/ann +wallet capture:b1 +7 +down/);
    expect(stdout).toMatch(/ 4 s +call +player\/ann +wallet void:b2 +7 +under way/);
  });

  it('settles a call by hand with a reason, and not without', async () => {
    const asked: unknown[] = [];
    const settleCall = async (request: unknown) => {
      asked.push(request);
      return {};
    };
    const stage = { client: { ops: { settleCall } } };
    const argv = ['ops', 'settle-call', 'ann', 'capture:b1'];
    expect(await playVerb(argv, stage)).toMatchObject({ code: 2 });
    const wrong = ['ops', 'settle-call', 'ann', 'wallet capture:b1', '--reason', 'x'];
    const { code, stderr } = await playVerb(wrong, stage);
    expect([code, stderr]).toEqual([2, expect.stringContaining('must be capture:BET')]);
    expect(asked).toEqual([]);
    const played = await playVerb([...argv, '--reason', 'slip 88', '--operator', 'jo'], stage);
    expect(played).toMatchObject({
      code: 0,
      stdout: 'capture:b1 of player ann is settled by hand, and asked no more\n',
    });
    expect(asked).toEqual([
      { playerId: 'ann', call: 'capture:b1', operator: 'jo', reason: 'slip 88' },
    ]);
  });

  it('says so where nothing waits, and that there is more where there is', async () => {
    const none = answering('ops', 'listStuck', create(ListStuckResponseSchema));
    expect((await playVerb(['ops', 'stuck'], none)).stdout).toBe('nothing waits\n');
    const page = { stuck: [stuck('wallet void:b2', 1)], nextPageToken: 'more' };
    const more = answering('ops', 'listStuck', create(ListStuckResponseSchema, page));
    const played = await playVerb(['ops', 'stuck', '--limit', '1', '--json'], { ...more, clock });
    expect(played.stderr).toContain('more wait: add --limit');
    expect(JSON.parse(played.stdout)).toMatchObject({
      stuck: [{ name: 'wallet void:b2' }],
      nextPageToken: 'more',
    });
  });

  it.each([
    ['--older-than', '-1'],
    ['--limit', '0'],
  ])('refuses %s %s', async (option, value) => {
    expect(await playVerb(['ops', 'stuck', option, value])).toMatchObject({ code: 2 });
  });
});

it('furlong account open --in-wallet says where the money is', async () => {
  const account = { playerId: 'ann', alias: 'ann', inWallet: true, creditingCents: 450n };
  const { client, asked } = answering('accounts', 'openAccount', {
    account: create(AccountSchema, { ...account, walletCalls: 2 }),
  });
  const { stdout } = await playVerb(['account', 'open', 'ann', '--in-wallet'], { client });
  expect(asked).toMatchObject([{ playerId: 'ann', inWallet: true }]);
  expect(stdout).toMatch(/money +in the wallet\n/);
  expect(stdout).toMatch(/on its way there +4\.50\n/);
  expect(stdout).toMatch(/wallet owes answers +2\n/);
});

it('furlong ops where-is refuses what is no actor', async () => {
  expect(await playVerb(['ops', 'where-is', 'sha-tin-r6'])).toMatchObject({ code: 2 });
});
