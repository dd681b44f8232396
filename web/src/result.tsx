/** The order of arrival, dead heats kept together, and what it pays once that is settled. */
import { outcomeText, placesOf } from './format.ts';
import { usePage } from './page.ts';
import { Saddlecloth } from './saddlecloth.tsx';
import type { Pool, RaceRow } from './shapes.ts';

interface Props {
  readonly race: RaceRow;
}

export function Result({ race }: Props) {
  const { messages } = usePage();
  if (race.phase === 'void') return <p class="note verdict">{messages.voidRace}</p>;
  if (race.phase === 'refunded') return <p class="note verdict">{messages.refundedRace}</p>;
  if (race.order.length === 0) return null;
  return (
    <div class="result">
      <Arrival race={race} />
      <OtherDividends race={race} />
      {race.pools.some(({ dividends }) => dividends.length > 0) && (
        <p class="note">{messages.perUnit}</p>
      )}
    </div>
  );
}

function Arrival({ race }: Props) {
  const { format, messages } = usePage();
  const paying = race.pools.filter(
    ({ legs, dividends }) => legs.length < 2 && dividends.length > 0,
  );
  const names = new Map(race.runners.map(({ number, name }) => [number, name]));
  return (
    <table class="arrival">
      <caption>
        {race.phase === 'provisional' || race.phase === 'under-inquiry'
          ? messages.provisionalResult
          : messages.officialResult}
      </caption>
      <thead>
        <tr>
          <th scope="col">{messages.place}</th>
          <th scope="col">
            <abbr title={messages.number}>{messages.numberShort}</abbr>
          </th>
          <th scope="col">{messages.runner}</th>
          {paying.map(({ id }) => (
            <th key={id} scope="col" class="figure">
              {messages.dividend(messages.poolNames[id] ?? id)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {placesOf(race.order).map(({ place, runner }) => (
          <tr key={runner}>
            <td class="place">{place}</td>
            <td>
              <Saddlecloth number={runner} />
            </td>
            <th scope="row">{names.get(runner) ?? runner}</th>
            {paying.map((pool) => (
              <td key={pool.id} class="figure">
                {dividendText(pool, String(runner), format.dividend)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OtherDividends({ race }: Props) {
  const { format, messages } = usePage();
  const lines = race.pools
    .filter(({ legs }) => legs.length >= 2)
    .flatMap(({ id, dividends }) => dividends.map((dividend) => ({ id, ...dividend })));
  if (lines.length === 0) return null;
  return (
    <table class="dividends">
      <caption>{messages.otherDividends}</caption>
      <thead>
        <tr>
          <th scope="col">{messages.pool}</th>
          <th scope="col">{messages.outcome}</th>
          <th scope="col" class="figure">
            {messages.pays}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ id, outcome, hundredths }) => (
          <tr key={`${id} ${outcome}`}>
            <th scope="row">{messages.poolNames[id] ?? id}</th>
            <td>{outcomeText(outcome)}</td>
            <td class="figure">{format.dividend(hundredths)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function dividendText(pool: Pool, outcome: string, text: (hundredths: number) => string): string {
  const dividend = pool.dividends.find((one) => one.outcome === outcome);
  return dividend ? text(dividend.hundredths) : '';
}
