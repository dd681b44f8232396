/** `furlong board`: what its verbs ask a server for, and how they show what it says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardVerbs } from '../../src/cli/board.ts';
import { parseArguments } from '../../src/cli/program.ts';
import {
  ChangeRulesResponseSchema,
  EventStatus,
  GetCutOffsResponseSchema,
  GetPositionResponseSchema,
  GetStandingsResponseSchema,
  HoldReason,
  ListChangesResponseSchema,
  ListLateEventsResponseSchema,
  ListScoringRuleSetsResponseSchema,
  ListSnapshotsResponseSchema,
  ListTeamsResponseSchema,
  ListTournamentAwardsResponseSchema,
  RankMode,
  TiedPrizes,
  TournamentSchema,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { createQuickClock } from '../day/support/quick-clock.ts';
import { wordsOf } from './support/examples.ts';
import { answering, playVerb } from './support/stage.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-board-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

const AT = timestampFromMs(Date.UTC(2026, 10, 22, 18));
const tournamentWith = (rest: MessageInitShape<typeof TournamentSchema> = {}) =>
  create(TournamentSchema, {
    tournamentId: 'day',
    title: 'Day',
    players: 3n,
    phase: 'open',
    scoringRuleId: 'multiplier-best-10@1',
    rulesVersion: 1,
    ...rest,
  });

/** Asks one thing and is told another. */
async function asked(argv: readonly string[], method: string, answer: unknown) {
  const { client, asked: requests } = answering('tournaments', method, answer);
  const played = await playVerb(['board', ...argv], { client });
  return { ...played, requests };
}

