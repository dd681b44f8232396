/**
 * One process of Furlong: its threads, started in order, watched, and stopped in order.
 *
 *   start: shards (each replays its partitions) → edge → gateway: nobody is let in too early → notary
 *   stop:  gateway drains → shards answer what they took → edge → logs closed → notary signs the rest
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from './runtime/clock.ts';
import { type OpenDataDir, openDataDir } from './runtime/data-dir.ts';
import { keepThread } from './runtime/kept-thread.ts';
import { shardOf } from './runtime/placement.ts';
import { type ChannelEnd, openChannel, startThread, type Thread } from './runtime/threads.ts';
import type { Boot, FromThread } from './thread-messages.ts';

export interface SystemOptions {
  readonly dataDir: string;
  /** For a new data directory; an old one keeps its own number. */
  readonly partitions: number;
  readonly shards: number;
  /** Port 0 for any that is free. */
  readonly grpc: { readonly host: string; readonly port: number };
  /** Undefined for no edge. */
  readonly http: { readonly host: string; readonly port: number } | undefined;
  /** URL of a NATS server; undefined for the process's own bus. */
  readonly nats: string | undefined;
  readonly pageDir: string;
  readonly logLevel: string;
  /** Where the operator's own rule sets are, one JSON file each; undefined for none. */
  readonly rulesDir?: string | undefined;
  /** Between two signed trees of a partition, at least. Absent: 10 s. */
  readonly signEveryMs?: number;
}

export interface System {
  /** `host:port` */
  readonly grpcAddress: string;
  /** `host:port`; empty without an edge. */
  readonly httpAddress: string;
  /** Resolves, at most once, with what a part died of; the rest is then of no use. */
  readonly failed: Promise<Error>;
  /** Takes no more, answers what was taken, and closes. */
  stop(): Promise<void>;
}

/** A receipt is asked for when a bet is placed: nobody should wait long for a signature. */
const SIGN_EVERY_MS = 10_000;

/** Longer than a gateway drains; a thread that is not done by then is ended where it stands. */
const STOP_TIMEOUT_MS = 15_000;

/** Ten times the catalogue: more is a directory of something else. */
const RULE_FILES_MAX = 1_000;
/** The longest rule set that is valid is far shorter. */
const RULE_FILE_MAX_BYTES = 1024 * 1024;

interface Part {
  readonly thread: Thread;
  readonly port: number;
}

/** @throws Error where a part cannot start: the message says which, and what to do. */
export async function startSystem(options: SystemOptions): Promise<System> {
  // Before the data directory is taken: what cannot be read must not cost a replay first.
  const rules = readRules(options.rulesDir);
  const data = openDataDir(options.dataDir, options.partitions);
  const failed = createFailure();
  const threads: Thread[] = [];
  const start = (boot: Boot) => {
    const thread = startPartThread(boot);
    threads.push(thread);
    return untilReady(thread, failed.report);
  };
  try {
    const plan = planThreads(options, data, rules);
    const shards = await Promise.all(plan.shards.map(start));
    const edge = plan.edge && (await start(plan.edge));
    const gateway = await start(plan.gateway);
    const notary = keepThread({
      start: () => startPartThread(plan.notary),
      isFatal: (message) => (message as FromThread).kind === 'fatal',
      clock: systemClock,
    });

    let stopping: Promise<void> | undefined;
    return {
      grpcAddress: `${options.grpc.host}:${gateway.port}`,
      httpAddress: edge === undefined ? '' : `${options.http?.host}:${edge.port}`,
      failed: failed.promise,
      stop() {
        failed.silence();
        stopping ??= stopAll({ gateway, shards, edge })
          .finally(() => stopNotary(notary.release()))
          .finally(data.release);
        return stopping;
      },
    };
  } catch (cause) {
    failed.silence();
    // Also those that were still starting: none may hold a log when the directory is let go.
    await Promise.all(threads.map((thread) => thread.terminate()));
    data.release();
    throw cause;
  }
}

