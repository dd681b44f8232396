/** The money in each pool of the race, and what a guaranteed pool will share out at least. */
import { usePage } from './page.ts';
import { poolMoney } from './runners.tsx';
import type { OddsRow, Pool, PoolMoney, RaceRow } from './shapes.ts';

interface Market {
  readonly race: RaceRow;
  readonly rows: ReadonlyMap<string, OddsRow> | undefined;
}

export function Pools({ race, rows }: Market) {
  const { format, messages } = usePage();
  if (race.pools.length === 0) return null;
  return (
    <table class="pools">
      <caption>{messages.poolsCaption}</caption>
      <thead>
        <tr>
          <th scope="col">{messages.pool}</th>
          <th scope="col" class="figure">
            {messages.bets}
          </th>
          <th scope="col" class="figure">
            {messages.gross}
          </th>
          <th scope="col" class="figure">
            {messages.toShare}
          </th>
        </tr>
      </thead>
      <tbody aria-busy={rows === undefined}>
        {race.pools.map((pool) => {
          const money = poolMoney(rows, pool.id);
          return (
            <tr key={pool.id}>
              <PoolName pool={pool} />
              <td class="figure">{money ? format.number(money.tickets) : '–'}</td>
              <td class="figure">{money ? format.money(money.grossCents) : '–'}</td>
              <td class="figure">
                <ToShare pool={pool} money={money} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function PoolName({ pool }: { readonly pool: Pool }) {
  const { live, format, messages } = usePage();
  const races = live.races.value ?? [];
  const titles = pool.legs.map((leg) => races.find(({ id }) => id === leg)?.title ?? leg);
  return (
    <th scope="row">
      {messages.poolNames[pool.id] ?? pool.id}
      {titles.length > 1 && (
        <details class="legs">
          <summary>{messages.legs(format.counted(titles.length))}</summary>
          <ol>
            {titles.map((title, leg) => (
              <li key={pool.legs[leg]}>{title}</li>
            ))}
          </ol>
        </details>
      )}
    </th>
  );
}

/** Where nothing says what a combination would pay, at least what the winners would have to share. */
function ToShare({ pool, money }: { readonly pool: Pool; readonly money: PoolMoney | undefined }) {
  const { format, messages } = usePage();
  const cents = money?.toShareCents ?? 0;
  if (pool.guaranteeCents === 0) {
    return <span class="none">{cents > 0 ? format.money(cents) : '–'}</span>;
  }
  return (
    <>
      <strong class="jackpot">{format.money(Math.max(cents, pool.guaranteeCents))}</strong>
      <small>{messages.guaranteed(format.money(pool.guaranteeCents))}</small>
    </>
  );
}
