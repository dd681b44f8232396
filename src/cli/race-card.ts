/**
 * `furlong race list` and `show`: races as people read them. What is as usual, such as a pool that was
 * priced once by the first stage of its rule set, is left out; --json has it all.
 */
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { allRaces } from '../client/all-races.ts';
import {
  type Inquiry,
  InquiryKindSchema,
  type Pool,
  type PoolPrice,
  type PoolSurvivors,
  type Race,
  RacePhaseSchema,
  RaceSchema,
  type Runner,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount, formatEnum, formatLegs, parseId } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

export const list: Verb = {
  name: 'race list',
  about: 'all races, by off time',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const races = await allRaces(connect().racing);
    output.show({
      json: () => races.map((race) => messageJson(RaceSchema, race)),
      human: () => listLines(races, output),
    });
    return EXIT.ok;
  },
};

export const show: Verb = {
  name: 'race show',
  about: 'one race: runners, money, probable and final dividends',
  takes: [{ name: '<race>', about: 'id of the race' }],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const raceId = parseId(takenAt(input, 0), '<race>');
    const { race } = await connect().racing.getRace({ raceId });
    if (!race) throw new Error('the server answered without a race');
    output.show({
      json: () => messageJson(RaceSchema, race),
      human: () => raceLines(race, output),
    });
    return EXIT.ok;
  },
};

function phaseOf(race: Race): string {
  return formatEnum(RacePhaseSchema.value[race.phase]?.name, 'RACE_PHASE_');
}

function listLines(races: readonly Race[], { style }: Output): string[] {
  if (races.length === 0) return ['no race is declared'];
  return tableLines(
    [
      { title: 'race' },
      { title: 'off' },
      { title: 'phase' },
      { title: 'pools' },
      { title: 'title' },
    ],
    races.map((race) => [
      race.raceId,
      timeOf(race.offTime),
      phaseOf(race),
      race.pools.map(({ poolId }) => poolId).join(' '),
      race.title,
    ]),
    style,
  );
}

export function raceLines(race: Race, output: Output): string[] {
  const { style } = output;
  const own = race.pools.filter(({ legRaceIds }) => legRaceIds.length === 0);
  const facts = [race.raceId, phaseOf(race), `off ${timeOf(race.offTime)}`];
  if (race.order.length > 0) facts.push(`order ${orderText(race)}`);
  if (race.surfaceChanged) facts.push('surface changed');
  if (race.run > 1) facts.push(race.run === 2 ? 'corrected' : `corrected ${race.run - 1} times`);
  const runners = tableLines(
    [
      { title: 'no', align: 'right' },
      { title: 'horse' },
      ...own.flatMap(({ poolId }) => [
        { title: `${poolId} money`, align: 'right' as const },
        { title: 'pays', align: 'right' as const },
      ]),
    ],
    race.runners.map((runner) => [
      String(runner.number),
      nameOf(runner),
      ...own.flatMap((pool) => moneyOn(pool, runner.number)),
    ]),
    style,
  );
  return [
    style('bold', race.title),
    facts.join(', '),
    ...race.inquiries.map(inquiryLine),
    ...race.pools.flatMap(troubleLines),
    '',
    ...runners,
    '',
    ...poolLines(race, output),
    ...race.pools.flatMap(survivorLines),
    ...race.pools.flatMap(priceLines),
  ];
}

function nameOf({ name, scratched, coupledWith }: Runner): string {
  const entry = coupledWith === 0 ? name : `${name} (with ${coupledWith})`;
  return scratched ? `${entry} (withdrawn)` : entry;
}

function inquiryLine({ inquiryId, kind, why, runners }: Inquiry): string {
  const name = formatEnum(InquiryKindSchema.value[kind]?.name, 'INQUIRY_KIND_');
  const about = runners.length === 0 ? '' : ` about ${runners.join(',')}`;
  return `${name} ${inquiryId}${about}: ${why}`;
}

/** What a steward has to know of a pool before it is paid, or knows since. */
function troubleLines({ poolId, disagreement, removedSources, pricing }: Pool): string[] {
  const lines: string[] = [];
  if (disagreement !== undefined) {
    const kept = formatAmount(disagreement.grossCents);
    const recounted = formatAmount(disagreement.recountedCents);
    const verdict = disagreement.authorised ? 'authorised' : 'not priced until it is authorised';
    lines.push(`${poolId}: ${kept} kept, ${recounted} recounted at the close; ${verdict}`);
  }
  if (removedSources.length > 0) lines.push(`${poolId}: without ${removedSources.join(', ')}`);
  if (pricing) lines.push(`${poolId}: the price is being computed`);
  return lines;
}

