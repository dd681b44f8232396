/** What the main thread and the others say to each other: how one starts, and how it ends. */
import type { ChannelEnd } from './runtime/threads.ts';

export type Boot = ShardBoot | GatewayBoot | EdgeBoot | NotaryBoot;

interface CommonBoot {
  readonly name: string;
  readonly logLevel: string;
  /** URL of the NATS server; without it the bus is this process's own. */
  readonly nats: string | undefined;
  /** Name of the process's own bus. */
  readonly broadcast: string;
}

interface ShardBoot extends CommonBoot {
  readonly role: 'shard';
  /** Of the data directory: each of its logs bears it. */
  readonly dataId: string;
  readonly logs: readonly { readonly partition: number; readonly path: string }[];
  /** The shard of each partition. */
  readonly owners: readonly string[];
  /** To every other shard and every gateway. */
  readonly channels: readonly { readonly shard: string; readonly end: ChannelEnd }[];
}

interface GatewayBoot extends CommonBoot {
  readonly role: 'gateway';
  readonly owners: readonly string[];
  readonly channels: readonly { readonly shard: string; readonly end: ChannelEnd }[];
  /** Rule sets of the operator's own: JSON by the name of its file. */
  readonly rules: readonly { readonly name: string; readonly text: string }[];
  readonly host: string;
  readonly port: number;
}

interface EdgeBoot extends CommonBoot {
  readonly role: 'edge';
  readonly host: string;
  readonly port: number;
  readonly pageDir: string;
}

interface NotaryBoot extends CommonBoot {
  readonly role: 'notary';
  readonly dataDir: string;
  readonly dataId: string;
  /** Path of each partition's log, in order. */
  readonly logs: readonly string[];
  /** Between two signed trees of a partition, at least. */
  readonly everyMs: number;
}

/** Name of the broadcast on which the notary is asked, however often it is started again. */
export function notaryLineOf({ broadcast }: Pick<CommonBoot, 'broadcast'>): string {
  return `${broadcast}-notary`;
}

export type ToThread = { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'stopped' }
  /** The thread has lost what it needs; the process must end and be started again. */
  | { readonly kind: 'fatal'; readonly reason: string };
