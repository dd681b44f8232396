/** A race made again, as lines: in the order in which it happened. */
import type { BetCounts, PriceMade, RaceReport, Settlement } from '../audit/report-race.ts';
import { type Column, fieldLines, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount } from './values.ts';

const right = { align: 'right' } as const;

export function raceLines(report: RaceReport, output: Output): string[] {
  const { style } = output;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', style('bold', title), ...lines];
  return [
    ...cardLines(report, output),
    ...part('Orders', orderLines(report, output)),
    ...part('Bets', betLines(report, output)),
    ...part('Close', closeLines(report, output)),
    ...part('Probables published', probableLines(report, output)),
    ...part(
      'Prices',
      report.prices.flatMap((it) => priceLines(it, output)),
    ),
    ...part('Survivors', survivorLines(report)),
    ...part('Settlement', settlementLines(report.settlements, output)),
  ];
}

function cardLines({ race, card }: RaceReport, { style }: Output): string[] {
  if (card === undefined) return [style('red', `race ${race} is not in what could be read`)];
  return [
    style('bold', `Race ${race}: ${card.title}`),
    ...fieldLines(
      [
        ['off', card.off],
        ['runners', card.runners.map((it) => `${it.number} ${it.name}`).join(', ')],
        ...card.pools.map(
          ({ id, legs, guarantee, carriedNet = 0, carriedGross = 0 }): [string, string] => [
            `pool ${id}`,
            [
              ...(legs.length > 0 ? [`legs ${legs.join(' ')}`] : []),
              `guarantee ${formatAmount(guarantee)}`,
              `carried in ${formatAmount(carriedNet + carriedGross)}`,
            ].join(', '),
          ],
        ),
        ...card.pools.map(({ id, ruleSet }): [string, string] => [`rules of ${id}`, ruleSet]),
      ],
      style,
    ),
  ];
}

function orderLines({ orders }: RaceReport, { style }: Output): string[] {
  return tableLines(
    ['at (UTC)', 'what', 'details', 'by', 'authorised by', 'why'].map((title) => ({ title })),
    orders.map((it) => [it.at, it.what, it.details, it.by, it.authorisedBy, it.why]),
    style,
  );
}

function betLines({ bets }: RaceReport, { style }: Output): string[] {
  const counts: Column[] = ['accepted', 'amount', 'refused', 'cancelled', 'amount'].map(
    (title) => ({ title, ...right }),
  );
  const valuesOf = (it: BetCounts) => [
    formatCount(it.accepted),
    formatAmount(it.acceptedCents),
    formatCount(it.refused),
    formatCount(it.cancelled),
    formatAmount(it.cancelledCents),
  ];
  if (bets.byMinute.length === 0) return [];
  return [
    ...tableLines(
      [{ title: 'channel' }, ...counts],
      bets.byChannel.map((it) => [it.channel, ...valuesOf(it)]),
      style,
    ),
    ...bets.refusals.map((it) => `refused as ${it.reason}: ${formatCount(it.count)}`),
    ...tableLines(
      [{ title: 'minute (UTC)' }, ...counts],
      bets.byMinute.map((it) => [it.minute, ...valuesOf(it)]),
      style,
    ),
  ];
}

function closeLines({ close }: RaceReport, { style }: Output): string[] {
  if (close === undefined) return [];
  const { at, by, source, why, totals } = close;
  return [
    `${at} by ${by}${source === '' ? '' : `, from ${source}`}: ${why}`,
    ...tableLines(
      [
        { title: 'pool' },
        { title: 'tickets', ...right },
        { title: 'bet by bet', ...right },
        { title: 'counted again', ...right },
        { title: 'by source' },
        { title: '' },
      ],
      totals.map((it) => [
        it.pool,
        formatCount(it.tickets),
        formatAmount(it.gross),
        formatAmount(it.recounted),
        it.bySource.map((one) => `${one.source} ${formatAmount(one.gross)}`).join(', '),
        it.agree ? 'agree' : 'DISAGREE',
      ]),
      style,
    ),
  ];
}

