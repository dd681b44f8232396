/** `furlong ops stuck`: what waits for an answer, and why. */
import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { ListStuckResponseSchema, type Stuck } from '../gen/furlong/ops/v1/ops_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { parseWhole } from './values.ts';
import { ADDRESS, type Input, optionalText, type Verb } from './verb.ts';

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
