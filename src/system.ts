/**
 * One process of Furlong: its threads, started in order, watched, and stopped in order.
 *
 *   start: shards (each replays its partitions) → edge, wallet → gateway: nobody is let in too early
 *          → notary
 *   stop:  gateway drains → shards answer what they took, logs closed → edge, wallet → notary signs
 *          the rest
 *
 * Shards that die are started again (runtime/crew.ts), and so is the notary; any other part that dies
 * ends the process, and so does a log that cannot be written, or that is another process's by now.
 */
import { randomUUID } from 'node:crypto';
import {
  crewMemberOver,
  type Part,
  partOver,
  startPart,
  startPartThread,
  startShardPart,
} from './part.ts';
import { readRuleFiles, readScoringFiles } from './rule-files.ts';
import { systemClock } from './runtime/clock.ts';
import { type CrewRefusal, type Death, type Steering, startCrew } from './runtime/crew.ts';
import { openDataDir } from './runtime/data-dir.ts';
import { keepThread } from './runtime/kept-thread.ts';
import { openPinoTelemetry } from './runtime/pino.ts';
import { RESIDENT_MAX_DEFAULT } from './runtime/residency.ts';
import { openChannel } from './runtime/threads.ts';
import { messageOf } from './runtime/thrown.ts';
import { takeTlog } from './runtime/tlog/owner.ts';
import { carryOut } from './steering.ts';
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
  /** Actors in memory at most, of each partition. */
  readonly residentMax?: number | undefined;
  /** Where the operator's own rule sets are, one JSON file each; undefined for none. */
  readonly rulesDir?: string | undefined;
  /** `host:port` of the wallet where players may keep their money; undefined for none. */
  readonly wallet?: string | undefined;
  /** Past a process that has the directory open and no longer responds. */
  readonly takeOver?: boolean | undefined;
  /** Between two signed trees of a partition, at least. Absent: 10 s. */
  readonly signEveryMs?: number;
}

export interface System {
  /** `host:port` */
  readonly grpcAddress: string;
  /** `host:port`; empty without an edge. */
  readonly httpAddress: string;
  /** Resolves, at most once, with what a part died of; the rest is then of no use. */
  readonly failed: Promise<SystemFailure>;
  /** Takes no more, answers what was taken, and closes; after a failure, ends everything at once. */
  stop(): Promise<void>;
}

/** What a part died of, and the whole with it. */
export class SystemFailure extends Error {
  override readonly name = 'SystemFailure';
  readonly kind: Death['kind'];

  constructor(part: string, { kind, reason }: Death) {
    super(`${part}: ${reason}`);
    this.kind = kind;
  }
}

/** A receipt is asked for when a bet is placed: nobody should wait long for a signature. */
const SIGN_EVERY_MS = 10_000;

/** After a failure: the process must be gone within a second, and nobody is answered any more. */
const GRACE_AFTER_FAILURE_MS = 50;
const CLOSES_WITHIN_MS = 500;

interface Stoppable {
  stop(): Promise<void>;
  terminate(): Promise<void>;
}

