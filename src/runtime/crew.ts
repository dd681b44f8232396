/**
 * The shards of one process: started, joined to each other, watched, started again when they die, and
 * partitions handed from one to another while bets flow.
 *
 *   a hand-off   prepare (the old owner saves its actors, and serves) → read-ahead (the new one reads
 *                the large ones and the log's tail) → release (the old one ends its turn) → adopt (the
 *                new one: epoch + 1, the rest of the log, a fence record, serves) → a new table for
 *                everybody
 *   a death      everybody's open asks to it are answered *unknown* → back-off → a new thread, which
 *                replays what the table says is its own
 *
 * Invariants: the table names one owner for each partition, and only that one is told to open its log.
 * One hand-off at a time. A shard that does not do what it was told to is ended before its partition
 * goes to another: what it had not committed was never acknowledged.
 */
import type { Clock } from './clock.ts';
import { shardOf } from './placement.ts';
import type { Telemetry } from './telemetry.ts';

/** Started again after a death; doubled with each further one, up to the longest. */
export const RESTART_FIRST_MS = 100;
const RESTART_LONGEST_MS = 5_000;

/** More deaths than this within the span are no accident: the process ends and says so. */
export const DEATHS_MAX = 4;
export const DEATHS_WITHIN_MS = 60_000;

/** Beyond it no shard is added: each is a thread with its own memory. */
const SHARDS_MAX = 64;

/** A turn is milliseconds; a shard that has not let go after this is stuck. */
const RELEASE_TIMEOUT_MS = 2_000;
/** To save a partition's actors or read them ahead, and to take them over. */
const PREPARE_TIMEOUT_MS = 120_000;
const ADOPT_TIMEOUT_MS = 30_000;

/** How often a shard is asked whether it lives, and how long it may be silent. */
const PING_EVERY_MS = 1_000;
const SILENCE_MAX_MS = 30_000;

/** What a shard's thread is told to do; each has one outcome. */
export type Order =
  | { readonly kind: 'ping' }
  | { readonly kind: 'prepare'; readonly partition: number }
  | { readonly kind: 'read-ahead'; readonly partition: number }
  | { readonly kind: 'release'; readonly partition: number }
  | { readonly kind: 'adopt'; readonly partition: number };

