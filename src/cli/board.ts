/** `furlong board`: a tournament's ranking, once or followed until Ctrl-C. */
import { waitFor } from '../day/wait.ts';
import {
  type GetStandingsResponse,
  GetStandingsResponseSchema,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, type Result, tableLines } from './output.ts';
import { formatCount, parseId, parseWhole } from './values.ts';
import { ADDRESS, type Input, type Option, optionalText, takenAt, type Verb } from './verb.ts';

const TOURNAMENT = { name: '<tournament>', about: 'such as sha-tin-day' };
const PAGE: readonly Option[] = [
  { flags: '--rank <rank>', about: 'rank to begin at (default 1)' },
  { flags: '--around <player>', about: 'a page around this player' },
  { flags: '--rows <count>', about: 'how many, at most 100 (default 20)' },
];

const ROWS_MAX = 100;
const RANK_MAX = 100_000_000;
const SECONDS_MAX = 3_600;

const show: Verb = {
  name: 'board show',
  about: 'the ranking now',
  takes: [TOURNAMENT],
  options: [...PAGE, ADDRESS],
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
      const result = resultOf(await tournaments.getStandings(request), output);
      const seen = JSON.stringify(result.json());
      if (seen !== shown) output.redraw(result);
      shown = seen;
      await waitFor(every * 1_000, { clock, signal });
    }
    return EXIT.ok;
  },
};

export const boardVerbs: readonly Verb[] = [show, watch];

function requestOf(input: Input) {
  const around = optionalText(input, 'around');
  return {
    tournamentId: parseId(takenAt(input, 0), '<tournament>'),
    fromRank: parseWhole(optionalText(input, 'rank') ?? '1', '--rank', [1, RANK_MAX]),
    aroundPlayerId: around === undefined ? '' : parseId(around, '--around'),
    pageSize: parseWhole(optionalText(input, 'rows') ?? '20', '--rows', [1, ROWS_MAX]),
  };
}

function resultOf(board: GetStandingsResponse, output: Output): Result {
  return {
    json: () => messageJson(GetStandingsResponseSchema, board),
    human: () => boardLines(board, output),
  };
}

function boardLines({ tournament, standings }: GetStandingsResponse, { style }: Output): string[] {
  const title = tournament?.title ?? '';
  const facts = `${formatCount(tournament?.players ?? 0n)} players, best ${tournament?.bestOf ?? 0} bets count`;
  const table = tableLines(
    [
      { title: 'rank', align: 'right' },
      { title: 'alias' },
      { title: 'points', align: 'right' },
      { title: 'bets', align: 'right' },
      { title: 'player' },
    ],
    standings.map(({ rank, alias, score, countedBets, playerId }) => [
      formatCount(rank),
      alias,
      formatCount(score),
      formatCount(countedBets),
      playerId,
    ]),
    style,
  );
  return [style('bold', title), facts, '', ...table];
}
