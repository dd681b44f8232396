/** `furlong board`: a tournament, and its ranking, once or followed until Ctrl-C. */
import { waitFor } from '../day/wait.ts';
import {
  type GetStandingsResponse,
  GetStandingsResponseSchema,
  type Tournament,
  TournamentSchema,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { boardReplay } from './board-replay.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { messageJson, type Output, type Result, tableLines } from './output.ts';
import { formatCount, parseId, parseWhole } from './values.ts';
import {
  ADDRESS,
  type Input,
  type Option,
  optionalText,
  takenAt,
  textOf,
  type Verb,
} from './verb.ts';

const TOURNAMENT = { name: '<tournament>', about: 'such as sha-tin-day' };
const PAGE: readonly Option[] = [
  { flags: '--rank <rank>', about: 'rank to begin at (default 1)' },
  { flags: '--around <player>', about: 'a page around this player' },
  { flags: '--rows <count>', about: 'how many, at most 100 (default 20)' },
];

const BEST_MAX = 1_000;
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

const create: Verb = {
  name: 'board create',
  about: 'create a tournament over some races',
  takes: [TOURNAMENT],
  options: [
    { flags: '--races <ids>', about: 'whose bets count, such as r1,r2', required: true },
    { flags: '--title <title>', about: 'shown to people (default: the id)' },
    { flags: '--best <count>', about: 'how many bets of a player count (default 10)' },
    { flags: '--operator <name>', about: 'who does it, for the record (default cli)' },
    ADDRESS,
  ],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const races = textOf(input, 'races').split(',');
    const request = {
      tournamentId,
      title: optionalText(input, 'title') ?? tournamentId,
      raceIds: races.map((race) => parseId(race.trim(), '--races')),
      bestOf: parseWhole(optionalText(input, 'best') ?? '10', '--best', [1, BEST_MAX]),
      operator: optionalText(input, 'operator') ?? 'cli',
    };
    const { tournaments } = connect();
    const { tournament } = await tournaments.createTournament(request);
    return showTournament(tournament, output);
  },
};

const join: Verb = {
  name: 'board join',
  about: 'enter a player: from now on bets on the races count',
  takes: [TOURNAMENT, { name: '<player>', about: 'id of the player' }],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const playerId = parseId(takenAt(input, 1), '<player>');
    const { tournaments } = connect();
    const { tournament } = await tournaments.joinTournament({ tournamentId, playerId });
    return showTournament(tournament, output);
  },
};

export const boardVerbs: readonly Verb[] = [show, watch, create, join, boardReplay];

function showTournament(tournament: Tournament | undefined, output: Output): ExitCode {
  if (!tournament) throw new Error('the server answered without a tournament');
  output.show({
    json: () => messageJson(TournamentSchema, tournament),
    human: () => tournamentLines(tournament, output),
  });
  return EXIT.ok;
}

function tournamentLines(it: Tournament | undefined, { style }: Output): string[] {
  const players = formatCount(it?.players ?? 0n);
  return [style('bold', it?.title ?? ''), `${players} players, best ${it?.bestOf ?? 0} bets count`];
}

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

function boardLines({ tournament, standings }: GetStandingsResponse, output: Output): string[] {
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
    output.style,
  );
  return [...tournamentLines(tournament, output), '', ...table];
}