/** @throws Error where a part cannot start: the message says which, and what to do. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { grpc, http, nats, logLevel, pageDir } = options;
  const startedAtMs = systemClock.now();
  // Before the data directory is taken: what cannot be read must not cost a replay first.
  const rules = readRuleFiles(options.rulesDir);
  const scoringRules = readScoringFiles(options.rulesDir);
  const { residentMax = RESIDENT_MAX_DEFAULT, takeOver = false } = options;
  const {
    path: dataDir,
    id: dataId,
    logs,
    release,
  } = openDataDir(options.dataDir, options.partitions, { takeOver });
  const owner = randomUUID();
  const common = { logLevel, nats, broadcast: `furlong-${randomUUID()}` };
  const failure = createFailure();
  const started: Stoppable[] = [];
  try {
    // Before anything else can take long: whoever takes the directory meanwhile takes them after this.
    takeTlog(dataDir, owner);
    const crew = await startCrew({
      shards: Array.from({ length: options.shards }, (_, index) => `shard-${index}`),
      partitions: logs.length,
      clock: systemClock,
      telemetry: openPinoTelemetry(logLevel, 'main'),
      openChannel,
      start: (name, partitions, table) =>
        startShardPart({
          ...common,
          role: 'shard',
          name,
          dataDir,
          dataId,
          logs,
          residentMax,
          partitions,
          table,
          hasWallet: options.wallet !== undefined,
        }),
      onFatal: ({ shard, ...death }) => failure.report(shard, death),
    });
    started.push(crew);
    const edge =
      http && (await startOther({ ...common, role: 'edge', name: 'edge', ...http, pageDir }));
    const wallet =
      options.wallet === undefined
        ? undefined
        : await startOther(
            { ...common, role: 'wallet', name: 'wallet', dataId, address: options.wallet },
            (part) => crew.join(crewMemberOver(part)),
          );
    const gateway = await startOther(
      {
        ...common,
        role: 'gateway',
        name: 'gateway',
        partitions: logs.length,
        rules,
        scoringRules,
        hasWallet: wallet !== undefined,
        ...grpc,
      },
      (part) => {
        crew.join(crewMemberOver(part));
        serveSteering(part, crew);
      },
    );

    const notary = keepNotary(
      {
        ...common,
        // It says nothing on the bus, and must not wait for one.
        nats: undefined,
        role: 'notary',
        name: 'notary',
        dataDir,
        dataId,
        owner,
        logs,
        startedAtMs,
        everyMs: options.signEveryMs ?? SIGN_EVERY_MS,
      },
      (death) => failure.report('notary', death),
    );
    started.push(notary);

    let stopping: Promise<void> | undefined;
    return {
      grpcAddress: `${grpc.host}:${gateway.port}`,
      httpAddress: edge === undefined ? '' : `${http?.host}:${edge.port}`,
      failed: failure.promise,
      stop() {
        const others: (Stoppable | undefined)[] = [edge?.part, wallet?.part];
        const there = others.filter((it) => it !== undefined);
        const inOrder = [gateway.part, crew, ...there, notary];
        stopping ??= (failure.silence() ? endAll(started) : stopAll(inOrder)).finally(release);
        return stopping;
      },
    };
  } catch (cause) {
    failure.silence();
    // Also those that were still starting: none may hold a log when the directory is let go.
    await endAll(started);
    release();
    throw cause;
  }

  /** @param early What the part must hear of before it serves. */
  async function startOther(boot: Boot, early: (part: Part) => void = () => {}) {
    const part = startPart(boot);
    started.push(boot.role === 'wallet' ? part : closedFirst(part));
    early(part);
    const first = await Promise.race([part.ready, part.died]);
    if (typeof first !== 'number') throw new SystemFailure(part.name, first);
    void part.died.then((death) => failure.report(part.name, death));
    return { part, port: first };
  }
}

/**
 * A thread that is ended with sockets open takes the process with it: uWebSockets' loop is found in use,
 * an HTTP/2 session reads without its JavaScript, and Node aborts (SIGABRT) in place of the exit code
 * that says what was wrong.
 */
function closedFirst(part: Part): Stoppable {
  return {
    stop: () => part.stop(),
    async terminate() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSES_WITHIN_MS);
      });
      await Promise.race([part.stop(GRACE_AFTER_FAILURE_MS), late]);
      clearTimeout(timer);
      await part.terminate();
    },
  };
}

/**
 * No bet waits for the notary: it is started again when it dies, and its end is not the server's. Unless
 * another process has the directory: then it is the first to know.
 */
function keepNotary(boot: Boot, onFenced: (death: Death) => void): Stoppable {
  const notary = keepThread({
    start() {
      const thread = startPartThread(boot);
      void partOver(thread).died.then((death) => {
        if (death.kind === 'fenced') onFenced(death);
      });
      return thread;
    },
    isFatal: (message) => (message as FromThread).kind === 'fatal', // worker.ts says nothing else
    clock: systemClock,
  });
  return {
    async stop() {
      const thread = notary.release();
      if (thread !== undefined) await Promise.allSettled([partOver(thread).stop()]);
    },
    async terminate() {
      await notary.release()?.terminate();
    },
  };
}

/** Carries out what operators tell a gateway about the shards. */
function serveSteering(part: Part, crew: Steering): void {
  part.onMessage((said) => {
    if (said.kind !== 'steer') return;
    const { number, steer } = said;
    void carryOut(steer, crew)
      .catch((cause: unknown): CrewRefusal => {
        const problem = messageOf(cause);
        return { reason: 'hand-off-failed', problem };
      })
      .then((outcome) => part.tell({ kind: 'steered', number, outcome }));
  });
}

/** Every part is stopped, whatever becomes of the others. @throws What the first one failed with. */
async function stopAll(inOrder: readonly Stoppable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const it of inOrder) await it.stop().catch((cause: unknown) => failures.push(cause));
  if (failures.length > 0) throw failures[0];
}

async function endAll(parts: readonly Stoppable[]): Promise<void> {
  await Promise.all(parts.map((it) => it.terminate()));
}

/** The first failure counts, and none once stopping has begun. */
function createFailure() {
  const { promise, resolve } = Promise.withResolvers<SystemFailure>();
  let phase: 'watching' | 'failed' | 'silent' = 'watching';
  return {
    promise,
    report(part: string, death: Death) {
      if (phase !== 'watching') return;
      phase = 'failed';
      resolve(new SystemFailure(part, death));
    },
    /** @returns Whether there was a failure. */
    silence(): boolean {
      const failed = phase === 'failed';
      if (!failed) phase = 'silent';
      return failed;
    },
  };
}
