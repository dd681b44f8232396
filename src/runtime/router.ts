/**
 * Brings a command to the one shard that owns its actor, and the reply back.
 *
 * An actor's partition follows from its address alone, and a partition has one owner; so commands
 * to one actor queue behind each other, and no lock exists. Every ask is answered once: by the
 * shard, or with *unanswered* when its deadline passes or there is no room for it.
 */
import type { Address, Ref, Reply, Unanswered } from './actor.ts';
import type { Clock } from './clock.ts';
import { partitionOf } from './placement.ts';
import { oldestOf, type Stuck, type StuckPlace, type StuckQuery } from './stuck.ts';
import type { Request, Response } from './wire.ts';

export interface Router {
  /** Asks an actor to carry out a command, to answer a question, or the one and then the other. */
  ask<Command, Rejection, Query, Answer>(
    to: Ref<Command, Rejection, Query, Answer>,
    what: { readonly command?: Command; readonly query?: Query },
    options: { readonly id: string; readonly timeoutMs: number },
  ): Promise<Reply<Rejection, Answer>>;
  /** Asks every actor of a kind that has an event; parts that did not answer are `missing`. */
  gather<Query, Answer>(
    kind: string,
    query: Query,
    options: { readonly timeoutMs: number },
  ): Promise<Gathered<Answer>>;
  whereIs(
    address: Address,
    options: { readonly timeoutMs: number },
  ): Promise<Whereabouts | undefined>;
  /** What waits for an answer, oldest first, at most `limit` of it. */
  stuck(query: StuckQuery, options: { readonly timeoutMs: number }): Promise<StuckParts>;
  /** Of the shards that answered in time, by partition. */
  partitions(options: { readonly timeoutMs: number }): Promise<readonly PartitionState[]>;
}

interface Gathered<Answer> {
  readonly answers: readonly { readonly id: string; readonly answer: Answer }[];
  /** Shards that did not answer in time. */
  readonly missing: readonly string[];
}

export type { StuckPlace };

interface StuckParts {
  readonly stuck: readonly Stuck[];
  /** Shards that did not answer in time. */
  readonly missing: readonly string[];
}

export interface Whereabouts {
  readonly partition: number;
  readonly shard: string;
  /** Events so far; 0 for an actor that nothing happened to. */
  readonly version: number;
}

export interface PartitionState {
  readonly partition: number;
  readonly shard: string;
  readonly epoch: number;
  readonly position: number;
  /** Hex of the chain's head. */
  readonly headHash: string;
  readonly actors: number;
  /** Commands to other actors that have not been taken yet. */
  readonly outgoing: number;
  readonly deadLetters: number;
}

/** A shard as a router sees it: a worker thread in service, a plain object in a test. */
export interface ShardPort {
  readonly shard: string;
  /** Calls `onResponse` at most once; never, if the shard dies. */
  send(request: Request, onResponse: (response: Response) => void): void;
}

/** Asks in flight; beyond it a caller hears `overload` at once, not `deadline` late. */
export const ASKS_MAX = 32_768;

/** How often deadlines are looked at: late by this much at most, and no timer for each ask. */
const SWEEP_MS = 25;

interface Waiting {
  readonly deadlineMs: number;
  readonly settle: (response: Response) => void;
}

/** @param owners The shard of each partition. */
export function createRouter(owners: readonly ShardPort[], clock: Clock): Router {
  const shards = [...new Set(owners)];
  const waiting = new Set<Waiting>();
  let sweeping = false;

  function sweep(): void {
    const now = clock.now();
    for (const it of waiting) {
      if (it.deadlineMs > now) continue;
      waiting.delete(it);
      it.settle(unanswered('deadline'));
    }
    sweeping = waiting.size > 0;
    if (sweeping) clock.after(SWEEP_MS, sweep);
  }

  function send(port: ShardPort, request: Request, deadlineMs: number): Promise<Response> {
    if (waiting.size >= ASKS_MAX) return Promise.resolve(unanswered('overload'));
    return new Promise((resolve) => {
      const it: Waiting = { deadlineMs, settle: resolve };
      waiting.add(it);
      port.send(request, (response) => {
        if (waiting.delete(it)) resolve(response);
      });
      if (sweeping) return;
      sweeping = true;
      clock.after(SWEEP_MS, sweep);
    });
  }

  function ownerOf(address: Address): ShardPort {
    const owner = owners[partitionOf(address, owners.length)];
    if (owner === undefined) throw new Error(`no shard owns ${address}`);
    return owner;
  }

  return {
    async ask({ address: to }, { command, query }, { id, timeoutMs }) {
      const deadlineMs = clock.now() + timeoutMs;
      const request: Request = { kind: 'ask', to, id, deadlineMs, command, query };
      const response = await send(ownerOf(to), request, deadlineMs);
      return replyOf(response);
    },
    async gather(actorKind, query, { timeoutMs }) {
      const request: Request = { kind: 'gather', actorKind, query };
      const deadlineMs = clock.now() + timeoutMs;
      const responses = await Promise.all(shards.map((port) => send(port, request, deadlineMs)));
      const missing = shards.flatMap(({ shard }, index) =>
        responses[index]?.kind === 'gathered' ? [] : [shard],
      );
      const answers = responses.flatMap((it) => (it.kind === 'gathered' ? it.answers : []));
      // The kind that was asked gives its own kind of answer.
      return { answers: answers as unknown as Gathered<never>['answers'], missing };
    },
    async whereIs(to, { timeoutMs }) {
      const response = await send(ownerOf(to), { kind: 'where', to }, clock.now() + timeoutMs);
      return response.kind === 'where' ? response.where : undefined;
    },
    async stuck(query, { timeoutMs }) {
      const deadlineMs = clock.now() + timeoutMs;
      const request: Request = { kind: 'stuck', ...query };
      const responses = await Promise.all(shards.map((port) => send(port, request, deadlineMs)));
      const missing = shards.flatMap(({ shard }, index) =>
        responses[index]?.kind === 'stuck' ? [] : [shard],
      );
      const all = responses.flatMap((it) => (it.kind === 'stuck' ? it.stuck : []));
      return { stuck: oldestOf(all, query), missing };
    },
    async partitions({ timeoutMs }) {
      const deadlineMs = clock.now() + timeoutMs;
      const responses = await Promise.all(
        shards.map((port) => send(port, { kind: 'partitions' }, deadlineMs)),
      );
      return responses
        .flatMap((it) => (it.kind === 'partitions' ? it.partitions : []))
        .sort((a, b) => a.partition - b.partition);
    },
  };
}

function unanswered(why: Unanswered): Response {
  return { kind: 'unanswered', why };
}

function replyOf(response: Response): Reply<never, never> {
  switch (response.kind) {
    case 'accepted':
      // Typed by the Ref that asked, which a thread boundary cannot carry.
      return { kind: 'accepted', version: response.version, answer: response.answer as undefined };
    case 'rejected':
      return { kind: 'rejected', rejection: response.rejection as never };
    case 'unanswered':
      return response;
    default:
      throw new Error(`a shard answered ${response.kind} to an ask`);
  }
}
