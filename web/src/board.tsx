/** The tournament's ranking as it moves. */
import { signal } from '@preact/signals';
import { PhaseCountdown } from './countdown.tsx';
import { placeText } from './format.ts';
import { usePage } from './page.ts';
import type { BoardRow } from './shapes.ts';
import { useSteadyRows } from './steady-rows.ts';

/** Whom the viewer keeps an eye on, by key; forgotten with the page. */
const followed = signal<ReadonlySet<string>>(new Set());

export function Board() {
  const { live, format, messages } = usePage();
  const board = live.board.value;
  const known = board?.head.tournament !== undefined;
  const unknown = live.boardRefused.value || (board && !known);
  return (
    <section class="board" aria-labelledby="ranking">
      <div class="heading">
        <h2 id="ranking">{(known && board?.head.title) || messages.ranking}</h2>
        {known && (
          <span class="note">
            {messages.players(format.counted(board?.head.players ?? 0))}
            {board && ` · ${messages.boardPhases[board.head.phase]} `}
            {board && <PhaseCountdown head={board.head} />}
          </span>
        )}
      </div>
      {unknown && <p class="note">{messages.noRanking}</p>}
      {known && board?.rows.size === 0 && <p class="note">{messages.emptyRanking}</p>}
      {board && board.rows.size > 0 && <Ranking rows={[...board.rows.values()]} />}
      {known && board && (
        <p class="as-of">
          {messages.asOf(format.clock(board.head.asOfMs), format.number(board.head.version))}
        </p>
      )}
    </section>
  );
}

function Ranking({ rows }: { readonly rows: readonly BoardRow[] }) {
  const { messages } = usePage();
  const body = useSteadyRows();
  const sorted = rows.toSorted((one, other) => one.rank - other.rank || one.entry - other.entry);
  return (
    <table class="ranking">
      <caption>{messages.ranking}</caption>
      <thead>
        <tr>
          <th scope="col">{messages.rank}</th>
          <th scope="col">{messages.move}</th>
          <th scope="col">{messages.player}</th>
          <th scope="col" class="figure">
            {messages.points}
          </th>
          <th scope="col" class="figure">
            {messages.countedBets}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {sorted.map((row, index) => (
          <RankedRow
            key={row.key}
            row={row}
            shared={row.rank === sorted[index - 1]?.rank || row.rank === sorted[index + 1]?.rank}
          />
        ))}
      </tbody>
    </table>
  );
}

function RankedRow({ row, shared }: { readonly row: BoardRow; readonly shared: boolean }) {
  const { live, format, messages } = usePage();
  const standing = live.standing.value;
  const own =
    standing.kind === 'known' && standing.position.found && standing.position.entry === row.entry;
  const following = followed.value.has(row.key);
  return (
    <tr data-key={row.key} class={own ? 'own' : following ? 'followed' : undefined}>
      <td class="place">{placeText(row.rank, shared)}</td>
      <td>
        <Move row={row} />
      </td>
      <th scope="row">
        <button
          type="button"
          class="alias"
          aria-pressed={following}
          title={messages.follow(row.alias)}
          onClick={() => toggle(row.key)}
        >
          {row.alias}
        </button>
        {own && (
          <>
            {' '}
            <span class="mark">{messages.you}</span>
          </>
        )}
      </th>
      <td class="figure">{format.number(row.score)}</td>
      <td class="figure">{format.number(row.countedBets)}</td>
    </tr>
  );
}

function Move({ row }: { readonly row: BoardRow }) {
  const { live, format, messages } = usePage();
  const trend = live.boardTrends.value.get(row.key);
  if (!trend) return null;
  const rose = trend.to < trend.from;
  const places = format.counted(Math.abs(trend.to - trend.from));
  return (
    <span key={trend.to} class={rose ? 'move rose' : 'move fell'}>
      <span aria-hidden="true">
        {rose ? '▲' : '▼'} {places.text}
      </span>
      <span class="unseen">{rose ? messages.up(places) : messages.down(places)}</span>
    </span>
  );
}

function toggle(key: string): void {
  const next = new Set(followed.value);
  if (!next.delete(key)) next.add(key);
  followed.value = next;
}
