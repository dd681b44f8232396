/**
 * Brings a command to the one shard that owns its actor, and the reply back.
 *
 * An actor's partition follows from its address alone, and a partition has one owner; so commands
 * to one actor queue behind each other, and no lock exists. Every ask is answered once: by the
 * shard, or with *unanswered* when its deadline passes or there is no room for it. While a partition
 * is between two shards, who asks for it waits: nothing was begun, so the same is asked again.
 */
import type { Address, Ref, Reply, Unanswered } from './actor.ts';
import { type Clock, elapsedBy } from './clock.ts';
import type { Owners } from './owners.ts';
import { partitionOf } from './placement.ts';
import type { QuarantinedActor } from './quarantine.ts';
import { oldestOf, type Stuck, type StuckPlace, type StuckQuery } from './stuck.ts';
import type { TimerCounts } from './timers.ts';
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
  /** Partitions whose shard did not answer in time. */
  readonly missing: readonly number[];
  /** Actors of the kind that gave no answer, being in quarantine. */
  readonly quarantined: readonly Address[];
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
  /** What its actors want done at a time. */
  readonly timers: TimerCounts;
  /** Actors that cannot be replayed. */
  readonly quarantined: number;
  /** The first of these, at most `SHOWN_MAX`. */
  readonly quarantinedActors: readonly QuarantinedActor[];
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
  /** What will have elapsed when nobody waits any more. */
  readonly untilMs: number;
  readonly settle: (response: Response) => void;
}

export function createRouter(owners: Owners, clock: Clock): Router {
  const waiting = new Set<Waiting>();
  /** Those that wait for the next table of owners. */
  const parked = new Map<Waiting, () => void>();
  const elapsed = elapsedBy(clock);
  let sweeping = false;

  function sweep(): void {
    const now = elapsed();
    for (const it of waiting) {
      if (it.untilMs > now) continue;
      waiting.delete(it);
      parked.delete(it);
      it.settle(unanswered('deadline'));
    }
    askParkedAgain();
    sweeping = waiting.size > 0;
    if (sweeping) clock.after(SWEEP_MS, sweep);
  }

  function askParkedAgain(): void {
    const again = [...parked.values()];
    parked.clear();
    for (const attempt of again) attempt();
  }
  owners.onChange(askParkedAgain);

  /** @param to Whoever is to be asked now. */
  function send(
    to: () => ShardPort | undefined,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    if (waiting.size >= ASKS_MAX) return Promise.resolve(unanswered('overload'));
    return new Promise((resolve) => {
      const it: Waiting = { untilMs: elapsed() + timeoutMs, settle: resolve };
      waiting.add(it);
      function attempt(): void {
        const port = to();
        if (port === undefined) parked.set(it, attempt);
        else port.send(request, settle);
      }
      function settle(response: Response): void {
        if (!waiting.has(it)) return;
        if (response.kind === 'moved') {
          parked.set(it, attempt);
          return;
        }
        waiting.delete(it);
        resolve(response);
      }
      attempt();
      if (sweeping) return;
      sweeping = true;
      clock.after(SWEEP_MS, sweep);
    });
  }

  function ownerOf(address: Address): () => ShardPort | undefined {
    const partition = partitionOf(address, owners.partitions);
    return () => owners.of(partition);
  }

  function sendToAll(request: Request, timeoutMs: number): Promise<readonly Response[]> {
    return Promise.all(owners.all().map((port) => send(() => port, request, timeoutMs)));
  }

  /** A partition that changes shards meanwhile may have been asked at both: the first word counts. */
  function eachOnce(
    actorKind: string,
    gathered: readonly Extract<Response, { readonly kind: 'gathered' }>[],
  ) {
    const heard = new Set<number>();
    const answers: { readonly id: string; readonly answer: unknown }[] = [];
    const quarantined: Address[] = [];
    for (const it of gathered) {
      const again = new Set(it.partitions.filter((partition) => heard.has(partition)));
      const isNew = (address: Address) =>
        again.size === 0 || !again.has(partitionOf(address, owners.partitions));
      for (const answer of it.answers) if (isNew(`${actorKind}/${answer.id}`)) answers.push(answer);
      quarantined.push(...it.quarantined.filter(isNew));
      for (const partition of it.partitions) heard.add(partition);
    }
    return { heard, answers, quarantined };
  }

  return {
    async ask({ address: to }, { command, query }, { id, timeoutMs }) {
      const deadlineMs = clock.now() + timeoutMs;
      const request: Request = { kind: 'ask', to, id, deadlineMs, command, query };
      const response = await send(ownerOf(to), request, timeoutMs);
      return replyOf(response);
    },
    async gather(actorKind, query, { timeoutMs }) {
      const responses = await sendToAll({ kind: 'gather', actorKind, query }, timeoutMs);
      const gathered = responses.filter((it) => it.kind === 'gathered');
      const { heard, answers, quarantined } = eachOnce(actorKind, gathered);
      const all = Array.from({ length: owners.partitions }, (_, partition) => partition);
      const missing = all.filter((partition) => !heard.has(partition));
      // The kind that was asked gives its own kind of answer.
      const typed = answers as unknown as Gathered<never>['answers'];
      return { answers: typed, missing, quarantined };
    },
    async whereIs(to, { timeoutMs }) {
      const response = await send(ownerOf(to), { kind: 'where', to }, timeoutMs);
      return response.kind === 'where' ? response.where : undefined;
    },
    async stuck(query, { timeoutMs }) {
      const ports = owners.all();
      const responses = await sendToAll({ kind: 'stuck', ...query }, timeoutMs);
      const missing = ports.flatMap(({ shard }, index) =>
        responses[index]?.kind === 'stuck' ? [] : [shard],
      );
      const all = responses.flatMap((it) => (it.kind === 'stuck' ? it.stuck : []));
      return { stuck: oldestOf(all, query), missing };
    },
    async partitions({ timeoutMs }) {
      const responses = await sendToAll({ kind: 'partitions' }, timeoutMs);
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
    case 'failed':
      return { kind: 'failed', why: response.why };
    default:
      throw new Error(`a shard answered ${response.kind} to an ask`);
  }
}
