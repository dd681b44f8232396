/** `furlong ops shards`, `move`, `add-shard`, `remove-shard`: who has which partition, and changing it. */
import {
  AddShardResponseSchema,
  type HandOff,
  ListShardsResponseSchema,
  MovePartitionResponseSchema,
  RemoveShardResponseSchema,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import { EXIT } from './exit.ts';
import { messageJson, type Output, tableLines } from './output.ts';
import { formatCount, parseWhole } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

/** The last of the most that a data directory can have. */
const PARTITION_MAX = 1_023;

/** A partition's actors are saved and read before it changes shards; one that goes takes all of its own. */
const TIMEOUT_MS = 120_000;

const list: Verb = {
  name: 'ops shards',
  about: 'every shard: its partitions, whether it serves, how often it died',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const answer = await connect().ops.listShards({});
    output.show({
      json: () => messageJson(ListShardsResponseSchema, answer),
      human: () =>
        tableLines(
          [
            { title: 'shard' },
            { title: 'state' },
            { title: 'deaths', align: 'right' },
            { title: 'partitions' },
          ],
          answer.shards.map(({ name, serving, deaths, partitions }) => [
            name,
            serving ? 'serving' : 'starting',
            formatCount(deaths),
            partitions.join(' ') || 'none',
          ]),
          output.style,
        ),
    });
    return EXIT.ok;
  },
};

const move: Verb = {
  name: 'ops move',
  about: 'hand a partition to another shard while bets flow',
  takes: [
    { name: '<partition>', about: 'its number: furlong ops partitions' },
    { name: '<shard>', about: 'such as shard-1' },
  ],
  options: [ADDRESS],
  examples: ['furlong ops move 3 shard-0'],
  async run(input, { connect, output }) {
    const partition = parseWhole(takenAt(input, 0), '<partition>', [0, PARTITION_MAX]);
    const shard = takenAt(input, 1);
    const moved = await connect().ops.movePartition(
      { partition, shard },
      { timeoutMs: TIMEOUT_MS },
    );
    output.show({
      json: () => messageJson(MovePartitionResponseSchema, moved),
      human: () => handOffLines(moved.handOffs, output),
    });
    return EXIT.ok;
  },
};

const add: Verb = {
  name: 'ops add-shard',
  about: 'start another shard and give it its share of the partitions',
  options: [ADDRESS],
  async run(_input, { connect, output }) {
    const added = await connect().ops.addShard({}, { timeoutMs: TIMEOUT_MS });
    output.show({
      json: () => messageJson(AddShardResponseSchema, added),
      human: () => [`${added.shard} serves`, ...handOffLines(added.handOffs, output)],
    });
    return EXIT.ok;
  },
};

const remove: Verb = {
  name: 'ops remove-shard',
  about: "give a shard's partitions to the others and end it",
  takes: [{ name: '<shard>', about: 'such as shard-1' }],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const shard = takenAt(input, 0);
    const removed = await connect().ops.removeShard({ shard }, { timeoutMs: TIMEOUT_MS });
    output.show({
      json: () => messageJson(RemoveShardResponseSchema, removed),
      human: () => [...handOffLines(removed.handOffs, output), `${shard} is gone`],
    });
    return EXIT.ok;
  },
};

export const shardVerbs: readonly Verb[] = [list, move, add, remove];

function handOffLines(handOffs: readonly HandOff[], { style }: Output): string[] {
  if (handOffs.length === 0) return ['no partition changed hands'];
  const right = { align: 'right' } as const;
  return tableLines(
    [
      { title: 'partition', ...right },
      { title: 'old shard' },
      { title: 'new shard' },
      { title: 'epoch', ...right },
      { title: 'pause', ...right },
    ],
    handOffs.map(({ partition, from, to, epoch, pauseMs }) => [
      String(partition),
      from,
      to,
      formatCount(epoch),
      `${pauseMs} ms`,
    ]),
    style,
  );
}