export type Outcome =
  | { readonly kind: 'done'; readonly epoch?: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** How a shard died: after a failed write, or fenced, nothing in this process can go on. */
export interface Death {
  readonly kind: 'io' | 'fenced' | 'defect';
  readonly reason: string;
}

/** Whoever asks shards, and must know where they are. */
interface Member<End> {
  readonly name: string;
  /** The way to another member: to a shard, to be asked and to ask; to any other, to be asked. */
  connect(name: string, end: End): void;
  disconnect(name: string): void;
  place(shards: readonly string[], version: number): void;
}

export interface ShardMember<End> extends Member<End> {
  /** When it serves; a death before that is told by `died` alone. */
  readonly ready: Promise<void>;
  readonly died: Promise<Death>;
  /** Fails where the shard dies before it is done, or does not do it in time. */
  order(order: Order, timeoutMs: number): Promise<Outcome>;
  /** Answers what it took, closes its logs, ends. */
  stop(): Promise<void>;
  /** Ends it where it stands. */
  terminate(): Promise<void>;
}

interface CrewShard {
  readonly name: string;
  readonly partitions: readonly number[];
  readonly state: 'serving' | 'starting';
  /** Deaths since the process began. */
  readonly deaths: number;
}

/** Why a change of shards was not made. */
export type CrewRefusal =
  | { readonly reason: 'unknown-shard'; readonly shard: string }
  | { readonly reason: 'unknown-partition'; readonly partition: number }
  | { readonly reason: 'shard-not-serving'; readonly shard: string }
  | { readonly reason: 'last-shard'; readonly shard: string }
  | { readonly reason: 'too-many-shards'; readonly maximum: number }
  | { readonly reason: 'hand-off-failed'; readonly problem: string };

export interface HandOff {
  readonly partition: number;
  readonly from: string;
  readonly to: string;
  /** Of the new owner. */
  readonly epoch: number;
  /** From the old owner's last turn to the new one's first. */
  readonly pauseMs: number;
}

/** What was done to the shards: who was meant, and the partitions that changed hands for it. */
export interface CrewChange {
  readonly shard: string;
  readonly handOffs: readonly HandOff[];
}

/** What an operator may want of the shards. */
export interface Steering {
  shards(): Promise<readonly CrewShard[]>;
  move(partition: number, to: string): Promise<CrewChange | CrewRefusal>;
  /** A new shard, with its share of the partitions. */
  add(): Promise<CrewChange | CrewRefusal>;
  /** Its partitions go to the others; then it ends. */
  remove(shard: string): Promise<CrewChange | CrewRefusal>;
}

export interface Crew<End> extends Steering {
  /** From now on it is told of every shard and every table. */
  join(member: Member<End>): void;
  stop(): Promise<void>;
  terminate(): Promise<void>;
}

export interface CrewOptions<End> {
  readonly shards: readonly string[];
  readonly partitions: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly start: (name: string, partitions: readonly number[], table: Table) => ShardMember<End>;
  readonly openChannel: () => readonly [End, End];
  /** Told once: the process cannot go on. */
  readonly onFatal: (death: Death & { readonly shard: string }) => void;
}

/** Names of the shards, by partition. */
export interface Table {
  readonly shards: readonly string[];
  readonly version: number;
}

interface Live<End> {
  readonly member: ShardMember<End>;
  serving: boolean;
}

/** @returns When every shard serves. @throws Error where one cannot. */
export async function startCrew<End>(options: CrewOptions<End>): Promise<Crew<End>> {
  const { partitions, clock, telemetry, openChannel } = options;
  let names = [...options.shards];
  let table: Table = {
    shards: Array.from({ length: partitions }, (_, partition) => shardOf(partition, names)),
    version: 1,
  };
  const live = new Map<string, Live<End>>();
  /** That said they are dead, and may not be gone yet. */
  const dying = new Set<ShardMember<End>>();
  const others = new Set<Member<End>>();
  const deaths = new Map<string, number>();
  let recentDeaths: number[] = [];
  let phase: 'starting' | 'serving' | 'ended' = 'starting';
  /** What a shard died of before all served, ready or not: the start is off. */
  let stillborn: Error | undefined;
  /** What is done one after the other. */
  let queue: Promise<unknown> = Promise.resolve();
  const timers = new Map<string, () => void>();
  /** The partition that is let go and not taken yet: nobody who starts meanwhile opens it. */
  let between: number | undefined;
  /** Told to: what is under way ends with its hand-off, and nothing else begins. */
  let stopping = false;

  function launch(name: string): ShardMember<End> {
    const member = options.start(name, ownedBy(name), table);
    for (const it of everybody()) join(member, it);
    const entry: Live<End> = { member, serving: false };
    live.set(name, entry);
    void member.ready.then(() => {
      entry.serving = true;
      watch(name, member);
    });
    void member.died.then((death) => buried(name, member, death));
    return member;
  }

  function join(one: Member<End>, other: Member<End>): void {
    const [here, there] = openChannel();
    one.connect(other.name, here);
    other.connect(one.name, there);
  }

  function ownedBy(name: string): number[] {
    return table.shards.flatMap((shard, partition) =>
      shard === name && partition !== between ? [partition] : [],
    );
  }

  /** A thread in an endless loop answers nobody, and says nothing. */
  function watch(name: string, member: ShardMember<End>): void {
    timers.set(
      name,
      clock.after(PING_EVERY_MS, async () => {
        const outcome = await member.order({ kind: 'ping' }, SILENCE_MAX_MS);
        if (phase === 'ended' || live.get(name)?.member !== member) return;
        if (outcome.kind === 'done') return watch(name, member);
        telemetry.error('a shard is silent, it is ended', { shard: name, ...outcome });
        await member.terminate();
      }),
    );
  }

  function buried(name: string, member: ShardMember<End>, death: Death): void {
    if (phase === 'ended' || live.get(name)?.member !== member) return;
    live.delete(name);
    dying.add(member);
    timers.get(name)?.();
    for (const it of everybody()) it.disconnect(name);
    const count = (deaths.get(name) ?? 0) + 1;
    deaths.set(name, count);
    const now = clock.now();
    // A clock that was set back leaves deaths of the future, which would count for as long.
    const isRecent = (at: number) => Math.abs(now - at) < DEATHS_WITHIN_MS;
    recentDeaths = [...recentDeaths.filter(isRecent), now];
    if (phase === 'starting') {
      stillborn ??= new Error(`${name}: ${death.reason}`);
      return;
    }
    if (death.kind !== 'defect') {
      fatal(name, death);
      return;
    }
    if (recentDeaths.length > DEATHS_MAX) {
      const seconds = DEATHS_WITHIN_MS / 1_000;
      const reason = `shards died ${recentDeaths.length} times within ${seconds} s, the last of: ${death.reason}`;
      fatal(name, { kind: 'defect', reason });
      return;
    }
    const inMs = Math.min(RESTART_FIRST_MS * 2 ** (recentDeaths.length - 1), RESTART_LONGEST_MS);
    telemetry.error('a shard died, it is started again', {
      shard: name,
      cause: death.reason,
      deaths: count,
      inMs,
    });
    timers.set(
      name,
      clock.after(inMs, () => {
        void member.terminate().then(() => {
          dying.delete(member);
          // Also one that is being removed: what it has not given away yet is served by nobody else.
          const isNeeded = names.includes(name) || table.shards.includes(name);
          if (phase === 'serving' && isNeeded) launch(name);
        });
      }),
    );
  }

  function fatal(shard: string, death: Death): void {
    if (phase === 'ended') return;
    phase = 'ended';
    options.onFatal({ ...death, shard });
  }

  function everybody(): Member<End>[] {
    return [...[...live.values()].map(({ member }) => member), ...others];
  }

  function place(partition: number, shard: string): void {
    table = { shards: table.shards.with(partition, shard), version: table.version + 1 };
    for (const it of everybody()) it.place(table.shards, table.version);
  }

  function change<Result>(
    work: () => Promise<Result | CrewRefusal>,
  ): Promise<Result | CrewRefusal> {
    return oneAtATime(() => (stopping ? Promise.resolve(failedHandOff(STOPPING)) : work()));
  }

  function oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  }

  async function handOff(partition: number, to: string): Promise<HandOff | CrewRefusal> {
    const from = table.shards[partition];
    if (from === undefined) return { reason: 'unknown-partition', partition };
    if (!names.includes(to)) return { reason: 'unknown-shard', shard: to };
    const source = servingMember(from);
    const target = servingMember(to);
    if (source === undefined) return { reason: 'shard-not-serving', shard: from };
    if (target === undefined) return { reason: 'shard-not-serving', shard: to };

    const prepared = await source.order({ kind: 'prepare', partition }, PREPARE_TIMEOUT_MS);
    if (prepared.kind === 'failed') return failedHandOff(prepared.reason);
    if (stopping) return failedHandOff(STOPPING);
    const read = await target.order({ kind: 'read-ahead', partition }, PREPARE_TIMEOUT_MS);
    if (read.kind === 'failed') return failedHandOff(read.reason);

    const begunMs = clock.now();
    between = partition;
    const released = await source.order({ kind: 'release', partition }, RELEASE_TIMEOUT_MS);
    if (released.kind === 'failed') {
      // It may still write: it is ended, and starts again with all that the table gives it.
      between = undefined;
      await source.terminate();
      return failedHandOff(released.reason);
    }
    const adopted = await target.order({ kind: 'adopt', partition }, ADOPT_TIMEOUT_MS);
    if (adopted.kind === 'failed') {
      // It may have it half: it is ended before the old owner takes it back, who may be another
      // thread by now; one that is down opens it when it starts.
      await target.terminate();
      const keeper = live.get(from)?.member;
      const back = await keeper?.order({ kind: 'adopt', partition }, ADOPT_TIMEOUT_MS);
      between = undefined;
      if (back?.kind === 'failed') await keeper?.terminate();
      return failedHandOff(adopted.reason);
    }
    between = undefined;
    place(partition, to);
    const { epoch = 0 } = adopted;
    const done: HandOff = { partition, from, to, epoch, pauseMs: clock.now() - begunMs };
    telemetry.info('a partition has changed shards', { ...done });
    return done;
  }

  function servingMember(name: string): ShardMember<End> | undefined {
    const entry = live.get(name);
    return entry?.serving ? entry.member : undefined;
  }

  /** To where rendezvous hashing over the names places them: only the share of who came or goes. */
  async function rebalance(
    isShare: (partition: number, to: string) => boolean,
  ): Promise<HandOff[] | CrewRefusal> {
    const moved: HandOff[] = [];
    for (const partition of table.shards.keys()) {
      const to = shardOf(partition, names);
      if (!isShare(partition, to)) continue;
      if (stopping) return failedHandOff(STOPPING);
      const done = await handOff(partition, to);
      if ('reason' in done) return done;
      moved.push(done);
    }
    return moved;
  }

  async function move(partition: number, shard: string): Promise<CrewChange | CrewRefusal> {
    if (table.shards[partition] === shard) return { shard, handOffs: [] };
    const done = await handOff(partition, shard);
    return 'reason' in done ? done : { shard, handOffs: [done] };
  }

  async function add(): Promise<CrewChange | CrewRefusal> {
    if (names.length >= SHARDS_MAX) return { reason: 'too-many-shards', maximum: SHARDS_MAX };
    const shard = freshName(names);
    names = [...names, shard];
    const member = launch(shard);
    const born = await Promise.race([member.ready, member.died]);
    if (born !== undefined) {
      names = names.filter((it) => it !== shard);
      return failedHandOff(born.reason);
    }
    const moved = await rebalance((_, to) => to === shard);
    return 'reason' in moved ? moved : { shard, handOffs: moved };
  }

  async function remove(shard: string): Promise<CrewChange | CrewRefusal> {
    const leaving = servingMember(shard);
    if (!names.includes(shard)) return { reason: 'unknown-shard', shard };
    if (leaving === undefined) return { reason: 'shard-not-serving', shard };
    if (names.length === 1) return { reason: 'last-shard', shard };
    names = names.filter((it) => it !== shard);
    const moved = await rebalance((partition) => table.shards[partition] === shard);
    if ('reason' in moved) {
      names = [...names, shard];
      return moved;
    }
    // Other threads by now, where it died meanwhile.
    const known = [leaving, live.get(shard)?.member, ...dying].filter((it) => it?.name === shard);
    live.delete(shard);
    timers.get(shard)?.();
    for (const it of everybody()) it.disconnect(shard);
    const stopped = await Promise.allSettled([...new Set(known)].map((it) => it?.stop()));
    for (const it of stopped) {
      if (it.status === 'fulfilled') continue;
      // It had nothing any more, and it is gone: what was asked for is done.
      const { message } = it.reason as Error; // `stop` throws no other
      telemetry.warn('a shard that was removed had to be ended', { shard, cause: message });
    }
    for (const it of known) if (it !== undefined) dying.delete(it);
    return { shard, handOffs: moved };
  }

  async function endAll(how: (member: ShardMember<End>) => Promise<void>): Promise<void> {
    phase = 'ended';
    for (const cancel of timers.values()) cancel();
    const ended = await Promise.allSettled([
      ...[...live.values()].map(({ member }) => how(member)),
      ...[...dying].map((member) => member.terminate()),
    ]);
    for (const it of ended) if (it.status === 'rejected') throw it.reason;
  }

  const members = names.map(launch);
  await Promise.all(members.map((it) => Promise.race([it.ready, it.died])));
  if (stillborn !== undefined) {
    await endAll((it) => it.terminate());
    throw stillborn;
  }
  phase = 'serving';

  return {
    shards: async () =>
      names.map((name) => ({
        name,
        partitions: ownedBy(name),
        state: servingMember(name) === undefined ? 'starting' : 'serving',
        deaths: deaths.get(name) ?? 0,
      })),
    join(member) {
      for (const it of live.values()) join(it.member, member);
      member.place(table.shards, table.version);
      others.add(member);
    },
    move: (partition, to) => change(() => move(partition, to)),
    add: () => change(add),
    remove: (shard) => change(() => remove(shard)),
    stop() {
      stopping = true;
      return oneAtATime(() => endAll((it) => it.stop()));
    },
    terminate: () => endAll((it) => it.terminate()),
  };
}

const STOPPING = 'the server is stopping';

function failedHandOff(problem: string): CrewRefusal {
  return { reason: 'hand-off-failed', problem };
}

/** `shard-2` after `shard-0` and `shard-1`. */
function freshName(names: readonly string[]): string {
  for (let index = 0; ; index++) if (!names.includes(`shard-${index}`)) return `shard-${index}`;
}
