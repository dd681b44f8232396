/** `furlong board show`, `watch`: rankings, as of now. What else is asked of them is in board-positions.ts. */
import { waitFor } from '../day/wait.ts';
import {
  type GetStandingsResponse,
  GetStandingsResponseSchema,
  RankMode,
  type Standing,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { EXIT, UsageError } from './exit.ts';
import { type Column, messageJson, type Output, type Result, tableLines } from './output.ts';
import { parseDay } from './times.ts';
import { headLines, TOURNAMENT } from './tournament-lines.ts';
import { formatCount, parseId, parseOneOf, parseWhole } from './values.ts';
import { ADDRESS, type Input, type Option, optionalText, takenAt, type Verb } from './verb.ts';

export const OF_BOARD: readonly Option[] = [
  { flags: '--division <division>', about: 'only those of this division' },
  { flags: '--day <day>', about: 'only what happened on this UTC day, such as 2026-11-22' },
];
export const RANK: Option = { flags: '--rank <rank>', about: 'rank to begin at (default 1)' };
export const ROWS: Option = {
  flags: '--rows <count>',
  about: 'how many, at most 100 (default 20)',
};
const PAGE: readonly Option[] = [
  RANK,
  { flags: '--around <player>', about: 'a page around this player' },
  ROWS,
  ...OF_BOARD,
  {
    flags: '--ranks <mode>',
    about:
      'of those that are level: ordinal 1 2 3 4, competition 1 2 2 4, dense 1 2 2 3 (default: as the rules say)',
  },
];
const MODES: Readonly<Record<string, RankMode>> = {
  ordinal: RankMode.ORDINAL,
  competition: RankMode.COMPETITION,
  dense: RankMode.DENSE,
};

const ROWS_MAX = 100;
export const RANK_MAX = 100_000_000;
const SECONDS_MAX = 3_600;
const RIGHT = { align: 'right' } as const;

const show: Verb = {
  name: 'board show',
  about: 'the ranking now; from the official result on, that result',
  takes: [TOURNAMENT],
  options: [...PAGE, ADDRESS],
  examples: [
    'furlong board show sunday --around ann',
    'furlong board show sunday --division gold --ranks competition',
  ],
  async run(input, { connect, output }) {
    const request = requestOf(input);
    const { tournaments } = connect();
    output.show(resultOf(await tournaments.getStandings(request), output));
    return EXIT.ok;
  },
};

const watch: Verb = {
  name: 'board watch',
  about: 'the ranking, again whenever it changes, until Ctrl-C',
  lasting: true,
  takes: [TOURNAMENT],
  options: [
    ...PAGE,
    { flags: '--every <seconds>', about: 'how often to look (default 1)' },
    ADDRESS,
  ],
  async run(input, { connect, output, signal, clock }) {
    const request = requestOf(input);
    const every = parseWhole(optionalText(input, 'every') ?? '1', '--every', [1, SECONDS_MAX]);
    const { tournaments } = connect();
    let shown = '';
    while (!signal.aborted) {
      const board = await tournaments.getStandings(request);
      // It is as of another moment each time, which is no change.
      const { asOfTime: _, ...rest } = board;
      const seen = JSON.stringify(messageJson(GetStandingsResponseSchema, rest));
      if (seen !== shown) output.redraw(resultOf(board, output));
      shown = seen;
      await waitFor(every * 1_000, { clock, signal });
    }
    return EXIT.ok;
  },
};

export const standingsVerbs: readonly Verb[] = [show, watch];

export function boardOf(input: Input) {
  const division = optionalText(input, 'division');
  const day = optionalText(input, 'day');
  if (division !== undefined && day !== undefined) {
    throw new UsageError('a ranking is of a --division or of a --day, not of both');
  }
  return {
    division: division === undefined ? '' : parseId(division, '--division'),
    day: day === undefined ? '' : parseDay(day, '--day'),
  };
}

export function pageOf(input: Input) {
  return {
    tournamentId: parseId(takenAt(input, 0), '<tournament>'),
    fromRank: parseWhole(optionalText(input, 'rank') ?? '1', '--rank', [1, RANK_MAX]),
    pageSize: parseWhole(optionalText(input, 'rows') ?? '20', '--rows', [1, ROWS_MAX]),
  };
}

function requestOf(input: Input) {
  const around = optionalText(input, 'around');
  const ranks = optionalText(input, 'ranks');
  return {
    ...pageOf(input),
    ...boardOf(input),
    aroundPlayerId: around === undefined ? '' : parseId(around, '--around'),
    rankMode: ranks === undefined ? RankMode.UNSPECIFIED : parseOneOf(ranks, '--ranks', MODES),
  };
}

function resultOf(board: GetStandingsResponse, output: Output): Result {
  return {
    json: () => messageJson(GetStandingsResponseSchema, board),
    human: () => boardLines(board, output),
  };
}

function boardLines({ tournament, standings }: GetStandingsResponse, output: Output): string[] {
  const more: [Column, (it: Standing) => string][] = [];
  if (standings.some(({ division }) => division !== '')) {
    more.push([{ title: 'division' }, ({ division }) => division]);
  }
  if (standings.some(({ team }) => team !== '')) more.push([{ title: 'team' }, ({ team }) => team]);
  const table = tableLines(
    [
      { title: 'rank', ...RIGHT },
      { title: 'alias' },
      { title: 'points', ...RIGHT },
      { title: 'events', ...RIGHT },
      { title: 'player' },
      ...more.map(([column]) => column),
    ],
    standings.map((it) => [
      formatCount(it.rank),
      it.alias,
      formatCount(it.score),
      formatCount(it.countedBets),
      it.playerId,
      ...more.map(([, textOf]) => textOf(it)),
    ]),
    output.style,
  );
  return [...headLines(tournament, output), '', ...table];
}
