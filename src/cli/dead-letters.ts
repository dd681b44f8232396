/** `furlong ops dead-letters`: commands that were given up: listed, sent again, dropped. */
import {
  type DeadLetter,
  DeadLetterReason,
  ListDeadLettersResponseSchema,
  ReplayDeadLetterResponseSchema,
  type ReplayOutcome,
  ReplayResult,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { formatCount } from './values.ts';
import { ADDRESS, OPERATOR, optionalText, takenAt, textOf, type Verb } from './verb.ts';

const LETTER = { name: '<id>', about: 'as `ops dead-letters` lists it, such as 3.17' };

/** A page of the server's: whoever wants more sees that there is more. */
const PAGE_SIZE = 100;

const list: Verb = {
  name: 'ops dead-letters list',
  about: 'what was given up and waits: from whom, to whom, why',
  ofGroup: true,
  options: [
    ADDRESS,
    { flags: '--page <token>', about: 'where the list before it ended' },
    { flags: '--full', about: 'also each command and what was thrown or said at it' },
  ],
  async run(input, { connect, output, clock }) {
    const pageToken = optionalText(input, 'page') ?? '';
    const answer = await connect().ops.listDeadLetters({ pageSize: PAGE_SIZE, pageToken });
    output.show({
      json: () => messageJson(ListDeadLettersResponseSchema, answer),
      human: () => {
        const { deadLetters, nextPageToken } = answer;
        if (deadLetters.length === 0) return [output.style('green', 'no dead letters')];
        const lines =
          input.flags.full === true
            ? deadLetters.flatMap((it) => fullLines(it, output, clock.now()))
            : shortLines(deadLetters, output, clock.now());
        return nextPageToken === ''
          ? lines
          : [...lines, `more with: furlong ops dead-letters --page ${nextPageToken}`];
      },
    });
    return EXIT.ok;
  },
};

const replay: Verb = {
  name: 'ops dead-letters replay',
  about: 'send one again under its first id; ends with 1 where it is not taken',
  takes: [LETTER],
  options: [OPERATOR, ADDRESS],
  examples: ['furlong ops dead-letters replay 3.17 --operator ann'],
  async run(input, { connect, output }) {
    const request = { deadLetterId: takenAt(input, 0), operator: operatorOf(input) };
    const answer = await connect().ops.replayDeadLetter(request);
    const { outcome } = answer;
    output.show({
      json: () => messageJson(ReplayDeadLetterResponseSchema, answer),
      human: () => outcomeLines(request.deadLetterId, outcome, output),
    });
    return outcome?.result === ReplayResult.TAKEN ? EXIT.ok : EXIT.failed;
  },
};

const drop: Verb = {
  name: 'ops dead-letters drop',
  about: 'give one up for good; the log keeps who, when and why',
  takes: [LETTER],
  options: [
    { flags: '--reason <text>', about: 'why, for the record', required: true },
    OPERATOR,
    ADDRESS,
  ],
  examples: ['furlong ops dead-letters drop 3.17 --operator ann --reason "paid by hand, slip 88"'],
  async run(input, { connect, output }) {
    const deadLetterId = takenAt(input, 0);
    const reason = textOf(input, 'reason');
    await connect().ops.dropDeadLetter({ deadLetterId, operator: operatorOf(input), reason });
    output.show({
      json: () => ({ deadLetterId, dropped: true }),
      human: () => [`${deadLetterId} is dropped`],
    });
    return EXIT.ok;
  },
};

export const deadLetterVerbs: readonly Verb[] = [list, replay, drop];

function operatorOf(input: Parameters<Verb['run']>[0]): string {
  return optionalText(input, 'operator') ?? 'cli';
}

function shortLines(letters: readonly DeadLetter[], output: Output, nowMs: number): string[] {
  const right = { align: 'right' } as const;
  return tableLines(
    [
      { title: 'id' },
      { title: 'age', ...right },
      { title: 'sent by' },
      { title: 'to' },
      { title: 'command' },
      { title: 'why' },
      { title: 'replays', ...right },
      { title: 'then' },
    ],
    letters.map((it) => [
      it.id,
      ageOf(it, nowMs),
      it.from === '' ? 'outside' : it.from,
      it.to,
      it.commandId,
      whyOf(it),
      formatCount(it.replays),
      it.replaying ? 'under way' : it.outcome === undefined ? '' : resultOf(it.outcome),
    ]),
    output.style,
  );
}

function fullLines(letter: DeadLetter, output: Output, nowMs: number): string[] {
  const { command, commandBytes, detail, outcome } = letter;
  return [
    ...shortLines([letter], output, nowMs).slice(1),
    `  command (${formatCount(commandBytes)} bytes): ${command}`,
    ...detail.split('\n').map((line) => `  ${line}`),
    ...(outcome === undefined ? [] : [`  replayed: ${resultOf(outcome)} ${outcome.detail}`]),
  ];
}

function outcomeLines(id: string, outcome: ReplayOutcome | undefined, { style }: Output): string[] {
  if (outcome?.result === ReplayResult.TAKEN)
    return [style('green', `${id} was taken, and is gone`)];
  const how = outcome === undefined ? 'no outcome' : resultOf(outcome);
  return [style('red', `${id} was not taken: ${how}`), `  ${outcome?.detail ?? ''}`.trimEnd()];
}

function whyOf({ reason, attempts }: DeadLetter): string {
  return reason === DeadLetterReason.THREW ? `threw ${attempts} times` : 'refused';
}

function resultOf({ result }: ReplayOutcome): string {
  switch (result) {
    case ReplayResult.TAKEN:
      return 'taken';
    case ReplayResult.REJECTED:
      return 'refused';
    case ReplayResult.THREW:
      return 'threw';
    case ReplayResult.ACTOR_QUARANTINED:
      return 'its actor is in quarantine';
    default:
      return 'unknown';
  }
}

/** In its largest unit: `3 d`. */
function ageOf({ keptMs }: DeadLetter, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Number(keptMs)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
