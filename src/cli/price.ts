/**
 * `furlong price`: prices one pool from a document, without a server. Either the whole price is on
 * stdout, or nothing is.
 */
import { documentSchema } from '../pricing/document.ts';
import {
  type AnsweredDividend,
  type PriceAnswer,
  priceDocument,
} from '../pricing/price-document.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { readJson } from './json-file.ts';
import { fieldLines, type Output, tableLines } from './output.ts';
import { formatAmount } from './values.ts';
import type { Verb } from './verb.ts';

/** The largest document has 100,000 stakes; beyond this it is something else. */
const DOCUMENT_MAX_BYTES = 64 * 1024 * 1024;

export const price: Verb = {
  name: 'price',
  about: 'price a pool from a JSON document (docs/RULES.md); ends with 65 where it cannot be',
  takes: [{ name: '[file]', about: 'the document; - reads it from stdin' }],
  options: [{ flags: '--schema', about: 'print the JSON Schema of the document' }],
  examples: [
    'furlong price examples/price/win-dead-heat.json',
    'furlong price - --json < examples/price/big5.json',
    'furlong price --schema',
  ],
  async run({ taken, flags }, { output }) {
    if (flags.schema === true) {
      const schema = documentSchema();
      const human = () => JSON.stringify(schema, undefined, 2).split('\n');
      output.show({ json: () => JSON.parse(JSON.stringify(schema)), human });
      return EXIT.ok;
    }
    const [file] = taken;
    if (file === undefined) throw new UsageError('say which document: furlong price FILE, or -');
    const { name, data } = await readJson(file, { maxBytes: DOCUMENT_MAX_BYTES });
    const priced = priceDocument(data);
    if (priced.kind === 'refused') {
      throw new Refused(`${name}: ${priced.message}`, EXIT.badData);
    }
    const { answer } = priced;
    output.show({
      json: () => JSON.parse(JSON.stringify(answer)),
      human: () => lines(answer, output),
    });
    return EXIT.ok;
  },
};

function lines(answer: PriceAnswer, { style }: Output): string[] {
  const { dividends, totals, sources, tickets = [] } = answer;
  return [
    ...fieldLines(
      [
        ['rule set', answer.ruleSet],
        ['verdict', verdictOf(answer)],
      ],
      style,
    ),
    ...(dividends.length === 0 ? [] : ['', ...dividendLines(dividends, style)]),
    '',
    ...totalLines(totals, style),
    ...(sources.length < 2 ? [] : ['', ...sourceLines(sources, style)]),
    ...(tickets.length === 0 ? [] : ['', ...ticketLines(tickets, style)]),
    '',
    style('green', `balances: ${answer.identity.sum}`),
  ];
}

function verdictOf({ verdict, stage }: PriceAnswer): string {
  const words = { won: 'won', 'not-won': 'not won', refunded: 'everything given back' } as const;
  return stage === 0 ? words[verdict] : `${words[verdict]}, by stage ${stage + 1}`;
}

const RIGHT = { align: 'right' } as const;

function dividendLines(dividends: readonly AnsweredDividend[], style: Output['style']): string[] {
  const bySource = dividends.some(({ source }) => source !== undefined);
  return tableLines(
    [
      { title: 'tier' },
      { title: 'outcome' },
      ...(bySource ? [{ title: 'source' }] : []),
      { title: 'dividend', ...RIGHT },
      { title: 'winning stakes', ...RIGHT },
      { title: 'payout', ...RIGHT },
    ],
    dividends.map((it) => [
      it.tier,
      it.outcome,
      ...(bySource ? [it.source ?? ''] : []),
      it.dividend,
      formatAmount(it.winningStakesCents),
      formatAmount(it.payoutCents),
    ]),
    style,
  );
}

function totalLines(totals: PriceAnswer['totals'], style: Output['style']): string[] {
  const { broughtIn, carriedOut, shortfall } = totals;
  const amounts: [name: string, cents: number, always: boolean][] = [
    ['gross', totals.grossCents, true],
    ['+ carried in', broughtIn.carryOverCents, false],
    ['+ topped up', broughtIn.topUpCents, false],
    ['= payout', totals.payoutCents, true],
    ['+ takeout', totals.takeoutCents, true],
    ['+ breakage', totals.breakageCents, true],
    ['+ carried net', carriedOut.netCents, false],
    ['+ carried gross', carriedOut.grossCents, false],
    ['+ reserve', carriedOut.reserveCents, false],
    ['given back', totals.refundsCents, false],
    ['short: of roundings', shortfall.roundingsCents, false],
    ['short: of the deduction', shortfall.deductionCents, false],
    ['short: the operator', shortfall.operatorCents, false],
  ];
  const shown = amounts.filter(([, cents, always]) => always || cents !== 0);
  const texts = shown.map(([, cents]) => formatAmount(cents));
  const width = Math.max(...texts.map((it) => it.length));
  return fieldLines(
    shown.map(([name], at) => [name, (texts[at] ?? '').padStart(width)]),
    style,
  );
}

function sourceLines(sources: PriceAnswer['sources'], style: Output['style']): string[] {
  return tableLines(
    [
      { title: 'source' },
      { title: 'gross', ...RIGHT },
      { title: 'given back', ...RIGHT },
      { title: 'takeout %', ...RIGHT },
    ],
    sources.map((it) => [
      it.source,
      formatAmount(it.grossCents),
      formatAmount(it.refundsCents),
      formatAmount(it.takeoutBasisPoints),
    ]),
    style,
  );
}

function ticketLines(
  tickets: NonNullable<PriceAnswer['tickets']>,
  style: Output['style'],
): string[] {
  const multiplied = tickets.some((it) => it.multipliedCents !== undefined);
  return tableLines(
    [
      { title: 'ticket', ...RIGHT },
      { title: 'cost', ...RIGHT },
      { title: 'payout', ...RIGHT },
      { title: 'given back', ...RIGHT },
      ...(multiplied ? [{ title: 'multiplied', ...RIGHT }] : []),
    ],
    tickets.map((it, index) => [
      String(index + 1),
      formatAmount(it.costCents),
      formatAmount(it.payoutCents),
      formatAmount(it.refundCents),
      it.multipliedCents === undefined ? '' : formatAmount(it.multipliedCents),
    ]),
    style,
  );
}
