/** The runners and what each would pay if the race were won by it now. */
import { usePage } from './page.ts';
import { Saddlecloth } from './saddlecloth.tsx';
import type { OddsRow, Pool, PoolMoney, RaceRow, Runner, RunnerMoney } from './shapes.ts';

interface Market {
  readonly race: RaceRow;
  readonly rows: ReadonlyMap<string, OddsRow> | undefined;
}

/** Every bet moves every price a little: only more than this part of it is worth an arrow. */
const NEWS_MIN = 0.05;

interface Favourite {
  readonly number: number;
  readonly stakes: number;
}

export function Runners({ race, rows }: Market) {
  const { messages } = usePage();
  const pools = race.pools.filter(
    (pool) => pool.legs.length < 2 && isOnOneRunner(pool, race, rows),
  );
  const favourite = favouriteOf(race, rows);
  return (
    <table class="runners">
      <caption>{messages.runnersCaption}</caption>
      <thead>
        <tr>
          <th scope="col">
            <abbr title={messages.number}>{messages.numberShort}</abbr>
          </th>
          <th scope="col">{messages.runner}</th>
          <th scope="col" class="wide">
            {messages.poolShare}
          </th>
          {pools.map(({ id }) => (
            <th key={id} scope="col" class="figure">
              {messages.probable(messages.poolNames[id] ?? id)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody aria-busy={rows === undefined}>
        {race.runners.map((runner) => (
          <tr key={runner.number} class={runner.scratched ? 'scratched' : undefined}>
            <td>
              <Saddlecloth number={runner.number} />
            </td>
            <RunnerName runner={runner} favourite={runner.number === favourite?.number} />
            <td class="wide">
              <Share runner={runner} rows={rows} most={favourite?.stakes ?? 0} />
            </td>
            {pools.map((pool) => (
              <td key={pool.id} class="figure">
                <Probable runner={runner} pool={pool} rows={rows} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RunnerName(props: { readonly runner: Runner; readonly favourite: boolean }) {
  const { messages } = usePage();
  const { runner, favourite } = props;
  return (
    <th scope="row">
      {runner.scratched ? <s>{runner.name}</s> : runner.name}
      {runner.scratched && (
        <>
          {' '}
          <span class="mark withdrawn">{messages.withdrawn}</span>
        </>
      )}
      {favourite && (
        <>
          {' '}
          <span class="mark">{messages.favourite}</span>
        </>
      )}
    </th>
  );
}

interface Cell {
  readonly runner: Runner;
  readonly rows: Market['rows'];
}

/** How much of the win money is on the runner; the bar is full for the favourite. */
function Share({ runner, rows, most }: Cell & { readonly most: number }) {
  const { format } = usePage();
  const gross = poolMoney(rows, 'win')?.grossCents ?? 0;
  const stakes = runnerMoney(rows, 'win', runner.number)?.stakesCents ?? 0;
  if (runner.scratched || gross === 0 || most === 0) return null;
  return (
    <span class="share" style={{ '--share': `${(100 * stakes) / most}%` }}>
      {format.share(stakes / gross)}
    </span>
  );
}

function Probable({ runner, pool, rows }: Cell & { readonly pool: Pool }) {
  const { live, format, messages } = usePage();
  const probable = runnerMoney(rows, pool.id, runner.number)?.probableHundredths ?? undefined;
  if (runner.scratched || probable === undefined) {
    return (
      <span class="none">
        <span aria-hidden="true">–</span>
        <span class="unseen">{messages.noProbable}</span>
      </span>
    );
  }
  const trend = live.oddsTrends.value.get(`${pool.id}/${runner.number}`);
  if (!trend || Math.abs(trend.to / trend.from - 1) < NEWS_MIN)
    return <span class="probable">{format.dividend(probable)}</span>;
  const shortened = trend.to < trend.from;
  const from = format.dividend(trend.from);
  return (
    <span class={shortened ? 'probable shortened' : 'probable drifted'}>
      <span aria-hidden="true" class="arrow">
        {shortened ? '▼' : '▲'}
      </span>
      {format.dividend(probable)}
      <span class="unseen"> {shortened ? messages.shortened(from) : messages.drifted(from)}</span>
    </span>
  );
}

/** Pools on several runners have no price for one; until their rows are there nobody knows. */
function isOnOneRunner({ id }: Pool, race: RaceRow, rows: Market['rows']): boolean {
  return !rows || race.runners.some(({ number }) => runnerMoney(rows, id, number) !== undefined);
}

function favouriteOf(race: RaceRow, rows: Market['rows']): Favourite | undefined {
  let favourite: Favourite | undefined;
  for (const { number, scratched } of race.runners) {
    const stakes = runnerMoney(rows, 'win', number)?.stakesCents ?? 0;
    if (!scratched && stakes > (favourite?.stakes ?? 0)) favourite = { number, stakes };
  }
  return favourite;
}

function runnerMoney(rows: Market['rows'], pool: string, runner: number): RunnerMoney | undefined {
  const row = rows?.get(`${pool}/${runner}`);
  return row && 'runner' in row ? row : undefined;
}

export function poolMoney(rows: Market['rows'], pool: string): PoolMoney | undefined {
  const row = rows?.get(pool);
  return row && 'grossCents' in row ? row : undefined;
}
