/** `furlong ops stuck`, `settle-call`: what waits for an answer, why, and the end of it by hand. */
import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { ListStuckResponseSchema, type Stuck } from '../gen/furlong/ops/v1/ops_pb.ts';
import { EXIT, UsageError } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { parseWhole } from './values.ts';
import { ADDRESS, type Input, OPERATOR, optionalText, takenAt, textOf, type Verb } from './verb.ts';

export const stuck: Verb = {
  name: 'ops stuck',
  about: 'what waits for an answer, oldest first, and why',
  options: [
    {
      flags: '--older-than <seconds>',
      about: 'only what waits for longer (default 0: everything)',
    },
    { flags: '--limit <count>', about: 'at most so many (default 50, at most 10000)' },
    ADDRESS,
  ],
  examples: ['furlong ops stuck --older-than 30'],
  async run(input, { connect, output, clock }) {
    const olderThanSeconds = wholeOf(input, 'olderThan', '--older-than', [0, AGE_MAX_SECONDS]) ?? 0;
    const limit = wholeOf(input, 'limit', '--limit', [1, STUCK_MAX]) ?? STUCK_USUAL;
    const { ops } = connect();
    const found: Stuck[] = [];
    let pageToken = '';
    do {
      const pageSize = Math.min(limit - found.length, PAGE_MAX);
      const page = await ops.listStuck({ olderThanSeconds, pageSize, pageToken });
      found.push(...page.stuck);
      pageToken = page.nextPageToken;
    } while (pageToken !== '' && found.length < limit);
    if (pageToken !== '') output.note(`more wait: add --limit, at most ${STUCK_MAX}`);
    output.show({
      json: () =>
        messageJson(
          ListStuckResponseSchema,
          create(ListStuckResponseSchema, { stuck: found, nextPageToken: pageToken }),
        ),
      human: () => stuckLines(found, clock.now(), output),
    });
    return EXIT.ok;
  },
};

const CALL_PATTERN = /^(capture|void|credit):[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export const settleCall: Verb = {
  name: 'ops settle-call',
  about: 'what the wallet outside refuses for good was put right there by hand: ask it no more',
  takes: [
    { name: '<player>', about: 'whose money' },
    { name: '<call>', about: 'as `ops stuck` names it: capture:BET, void:BET or credit:NUMBER' },
  ],
  options: [
    {
      flags: '--reason <text>',
      about: 'what was done at the wallet, for the record',
      required: true,
    },
    OPERATOR,
    ADDRESS,
  ],
  examples: [
    'furlong ops settle-call ann capture:b1 --operator jo --reason "taken by hand, slip 88"',
  ],
  async run(input, { connect, output }) {
    const playerId = takenAt(input, 0);
    const call = takenAt(input, 1);
    if (!CALL_PATTERN.test(call)) {
      throw new UsageError(
        `<call> is ${JSON.stringify(call)}, but must be capture:BET, void:BET or credit:NUMBER`,
      );
    }
    const operator = optionalText(input, 'operator') ?? 'cli';
    const reason = textOf(input, 'reason');
    await connect().ops.settleCall({ playerId, call, operator, reason });
    output.show({
      json: () => ({ playerId, call, settled: true }),
      human: () => [`${call} of player ${playerId} is settled by hand, and asked no more`],
    });
    return EXIT.ok;
  },
};

const STUCK_USUAL = 50;
const STUCK_MAX = 10_000;
/** The server gives no longer page. */
const PAGE_MAX = 500;
const AGE_MAX_SECONDS = 31_536_000;

function stuckLines(found: readonly Stuck[], nowMs: number, { style }: Output): string[] {
  if (found.length === 0) return ['nothing waits'];
  const right = { align: 'right' } as const;
  return tableLines(
    [
      { title: 'waits', ...right },
      { title: 'what' },
      { title: 'actor' },
      { title: 'name' },
      { title: 'attempts', ...right },
      { title: 'why' },
    ],
    found.map((it) => [
      ageOf(nowMs - (it.sinceTime === undefined ? nowMs : timestampMs(it.sinceTime))),
      it.kind,
      it.address,
      it.name,
      String(it.attempts),
      it.why || 'under way',
    ]),
    style,
  );
}

/** `4 s`, `12 min`, `3 h`, `2 d` */
function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3_600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}

function wholeOf(
  input: Input,
  option: string,
  name: string,
  range: readonly [number, number],
): number | undefined {
  const text = optionalText(input, option);
  return text === undefined ? undefined : parseWhole(text, name, range);
}
