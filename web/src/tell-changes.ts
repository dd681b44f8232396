/** Which changes are worth a spoken word: few, since whoever listens cannot look away. */
import { effect } from '@preact/signals';
import type { Announcer } from './announcer.ts';
import { linkText } from './link-state.tsx';
import type { Page } from './page.ts';
import { untilMs } from './server-clock.ts';

const MINUTES_TOLD = [10, 5, 1];

export function tellChanges({ live, clock, format, messages }: Page, announcer: Announcer): void {
  const { said } = messages;

  onChange(
    // The first connection is no news.
    () => (live.link.value.kind === 'connecting' ? undefined : live.link.value.kind),
    () => announcer.tell('link', linkText(live.link.peek(), messages, format)),
  );

  onChange(
    () => live.race.value && `${live.race.value.id} ${live.race.value.phase}`,
    (now, before) => {
      const race = live.race.peek();
      if (!race || before?.split(' ')[0] !== now?.split(' ')[0]) return;
      announcer.tell('phase', said.phase(race.title, messages.phases[race.phase]));
    },
  );

  onChange(
    () => {
      const race = live.race.value;
      if (!race || clock.now.value === undefined || race.phase !== 'open') return undefined;
      return Math.ceil(untilMs(race.offTimeMs, clock.now.value) / 60_000);
    },
    (minutes) => {
      const race = live.race.peek();
      if (!race || minutes === undefined || !MINUTES_TOLD.includes(minutes)) return;
      announcer.tell('countdown', said.minutesToGo(race.title, format.counted(minutes)));
    },
  );

  onChange(
    () => [...(live.board.value?.rows.values() ?? [])].find(({ rank }) => rank === 1)?.key,
    (key) => {
      const leader = key === undefined ? undefined : live.board.peek()?.rows.get(key);
      if (leader) announcer.tell('leader', said.leader(leader.alias, format.counted(leader.score)));
    },
  );

  onChange(
    () => {
      const standing = live.standing.value;
      return standing.kind === 'known' && standing.position.found
        ? standing.position.rank
        : undefined;
    },
    (rank) => {
      const standing = live.standing.peek();
      if (rank === undefined || standing.kind !== 'known') return;
      const players = messages.ofPlayers(format.counted(standing.position.players));
      announcer.tell('you', said.you(messages.ordinal(format.ordinal(rank)), players));
    },
  );
}

/** Says nothing of the first value: it is there to be read. */
function onChange<Value>(read: () => Value, tell: (now: Value, before: Value) => void): void {
  let before: { value: Value } | undefined;
  effect(() => {
    const value = read();
    const last = before;
    before = { value };
    if (last && last.value !== undefined && last.value !== value) tell(value, last.value);
  });
}
