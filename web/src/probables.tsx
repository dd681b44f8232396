/** Pools on several runners: the combinations that would pay least, which are the most backed. */
import { combinationText, lowestOf } from './format.ts';
import { usePage } from './page.ts';
import { poolMoney } from './runners.tsx';
import type { OddsRow, Pool, PoolMoney, RaceRow } from './shapes.ts';

interface Market {
  readonly race: RaceRow;
  readonly rows: ReadonlyMap<string, OddsRow> | undefined;
}

/** Of some hundreds: who looks for a long shot has the runners' own prices. */
const SHOWN_MAX = 10;

export function Probables({ race, rows }: Market) {
  return (
    <>
      {race.pools.map((pool) => {
        const money = poolMoney(rows, pool.id);
        return money?.probables && <PoolProbables key={pool.id} pool={pool} money={money} />;
      })}
    </>
  );
}

function PoolProbables({ pool, money }: { readonly pool: Pool; readonly money: PoolMoney }) {
  const { format, messages } = usePage();
  const { probables = {}, asOfMs } = money;
  const all = Object.keys(probables).length;
  return (
    <table class="probables">
      <caption>
        {messages.probablesCaption(messages.poolNames[pool.id] ?? pool.id)}
        {asOfMs !== undefined && <small> {messages.asOfTime(format.clock(asOfMs))}</small>}
      </caption>
      <thead>
        <tr>
          <th scope="col">{messages.combination}</th>
          <th scope="col" class="figure">
            {messages.pays}
          </th>
        </tr>
      </thead>
      <tbody>
        {lowestOf(probables, SHOWN_MAX).map(([combination, hundredths]) => (
          <tr key={combination}>
            <th scope="row">{combinationText(combination)}</th>
            <td class="figure">{format.dividend(hundredths)}</td>
          </tr>
        ))}
      </tbody>
      {all > SHOWN_MAX && (
        <tfoot>
          <tr>
            <td colSpan={2}>{messages.lowestOf(format.number(SHOWN_MAX), format.number(all))}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
