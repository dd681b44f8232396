/** `furlong board late`, `snapshots`, `awards`: what a tournament keeps lists of. */
import { create } from '@bufbuild/protobuf';
import {
  type BoardSnapshot,
  EventStatusSchema,
  type LateEvent,
  ListLateEventsResponseSchema,
  ListSnapshotsResponseSchema,
  ListTournamentAwardsResponseSchema,
  type TournamentAward,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { LIMIT, limitOf, readPages } from './pages.ts';
import { formatTime } from './times.ts';
import { TOURNAMENT } from './tournament-lines.ts';
import { formatAmount, formatCount, formatEnum, parseId } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

const RIGHT = { align: 'right' } as const;

const late: Verb = {
  name: 'board late',
  about: 'what came after the close, newest first: what still counted, what did not, and why',
  takes: [TOURNAMENT],
  options: [LIMIT, ADDRESS],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const limit = limitOf(input);
    const { tournaments } = connect();
    const { items, nextPageToken } = await readPages(limit, output, async (page) => {
      const answer = await tournaments.listLateEvents({ tournamentId, ...page });
      return { items: answer.events, nextPageToken: answer.nextPageToken };
    });
    const all = create(ListLateEventsResponseSchema, { events: [...items], nextPageToken });
    output.show({
      json: () => messageJson(ListLateEventsResponseSchema, all),
      human: () => (items.length === 0 ? ['nothing came late'] : lateLines(items, output)),
    });
    return EXIT.ok;
  },
};

const snapshots: Verb = {
  name: 'board snapshots',
  about: 'photographs of the standings with their hashes, newest first',
  takes: [TOURNAMENT],
  options: [LIMIT, ADDRESS],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const limit = limitOf(input);
    const { tournaments } = connect();
    const { items, nextPageToken } = await readPages(limit, output, async (page) => {
      const answer = await tournaments.listSnapshots({ tournamentId, ...page });
      return { items: answer.snapshots, nextPageToken: answer.nextPageToken };
    });
    const all = create(ListSnapshotsResponseSchema, { snapshots: [...items], nextPageToken });
    output.show({
      json: () => messageJson(ListSnapshotsResponseSchema, all),
      human: () => (items.length === 0 ? ['no snapshots'] : snapshotLines(items, output)),
    });
    return EXIT.ok;
  },
};

const awards: Verb = {
  name: 'board awards',
  about: 'what a tournament’s results award, in the order in which it is paid',
  takes: [TOURNAMENT],
  options: [LIMIT, ADDRESS],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const limit = limitOf(input);
    const { tournaments } = connect();
    const { items, nextPageToken } = await readPages(limit, output, async (page) => {
      const answer = await tournaments.listTournamentAwards({ tournamentId, ...page });
      return { items: answer.awards, nextPageToken: answer.nextPageToken };
    });
    const all = create(ListTournamentAwardsResponseSchema, { awards: [...items], nextPageToken });
    output.show({
      json: () => messageJson(ListTournamentAwardsResponseSchema, all),
      human: () => (items.length === 0 ? ['no awards'] : awardLines(items, output)),
    });
    return EXIT.ok;
  },
};

export const listVerbs: readonly Verb[] = [late, snapshots, awards];

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
