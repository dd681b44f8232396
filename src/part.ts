/** One thread of Furlong as the main thread holds it: told things, waited for, ended. */
import type { Death, Order, Outcome, ShardMember } from './runtime/crew.ts';
import { type ChannelEnd, startThread, type Thread } from './runtime/threads.ts';
import type { Boot, FromThread, ShardBoot, ToThread } from './thread-messages.ts';

/** Longer than a gateway drains; a thread that is not done by then is ended where it stands. */
const STOP_TIMEOUT_MS = 15_000;

export interface Part {
  readonly name: string;
  /** Where it listens, once it serves; 0 for a part that does not. Never, where it dies before. */
  readonly ready: Promise<number>;
  /** Also of an end that nobody asked for. */
  readonly died: Promise<Death>;
  tell(message: ToThread, ends?: readonly ChannelEnd[]): void;
  onMessage(listener: (message: FromThread) => void): void;
  /** @throws Error where it did not stop in time; it has been ended. */
  stop(graceMs?: number): Promise<void>;
  terminate(): Promise<void>;
}

export function startPart(boot: Boot): Part {
  return partOver(startPartThread(boot));
}

export function startPartThread(boot: Boot): Thread {
  return startThread(new URL('./worker.ts', import.meta.url), boot.name, boot);
}

export function partOver(thread: Thread): Part {
  const { name } = thread;
  const onMessage = (listener: (message: FromThread) => void) =>
    // worker.ts says nothing else
    thread.onMessage((message) => listener(message as FromThread));
  const tell = (message: ToThread, ends: readonly ChannelEnd[] = []) => thread.post(message, ends);

  const ready = new Promise<number>((resolve) => {
    onMessage((said) => {
      if (said.kind === 'ready') resolve(said.port);
    });
  });
  const died = new Promise<Death>((resolve) => {
    onMessage((said) => {
      if (said.kind === 'fatal') resolve(said.death);
    });
    void thread.exited.then((error) => {
      resolve({ kind: 'defect', reason: error?.message ?? `${name} ended by itself` });
    });
  });

  return {
    name,
    ready,
    died,
    tell,
    onMessage,
    async stop(graceMs) {
      const stopped = new Promise<'stopped'>((resolve) => {
        onMessage(({ kind }) => {
          if (kind === 'stopped' || kind === 'fatal') resolve('stopped');
        });
      });
      tell(graceMs === undefined ? { kind: 'stop' } : { kind: 'stop', graceMs });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, STOP_TIMEOUT_MS, 'late');
      });
      const how = await Promise.race([stopped, late, thread.exited.then(() => 'stopped' as const)]);
      clearTimeout(timer);
      await thread.terminate();
      if (how === 'late') throw new Error(`${name} did not stop within ${STOP_TIMEOUT_MS} ms`);
    },
    terminate: () => thread.terminate(),
  };
}

/** A shard as its crew knows it. */
export function startShardPart(boot: ShardBoot): ShardMember<ChannelEnd> {
  const part = startPart(boot);
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let number = 0;
  let deathReason: string | undefined;
  part.onMessage((said) => {
    if (said.kind !== 'carried-out') return;
    waiting.get(said.number)?.(said.outcome);
  });
  void part.died.then(({ reason }) => {
    deathReason = reason;
    for (const settle of waiting.values()) settle({ kind: 'failed', reason });
  });

  function order(what: Order, timeoutMs: number): Promise<Outcome> {
    if (deathReason !== undefined) return Promise.resolve({ kind: 'failed', reason: deathReason });
    const own = number++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        settle({ kind: 'failed', reason: `${what.kind} took longer than ${timeoutMs} ms` });
      }, timeoutMs);
      timer.unref();
      function settle(outcome: Outcome): void {
        clearTimeout(timer);
        waiting.delete(own);
        resolve(outcome);
      }
      waiting.set(own, settle);
      part.tell({ kind: 'order', number: own, order: what });
    });
  }

  return {
    ...crewMemberOver(part),
    ready: part.ready.then(() => undefined),
    died: part.died,
    order,
    stop: () => part.stop(),
    terminate: part.terminate,
  };
}

/** Whoever must know where the shards are. */
export function crewMemberOver(part: Part) {
  return {
    name: part.name,
    connect: (member: string, end: ChannelEnd) =>
      part.tell({ kind: 'connect', member, end }, [end]),
    disconnect: (member: string) => part.tell({ kind: 'disconnect', member }),
    place: (shards: readonly string[], version: number) =>
      part.tell({ kind: 'place', table: { shards, version } }),
  };
}
