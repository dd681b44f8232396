/**
 * The notary: keeps the trees of all partitions in step with their logs, signs them, and proves what
 * is in them. It reads the logs beside their writers and is in nobody's way.
 *
 *   beat: partition by partition, some thousand records at a time ─ soon ─ … nothing new ─ everyMs ─ beat
 *
 * Invariants: bounded work between two questions; nothing is signed oftener than once a beat for each
 * batch, and nothing at all where nothing is new. A partition whose tree fails is told, left alone
 * for a while and opened again, which mends it; the others go on. Where another process has taken the
 * trees, nothing is signed or proven any more.
 */
import type { Clock } from '../clock.ts';
import { FencedError } from '../log/log.ts';
import type { Telemetry } from '../telemetry.ts';
import { messageOf, stackOf } from '../thrown.ts';
import { endOfHistory, type Sealed } from './history.ts';
import type { Owned } from './owner.ts';
import { proofText } from './proof.ts';
import type { TreeSource } from './source.ts';
import { openTree, type Tree, type TreeOptions } from './tree.ts';

/** Records taken and signed at once: some 100 ms of work between two questions. */
export const BATCH_MAX = 16_384;

/** Older records looked at again after each batch, so that every one has its turn. */
const RECHECKED = 4_096;

/** Beats that a partition whose tree failed is left alone for: 1, 2, 4, and so on up to this. */
const BEATS_LEFT_MAX = 32;

/** At a stop: what is not signed by then is signed after the next start. */
const STOP_MAX_MS = 5_000;

interface NotaryPartition extends TreeOptions {
  readonly partition: number;
  /** Opened for each piece of work, so that the log may rotate in between. */
  readonly openSource: () => OpenSource;
}

export interface OpenSource extends TreeSource {
  close(): void;
}

export interface TreeState {
  readonly partition: number;
  /** Name of the log, and of the key that signs it. */
  readonly origin: string;
  /** Records in the last signed tree. */
  readonly size: number;
  /** Records in the log that are in no signed tree yet, when last looked at. */
  readonly lag: number;
  /** When the last tree was signed, epoch milliseconds; 0 for never. */
  readonly signedAtMs: number;
  /** Why nothing is signed; empty while all is well. */
  readonly trouble: string;
}

export type Proving =
  /** As text: see proof.ts. */
  | { readonly kind: 'proven'; readonly text: string }
  /** The record is in no signed tree, or there is none. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'trouble'; readonly trouble: string };

export interface Notary {
  /** The newest record with the key. */
  prove(partition: number, key: string): Proving;
  states(): readonly TreeState[];
  /** Signs what is there, and ends. */
  stop(): Promise<void>;
}

export interface NotaryOptions {
  readonly partitions: readonly NotaryPartition[];
  /** Between two beats. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Runs work after what has arrived meanwhile. */
  readonly soon: (work: () => void) => void;
  /** Around each piece of work: any may write. */
  readonly owned: Owned;
  /** Told once, where another process has taken the trees: this notary has ended. */
  readonly onLost: (cause: FencedError) => void;
}

export function startNotary(options: NotaryOptions): Notary {
  const { everyMs, clock, telemetry, soon, owned, onLost } = options;
  const desks = options.partitions.map((it) => createDesk(it, { clock, telemetry, owned, lost }));
  let phase: 'working' | 'resting' | 'stopping' | 'last beat' | 'stopped' = 'working';
  let cancel = () => {};
  let stopAtMs = Number.POSITIVE_INFINITY;
  let tellStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });

  function beat(): void {
    if (phase === 'resting') phase = 'working';
    if (phase === 'stopping') phase = 'last beat';
    work(0);
  }

  /** One batch of a partition; then what arrived meanwhile; then its next, or the next partition. */
  function work(index: number): void {
    if (phase === 'stopped') return;
    const desk = clock.now() < stopAtMs ? desks[index] : undefined;
    if (desk === undefined) {
      rest();
      return;
    }
    const more = desk.work();
    soon(() => work(more ? index : index + 1));
  }

  function rest(): void {
    switch (phase) {
      case 'stopping':
        // What was written during this beat is still to be signed.
        beat();
        return;
      case 'last beat':
        phase = 'stopped';
        tellStopped();
        return;
      default:
        phase = 'resting';
        cancel = clock.after(everyMs, beat);
    }
  }

  function lost(cause: FencedError): void {
    if (phase === 'stopped') return;
    phase = 'stopped';
    cancel();
    tellStopped();
    onLost(cause);
  }

  soon(beat);

  return {
    prove: (partition, key) =>
      desks.find((it) => it.partition === partition)?.prove(key) ?? { kind: 'unsigned' },
    states: () => desks.map((it) => it.state()),
    stop() {
      if (phase === 'working' || phase === 'resting') {
        const resting = phase === 'resting';
        phase = 'stopping';
        stopAtMs = clock.now() + STOP_MAX_MS;
        cancel();
        if (resting) soon(beat);
      }
      return stopped;
    },
  };
}

