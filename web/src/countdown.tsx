/** How long it is to the off, by the server's clock; nothing once bets are closed. */
import { countdownText } from './format.ts';
import { usePage } from './page.ts';
import { untilMs } from './server-clock.ts';
import type { RaceRow } from './shapes.ts';

/** From here on it is shown as urgent. */
const SOON_MS = 60_000;
/** A race of another day has its date, not a count of hours. */
const COUNTED_MAX_MS = 24 * 60 * 60_000;

export function Countdown({ race }: { readonly race: RaceRow }) {
  const { clock, messages } = usePage();
  if (race.phase !== 'declared' && race.phase !== 'open' && race.phase !== 'suspended') return null;
  const now = clock.now.value;
  // Blank is better than wrong: the server has not told its time yet.
  if (now === undefined) return <span class="countdown">–:––</span>;
  const leftMs = untilMs(race.offTimeMs, now);
  if (leftMs > COUNTED_MAX_MS) return null;
  if (leftMs <= 0) return <span class="countdown due">{messages.offDue}</span>;
  return (
    <span class={leftMs <= SOON_MS ? 'countdown soon' : 'countdown'} role="timer">
      {countdownText(leftMs)}
    </span>
  );
}
