/** An operator's hand on the shards: listed, added, removed, partitions moved while bets flow. */
import { create } from '@bufbuild/protobuf';
import {
  AddShardResponseSchema,
  ListShardsResponseSchema,
  MovePartitionResponseSchema,
  type OpsService,
  RemoveShardResponseSchema,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import type { CrewChange, CrewRefusal, HandOff, Steering } from '../runtime/crew.ts';
import { type Failure, failure } from './failure.ts';
import type { UnaryHandlers } from './rpc.ts';

export type ShardSteering = Pick<
  UnaryHandlers<typeof OpsService>,
  'listShards' | 'movePartition' | 'addShard' | 'removeShard'
>;

export function createShardSteering(steering: Steering | undefined): ShardSteering {
  if (steering === undefined) {
    const fixed = async () => failure('shards-are-fixed');
    return { listShards: fixed, movePartition: fixed, addShard: fixed, removeShard: fixed };
  }
  return {
    async listShards() {
      const shards = await steering.shards();
      return create(ListShardsResponseSchema, {
        shards: shards.map(({ name, partitions, state, deaths }) => ({
          name,
          partitions: [...partitions],
          serving: state === 'serving',
          deaths,
        })),
      });
    },
    async movePartition({ partition, shard }) {
      const change = await steering.move(partition, shard);
      if (isRefusal(change)) return failureOf(change);
      return create(MovePartitionResponseSchema, { handOffs: change.handOffs.map(handOffOf) });
    },
    async addShard() {
      const change = await steering.add();
      if (isRefusal(change)) return failureOf(change);
      const { shard, handOffs } = change;
      return create(AddShardResponseSchema, { shard, handOffs: handOffs.map(handOffOf) });
    },
    async removeShard({ shard }) {
      const change = await steering.remove(shard);
      if (isRefusal(change)) return failureOf(change);
      return create(RemoveShardResponseSchema, { handOffs: change.handOffs.map(handOffOf) });
    },
  };
}

function isRefusal(change: CrewChange | CrewRefusal): change is CrewRefusal {
  return 'reason' in change;
}

function failureOf({ reason, ...details }: CrewRefusal): Failure {
  return failure(reason, details);
}

function handOffOf({ partition, from, to, epoch, pauseMs }: HandOff) {
  return { partition, from, to, epoch: BigInt(epoch), pauseMs: Math.ceil(pauseMs) };
}
