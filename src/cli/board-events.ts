/** `furlong board ingest`: events from outside, from a file or as they come, into a tournament. */
import {
  type EventOutcome,
  EventOutcomeSchema,
  EventStatus,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { readEventLines } from './event-lines.ts';
import { createEventSender, type EventSender } from './event-sender.ts';
import { EXIT } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { countsOf, TOURNAMENT } from './tournament-lines.ts';
import { formatCount, parseId } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

/** Outcomes between two words of progress. */
const PROGRESS_EVERY = 10_000;
/** Beyond that many a list says nothing more; programs get every outcome. */
const REFUSED_SHOWN = 100;

interface Tally {
  readonly counts: { accepted: number; duplicate: number; late: number; refused: number };
  /** In the standings: all accepted, and what came late within the window. */
  counted: number;
  readonly refused: EventOutcome[];
  /** For `board position`: it then holds all of them. */
  token: string;
}

export const ingest: Verb = {
  name: 'board ingest',
  about: 'send events from outside, a line of JSON each; ends with 1 where one was refused',
  takes: [
    TOURNAMENT,
    { name: '<events>', about: 'a file, as docs/board-event.schema.json has it; - reads stdin' },
  ],
  options: [ADDRESS],
  examples: [
    'furlong board ingest slots events.ndjson',
    'furlong board ingest slots - --json < events.ndjson',
  ],
  async run(input, { connect, output, clock }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const file = takenAt(input, 1);
    const { tournaments } = connect();
    const tally: Tally = {
      counts: { accepted: 0, duplicate: 0, late: 0, refused: 0 },
      counted: 0,
      refused: [],
      token: '',
    };
    const onOutcomes = (outcomes: readonly EventOutcome[], token: string) => {
      for (const outcome of outcomes) note(tally, outcome, output);
      if (token !== '') tally.token = token;
      if (output.json) output.lines(outcomes.map(jsonLine));
    };
    const sender = createEventSender({ tournaments, tournamentId, clock, onOutcomes });
    let isWhole = false;
    try {
      await sendAll(file, sender);
      isWhole = true;
    } finally {
      sender.close();
      // What was answered before something went wrong is told all the same.
      if (isWhole || answeredOf(tally) > 0) showTally(tournamentId, tally, output);
    }
    return tally.counts.refused === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** A line that is no event ends it; what was before it is sent, and answered. */
async function sendAll(file: string, sender: EventSender): Promise<void> {
  try {
    for await (const { line, refused } of readEventLines(file)) {
      if (line.kind === 'entry') {
        throw refused('an entry, not an event: players join with furlong board join');
      }
      await sender.add(line);
    }
  } finally {
    await sender.settled();
  }
}

const STATUSES: Readonly<Record<number, keyof Tally['counts']>> = {
  [EventStatus.ACCEPTED]: 'accepted',
  [EventStatus.DUPLICATE]: 'duplicate',
  [EventStatus.LATE]: 'late',
  [EventStatus.REFUSED]: 'refused',
};

function note(tally: Tally, outcome: EventOutcome, output: Output): void {
  const { counts, refused } = tally;
  const status = STATUSES[outcome.status];
  // A status that this program does not know must not pass for a good one.
  counts[status ?? 'refused']++;
  if (outcome.counted) tally.counted++;
  if ((status ?? 'refused') === 'refused' && refused.length < REFUSED_SHOWN) refused.push(outcome);
  const answered = answeredOf(tally);
  if (answered % PROGRESS_EVERY === 0) output.note(`${formatCount(answered)} events answered`);
}

function answeredOf({ counts: { accepted, duplicate, late, refused } }: Tally): number {
  return accepted + duplicate + late + refused;
}

function jsonLine(outcome: EventOutcome): string {
  return JSON.stringify(messageJson(EventOutcomeSchema, outcome));
}

function showTally(tournamentId: string, tally: Tally, output: Output): void {
  const { counts, counted, refused, token } = tally;
  output.show({
    json: () => ({ tournamentId, counts: { ...counts }, counted, token }),
    human: () => [
      ...fieldLines(
        [
          ['events', countsOf(counts)],
          ['newly counted', formatCount(counted)],
          ['token', token],
        ],
        output.style,
      ),
      ...(refused.length === 0 ? [] : refusedLines(tally, output)),
    ],
  });
}

function refusedLines({ refused, counts }: Tally, { style }: Output): string[] {
  const rows = refused.map(({ eventUuid, reason }) => [eventUuid, reason]);
  const more = counts.refused - refused.length;
  return [
    '',
    ...tableLines([{ title: 'refused' }, { title: 'why' }], rows, style),
    ...(more > 0 ? [`and ${formatCount(more)} more: all with --json`] : []),
  ];
}