function moneyOn(pool: Pool, number: number): [string, string] {
  const money = pool.runners.find(({ runner }) => runner === number);
  const probable = money?.probableHundredths;
  return [
    formatAmount(money?.stakesCents ?? 0n),
    probable === undefined ? '' : formatAmount(probable),
  ];
}

function poolLines({ pools }: Race, { style }: Output): string[] {
  return tableLines(
    [
      { title: 'pool' },
      { title: 'stakes', align: 'right' },
      { title: 'tickets', align: 'right' },
      { title: 'guarantee', align: 'right' },
      { title: 'dividends for 1' },
    ],
    pools.map(({ poolId, grossCents, tickets, guaranteeCents, price }) => [
      poolId,
      formatAmount(grossCents),
      formatCount(tickets),
      guaranteeCents === 0n ? '' : formatAmount(guaranteeCents),
      price === undefined ? '' : dividendsText(price),
    ]),
    style,
  );
}

/** Tiers are named where there is more than one. */
function dividendsText({ dividends }: PoolPrice): string {
  const tiers = new Set(dividends.map(({ tier }) => tier));
  return (
    dividends
      .map(({ tier, outcome, source, dividendHundredths }) => {
        const line = tiers.size > 1 ? `${tier} ${outcome}` : outcome;
        const whose = source === '' ? '' : ` (${source})`;
        return `${line} pays ${formatAmount(dividendHundredths)}${whose}`;
      })
      .join(', ') || 'none'
  );
}

function survivorLines({ poolId, legRaceIds, survivors }: Pool): string[] {
  return survivors === undefined ? [] : survivorTexts(poolId, legRaceIds.length, survivors);
}

function survivorTexts(poolId: string, legs: number, survivors: PoolSurvivors): string[] {
  const { decidedLegs, tickets, stakesCents, valueHundredths, willPays } = survivors;
  const alive = `${formatCount(tickets)} tickets alive, stakes ${formatAmount(stakesCents)}`;
  const worth = valueHundredths === 0n ? '' : `, worth ${formatAmount(valueHundredths)} for 1`;
  const will = willPays.map((it) => `${it.runner} ${formatAmount(it.dividendHundredths)}`);
  return [
    `${poolId} after ${decidedLegs} of ${legs} legs: ${alive}${worth}`,
    ...(will.length === 0 ? [] : [`${poolId} will pay: ${will.join(', ')}`]),
  ];
}

/** How a price was made, of each part only what there is. */
function priceLines({ poolId, price, run }: Pool): string[] {
  if (price === undefined) return [];
  const made = [
    run > 1 ? `run ${run}` : '',
    price.stage > 0 ? `by stage ${price.stage + 1}` : '',
    price.software === '' ? '' : `by ${price.software}`,
  ];
  const sources = price.sources.map((it): [string, bigint] => [it.source, it.grossCents]);
  const exact = price.dividends
    .filter(({ exactNumerator }) => exactNumerator !== '')
    .map((it) => `${it.outcome} ${it.exactNumerator}/${it.exactDenominator}`);
  const parts: [name: string, text: string][] = [
    ['priced', made.filter((it) => it !== '').join(', ')],
    ['exact', exact.join(', ')],
    ['stakes', amountsText(sources)],
    [
      'brought in',
      amountsText([
        ['carry-over', price.carryOverCents],
        ['top-up', price.topUpCents],
      ]),
    ],
    [
      'carried out',
      amountsText([
        ['net', price.carriedNetCents],
        ['gross', price.carriedGrossCents],
        ['reserve', price.carriedReserveCents],
      ]),
    ],
    [
      'short, paid by',
      amountsText([
        ['roundings', price.shortfallRoundingsCents],
        ['deduction', price.shortfallDeductionCents],
        ['operator', price.shortfallOperatorCents],
      ]),
    ],
  ];
  return parts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${poolId} ${name}: ${text}`);
}

function amountsText(amounts: readonly (readonly [name: string, cents: bigint])[]): string {
  return amounts
    .filter(([, cents]) => cents !== 0n)
    .map(([name, cents]) => `${name} ${formatAmount(cents)}`)
    .join(', ');
}

function orderText({ order }: Race): string {
  return formatLegs(order).replaceAll(',', '=');
}

function timeOf(time: Timestamp | undefined): string {
  return time === undefined
    ? ''
    : timestampDate(time)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z');
}
