/** One race whole: when it is off, its result and dividends, its runners' odds, its pools. */
import { OffCountdown } from './countdown.tsx';
import { usePage } from './page.ts';
import { Pools } from './pools.tsx';
import { Probables } from './probables.tsx';
import { PhaseBadge } from './race-list.tsx';
import { Result } from './result.tsx';
import { Runners } from './runners.tsx';
import type { OddsHead, RaceRow } from './shapes.ts';

export function RaceCard() {
  const { live } = usePage();
  const race = live.race.value;
  if (!race) return null;
  const odds = live.odds.value;
  const ofThisRace = odds?.head.race === race.id ? odds : undefined;
  return (
    <section class="card" aria-labelledby="race">
      <ToteHeader race={race} />
      <Result race={race} />
      <Runners race={race} rows={ofThisRace?.rows} />
      <Pools race={race} rows={ofThisRace?.rows} />
      <Probables race={race} rows={ofThisRace?.rows} />
      <AsOf race={race} odds={ofThisRace?.head} />
    </section>
  );
}

function ToteHeader({ race }: { readonly race: RaceRow }) {
  const { format, messages } = usePage();
  return (
    <header class="tote">
      <div>
        <h2 id="race">{race.title}</h2>
        <p>
          <PhaseBadge race={race} />{' '}
          <time dateTime={new Date(race.offTimeMs).toISOString()}>
            {messages.off(format.time(race.offTimeMs))}
          </time>
        </p>
      </div>
      <p class="left">
        <OffCountdown race={race} />
      </p>
    </header>
  );
}

interface Sources {
  readonly race: RaceRow;
  readonly odds: OddsHead | undefined;
}

/** Of the two sources of a card, the later: what it counts is the same race's history. */
function AsOf({ race, odds }: Sources) {
  const { format, messages } = usePage();
  const { asOfMs, version } = odds && odds.asOfMs > race.asOfMs ? odds : race;
  return <p class="as-of">{messages.asOf(format.clock(asOfMs), format.number(version))}</p>;
}
