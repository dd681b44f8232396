/** `furlong ops`: where everything is, what waits, and the books. */
import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type GetBalanceResponse,
  GetBalanceResponseSchema,
  ListPartitionsResponseSchema,
  ListStuckResponseSchema,
  type Stuck,
  WhereIsResponseSchema,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import { EXIT, UsageError } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount, parseWhole } from './values.ts';
import { ADDRESS, type Input, optionalText, takenAt, type Verb } from './verb.ts';

const ACTOR_PATTERN = /^(player|race|tournament|operator)\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const whereIs: Verb = {
  name: 'ops where-is',
  about: 'which partition and shard something lives on',
  takes: [{ name: '<actor>', about: 'such as race/sha-tin-r6 or player/demo' }],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const address = takenAt(input, 0);
    if (!ACTOR_PATTERN.test(address)) {
      throw new UsageError(
        `<actor> is ${JSON.stringify(address)}, but must be player, race, tournament or operator, then / and an id`,
      );
    }
    const found = await connect().ops.whereIs({ address });
    output.show({
      json: () => messageJson(WhereIsResponseSchema, found),
      human: () =>
        fieldLines(
          [
            ['partition', String(found.partition)],
            ['shard', found.shard],
            ['known', found.known ? 'yes' : 'no: nothing ever happened to it'],
            ['version', formatCount(found.version)],
          ],
          output.style,
        ),
    });
    return EXIT.ok;
  },
};

const partitions: Verb = {
  name: 'ops partitions',
  about: 'every partition: owner, log position, what waits',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const answer = await connect().ops.listPartitions({});
    const right = { align: 'right' } as const;
    output.show({
      json: () => messageJson(ListPartitionsResponseSchema, answer),
      human: () =>
        tableLines(
          [
            { title: 'partition', ...right },
            { title: 'shard' },
            { title: 'epoch', ...right },
            { title: 'position', ...right },
            { title: 'actors', ...right },
            { title: 'outgoing', ...right },
            { title: 'dead letters', ...right },
            { title: 'head of the chain' },
          ],
          answer.partitions.map((it) => [
            String(it.partition),
            it.shard,
            formatCount(it.epoch),
            formatCount(it.position),
            formatCount(it.actors),
            formatCount(it.outgoing),
            formatCount(it.deadLetters),
            it.headHash.slice(0, 16),
          ]),
          output.style,
        ),
    });
    return EXIT.ok;
  },
};

const balance: Verb = {
  name: 'ops balance',
  about: 'the books, and whether they add up; ends with 1 where they do not',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const books = await connect().ops.getBalance({});
    output.show({
      json: () => messageJson(GetBalanceResponseSchema, books),
      human: () => bookLines(books, output),
    });
    return missingCents(books) === 0n ? EXIT.ok : EXIT.failed;
  },
};

const stuck: Verb = {
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

export const opsVerbs: readonly Verb[] = [whereIs, partitions, stuck, balance];

/** Deposits − withdrawals less everything that must hold them: 0, or the books are wrong. */
export function missingCents(books: GetBalanceResponse): bigint {
  const { depositsCents, withdrawalsCents } = books;
  const { freeCents, heldCents, unclaimedCents, inPoolsCents, inTransitCents } = books;
  const { takeoutCents, breakageCents, reserveCents, houseUnclaimedCents } = books;
  const players = freeCents + heldCents + unclaimedCents;
  const house = takeoutCents + breakageCents + reserveCents + houseUnclaimedCents;
  return depositsCents - withdrawalsCents - players - inPoolsCents - house - inTransitCents;
}

export function bookLines(books: GetBalanceResponse, { style }: Output): string[] {
  const amounts: [string, bigint][] = [
    ['deposits', books.depositsCents],
    ['withdrawals', -books.withdrawalsCents],
    ['= players, free', books.freeCents],
    ['+ players, held', books.heldCents],
    ['+ players, unclaimed', books.unclaimedCents],
    ['+ in pools', books.inPoolsCents],
    ['+ takeout', books.takeoutCents],
    ['+ breakage', books.breakageCents],
    ['+ reserve', books.reserveCents],
    ['+ never claimed', books.houseUnclaimedCents],
    ['+ in transit', books.inTransitCents],
  ];
  const texts = amounts.map(([, cents]) => formatAmount(cents));
  const width = Math.max(...texts.map((text) => text.length));
  const missing = missingCents(books);
  return [
    ...fieldLines(
      amounts.map(([name], at) => [name, (texts[at] ?? '').padStart(width)]),
      style,
    ),
    missing === 0n
      ? style('green', 'the books add up to the cent')
      : style('red', `the books do not add up: ${formatAmount(missing)} missing`),
  ];
}
