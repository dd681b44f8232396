/** The race day as it is told on a terminal: one line for each thing that people wait for. */
import type { DayEvent, WinComparison } from '../day/conduct.ts';
import { formatAmount, formatCount } from './values.ts';

/** Undefined for what is not worth a line. */
export function dayLine(event: DayEvent): string | undefined {
  switch (event.kind) {
    case 'prepared':
      return `${formatCount(event.players)} players have money, ${event.races} races are declared`;
    case 'resumed':
      return `the log has a part of the day: going on with ${event.steps} steps left`;
    case 'scratched': {
      const { race, runner } = event;
      const horse = race.runners.find(({ number }) => number === runner)?.horse ?? '';
      return `race ${race.number}: ${runner} ${horse} is withdrawn, its bets are given back`;
    }
    case 'closed': {
      const pools = event.now.pools.map(
        ({ poolId, grossCents }) => `${poolId} ${formatAmount(grossCents)}`,
      );
      return `race ${event.race.number} is off: ${pools.join(', ')}`;
    }
    case 'official':
      return `race ${event.race.number} is official: ${event.wins.map(winText).join('; ')}`;
    case 'multi-leg-paid': {
      const { pool, race } = event;
      const dividends = pool.price?.dividends ?? [];
      const paid = dividends.map(
        ({ outcome, dividendHundredths }) => `${outcome} pays ${formatAmount(dividendHundredths)}`,
      );
      return `${pool.poolId} of race ${race.number}: ${paid.join(', ') || 'nobody had it, it goes to the reserve'}`;
    }
    case 'step-refused':
      return `race ${event.step.race.number}: ${event.step.kind} was not for us: ${event.message}`;
    case 'day-over':
      return `the day is over: ${formatCount(event.placed)} bets placed, ${formatCount(event.refused)} refused`;
    case 'opened':
    case 'bet-answered':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Published beside ours. */
function winText(win: WinComparison): string {
  const ours = `${win.runner} pays ${formatAmount(win.oursHundredths)}`;
  if (win.publishedHundredths === undefined) return `${ours} (not published)`;
  const real = `published ${formatAmount(win.publishedHundredths)}`;
  return `${ours} (${real}${win.isExpected ? '' : ', further off than chance allows'})`;
}
