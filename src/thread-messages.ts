/** What the main thread and the others say to each other: how one starts, and how it ends. */
import type { ChannelEnd } from './runtime/threads.ts';

export type Boot = ShardBoot | GatewayBoot | EdgeBoot | WalletBoot;

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
  /** To every other shard, every gateway, and the wallet's thread if there is one. */
  readonly channels: readonly { readonly shard: string; readonly end: ChannelEnd }[];
}

interface GatewayBoot extends CommonBoot {
  readonly role: 'gateway';
  readonly owners: readonly string[];
  readonly channels: readonly { readonly shard: string; readonly end: ChannelEnd }[];
  /** Whether the house has a wallet outside. */
  readonly hasWallet: boolean;
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

/** Calls the wallet for the shards, which have no time for its sockets. */
interface WalletBoot extends CommonBoot {
  readonly role: 'wallet';
  readonly dataId: string;
  /** `host:port` */
  readonly address: string;
  /** To every shard. */
  readonly channels: readonly { readonly shard: string; readonly end: ChannelEnd }[];
}

export type ToThread = { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'stopped' }
  /** The thread has lost what it needs; the process must end and be started again. */
  | { readonly kind: 'fatal'; readonly reason: string };
