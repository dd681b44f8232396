/** Where one player stands, and how far it is to the next place. */
import type { TargetedSubmitEvent } from 'preact';
import { usePage } from './page.ts';
import type { Position } from './shapes.ts';

export function PositionCard() {
  const { live, messages } = usePage();
  const standing = live.standing.value;
  const player = standing.kind === 'nobody' ? '' : standing.player;

  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const entered = new FormData(event.currentTarget).get('player');
    live.choosePlayer(typeof entered === 'string' ? entered.trim() || undefined : undefined);
  }

  return (
    <section class="position" aria-labelledby="position">
      <h2 id="position">{messages.yourPosition}</h2>
      <Standing />
      <form onSubmit={submit}>
        <label for="player">{messages.playerId}</label>
        <input
          id="player"
          name="player"
          key={player}
          defaultValue={player}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={64}
        />
        <button type="submit">{messages.show}</button>
        {player && (
          <button type="button" class="quiet" onClick={() => live.choosePlayer(undefined)}>
            {messages.forget}
          </button>
        )}
      </form>
    </section>
  );
}

function Standing() {
  const { live, messages } = usePage();
  const standing = live.standing.value;
  switch (standing.kind) {
    case 'nobody':
      return <p class="note">{messages.choosePlayer}</p>;
    case 'asking':
      return <p class="note">{messages.asking}</p>;
    case 'unanswered':
      return <p class="note">{messages.unanswered}</p>;
    case 'known':
      if (standing.position.found) return <Found position={standing.position} />;
      return <p class="note">{messages.notInTournament(standing.player)}</p>;
    default:
      return null;
  }
}

function Found({ position }: { readonly position: Position }) {
  const { format, messages } = usePage();
  const first = position.rank === 1;
  return (
    <div class="standing">
      <p class="rank">
        <strong>{messages.ordinal(format.ordinal(position.rank))}</strong>{' '}
        <span>{messages.ofPlayers(format.counted(position.players))}</span>
      </p>
      <ul>
        <li>
          <b>{position.alias}</b>
        </li>
        <li>{messages.pointsScored(format.counted(position.score))}</li>
        <li>{messages.betsCounted(format.counted(position.countedBets))}</li>
        <li class="next">
          {first ? messages.leading : messages.toNext(format.counted(position.toNext))}
        </li>
      </ul>
    </div>
  );
}
