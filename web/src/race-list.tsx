/** The day's races by the time of their off; choosing one shows its card. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { OffCountdown } from './countdown.tsx';
import { usePage } from './page.ts';
import type { RaceRow } from './shapes.ts';

export function RaceList() {
  const { live, messages } = usePage();
  const races = live.races.value;
  const following = live.picked.value === undefined;
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => bringIntoView(list), [live.race.value?.id]);
  return (
    <nav class="races" aria-labelledby="races">
      <div class="heading">
        <h2 id="races">{messages.races}</h2>
        <button
          type="button"
          class="quiet"
          aria-pressed={following}
          onClick={() => live.pick(following ? live.race.value?.id : undefined)}
        >
          {messages.nextToGo}
        </button>
      </div>
      {races?.length === 0 && <p class="note">{messages.noRaces}</p>}
      <ol ref={list}>
        {races?.map((race) => (
          <li key={race.key}>
            <RaceButton race={race} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Moves the list alone: the page stays where its reader has it. */
function bringIntoView(list: RefObject<HTMLOListElement | null>): void {
  const strip = list.current;
  const chosen = strip?.querySelector<HTMLElement>('[aria-current]')?.parentElement;
  if (!strip || !chosen) return;
  strip.scrollTo({
    left: chosen.offsetLeft - strip.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2,
    top: chosen.offsetTop - strip.offsetTop - (strip.clientHeight - chosen.offsetHeight) / 2,
  });
}

function RaceButton({ race }: { readonly race: RaceRow }) {
  const { live, format } = usePage();
  const chosen = live.race.value?.id === race.id;
  return (
    <button
      type="button"
      class="race"
      data-race={race.id}
      aria-current={chosen ? 'true' : undefined}
      onClick={() => live.pick(race.id)}
    >
      <time class="off" dateTime={new Date(race.offTimeMs).toISOString()}>
        {format.time(race.offTimeMs)}
      </time>
      <span class="title">{race.title}</span>
      <PhaseBadge race={race} />
      {/* It would change the button's name every second; the race's card says it aloud. */}
      <span class="left" aria-hidden="true">
        <OffCountdown race={race} />
      </span>
    </button>
  );
}

export function PhaseBadge({ race }: { readonly race: RaceRow }) {
  const { messages } = usePage();
  return (
    <span class="phase" data-phase={race.phase}>
      {messages.phases[race.phase] ?? race.phase}
    </span>
  );
}