/** Who is started with what: channels join every two shards, and the gateway to every shard. */
function planThreads(
  options: SystemOptions,
  { path: dataDir, id: dataId, logs }: OpenDataDir,
  rules: readonly RuleFile[],
) {
  const { nats, logLevel, grpc, http, pageDir } = options;
  const names = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const owners = logs.map((_, partition) => shardOf(partition, names));
  const common = { logLevel, nats, broadcast: `furlong-${randomUUID()}` };
  const channels = new Map<string, { shard: string; end: ChannelEnd }[]>(
    [...names, 'gateway'].map((name) => [name, []]),
  );
  for (const [index, name] of names.entries()) {
    for (const other of [...names.slice(index + 1), 'gateway']) {
      const [here, there] = openChannel();
      channels.get(name)?.push({ shard: other, end: here });
      channels.get(other)?.push({ shard: name, end: there });
    }
  }
  const shards = names.map((name): Boot => {
    const own = logs.flatMap((path, partition) =>
      owners[partition] === name ? [{ partition, path }] : [],
    );
    return {
      ...common,
      role: 'shard',
      name,
      dataId,
      logs: own,
      owners,
      channels: channels.get(name) ?? [],
    };
  });
  const gateway: Boot = {
    ...common,
    role: 'gateway',
    name: 'gateway',
    owners,
    channels: channels.get('gateway') ?? [],
    rules,
    ...grpc,
  };
  const edge: Boot | undefined = http && {
    ...common,
    role: 'edge',
    name: 'edge',
    ...http,
    pageDir,
  };
  const notary: Boot = {
    ...common,
    // It says nothing on the bus, and must not wait for one.
    nats: undefined,
    role: 'notary',
    name: 'notary',
    dataDir,
    dataId,
    logs,
    everyMs: options.signEveryMs ?? SIGN_EVERY_MS,
  };
  return { shards, gateway, edge, notary };
}

type RuleFile = { readonly name: string; readonly text: string };

/** By name, so that of two files with one id it is always the same that is told. @throws Error */
function readRules(dir: string | undefined): RuleFile[] {
  if (dir === undefined) return [];
  const names = namesIn(dir)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length > RULE_FILES_MAX) {
    throw new Error(`${dir} holds ${names.length} rule sets, more than ${RULE_FILES_MAX}`);
  }
  return names.map((name) => {
    const path = join(dir, name);
    const { size } = statSync(path);
    if (size > RULE_FILE_MAX_BYTES) {
      throw new Error(`${path} has ${size} bytes, more than any rule set`);
    }
    return { name, text: readFileSync(path, 'utf8') };
  });
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the rule sets cannot be read: ${problem}`, { cause });
  }
}

function startPartThread(boot: Boot): Thread {
  const ends = 'channels' in boot ? boot.channels.map(({ end }) => end) : [];
  return startThread(new URL('./worker.ts', import.meta.url), boot.name, boot, ends);
}

/** Resolves when the part is ready to serve; what it dies of later is reported. */
function untilReady(thread: Thread, report: (error: Error) => void): Promise<Part> {
  return new Promise((resolve, reject) => {
    thread.onMessage((message) => {
      const said = message as FromThread; // worker.ts says nothing else
      if (said.kind === 'ready') resolve({ thread, port: said.port });
      if (said.kind === 'fatal') fail(new Error(`${thread.name}: ${said.reason}`));
    });
    void thread.exited.then((error) => {
      fail(error ?? new Error(`${thread.name} ended by itself`));
    });
    function fail(error: Error): void {
      reject(error);
      report(error);
    }
  });
}

/** Every part is stopped, whatever becomes of the others. @throws What the first one failed with. */
async function stopAll(parts: {
  readonly gateway: Part;
  readonly shards: readonly Part[];
  readonly edge: Part | undefined;
}): Promise<void> {
  const { gateway, shards, edge } = parts;
  const order = [[gateway], shards, edge === undefined ? [] : [edge]];
  const failures: unknown[] = [];
  for (const together of order) {
    const stopped = await Promise.allSettled(together.map(stopPart));
    for (const it of stopped) if (it.status === 'rejected') failures.push(it.reason);
  }
  if (failures.length > 0) throw failures[0];
}

/** What it has not signed by then it signs after the next start: no failure of the system. */
async function stopNotary(thread: Thread | undefined): Promise<void> {
  if (thread !== undefined) await Promise.allSettled([stopPart({ thread, port: 0 })]);
}

/** @throws Error where the part did not stop in time; it has been ended. */
async function stopPart({ thread }: Part): Promise<void> {
  const stopped = new Promise<'stopped'>((resolve) => {
    thread.onMessage((message) => {
      const { kind } = message as FromThread;
      if (kind === 'stopped' || kind === 'fatal') resolve('stopped');
    });
  });
  thread.post({ kind: 'stop' });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, STOP_TIMEOUT_MS, 'late');
  });
  const how = await Promise.race([stopped, late, thread.exited.then(() => 'stopped' as const)]);
  clearTimeout(timer);
  await thread.terminate();
  if (how === 'late') throw new Error(`${thread.name} did not stop within ${STOP_TIMEOUT_MS} ms`);
}

/** The first failure counts, and none once stopping has begun. */
function createFailure() {
  let tell: (error: Error) => void = () => {};
  const promise = new Promise<Error>((resolve) => {
    tell = resolve;
  });
  return {
    promise,
    report: (error: Error) => tell(error),
    silence() {
      tell = () => {};
    },
  };
}
