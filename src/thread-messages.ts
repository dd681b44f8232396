/** What the main thread and the others say to each other: how one starts, serves, and ends. */
import type { Death, Order, Outcome, Table } from './runtime/crew.ts';
import type { ChannelEnd } from './runtime/threads.ts';

export type Boot = ShardBoot | GatewayBoot | EdgeBoot | WalletBoot | NotaryBoot;

interface CommonBoot {
  readonly name: string;
  readonly logLevel: string;
  /** URL of the NATS server; without it the bus is this process's own. */
  readonly nats: string | undefined;
  /** Name of the process's own bus. */
  readonly broadcast: string;
}

export interface ShardBoot extends CommonBoot {
  readonly role: 'shard';
  /** Of the data directory: each of its logs bears it. */
  readonly dataId: string;
  readonly dataDir: string;
  /** Path of each partition's log. */
  readonly logs: readonly string[];
  /** Actors in memory at most, of each partition. */
  readonly residentMax: number;
  /** Those that it serves from the start. */
  readonly partitions: readonly number[];
  readonly table: Table;
  /** Whether the house has a wallet outside. */
  readonly hasWallet: boolean;
}

export interface GatewayBoot extends CommonBoot {
  readonly role: 'gateway';
  readonly partitions: number;
  /** Whether the house has a wallet outside. */
  readonly hasWallet: boolean;
  /** Rule sets of the operator's own: JSON by the name of its file. */
  readonly rules: readonly { readonly name: string; readonly text: string }[];
  /** For tournaments, likewise. */
  readonly scoringRules: readonly { readonly name: string; readonly text: string }[];
  readonly host: string;
  readonly port: number;
}

export interface EdgeBoot extends CommonBoot {
  readonly role: 'edge';
  readonly host: string;
  readonly port: number;
  readonly pageDir: string;
}

export interface NotaryBoot extends CommonBoot {
  readonly role: 'notary';
  readonly dataDir: string;
  readonly dataId: string;
  /** As the process took the trees: one that has been passed takes them by no restart. */
  readonly owner: string;
  /** Path of each partition's log, in order. */
  readonly logs: readonly string[];
  /** Of the process, epoch milliseconds. */
  readonly startedAtMs: number;
  /** Between two signed trees of a partition, at least. */
  readonly everyMs: number;
}

/** Name of the broadcast on which the notary is asked, however often it is started again. */
export function notaryLineOf({ broadcast }: Pick<CommonBoot, 'broadcast'>): string {
  return `${broadcast}-notary`;
}

/** Calls the wallet for the shards, which have no time for its sockets. */
export interface WalletBoot extends CommonBoot {
  readonly role: 'wallet';
  readonly dataId: string;
  /** `host:port` */
  readonly address: string;
}

export type ToThread =
  /** `graceMs`: how long what was begun may take; the part's own measure, if left out. */
  | { readonly kind: 'stop'; readonly graceMs?: number }
  /** The way to a member of the crew; `end` comes with the message. */
  | { readonly kind: 'connect'; readonly member: string; readonly end: ChannelEnd }
  | { readonly kind: 'disconnect'; readonly member: string }
  | { readonly kind: 'place'; readonly table: Table }
  /** To a shard; answered by `carried-out` with the same number. */
  | { readonly kind: 'order'; readonly number: number; readonly order: Order }
  /** Answers `steer`. */
  | { readonly kind: 'steered'; readonly number: number; readonly outcome: unknown };

export type FromThread =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'stopped' }
  /** The thread has lost what it needs, and ends. */
  | ({ readonly kind: 'fatal' } & { readonly death: Death })
  | { readonly kind: 'carried-out'; readonly number: number; readonly outcome: Outcome }
  /** A gateway passes on what an operator wants of the crew. */
  | { readonly kind: 'steer'; readonly number: number; readonly steer: Steer };

/** A call of Steering in runtime/crew.ts; `outcome` is what it gives. */
export type Steer =
  | { readonly kind: 'shards' }
  | { readonly kind: 'move'; readonly partition: number; readonly to: string }
  | { readonly kind: 'add' }
  | { readonly kind: 'remove'; readonly shard: string };
