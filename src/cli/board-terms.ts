/** `furlong board create`, `join`, `info`: what a tournament is held under, and who is in it. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { TiedPrizes } from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { readPrizes } from './board-prizes.ts';
import { UsageError } from './exit.ts';
import { parseTime } from './times.ts';
import { showTournament, TOURNAMENT } from './tournament-lines.ts';
import { parseId, parseIds, parseOneOf, parseWhole } from './values.ts';
import {
  ADDRESS,
  actorOf,
  type Input,
  OPERATOR,
  optionalText,
  takenAt,
  type Verb,
} from './verb.ts';

const BEST_USUAL = 10;
const BEST_MAX = 1_000;
const TEAM_BEST_MAX = 100;
const LATE_MAX_SECONDS = 86_400;
const REVIEW_MAX_SECONDS = 366 * 86_400;
const DUPLICATE_WINDOW_MAX_MS = 60_000;
const CLAIM_MAX_HOURS = 72;
const CENTS_MAX = 999_999_999;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const TIED: Readonly<Record<string, TiedPrizes>> = {
  share: TiedPrizes.UNSPECIFIED,
  order: TiedPrizes.ORDER,
};

const create: Verb = {
  name: 'board create',
  about: 'create a tournament; it is open from then on, and its terms never change',
  takes: [TOURNAMENT],
  options: [
    {
      flags: '--races <ids>',
      about: 'whose bets count, such as r1,r2 (default: none, all comes from outside)',
    },
    { flags: '--title <title>', about: 'shown to people (default: the id)' },
    {
      flags: '--best <count>',
      about: 'so many of a player’s bets count, by their return (default 10)',
    },
    { flags: '--rules <id>', about: 'in place of --best: a scoring rule set, see board rule-sets' },
    {
      flags: '--open <time>',
      about: 'what happens before does not count (default: nothing is too early)',
    },
    {
      flags: '--close <time>',
      about: 'what happens then or later does not count (default: closed by hand)',
    },
    {
      flags: '--late-window <seconds>',
      about: 'after the last outcome, so long what happened in time still counts (default 90)',
    },
    {
      flags: '--review <seconds>',
      about: 'from the provisional result to the official (default: by hand)',
    },
    {
      flags: '--duplicate-window <ms>',
      about:
        'of two events from outside alike within it the later is a duplicate (default 0: none)',
    },
    { flags: '--claim <hours>', about: 'so long a prize can be claimed, at most 72 (default 72)' },
    { flags: '--divisions <ids>', about: 'what players can join in, such as gold,silver' },
    {
      flags: '--team-best <count>',
      about: 'so many players make a team’s score (default: no teams)',
    },
    {
      flags: '--prizes <file>',
      about: 'a JSON list of prizes; - reads stdin (docs/TOURNAMENTS.md)',
    },
    {
      flags: '--tied <how>',
      about: 'prizes of those who are level: share, or order by the draw (default share)',
    },
    {
      flags: '--hold-from <cents>',
      about: 'awards of so much wait for somebody’s release (default: none does)',
    },
    OPERATOR,
    ADDRESS,
  ],
  examples: [
    'furlong board create sunday --races r1,r2 --best 5',
    'furlong board create slots --rules multiplier-best-10@1 --close 2026-11-29T20:00:00Z --prizes examples/boards/prizes.json',
  ],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const request = {
      tournamentId,
      title: optionalText(input, 'title') ?? tournamentId,
      ...scoringOf(input),
      ...timesOf(input),
      raceIds: idsOf(input, 'races'),
      divisions: idsOf(input, 'divisions'),
      teamBest: wholeOf(input, ['teamBest', '--team-best'], [0, TEAM_BEST_MAX]) ?? 0,
      tiedPrizes: parseOneOf(optionalText(input, 'tied') ?? 'share', '--tied', TIED),
      holdFromCents: BigInt(wholeOf(input, ['holdFrom', '--hold-from'], [0, CENTS_MAX]) ?? 0),
      operator: actorOf(input, 'operator'),
    };
    const file = optionalText(input, 'prizes');
    const prizes = file === undefined ? [] : await readPrizes(file);
    const { tournaments } = connect();
    const { tournament } = await tournaments.createTournament({ ...request, prizes });
    return showTournament(tournament, output);
  },
};

const join: Verb = {
  name: 'board join',
  about: 'enter a player: from now on bets on the races count',
  takes: [TOURNAMENT, { name: '<player>', about: 'id of the player' }],
  options: [
    { flags: '--region <id>', about: 'where the rules have switches for it' },
    { flags: '--division <id>', about: 'one of the tournament’s' },
    { flags: '--team <id>', about: 'of any name; the first who joins it makes it' },
    ADDRESS,
  ],
  examples: ['furlong board join sunday ann --division gold --team reds'],
  async run(input, { connect, output }) {
    const of = (name: string) => {
      const given = optionalText(input, name);
      return given === undefined ? '' : parseId(given, `--${name}`);
    };
    const { tournament } = await connect().tournaments.joinTournament({
      tournamentId: parseId(takenAt(input, 0), '<tournament>'),
      playerId: parseId(takenAt(input, 1), '<player>'),
      region: of('region'),
      division: of('division'),
      team: of('team'),
    });
    return showTournament(tournament, output);
  },
};

const info: Verb = {
  name: 'board info',
  about: 'what a tournament is held under and where it stands: phase, rules, counts, seed, hash',
  takes: [TOURNAMENT],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const { tournament } = await connect().tournaments.getTournament({ tournamentId });
    return showTournament(tournament, output);
  },
};

export const termsVerbs: readonly Verb[] = [create, join, info];

function scoringOf(input: Input) {
  const best = wholeOf(input, ['best', '--best'], [1, BEST_MAX]);
  const rules = optionalText(input, 'rules');
  if (best !== undefined && rules !== undefined) {
    throw new UsageError(
      'say either --best COUNT or --rules ID: a rule set says itself how many count',
    );
  }
  return rules === undefined
    ? { bestOf: best ?? BEST_USUAL, scoringRuleSetId: '' }
    : { bestOf: 0, scoringRuleSetId: rules };
}

function timesOf(input: Input) {
  const timeOf = (name: string) => {
    const text = optionalText(input, name);
    return text === undefined
      ? {}
      : { [`${name}Time`]: timestampFromMs(parseTime(text, `--${name}`)) };
  };
  const late = wholeOf(input, ['lateWindow', '--late-window'], [0, LATE_MAX_SECONDS]);
  const review = wholeOf(input, ['review', '--review'], [0, REVIEW_MAX_SECONDS]) ?? 0;
  const window = wholeOf(
    input,
    ['duplicateWindow', '--duplicate-window'],
    [0, DUPLICATE_WINDOW_MAX_MS],
  );
  const claim = wholeOf(input, ['claim', '--claim'], [1, CLAIM_MAX_HOURS]);
  return {
    ...timeOf('open'),
    ...timeOf('close'),
    ...(late === undefined ? {} : { lateWindowMs: BigInt(late * SECOND_MS) }),
    reviewMs: BigInt(review * SECOND_MS),
    duplicateWindowMs: BigInt(window ?? 0),
    ...(claim === undefined ? {} : { claimMs: BigInt(claim * HOUR_MS) }),
  };
}

function idsOf(input: Input, name: string): string[] {
  const text = optionalText(input, name);
  return text === undefined ? [] : parseIds(text, `--${name}`);
}

function wholeOf(
  input: Input,
  [name, flag]: readonly [string, string],
  range: readonly [number, number],
): number | undefined {
  const text = optionalText(input, name);
  return text === undefined ? undefined : parseWhole(text, flag, range);
}
