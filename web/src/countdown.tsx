/** How long it is to a moment, by the server's clock. */
import { countdownText } from './format.ts';
import { usePage } from './page.ts';
import { untilMs } from './server-clock.ts';
import type { BoardHead, RaceRow } from './shapes.ts';

/** From here on it is shown as urgent. */
const SOON_MS = 60_000;
/** What is on another day has its date, not a count of hours. */
const COUNTED_MAX_MS = 24 * 60 * 60_000;

/** To the off; nothing once bets are closed. */
export function OffCountdown({ race }: { readonly race: RaceRow }) {
  const { messages } = usePage();
  if (race.phase !== 'declared' && race.phase !== 'open' && race.phase !== 'suspended') return null;
  return <Countdown atMs={race.offTimeMs} due={messages.offDue} />;
}

/** To where the board's phase ends by itself; nothing where it does not, or is about to. */
export function PhaseCountdown({ head }: { readonly head: BoardHead }) {
  const { messages } = usePage();
  if (head.phaseUntilMs === undefined) return null;
  return <Countdown atMs={head.phaseUntilMs} before={`· ${messages.endsIn}`} />;
}

interface Counted {
  readonly atMs: number;
  /** What it is of, in front of it. */
  readonly before?: string;
  /** In its place once the moment has come. */
  readonly due?: string;
}

function Countdown({ atMs, before, due }: Counted) {
  const { clock } = usePage();
  const now = clock.now.value;
  // Blank is better than wrong: the server has not told its time yet.
  if (now === undefined) return <span class="countdown">–:––</span>;
  const leftMs = untilMs(atMs, now);
  if (leftMs > COUNTED_MAX_MS) return null;
  if (leftMs <= 0) return due === undefined ? null : <span class="countdown due">{due}</span>;
  return (
    <>
      {before !== undefined && `${before} `}
      <span class={leftMs <= SOON_MS ? 'countdown soon' : 'countdown'} role="timer">
        {countdownText(leftMs)}
      </span>
    </>
  );
}
