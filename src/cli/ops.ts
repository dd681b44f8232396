/** `furlong ops`: where everything is, how far it is signed, what was given up, and the books. */
import { timestampDate } from '@bufbuild/protobuf/wkt';
import {
  type GetBalanceResponse,
  GetBalanceResponseSchema,
  ListPartitionsResponseSchema,
  ListTreesResponseSchema,
  type Partition,
  WhereIsResponseSchema,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import { deadLetterVerbs } from './dead-letters.ts';
import { EXIT, UsageError } from './exit.ts';
import { shardVerbs } from './ops-shards.ts';
import { settleCall, stuck } from './ops-stuck.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

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
      human: () => [
        ...tableLines(
          [
            { title: 'partition', ...right },
            { title: 'shard' },
            { title: 'epoch', ...right },
            { title: 'position', ...right },
            { title: 'actors', ...right },
            { title: 'outgoing', ...right },
            { title: 'dead letters', ...right },
            { title: 'timers', ...right },
            { title: 'quarantined', ...right },
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
            timersOf(it),
            formatCount(it.quarantined),
            it.headHash.slice(0, 16),
          ]),
          output.style,
        ),
        ...answer.partitions.flatMap((it) => quarantineLines(it, output)),
      ],
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

const trees: Verb = {
  name: 'ops trees',
  about: 'how far each log is signed; ends with 1 where one is not signed any more',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const answer = await connect().ops.listTrees({});
    const right = { align: 'right' } as const;
    output.show({
      json: () => messageJson(ListTreesResponseSchema, answer),
      human: () =>
        tableLines(
          [
            { title: 'partition', ...right },
            { title: 'signed', ...right },
            { title: 'lag', ...right },
            { title: 'at' },
            { title: 'trouble' },
          ],
          answer.trees.map((it) => [
            String(it.partition),
            formatCount(it.size),
            formatCount(it.lag),
            it.signTime === undefined ? 'never' : timestampDate(it.signTime).toISOString(),
            it.trouble === '' ? 'none' : it.trouble,
          ]),
          output.style,
        ),
    });
    return answer.trees.every(({ trouble }) => trouble === '') ? EXIT.ok : EXIT.failed;
  },
};

export const opsVerbs: readonly Verb[] = [
  whereIs,
  partitions,
  trees,
  balance,
  ...deadLetterVerbs,
  stuck,
  settleCall,
  ...shardVerbs,
];

function timersOf({ timers, failingTimers }: Partition): string {
  const failing = failingTimers === 0n ? '' : `, ${formatCount(failingTimers)} failing`;
  return `${formatCount(timers)}${failing}`;
}

/** Actors that are out of service, and what they failed at. */
function quarantineLines(
  { partition, quarantined, quarantinedActors }: Partition,
  { style }: Output,
): string[] {
  const hidden = quarantined - BigInt(quarantinedActors.length);
  return [
    ...quarantinedActors.map(({ address, position, error }) => {
      const [what = ''] = error.split('\n');
      return style(
        'red',
        `${address} cannot be replayed: record ${position} of ${partition}: ${what}`,
      );
    }),
    ...(hidden > 0n ? [style('red', `and ${formatCount(hidden)} more of ${partition}`)] : []),
  ];
}

/** Deposits − withdrawals less everything that must hold them: 0, or the books are wrong. */
export function missingCents(books: GetBalanceResponse): bigint {
  const { depositsCents, withdrawalsCents } = books;
  const { freeCents, heldCents, unclaimedCents, inPoolsCents, inTransitCents } = books;
  const { takeoutCents, breakageCents, reserveCents, houseUnclaimedCents, houseAwardsCents } =
    books;
  const players = freeCents + heldCents + unclaimedCents;
  const house =
    takeoutCents + breakageCents + reserveCents + houseUnclaimedCents - houseAwardsCents;
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
    ['- awards paid', books.houseAwardsCents],
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
