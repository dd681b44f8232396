/** `furlong race list` and `show`: races as people read them. */
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { allRaces } from '../client/all-races.ts';
import {
  type Pool,
  type Race,
  RacePhaseSchema,
  RaceSchema,
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
  const runners = tableLines(
    [
      { title: 'no', align: 'right' },
      { title: 'horse' },
      ...own.flatMap(({ poolId }) => [
        { title: `${poolId} money`, align: 'right' as const },
        { title: 'pays', align: 'right' as const },
      ]),
    ],
    race.runners.map(({ number, name, scratched }) => [
      String(number),
      scratched ? `${name} (withdrawn)` : name,
      ...own.flatMap((pool) => moneyOn(pool, number)),
    ]),
    style,
  );
  return [
    style('bold', race.title),
    facts.join(', '),
    '',
    ...runners,
    '',
    ...poolLines(race, output),
  ];
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
      price === undefined
        ? ''
        : price.dividends
            .map((it) => `${it.outcome} pays ${formatAmount(it.dividendHundredths)}`)
            .join(', ') || 'none',
    ]),
    style,
  );
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
