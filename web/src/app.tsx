/** The page as a whole: what is where, and what is said aloud. */

import { withAddress } from './address.ts';
import type { Announcer } from './announcer.ts';
import { Board } from './board.tsx';
import { LinkStateLine } from './link-state.tsx';
import { languages } from './messages/choose.ts';
import { usePage } from './page.ts';
import { PositionCard } from './position.tsx';
import { RaceCard } from './race-card.tsx';
import { RaceList } from './race-list.tsx';

export function App({ announcer }: { readonly announcer: Announcer }) {
  const { live, messages } = usePage();
  return (
    <>
      <TopLine />
      {live.paused.value && <p class="paused">{messages.paused}</p>}
      <main>
        <RaceList />
        <RaceCard />
        <div class="standings">
          <PositionCard />
          <Board />
        </div>
      </main>
      <Foot />
      <p class="unseen" role="status" aria-live="polite" aria-atomic="true">
        {announcer.said.value}
      </p>
    </>
  );
}

function TopLine() {
  const { live, messages } = usePage();
  const paused = live.paused.value;
  return (
    <header class="top">
      <h1>
        <span class="flag" aria-hidden="true" />
        Furlong
      </h1>
      <LinkStateLine />
      <ServerTime />
      <button type="button" onClick={() => live.setPaused(!paused)}>
        {paused ? messages.resume : messages.pause}
      </button>
    </header>
  );
}

function ServerTime() {
  const { clock, format } = usePage();
  const now = clock.now.value;
  return <p class="server-time">{now === undefined ? '––:––:––' : format.clock(now)}</p>;
}

function Foot() {
  const { format, messages, language } = usePage();
  return (
    <footer>
      <p>{messages.timesIn(format.zone)}</p>
      <ul class="languages">
        {languages.map(([code, name]) => (
          <li key={code}>
            <a
              href={withAddress(location.search, { lang: code })}
              lang={code}
              hreflang={code}
              aria-current={code === language ? 'true' : undefined}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </footer>
  );
}
