/** `furlong board late`, `snapshots`, `changes`, `awards`: what a tournament keeps lists of. */
import { create, type JsonValue } from '@bufbuild/protobuf';
import type { Client } from '../client/client.ts';
import {
  type BoardSnapshot,
  EventStatusSchema,
  type LateEvent,
  ListChangesResponseSchema,
  ListLateEventsResponseSchema,
  ListSnapshotsResponseSchema,
  ListTournamentAwardsResponseSchema,
  type TournamentAward,
  type TournamentChange,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { LIMIT, limitOf, type Page, type PageWanted, readPages } from './pages.ts';
import { formatTime } from './times.ts';
import { diffLines, TOURNAMENT } from './tournament-lines.ts';
import { formatAmount, formatCount, formatEnum, parseId } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

const RIGHT = { align: 'right' } as const;

/** A verb that shows a list of a tournament's, page by page up to the limit. */
function list<Item>(
  name: string,
  about: string,
  how: {
    readonly read: (
      tournaments: Client['tournaments'],
      page: PageWanted & { readonly tournamentId: string },
    ) => Promise<Page<Item>>;
    readonly json: (items: readonly Item[], nextPageToken: string) => JsonValue;
    /** Of at least one. */
    readonly lines: (items: readonly Item[], output: Output) => string[];
    readonly none: string;
  },
): Verb {
  return {
    name: `board ${name}`,
    about,
    takes: [TOURNAMENT],
    options: [LIMIT, ADDRESS],
    async run(input, { connect, output }) {
      const tournamentId = parseId(takenAt(input, 0), '<tournament>');
      const limit = limitOf(input);
      const { tournaments } = connect();
      const { items, nextPageToken } = await readPages(limit, output, (page) =>
        how.read(tournaments, { tournamentId, ...page }),
      );
      output.show({
        json: () => how.json(items, nextPageToken),
        human: () => (items.length === 0 ? [how.none] : how.lines(items, output)),
      });
      return EXIT.ok;
    },
  };
}

export const listVerbs: readonly Verb[] = [
  list<LateEvent>(
    'late',
    'what came after the close, newest first: what still counted, what did not, and why',
    {
      async read(tournaments, page) {
        const { events: items, nextPageToken } = await tournaments.listLateEvents(page);
        return { items, nextPageToken };
      },
      json: (items, nextPageToken) => {
        const all = create(ListLateEventsResponseSchema, { events: [...items], nextPageToken });
        return messageJson(ListLateEventsResponseSchema, all);
      },
      lines: lateLines,
      none: 'nothing came late',
    },
  ),
  list<BoardSnapshot>('snapshots', 'photographs of the standings with their hashes, newest first', {
    async read(tournaments, page) {
      const { snapshots: items, nextPageToken } = await tournaments.listSnapshots(page);
      return { items, nextPageToken };
    },
    json: (items, nextPageToken) => {
      const all = create(ListSnapshotsResponseSchema, { snapshots: [...items], nextPageToken });
      return messageJson(ListSnapshotsResponseSchema, all);
    },
    lines: snapshotLines,
    none: 'no snapshots',
  }),
  list<TournamentChange>(
    'changes',
    'what was changed in public, newest first: rules and results, and whom they moved',
    {
      async read(tournaments, page) {
        const { changes: items, nextPageToken } = await tournaments.listChanges(page);
        return { items, nextPageToken };
      },
      json: (items, nextPageToken) => {
        const all = create(ListChangesResponseSchema, { changes: [...items], nextPageToken });
        return messageJson(ListChangesResponseSchema, all);
      },
      lines: (items, output) => items.flatMap((it) => changeLines(it, output)),
      none: 'nothing was changed',
    },
  ),
  list<TournamentAward>(
    'awards',
    'what a tournament’s results award, in the order in which it is paid',
    {
      async read(tournaments, page) {
        const { awards: items, nextPageToken } = await tournaments.listTournamentAwards(page);
        return { items, nextPageToken };
      },
      json: (items, nextPageToken) => {
        const all = create(ListTournamentAwardsResponseSchema, {
          awards: [...items],
          nextPageToken,
        });
        return messageJson(ListTournamentAwardsResponseSchema, all);
      },
      lines: awardLines,
      none: 'no awards',
    },
  ),
];

function changeLines(change: TournamentChange, output: Output): string[] {
  const { kind, version, scoringRuleSetId, time, reason, diff, snapshotHash } = change;
  const what = kind === 'rules' ? `rules ${version}: ${scoringRuleSetId}` : `result ${version}`;
  const hash = snapshotHash === '' ? [] : [`hash ${snapshotHash}`];
  return [
    output.style('bold', `${what}, ${formatTime(time)}`),
    reason,
    ...hash,
    ...diffLines(diff, output),
    '',
  ];
}

function lateLines(events: readonly LateEvent[], { style }: Output): string[] {
  return tableLines(
    [
      { title: 'event or bet' },
      { title: 'game' },
      { title: 'happened' },
      { title: 'received' },
      { title: 'status' },
      { title: 'why' },
    ],
    events.map(({ eventUuid, game, eventTime, receiveTime, status, reason }) => [
      eventUuid,
      game,
      formatTime(eventTime),
      formatTime(receiveTime),
      formatEnum(EventStatusSchema.value[status]?.name, 'EVENT_STATUS_'),
      reason,
    ]),
    style,
  );
}

function snapshotLines(all: readonly BoardSnapshot[], { style }: Output): string[] {
  return tableLines(
    [
      { title: 'number', ...RIGHT },
      { title: 'time' },
      { title: 'reason' },
      { title: 'rules', ...RIGHT },
      { title: 'players', ...RIGHT },
      { title: 'hash' },
      { title: '' },
    ],
    all.map(({ number, time, reason, rulesVersion, players, hash, undone }) => [
      formatCount(number),
      formatTime(time),
      reason,
      String(rulesVersion),
      formatCount(players),
      hash,
      undone ? 'undone' : '',
    ]),
    style,
  );
}

function awardLines(all: readonly TournamentAward[], { style }: Output): string[] {
  return tableLines(
    [
      { title: 'award' },
      { title: 'rank', ...RIGHT },
      { title: 'player' },
      { title: 'amount', ...RIGHT },
      { title: 'status' },
      { title: 'since' },
      { title: 'prize' },
    ],
    all.map(({ awardId, rank, playerId, amountCents, status, holdReason, statusTime, prize }) => [
      awardId,
      formatCount(rank),
      playerId,
      formatAmount(amountCents),
      holdReason === '' ? status : `${status}: ${holdReason}`,
      formatTime(statusTime),
      prize,
    ]),
    style,
  );
}
