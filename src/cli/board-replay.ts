/**
 * `furlong board replay`: the standings of a contest from its events alone, without a server. Either
 * all standings are on stdout, or nothing is.
 */
import { type JsonSchema, sentenceOf } from '../actors/shape.ts';
import {
  CONTEST_SHAPE,
  type ContestDocument,
  contestSchema,
  type EventLine,
  eventSchema,
} from '../standings/document.ts';
import { replay, type Standings } from '../standings/replay.ts';
import { readEventLines } from './event-lines.ts';
import { EXIT, type ExitCode, Refused, UsageError } from './exit.ts';
import { readJson } from './json-file.ts';
import { fieldLines, type Output, tableLines } from './output.ts';
import { formatCount } from './values.ts';
import { optionalText, type Verb } from './verb.ts';

const RULES_MAX_BYTES = 1024 * 1024;
/** All are in memory at once, some 500 bytes each. */
const LINES_MAX = 5_000_000;
/** Lines between two words of progress. */
const PROGRESS_EVERY = 100_000;

const SCHEMAS: Readonly<Record<string, () => JsonSchema>> = {
  rules: contestSchema,
  event: eventSchema,
};

export const boardReplay: Verb = {
  name: 'board replay',
  about: 'the final standings of a contest from its events, in any order, without a server',
  takes: [{ name: '[events]', about: 'a file with a line of JSON for each; - reads stdin' }],
  options: [
    { flags: '--rules <file>', about: 'the contest: what counts, for how much (docs/BOARDS.md)' },
    { flags: '--schema <which>', about: 'print a JSON Schema: of the rules, or of an event' },
  ],
  examples: [
    'furlong board replay --rules examples/boards/icpc-world-finals-49.json examples/boards/icpc-world-finals-49.ndjson',
    'furlong board replay --rules examples/boards/first-come.json - < examples/boards/first-come.ndjson',
    'furlong board replay --schema event',
  ],
  async run(input, { output }) {
    const which = optionalText(input, 'schema');
    if (which !== undefined) return showSchema(which, output);
    const rules = optionalText(input, 'rules');
    const [file] = input.taken;
    if (rules === undefined) throw new UsageError('say by which rules: --rules FILE');
    if (file === undefined) throw new UsageError('say which events: a file, or - for stdin');
    const contest = await readContest(rules);
    const lines: EventLine[] = [];
    for await (const { line, refused } of readEventLines(file)) {
      lines.push(line);
      if (lines.length > LINES_MAX) throw refused(`more than ${formatCount(LINES_MAX)} events`);
      if (lines.length % PROGRESS_EVERY === 0)
        output.note(`${formatCount(lines.length)} lines read`);
    }
    const standings = ranked(contest, lines);
    output.show({
      json: () => JSON.parse(JSON.stringify(standings)),
      human: () => standingsLines(standings, output),
    });
    return EXIT.ok;
  },
};

function ranked(contest: ContestDocument, lines: readonly EventLine[]): Standings {
  try {
    return replay(contest, lines);
  } catch (error) {
    if (error instanceof RangeError) throw new Refused(error.message, EXIT.badData);
    throw error;
  }
}

function showSchema(which: string, output: Output): ExitCode {
  const schema = SCHEMAS[which]?.();
  if (schema === undefined) {
    throw new UsageError(`--schema is ${JSON.stringify(which)}, but must be rules or event`);
  }
  const human = () => JSON.stringify(schema, undefined, 2).split('\n');
  output.show({ json: () => JSON.parse(JSON.stringify(schema)), human });
  return EXIT.ok;
}

async function readContest(file: string): Promise<ContestDocument> {
  const { name, data } = await readJson(file, { maxBytes: RULES_MAX_BYTES });
  const problem = CONTEST_SHAPE.problemIn(data, '');
  if (problem !== undefined) throw new Refused(`${name}: ${sentenceOf(problem)}`, EXIT.badData);
  return data as ContestDocument; // the shape has judged all of it
}

const RIGHT = { align: 'right' } as const;

function standingsLines(all: Standings, { style }: Output): string[] {
  const { tournament, ruleSet, entrants, events, left, standings, seedCommitment } = all;
  const { accepted, duplicate, late, refused } = events;
  const hasPenalty = standings.some(({ penalty }) => penalty !== 0);
  const fields: [string, string][] = [
    ['tournament', tournament],
    ['rules', ruleSet],
    ['entrants', formatCount(entrants)],
    [
      'events',
      `${formatCount(accepted)} accepted, ${formatCount(duplicate)} duplicate, ${formatCount(late)} late, ${formatCount(refused)} refused`,
    ],
    ...(seedCommitment === undefined
      ? []
      : [['seed', `SHA-256 ${seedCommitment}`] as [string, string]]),
  ];
  return [
    ...fieldLines(fields, style),
    '',
    ...tableLines(
      [
        { title: 'rank', ...RIGHT },
        { title: 'player' },
        { title: 'score', ...RIGHT },
        ...(hasPenalty ? [{ title: 'penalty', ...RIGHT }] : []),
        { title: 'counted', ...RIGHT },
      ],
      standings.map(({ rank, player, score, penalty, counted }) => [
        formatCount(rank),
        player,
        formatCount(score),
        ...(hasPenalty ? [formatCount(penalty)] : []),
        formatCount(counted),
      ]),
      style,
    ),
    ...(left.length === 0 ? [] : ['', ...leftLines(left, style)]),
  ];
}

function leftLines(left: Standings['left'], style: Output['style']): string[] {
  return tableLines(
    [{ title: 'does not count' }, { title: 'why' }],
    left.map(({ event_uuid, why }) => [event_uuid, why]),
    style,
  );
}