describe('furlong board create', () => {
  const usual = {
    tournamentId: 'day',
    title: 'day',
    raceIds: [],
    bestOf: 10,
    scoringRuleSetId: '',
    reviewMs: 0n,
    duplicateWindowMs: 0n,
    divisions: [],
    teamBest: 0,
    prizes: [],
    tiedPrizes: TiedPrizes.UNSPECIFIED,
    holdFromCents: 0n,
    operator: 'cli',
  };
  const created = (argv: readonly string[]) =>
    asked(['create', 'day', ...argv], 'createTournament', { tournament: tournamentWith() });

  it('leaves to the server what nobody says', async () => {
    const { code, requests } = await created(['--races', 'r1, r2']);
    expect(code).toBe(0);
    expect(requests).toEqual([{ ...usual, raceIds: ['r1', 'r2'] }]);
  });

  it('sends every term, in the units of the contract', async () => {
    const prizes = written(
      'prizes.json',
      '[{"pool":{"amount_cents":900,"shares_permille":[600]}}]',
    );
    const { code, requests } = await created([
      ...['--rules', 'multiplier-best-5@1', '--open', '2026-11-22T18:00:00Z'],
      ...['--close', '2026-11-22T21:00:00+01:00', '--late-window', '0', '--review', '3600'],
      ...['--duplicate-window', '250', '--claim', '24', '--divisions', 'gold,silver'],
      ...['--team-best', '3', '--prizes', prizes, '--tied', 'order', '--hold-from', '100000'],
      ...['--title', 'Day', '--operator', 'jo'],
    ]);
    expect(code).toBe(0);
    expect(requests).toMatchObject([
      {
        title: 'Day',
        bestOf: 0,
        scoringRuleSetId: 'multiplier-best-5@1',
        openTime: AT,
        closeTime: timestampFromMs(Date.UTC(2026, 10, 22, 20)),
        lateWindowMs: 0n,
        reviewMs: 3_600_000n,
        duplicateWindowMs: 250n,
        claimMs: 86_400_000n,
        divisions: ['gold', 'silver'],
        teamBest: 3,
        prizes: [{ prize: { case: 'pool', value: { amountCents: 900n, sharesPermille: [600] } } }],
        tiedPrizes: TiedPrizes.ORDER,
        holdFromCents: 100_000n,
        operator: 'jo',
      },
    ]);
  });

  it.each([
    [
      'both a number and rules',
      ['--best', '5', '--rules', 'r@1'],
      'either --best COUNT or --rules',
    ],
    ['a race that is no id', ['--races', 'r1,r 2'], '--races is "r 2"'],
    ['a race twice', ['--races', 'r1,r1'], 'names one twice'],
    ['a time without an offset', ['--close', '2026-11-22T18:00:00'], 'must be a time, such as'],
    ['a day that is none', ['--open', '2026-02-30T00:00:00Z'], '--open is "2026-02-30'],
    ['to claim for longer than 72 hours', ['--claim', '73'], 'from 1 to 72'],
    ['a late window of more than a day', ['--late-window', '86401'], 'from 0 to 86400'],
    ['ties it does not know', ['--tied', 'toString'], 'must be one of share, order'],
  ])('refuses %s, and connects to nobody', async (_what, argv, says) => {
    let connected = false;
    const onConnect = () => {
      connected = true;
    };
    const played = await playVerb(['board', 'create', 'day', ...argv], { onConnect });
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(says);
    expect(connected).toBe(false);
  });

  it.each([
    ['{"places":{}}', 'is no list of prizes: write it as [{"places"'],
    ['[{}]', 'prize 1 gives nothing: say places, percentile or pool'],
    ['[{"pool":{"amount_cents":1}},{"place":{}}]', 'prize 2 is none: '],
    ['[{"places":{"amount_cents":"x"}}]', 'prize 1 is none: '],
    ['[', 'is not JSON: '],
  ])('refuses prizes that are %s with 65, and says how to write them', async (text, says) => {
    const played = await playVerb([
      'board',
      'create',
      'day',
      '--prizes',
      written('bad.json', text),
    ]);
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it('takes the prizes of the example', async () => {
    const { requests } = await created(['--prizes', 'examples/boards/prizes.json']);
    expect(requests).toMatchObject([{ prizes: { length: 4 } }]);
  });
});

describe('furlong board join and info', () => {
  it('join says which region, division and team, or none', async () => {
    const answer = { tournament: tournamentWith() };
    const words = ['--region', 'eu', '--division', 'gold', '--team', 'reds'];
    const one = await asked(['join', 'day', 'ann', ...words], 'joinTournament', answer);
    const other = await asked(['join', 'day', 'ann'], 'joinTournament', answer);
    const who = { tournamentId: 'day', playerId: 'ann' };
    expect(one.requests).toEqual([{ ...who, region: 'eu', division: 'gold', team: 'reds' }]);
    expect(other.requests).toEqual([{ ...who, region: '', division: '', team: '' }]);
    expect(one.stdout).toMatch(/players +3\n/);
  });

  it('info tells what it is held under and where it stands', async () => {
    const tournament = tournamentWith({
      phase: 'review',
      phaseSinceTime: AT,
      raceIds: ['r1', 'r2'],
      counts: { accepted: 1_234n, duplicate: 2n, late: 3n, refused: 4n },
      openBets: 5n,
      divisions: ['gold'],
      teamBest: 2,
      prizes: [
        { prize: { case: 'places', value: { fromPlace: 1, toPlace: 3, amountCents: 5_000n } } },
        {
          division: 'gold',
          prize: { case: 'percentile', value: { topPermille: 25, amountCents: 100n } },
        },
        { prize: { case: 'pool', value: { sharesPermille: [600, 400], amountCents: 9_000n } } },
      ],
      seedCommitment: 'ab12',
      resultVersion: 1n,
      differs: true,
      snapshotHash: 'cd34',
    });
    const { stdout, requests } = await asked(['info', 'day'], 'getTournament', { tournament });
    expect(requests).toEqual([{ tournamentId: 'day' }]);
    expect(stdout).toBe(`Day
tournament            day
phase                 review, since 2026-11-22T18:00:00.000Z
players               3
rules                 multiplier-best-10@1, version 1 here
races                 r1, r2
events                1,234 accepted, 2 duplicate, 3 late, 4 refused
bets without outcome  5
divisions             gold
teams                 the best 2 of each
prize                 50.00 for places 1 to 3
prize                 1.00 for each of the best 2.5%, of division gold
prize                 90.00 shared: 60%, 40%
seed, SHA-256         ab12
result                version 1; the standings differ from it: a correction is due
last snapshot         cd34
`);
  });
});

describe('furlong board show and watch', () => {
  const board = create(GetStandingsResponseSchema, {
    tournament: tournamentWith({ differs: true }),
    standings: [
      { rank: 1n, alias: 'Ann', playerId: 'ann', score: 1_200n, countedBets: 2n, team: 'reds' },
      { rank: 1n, alias: 'Ben', playerId: 'ben', score: 1_200n, countedBets: 1n },
    ],
    asOfTime: AT,
  });

  it('asks for everybody’s, as the rules rank, from the first', async () => {
    const { stdout, requests } = await asked(['show', 'day'], 'getStandings', board);
    expect(requests).toEqual([
      {
        tournamentId: 'day',
        fromRank: 1,
        pageSize: 20,
        aroundPlayerId: '',
        division: '',
        day: '',
        rankMode: RankMode.UNSPECIFIED,
      },
    ]);
    expect(stdout).toBe(`Day
3 players, open, multiplier-best-10@1, a correction is due

rank  alias  points  events  player  team
   1  Ann     1,200       2  ann     reds
   1  Ben     1,200       1  ben
`);
  });

  it('asks for a division or a day, in a mode of ranks', async () => {
    const { requests } = await asked(
      ['show', 'day', '--division', 'gold', '--ranks', 'dense', '--around', 'ann', '--rows', '5'],
      'getStandings',
      board,
    );
    expect(requests).toMatchObject([
      { division: 'gold', rankMode: RankMode.DENSE, aroundPlayerId: 'ann', pageSize: 5 },
    ]);
    const day = await asked(['show', 'day', '--day', '2026-11-22'], 'getStandings', board);
    expect(day.requests).toMatchObject([{ division: '', day: '2026-11-22' }]);
  });

  it.each([
    [['--division', 'a', '--day', '2026-11-22'], 'not of both'],
    [['--day', '2026-02-30'], 'must be a day'],
    [['--ranks', 'best'], 'must be one of ordinal, competition, dense'],
    [['--rows', '101'], 'from 1 to 100'],
  ])('refuses %j before it connects', async (argv, says) => {
    const played = await playVerb(['board', 'show', 'day', ...argv]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it('watch shows the ranking whenever it changes, whatever the time is, until it is stopped', async () => {
    const stop = new AbortController();
    const boards = [1n, 1n, 2n].map((players, at) =>
      create(GetStandingsResponseSchema, {
        tournament: tournamentWith({ players }),
        asOfTime: timestampFromMs(at),
      }),
    );
    const getStandings = async () => {
      const next = boards.shift();
      if (boards.length === 0) stop.abort();
      return next;
    };
    const played = await playVerb(['board', 'watch', 'day'], {
      client: { tournaments: { getStandings } },
      clock: createQuickClock(),
      catchSignals: () => stop.signal,
    });
    expect(played.code).toBe(0);
    expect(played.stdout.match(/\d players, open/g)).toEqual([
      '1 players, open',
      '2 players, open',
    ]);
  });
});

describe('furlong board position, cut-offs and teams', () => {
  const answer = {
    tournament: tournamentWith(),
    standing: {
      rank: 2n,
      playerId: 'ann',
      alias: 'Ann',
      score: 100n,
      countedBets: 3n,
      division: 'gold',
    },
    players: 4n,
    toNext: 20n,
    toHold: 0n,
    percentilePermille: 750,
    divisionRank: 1n,
    divisionPlayers: 2n,
    attemptsLeft: 0n,
    asOfTime: AT,
    stale: true,
  };

  it('position sends the token, and says where the answer is without what it stands for', async () => {
    const { stdout, requests } = await asked(
      ['position', 'day', 'ann', '--token', 'abc'],
      'getPosition',
      create(GetPositionResponseSchema, answer),
    );
    expect(requests).toEqual([{ tournamentId: 'day', playerId: 'ann', token: 'abc' }]);
    expect(stdout).toBe(`Day
3 players, open, multiplier-best-10@1

player                 ann, Ann
rank                   2 of 4
points                 100
events                 3
to the next rank       20
before the one behind  0
not better             75% of the players
in gold                1 of 2
events left            0
as of                  2026-11-22T18:00:00.000Z, without what the token stands for
`);
  });

  it('position leaves out what is not there', async () => {
    const { attemptsLeft: _, ...rest } = answer;
    const plain = create(GetPositionResponseSchema, { ...rest, divisionRank: 0n, stale: false });
    const { stdout } = await asked(['position', 'day', 'ann'], 'getPosition', plain);
    expect(stdout).not.toContain('events left');
    expect(stdout).not.toContain('in gold');
    expect(stdout).toContain('18:00:00.000Z\n');
  });

  it('cut-offs asks for places and thousandths, or for the usual ones', async () => {
    const found = create(GetCutOffsResponseSchema, {
      cutOffs: [
        { place: 1n, score: 1_200n },
        { place: 2n, topPermille: 5, score: 900n },
      ],
      players: 400n,
      asOfTime: AT,
    });
    const argv = ['cut-offs', 'day'];
    const usual = await asked(argv, 'getCutOffs', found);
    const board = { tournamentId: 'day', division: '', day: '' };
    expect(usual.requests).toEqual([
      { ...board, places: [1, 10, 100], topPermilles: [10, 100, 500] },
    ]);
    expect(usual.stdout).toBe(`of         place  points
place          1   1,200
best 0.5%      2     900
of 400 players, as of 2026-11-22T18:00:00.000Z
`);
    const some = await asked([...argv, '--top', '0.5,10%,100'], 'getCutOffs', found);
    expect(some.requests).toEqual([{ ...board, places: [], topPermilles: [5, 100, 1_000] }]);
    const places = await asked([...argv, '--places', '3,7'], 'getCutOffs', found);
    expect(places.requests).toEqual([{ ...board, places: [3, 7], topPermilles: [] }]);
  });

  it.each(['0', '0.05', '100.1', 'x', '-1'])(
    'cut-offs refuses the best %s percent',
    async (top) => {
      const played = await playVerb(['board', 'cut-offs', 'day', `--top=${top}`]);
      expect(played).toMatchObject({ code: 2, stdout: '' });
      expect(played.stderr).toContain('must be percents from 0.1 to 100');
    },
  );

  it('teams shows who makes a score', async () => {
    const best = [
      { alias: 'Ann', score: 700n },
      { alias: 'Ben', score: 500n },
    ];
    const found = create(ListTeamsResponseSchema, {
      teams: [{ rank: 1n, team: 'reds', score: 1_200n, players: 5n, best }],
    });
    const { stdout, requests } = await asked(['teams', 'day', '--rank', '3'], 'listTeams', found);
    expect(requests).toEqual([{ tournamentId: 'day', fromRank: 3, pageSize: 20 }]);
    expect(stdout).toBe(`rank  team  points  players  best
   1  reds   1,200        5  Ann 700, Ben 500
`);
  });
});

describe('furlong board late, snapshots, changes and awards', () => {
  it('changes tells rules and results, and whom they moved', async () => {
    const move = { entry: 7n, alias: 'Ann', rankBefore: 2n, rankAfter: 1n, scoreAfter: 9n };
    const found = create(ListChangesResponseSchema, {
      changes: [
        {
          kind: 'result',
          version: 2n,
          reason: 'a ruling',
          time: AT,
          snapshotHash: 'ab',
          diff: { players: 3n, changed: 1n, moves: [move] },
        },
        { kind: 'rules', version: 2n, scoringRuleSetId: 'r@2', reason: 'a slip', time: AT },
      ],
    });
    const { stdout } = await asked(['changes', 'day'], 'listChanges', found);
    expect(stdout).toBe(`result 2, 2026-11-22T18:00:00.000Z
a ruling
hash ab

1 of 3 players moved
alias  rank  was  points  were
Ann       1    2       9     0

rules 2: r@2, 2026-11-22T18:00:00.000Z
a slip

`);
    const none = await asked(['changes', 'day'], 'listChanges', { changes: [], nextPageToken: '' });
    expect(none.stdout).toBe('nothing was changed\n');
  });

  it('late tells when it happened, when it came, and what became of it', async () => {
    const found = create(ListLateEventsResponseSchema, {
      events: [
        {
          eventUuid: 'e1',
          game: 'slot',
          eventTime: AT,
          receiveTime: AT,
          status: EventStatus.LATE,
          reason: 'in-window',
        },
      ],
    });
    const { stdout, requests } = await asked(['late', 'day'], 'listLateEvents', found);
    expect(requests).toEqual([{ tournamentId: 'day', pageSize: 50, pageToken: '' }]);
    expect(stdout).toMatch(/e1 +slot +2026-11-22T18:00:00.000Z +2026-\S+ +late +in-window\n/);
    const none = await asked(['late', 'day'], 'listLateEvents', { events: [], nextPageToken: '' });
    expect(none.stdout).toBe('nothing came late\n');
  });

  it('snapshots says which were undone', async () => {
    const found = create(ListSnapshotsResponseSchema, {
      snapshots: [
        { number: 2n, reason: 'hour', hash: 'ab', time: AT, undone: true },
        { number: 1n, reason: 'hour', hash: 'cd', time: AT },
      ],
    });
    const { stdout } = await asked(['snapshots', 'day'], 'listSnapshots', found);
    expect(stdout).toMatch(/2 +2026-11-22T18:00:00.000Z +hour +0 +0 +ab +undone\n/);
    expect(stdout).toMatch(/ +cd\n/);
  });

  it('awards reads page after page, and says what an award is held for', async () => {
    const award = {
      awardId: 'day.1.1',
      rank: 1n,
      playerId: 'ann',
      amountCents: 50_000n,
      prize: 'places 1 to 1',
      status: 'held',
      holdReason: 'kyc',
      statusTime: AT,
    };
    const page = (nextPageToken: string) =>
      create(ListTournamentAwardsResponseSchema, { awards: [award], nextPageToken });
    const pages = [page('more'), page('')];
    const requests: unknown[] = [];
    const listTournamentAwards = async (request: unknown) => {
      requests.push(request);
      return pages.shift();
    };
    const { stdout } = await playVerb(['board', 'awards', 'day', '--limit', '9'], {
      client: { tournaments: { listTournamentAwards } },
    });
    expect(requests).toEqual([
      { tournamentId: 'day', pageSize: 9, pageToken: '' },
      { tournamentId: 'day', pageSize: 8, pageToken: 'more' },
    ]);
    expect(
      stdout.match(/day\.1\.1 +1 +ann +500\.00 +held: kyc +2026-\S+ +places 1 to 1/g),
    ).toHaveLength(2);
  });
});

describe('what an operator orders', () => {
  const deed = { tournamentId: 'day', operator: 'jo', reason: 'checked' };
  const who = ['--operator', 'jo', '--reason', 'checked'];
  const second = ['--authorised-by', 'kim'];
  const authorisedBy = 'kim';

  it.each([
    ['close', [], 'closeTournament', {}],
    ['official', second, 'makeResultOfficial', { authorisedBy }],
    ['correct', second, 'correctResult', { authorisedBy }],
    ['roll-back', ['4', ...second], 'rollBackTournament', { authorisedBy, number: 4n }],
    ['replay-aside', second, 'replayTournament', { authorisedBy }],
    ['drop-aside', second, 'replayTournament', { authorisedBy, drop: true }],
    [
      'hold',
      ['ann', '--for', 'fraud-review'],
      'holdAward',
      { playerId: 'ann', hold: HoldReason.FRAUD_REVIEW },
    ],
    ['release', ['ann'], 'releaseAward', { playerId: 'ann' }],
    ['deny', ['ann', ...second], 'denyAward', { authorisedBy, playerId: 'ann' }],
  ])('%s is told with who does it and why', async (verb, argv, method, rest) => {
    const answer = { tournament: tournamentWith({ phase: 'review' }) };
    const { code, stdout, requests } = await asked([verb, 'day', ...argv, ...who], method, answer);
    expect(code).toBe(0);
    expect(requests).toEqual([{ ...deed, ...rest }]);
    expect(stdout).toContain('review');
  });

  const moved = { entry: 7n, alias: 'Ann' };

  it('change-rules shows who moved', async () => {
    const answer = create(ChangeRulesResponseSchema, {
      tournament: tournamentWith({ rulesVersion: 2 }),
      diff: {
        players: 3n,
        changed: 1n,
        moves: [{ ...moved, rankBefore: 2n, rankAfter: 1n, scoreBefore: 5n, scoreAfter: 1_000n }],
      },
    });
    const argv = ['change-rules', 'day', 'multiplier-best-5@1', ...who];
    const { stdout, requests } = await asked(argv, 'changeRules', answer);
    expect(requests).toEqual([{ ...deed, scoringRuleSetId: 'multiplier-best-5@1' }]);
    expect(stdout).toContain(`
1 of 3 players moved
alias  rank  was  points  were
Ann       1    2   1,000     5
`);
  });

  it.each([
    [
      'official by one person twice',
      ['official', 'day', ...who, '--authorised-by', 'JO'],
      'must be another',
    ],
    ['official by one alone', ['official', 'day', ...who], '--authorised-by'],
    ['close without a reason', ['close', 'day'], '--reason'],
    [
      'a hold for nothing it knows',
      ['hold', 'day', 'ann', ...who, '--for', 'fun'],
      'one of kyc, aml',
    ],
    ['snapshot 0', ['roll-back', 'day', '0', ...who, ...second], '<number> is "0"'],
  ])('refuses %s, and connects to nobody', async (_what, argv, says) => {
    let connected = false;
    const onConnect = () => {
      connected = true;
    };
    const played = await playVerb(['board', ...argv], { onConnect });
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(says);
    expect(connected).toBe(false);
  });
});

describe('furlong board rule-sets, rule-set and check-rule-set', () => {
  const json = '{"id":"mine@1","points":{"kind":"fixed","points":3}}';
  const scoringRuleSet = { scoringRuleSetId: 'mine@1', json, file: 'mine.json' };

  it('rule-sets lists ids and files', async () => {
    const answer = create(ListScoringRuleSetsResponseSchema, { scoringRuleSets: [scoringRuleSet] });
    const { stdout } = await asked(['rule-sets'], 'listScoringRuleSets', answer);
    expect(stdout).toBe('rule set  file\nmine@1    mine.json\n');
  });

  it('rule-set shows one as its file has it', async () => {
    const { client } = answering('tournaments', 'getScoringRuleSet', { scoringRuleSet });
    const played = await playVerb(['board', 'rule-set', 'mine@1'], { client, terminal: false });
    expect(JSON.parse(played.stdout)).toEqual(JSON.parse(json));
  });

  it('check-rule-set takes a rule set, and says which', async () => {
    const file = written('mine.json', json);
    const played = await playVerb(['board', 'check-rule-set', file]);
    expect(played).toMatchObject({ code: 0, stdout: `${file}: ok, mine@1\n` });
  });

  it.each([
    ['{"id":"mine@1"}', 'points is missing'],
    [json.replace('3', '-3'), 'points.points is not a whole number from 0'],
    ['{"id":"mine@1","points":{"kind":"first-come"}}', 'which is for board replay alone'],
    [json.replace('mine@1', 'places-best-1@1'), 'is in the catalogue with another content'],
    ['{', 'is not JSON'],
  ])('check-rule-set refuses %s with 65', async (text, says) => {
    const played = await playVerb(['board', 'check-rule-set', written('bad.json', text)]);
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it('check-rule-set takes the example of its help', async () => {
    const played = await playVerb(['board', 'check-rule-set', 'examples/boards/golden-hour.json']);
    expect(played.code).toBe(0);
  });
});

const examples = boardVerbs.flatMap((verb) => verb.examples ?? []);
it.each(examples)('takes its own example: %s', (example) => {
  let complained = '';
  const stderr = (text: string) => {
    complained += text;
  };
  const words = wordsOf(example.replace(/ <.*/, ''));
  const parsed = parseArguments(words.slice(1), boardVerbs, { stdout: () => {}, stderr });
  expect(complained).toBe('');
  expect(parsed.kind).toBe('verb');
});