function probableLines({ probables }: RaceReport, { style }: Output): string[] {
  return probables.length === 0
    ? []
    : tableLines(
        [{ title: 'pool' }, { title: 'times', ...right }, { title: 'first' }, { title: 'last' }],
        probables.map((it) => [it.pool, formatCount(it.count), it.first, it.last]),
        style,
      );
}

function priceLines(price: PriceMade, { style }: Output): string[] {
  const amount = (value: number | undefined) => formatAmount(value ?? 0);
  const { pool, run, at, verdict, software, ruleSet, balanced } = price;
  const tiers = price.dividends.map((it) => [
    [it.tier, it.outcome, it.source].filter((text) => text !== '').join(' '),
    amount(it.hundredths),
    `${it.numerator}/${it.denominator}`,
    amount(it.winningStakes),
  ]);
  return [
    style('bold', `pool ${pool}, run ${run}: ${verdict}`),
    ...fieldLines(
      [
        [
          'priced',
          `${at} by ${software || 'an earlier version'}, rule set ${ruleSet || 'as declared'}`,
        ],
        [
          'stakes',
          price.sources
            .map(
              (it) =>
                `${it.source} ${amount(it.gross)} (takeout ${amount(it.takeoutBasisPoints)} %, back ${amount(it.refunds)})`,
            )
            .join(', '),
        ],
        [
          'brought in',
          `${amount(price.broughtIn)} (carry-over ${amount(price.carryOver)}, top-up ${amount(price.topUp)})`,
        ],
        [
          'carried out',
          `${amount(price.carriedOut)} (net ${amount(price.carriedNet)}, gross ${amount(price.carriedGross)}, reserve ${amount(price.carriedReserve)}) in fund ${price.fund || 'reserve'}`,
        ],
        [
          'shortfall',
          `roundings ${amount(price.shortRoundings)}, deduction ${amount(price.shortDeduction)}, operator ${amount(price.shortOperator)}`,
        ],
        [
          'identity',
          `gross ${amount(price.gross)} + brought in ${amount(price.broughtIn)} = payout ${amount(price.payout)} + takeout ${amount(price.takeout)} + breakage ${amount(price.breakage)} + carried out ${amount(price.carriedOut)}: ${balanced ? 'balanced' : 'NOT balanced'}`,
        ],
        ['given back', amount(price.refunds)],
      ],
      style,
    ),
    ...(tiers.length === 0
      ? []
      : tableLines(
          [
            { title: 'line' },
            { title: 'for 1', ...right },
            { title: 'exactly', ...right },
            { title: 'winning stakes', ...right },
          ],
          tiers,
          style,
        )),
  ];
}

function survivorLines({ survivors }: RaceReport): string[] {
  return survivors.map((it) => {
    const pays = it.willPays.map((pay) => `${pay.runner} ${formatAmount(pay.hundredths)}`);
    const willPay = pays.length === 0 ? '' : `; will pay ${pays.join(', ')}`;
    return `${it.at} pool ${it.pool} after ${it.decided} legs: ${formatCount(it.tickets)} tickets, stakes ${formatAmount(it.stakes)}, worth ${formatAmount(it.valueHundredths)}${willPay}`;
  });
}

function settlementLines(settlements: readonly Settlement[], { style }: Output): string[] {
  if (settlements.length === 0) return [];
  return tableLines(
    [
      { title: 'pool' },
      { title: 'run', ...right },
      { title: 'as' },
      { title: 'tickets', ...right },
      { title: 'paid', ...right },
      { title: 'payout', ...right },
      { title: 'given back', ...right },
      { title: 'refund', ...right },
      { title: 'first' },
      { title: 'last' },
    ],
    settlements.map((it) => [
      it.pool,
      String(it.run),
      it.sort,
      formatCount(it.count),
      formatCount(it.paid),
      formatAmount(it.payoutCents),
      formatCount(it.refunded),
      formatAmount(it.refundCents),
      it.first,
      it.last,
    ]),
    style,
  );
}
