/** `furlong board position`, `cut-offs`, `teams`: who is where, and what a place takes. */
import {
  GetCutOffsResponseSchema,
  type GetPositionResponse,
  GetPositionResponseSchema,
  ListTeamsResponseSchema,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { boardOf, OF_BOARD, pageOf, RANK, RANK_MAX, ROWS } from './board-standings.ts';
import { EXIT } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { formatTime } from './times.ts';
import { headLines, TOURNAMENT } from './tournament-lines.ts';
import { formatCount, formatPermille, parseId, parsePercents, parseWhole } from './values.ts';
import { ADDRESS, optionalText, takenAt, type Verb } from './verb.ts';

const PLACES_USUAL = [1, 10, 100];
const PERMILLES_USUAL = [10, 100, 500];
const RIGHT = { align: 'right' } as const;

const position: Verb = {
  name: 'board position',
  about: 'where a player is, and what is lacking to the next rank',
  takes: [TOURNAMENT, { name: '<player>', about: 'id of the player' }],
  options: [
    {
      flags: '--token <token>',
      about:
        'of an answer to join or ingest, or of a settled bet: it is in the position, or the position is stale',
    },
    ADDRESS,
  ],
  examples: ['furlong board position sunday ann'],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const playerId = parseId(takenAt(input, 1), '<player>');
    const token = optionalText(input, 'token') ?? '';
    const { tournaments } = connect();
    const answer = await tournaments.getPosition({ tournamentId, playerId, token });
    output.show({
      json: () => messageJson(GetPositionResponseSchema, answer),
      human: () => positionLines(answer, output),
    });
    return EXIT.ok;
  },
};

const cutOffs: Verb = {
  name: 'board cut-offs',
  about: 'the scores of places and of the best so many percent',
  takes: [TOURNAMENT],
  options: [
    { flags: '--places <places>', about: 'such as 1,10 (with no --top: 1,10,100)' },
    { flags: '--top <percents>', about: 'such as 0.5,10 (with no --places: 1,10,50)' },
    ...OF_BOARD,
    ADDRESS,
  ],
  examples: ['furlong board cut-offs sunday --places 1,3 --top 10,0.5'],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const [first, second] = [optionalText(input, 'places'), optionalText(input, 'top')];
    const isUsual = first === undefined && second === undefined;
    const places = first?.split(',').map((it) => parseWhole(it.trim(), '--places', [1, RANK_MAX]));
    const top = second === undefined ? undefined : parsePercents(second, '--top');
    const request = {
      tournamentId,
      places: places ?? (isUsual ? PLACES_USUAL : []),
      topPermilles: top ?? (isUsual ? PERMILLES_USUAL : []),
      ...boardOf(input),
    };
    const answer = await connect().tournaments.getCutOffs(request);
    output.show({
      json: () => messageJson(GetCutOffsResponseSchema, answer),
      human: () => [
        ...tableLines(
          [{ title: 'of' }, { title: 'place', ...RIGHT }, { title: 'points', ...RIGHT }],
          answer.cutOffs.map(({ place, topPermille, score }) => [
            topPermille === 0 ? 'place' : `best ${formatPermille(topPermille)}`,
            formatCount(place),
            formatCount(score),
          ]),
          output.style,
        ),
        asOf(answer.players, formatTime(answer.asOfTime)),
      ],
    });
    return EXIT.ok;
  },
};

const teams: Verb = {
  name: 'board teams',
  about: 'teams, by the scores of their best players',
  takes: [TOURNAMENT],
  options: [RANK, ROWS, ADDRESS],
  async run(input, { connect, output }) {
    const { tournamentId, fromRank, pageSize } = pageOf(input);
    const answer = await connect().tournaments.listTeams({ tournamentId, fromRank, pageSize });
    output.show({
      json: () => messageJson(ListTeamsResponseSchema, answer),
      human: () =>
        answer.teams.length === 0
          ? ['no teams']
          : tableLines(
              [
                { title: 'rank', ...RIGHT },
                { title: 'team' },
                { title: 'points', ...RIGHT },
                { title: 'players', ...RIGHT },
                { title: 'best' },
              ],
              answer.teams.map(({ rank, team, score, players, best }) => [
                formatCount(rank),
                team,
                formatCount(score),
                formatCount(players),
                best.map((it) => `${it.alias} ${formatCount(it.score)}`).join(', '),
              ]),
              output.style,
            ),
    });
    return EXIT.ok;
  },
};

export const positionVerbs: readonly Verb[] = [position, cutOffs, teams];

function positionLines(answer: GetPositionResponse, output: Output): string[] {
  const { standing, tournament, players, divisionRank, divisionPlayers, attemptsLeft } = answer;
  const fields: [string, string][] = [
    ['player', `${standing?.playerId ?? ''}, ${standing?.alias ?? ''}`],
    ['rank', `${formatCount(standing?.rank ?? 0n)} of ${formatCount(players)}`],
    ['points', formatCount(standing?.score ?? 0n)],
    ['events', formatCount(standing?.countedBets ?? 0n)],
    ['to the next rank', formatCount(answer.toNext)],
    ['before the one behind', formatCount(answer.toHold)],
    ['not better', `${formatPermille(answer.percentilePermille)} of the players`],
  ];
  if (divisionRank > 0n) {
    const division = standing?.division ?? '';
    fields.push([
      `in ${division}`,
      `${formatCount(divisionRank)} of ${formatCount(divisionPlayers)}`,
    ]);
  }
  if (attemptsLeft !== undefined) fields.push(['events left', formatCount(attemptsLeft)]);
  const stale = answer.stale ? ', without what the token stands for' : '';
  fields.push(['as of', `${formatTime(answer.asOfTime)}${stale}`]);
  return [...headLines(tournament, output), '', ...fieldLines(fields, output.style)];
}

function asOf(players: bigint, time: string): string {
  return `of ${formatCount(players)} players, as of ${time}`;
}
