/**
 * `furlong log verify`: reads every record again, and says whether anybody changed or lost one, also
 * beside the trees that were signed over it and checkpoints that somebody kept elsewhere. What
 * is on its way in a log in use is nobody's fault, and said to be unjudged.
 */
import { type Verification, verifyLog } from '../audit/verify.ts';
import { EXIT, reading } from './exit.ts';
import { dataOf } from './log-data.ts';
import { logExport } from './log-export.ts';
import { logReplay } from './log-replay.ts';
import { type Output, tableLines } from './output.ts';
import { KEY, key, ofRecord, publishedIn } from './receipt.ts';
import { formatAmount, formatCount } from './values.ts';
import type { Verb } from './verb.ts';

const verify: Verb = {
  name: 'log verify',
  about: 'read a log again: hash chain, events, every cent; ends with 65 where something is wrong',
  options: [
    {
      flags: '--data <dir>',
      about: 'the data directory; a server may have it open (FURLONG_DATA)',
    },
    {
      flags: '--reprice',
      about: 'make every price again from the tickets and compare it with the recorded one',
    },
    {
      flags: '--checkpoint <file>',
      about: 'a checkpoint kept elsewhere, signed by --key: the log must be what it says',
    },
    KEY,
  ],
  async run(input, { config, output }) {
    const { flags } = input;
    const dir = dataOf(config);
    const published = await publishedIn(input);
    const found = reading(`${dir} cannot be verified`, () =>
      verifyLog(dir, {
        reprice: flags.reprice === true,
        published,
        onProgress: (records) => output.note(`${formatCount(records)} records read`),
      }),
    );
    output.show({ json: () => jsonOf(found), human: () => verificationLines(found, output) });
    return found.faults.length === 0 ? EXIT.ok : EXIT.badData;
  },
};

export const logVerbs: readonly Verb[] = [verify, logExport, logReplay, ofRecord, key];

function jsonOf(found: Verification) {
  const { records, rest, partitions, trees, books, funds, bets, wallet, faults, moving, repriced } =
    found;
  return {
    ok: faults.length === 0,
    rest,
    records,
    partitions: partitions.map((it) => ({ ...it })),
    trees: trees.map((it) => ({ ...it })),
    books: { ...books },
    funds: funds.map((it) => ({ ...it })),
    bets: { ...bets },
    wallet: { ...wallet, waiting: [...wallet.waiting] },
    repriced: repriced ?? null,
    faults: [...faults],
    moving: [...moving],
  };
}

function verificationLines(found: Verification, { style }: Output): string[] {
  const { records, rest, partitions, trees, books, funds, bets, faults, repriced } = found;
  const right = { align: 'right' } as const;
  const table = tableLines(
    [
      { title: 'partition', ...right },
      { title: 'records', ...right },
      { title: 'signed', ...right },
      { title: 'head of the chain' },
    ],
    partitions.map((it, index) => [
      String(it.partition),
      formatCount(it.records),
      formatCount(trees[index]?.size ?? 0),
      it.headHash,
    ]),
    style,
  );
  const counts = Object.entries(bets).map(
    ([name, count]) => `${formatCount(count)} ${wordsOf(name)}`,
  );
  const amounts = Object.entries(books).map(
    ([name, cents]) => `${wordsOf(name)} ${formatAmount(cents)}`,
  );
  const verdict =
    faults.length === 0
      ? style('green', `${formatCount(records)} records verified: ${praiseOf(rest)}`)
      : style('red', `${formatCount(records)} records read, and this is wrong:`);
  return [
    ...table,
    '',
    `bets:  ${counts.join(', ')}`,
    `books: ${amounts.join(', ')}`,
    ...(funds.length === 0
      ? []
      : [`funds: ${funds.map((it) => `${it.fund} ${formatAmount(it.cents)}`).join(', ')}`]),
    ...walletLines(found.wallet),
    ...(repriced === undefined ? [] : [`${formatCount(repriced)} prices made again`]),
    verdict,
    ...faults.map((fault) => `  ${fault}`),
    ...reservationOf(rest).map((line) => style('yellow', line)),
  ];
}

function praiseOf(rest: Verification['rest']): string {
  return rest === 'at-rest'
    ? 'the chain holds, the books add up'
    : 'the chain holds, and nothing that has arrived is wrong';
}

/** Nothing, where no player has a wallet outside. */
function walletLines({ open, waiting, ...counts }: Verification['wallet']): string[] {
  const { authorised, refused, captured, voided, credits, settledByHand, creditingCents } = counts;
  if (authorised + refused + credits + open === 0) return [];
  const said = { authorised, refused, captured, voided, credits, open };
  const texts = Object.entries(said).map(([name, count]) => `${formatCount(count)} ${name}`);
  if (settledByHand > 0) texts.push(`${formatCount(settledByHand)} settled by hand`);
  return [
    `wallet: ${texts.join(', ')}, crediting ${formatAmount(creditingCents)}`,
    ...waiting.map((it) => `  ${it}`),
  ];
}

/** What the verdict does not speak of. */
function reservationOf(rest: Verification['rest']): string[] {
  switch (rest) {
    case 'at-rest':
      return [];
    case 'moving':
      return [
        'the log was in use while it was read, or its server ended in the middle of something:',
        'what is still on its way (unresolved, half booked, in transit) is not judged;',
        'start the server, let it come to rest, and verify again',
      ];
    default:
      return [
        'not every partition could be read to its end: what is unresolved, half booked or in transit is not judged',
      ];
  }
}

/** `inPools` → `in pools` */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