/** One partition's part of it. */
interface Desk {
  readonly partition: number;
  /** @returns Whether there is more to do at once. */
  work(): boolean;
  prove(key: string): Proving;
  state(): TreeState;
}

function createDesk(
  it: NotaryPartition,
  {
    clock,
    telemetry,
    owned,
    lost,
  }: Pick<NotaryOptions, 'clock' | 'telemetry' | 'owned'> & {
    readonly lost: NotaryOptions['onLost'];
  },
): Desk {
  let tree: Tree | undefined;
  /** Last known, also where no tree can be opened: how far the log was signed is not forgotten. */
  let sealed: Sealed | undefined;
  let end = 0;
  let trouble = '';
  let failures = 0;
  let beatsLeft = 0;
  /** Next to be looked at again. */
  let recheckAt = 0;

  function workWith(source: OpenSource): boolean {
    end = source.end();
    tree ??= openTree(it, source);
    const { size } = tree.sealed.head;
    const taken = tree.grow(source, { max: BATCH_MAX, nowMs: clock.now() });
    if (taken > 0 && size > 0) {
      if (recheckAt >= size) recheckAt = 0;
      tree.recheck(source, { index: recheckAt, count: RECHECKED });
      recheckAt += RECHECKED;
    }
    trouble = '';
    failures = 0;
    return taken === BATCH_MAX;
  }

  /** Opened again before it is used again, which mends what this left. */
  function failed(cause: unknown): string {
    const reason = messageOf(cause);
    if (cause instanceof FencedError) lost(cause);
    else if (reason !== trouble) {
      telemetry.error('a tree cannot be signed', {
        partition: it.partition,
        cause: stackOf(cause),
      });
    }
    sealed = tree?.sealed ?? sealed;
    tree = undefined;
    trouble = reason;
    beatsLeft = Math.min(BEATS_LEFT_MAX, 2 ** failures);
    failures++;
    return reason;
  }

  return {
    partition: it.partition,
    work() {
      if (beatsLeft > 0) {
        beatsLeft--;
        return false;
      }
      try {
        if (tree === undefined) sealed = endOfHistory(it.files, it.signer.name).sealed;
        return owned(() => using(it.openSource, workWith));
      } catch (cause) {
        failed(cause);
        return false;
      }
    },
    prove(key) {
      const open = tree;
      if (open === undefined)
        return trouble === '' ? { kind: 'unsigned' } : { kind: 'trouble', trouble };
      try {
        const proof = owned(() => using(it.openSource, (source) => open.proveKey(source, key)));
        return proof === undefined
          ? { kind: 'unsigned' }
          : { kind: 'proven', text: proofText(proof) };
      } catch (cause) {
        return { kind: 'trouble', trouble: failed(cause) };
      }
    },
    state() {
      const { head, atMs } = tree?.sealed ?? sealed ?? { head: { size: 0 }, atMs: 0 };
      return {
        partition: it.partition,
        origin: it.signer.name,
        size: head.size,
        lag: Math.max(0, end - head.size),
        signedAtMs: atMs,
        trouble,
      };
    },
  };
}

function using<Result>(open: () => OpenSource, work: (source: OpenSource) => Result): Result {
  const source = open();
  try {
    return work(source);
  } finally {
    source.close();
  }
}
