/**
 * Where everything is, and whether the books balance.
 *
 * Invariant: the identity of GetBalance holds by construction; what shows a fault is money in
 * transit that does not go to 0 when nothing moves.
 */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { OperatorBooks, OperatorQuery } from '../actors/operator.ts';
import { playerRef } from '../actors/player.ts';
import type { PlayerAnswer, PlayerQuery } from '../actors/player-events.ts';
import type { RaceAnswer, RaceQuery } from '../actors/race-events.ts';
import { playerId, sumOf } from '../actors/units.ts';
import {
  GetBalanceResponseSchema,
  ListPartitionsResponseSchema,
  ListStuckResponseSchema,
  type OpsService,
  SettleCallResponseSchema,
  WhereIsResponseSchema,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import type { Address } from '../runtime/actor.ts';
import type { Router, StuckPlace } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { createDeadLetters } from './dead-letters.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { gatherWhole } from './gather.ts';
import { pageSize, pageToken, positionIn } from './page.ts';
import type { UnaryHandlers } from './rpc.ts';
import type { ShardSteering } from './shard-steering.ts';

/** All but the shards and the trees: see shard-steering.ts, receipts.ts. */
export function createOps(
  router: Router,
): Omit<UnaryHandlers<typeof OpsService>, keyof ShardSteering | 'listTrees'> {
  return {
    ...createDeadLetters(router),

    async whereIs({ address }, { timeoutMs }) {
      // The contract's pattern is that of an address.
      const found = await router.whereIs(address as Address, { timeoutMs });
      if (found === undefined) return failure('not-located', { address });
      const { partition, shard, version } = found;
      return create(WhereIsResponseSchema, {
        partition,
        shard,
        known: version > 0,
        version: BigInt(version),
      });
    },

    async listStuck(request, { atMs, timeoutMs }) {
      const limit = pageSize(request.pageSize);
      if (typeof limit === 'object') return limit;
      const after = placeIn(request.pageToken);
      if (after !== undefined && isFailure(after)) return after;
      const untilMs = atMs - request.olderThanSeconds * 1000;
      const place = after === undefined ? {} : { after };
      const { stuck, missing } = await router.stuck({ untilMs, limit, ...place }, { timeoutMs });
      if (missing.length > 0) {
        return failure('parts-missing', { missing: missing.join(', '), timeoutMs });
      }
      const last = stuck.length === limit ? stuck.at(-1) : undefined;
      return create(ListStuckResponseSchema, {
        stuck: stuck.map(({ sinceMs, ...it }) => ({ ...it, sinceTime: timestampFromMs(sinceMs) })),
        nextPageToken: last === undefined ? '' : pageToken(STUCK_LIST, tokenOf(last)),
      });
    },

    async settleCall({ playerId: id, call, operator: by, reason: why }, { atMs, timeoutMs }) {
      const player = playerId(id);
      const command = { kind: 'settle-call', call, by, why, atMs } as const;
      const query = { kind: 'account' } as const;
      const context = { player };
      const answer = await ask(
        router,
        playerRef(player),
        { command, query },
        { timeoutMs, context },
      );
      return isFailure(answer) ? answer : create(SettleCallResponseSchema);
    },

    async listPartitions(_request, { timeoutMs }) {
      const partitions = await router.partitions({ timeoutMs });
      return create(ListPartitionsResponseSchema, {
        partitions: partitions.map((it) => ({
          partition: it.partition,
          shard: it.shard,
          epoch: BigInt(it.epoch),
          position: BigInt(it.position),
          headHash: it.headHash,
          actors: BigInt(it.actors),
          outgoing: BigInt(it.outgoing),
          deadLetters: BigInt(it.deadLetters),
          timers: BigInt(it.timers.named),
          failingTimers: BigInt(it.timers.failing),
          quarantined: BigInt(it.quarantined),
          quarantinedActors: it.quarantinedActors.map(({ address, position, error, version }) => ({
            address,
            position: BigInt(position),
            error,
            version: BigInt(version),
          })),
        })),
      });
    },

    async getBalance(_request, { timeoutMs }) {
      const [players, races, houses] = await Promise.all([
        gatherWhole<PlayerQuery, PlayerAnswer>(router, 'player', { kind: 'account' }, timeoutMs),
        gatherWhole<RaceQuery, RaceAnswer>(router, 'race', { kind: 'books' }, timeoutMs),
        gatherWhole<OperatorQuery, OperatorBooks>(router, 'operator', { kind: 'books' }, timeoutMs),
      ]);
      if (isFailure(players)) return players;
      if (isFailure(races)) return races;
      if (isFailure(houses)) return houses;
      return create(GetBalanceResponseSchema, balanceOf(players, races, houses));
    },
  };
}

const STUCK_LIST = 'stuck';

function tokenOf({ sinceMs, kind, address, name }: StuckPlace): string {
  return JSON.stringify([sinceMs, kind, address, name]);
}

/** The last of the page before; undefined for the first page. */
function placeIn(token: string): StuckPlace | undefined | Failure {
  const position = positionIn(STUCK_LIST, token);
  if (position === undefined || typeof position === 'object') return position;
  const place = PLACE_PATTERN.exec(position);
  const [, sinceMs, kind = '', address = '', name = ''] = place ?? [];
  if (sinceMs === undefined) return failure('bad-page-token', { token });
  // An address as the shard gave it; one that is none finds nothing.
  return { sinceMs: Number(sinceMs), kind, address: address as Address, name };
}

/** As `tokenOf` writes it: none of the parts has a quote in it. */
const PLACE_PATTERN = /^\[(\d{1,16}),"([^"]*)","([^"]*)","([^"]*)"\]$/;

function balanceOf(
  players: readonly PlayerAnswer[],
  races: readonly RaceAnswer[],
  houses: readonly OperatorBooks[],
) {
  const accounts = players.flatMap((it) => (it.kind === 'account' ? [it.account] : []));
  const deposits = sumOf(accounts.map((it) => it.deposits));
  const withdrawals = sumOf(accounts.map((it) => it.withdrawals));
  const free = sumOf(accounts.map((it) => it.free));
  const held = sumOf(accounts.map((it) => it.held));
  const unclaimed = sumOf(accounts.map((it) => it.unclaimed));
  const inPools = sumOf(races.map((it) => (it.kind === 'books' ? it.inPools : 0)));
  const takeout = sumOf(houses.map((it) => it.takeout));
  const breakage = sumOf(houses.map((it) => it.breakage));
  const reserve = sumOf(houses.map((it) => it.reserve));
  const houseUnclaimed = sumOf(houses.map((it) => it.unclaimed));
  const ofPlayers = sumOf([free, held, unclaimed]);
  const houseAwards = sumOf(houses.map((it) => it.awards));
  const ofHouse = sumOf([takeout, breakage, reserve, houseUnclaimed, -houseAwards]);
  const booked = sumOf([ofPlayers, inPools, ofHouse]);
  return {
    depositsCents: BigInt(deposits),
    withdrawalsCents: BigInt(withdrawals),
    freeCents: BigInt(free),
    heldCents: BigInt(held),
    unclaimedCents: BigInt(unclaimed),
    inPoolsCents: BigInt(inPools),
    takeoutCents: BigInt(takeout),
    breakageCents: BigInt(breakage),
    reserveCents: BigInt(reserve),
    houseUnclaimedCents: BigInt(houseUnclaimed),
    houseAwardsCents: BigInt(houseAwards),
    inTransitCents: BigInt(deposits - withdrawals - booked),
  };
}
