/**
 * All channels of this edge, fed from the bus. It knows what was published and nobody who reads
 * it. Bytes that are no view change nothing.
 */
import {
  type Channel,
  createChannel,
  type Opening,
  type Position,
  type Publication,
} from './channel.ts';
import type { JsonText } from './json.ts';
import { type View, viewOf } from './views.ts';

/** A month of races and tournaments. Beyond it the one longest without news and readers goes. */
export const CHANNELS_MAX = 4096;

interface FeedOptions {
  readonly epoch: string;
  /** Whether a channel has readers and must stay. */
  readonly isRead: (channel: string) => boolean;
  /** Between two publications of a channel at least, as it is now. */
  readonly tickMs: (channel: string) => number;
}

export interface Feed {
  readonly epoch: string;
  /**
   * @returns In how many milliseconds the news may go out: 0 for a channel that was quiet for a tick;
   * undefined where there are none.
   * @throws When `bytes` are no view.
   */
  absorb(subject: string, bytes: Uint8Array, nowMs: number): number | undefined;
  /** In how many milliseconds the first of what waits may go out; undefined where nothing waits. */
  nextDueMs(nowMs: number): number | undefined;
  /** What is due, at most one publication a channel. */
  flush(nowMs: number): readonly (readonly [channel: string, publication: Publication])[];
  open(channel: string, since: Position | undefined): Opening | undefined;
  heartbeat(channel: string, serverTimeMs: number): JsonText | undefined;
}

export function createFeed({ epoch, isRead, tickMs }: FeedOptions): Feed {
  /** The longest without news first. `races` is always there: a day may have none yet. */
  const channels = new Map<string, Channel>([['races', createChannel(epoch)]]);
  const changed = new Set<string>();
  /** When each channel's news last went out. */
  const flushedMs = new Map<string, number>();

  function make(view: View): void {
    if (channels.size >= CHANNELS_MAX) {
      const idle = [...channels.keys()].find((name) => name !== 'races' && !isRead(name));
      if (idle === undefined) throw new Error(`more than ${CHANNELS_MAX} channels are being read`);
      channels.delete(idle);
      changed.delete(idle);
      flushedMs.delete(idle);
    }
    const channel = createChannel(epoch);
    channel.absorb(view);
    // Nobody can have subscribed yet: the first view is there at once, for whoever comes.
    channel.flush();
    channels.set(view.channel, channel);
  }

  function dueInMs(name: string, nowMs: number): number {
    const sinceMs = nowMs - (flushedMs.get(name) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back keeps nobody waiting.
    return sinceMs < 0 ? 0 : Math.max(0, tickMs(name) - sinceMs);
  }

  return {
    epoch,
    absorb(subject, bytes, nowMs) {
      const view = viewOf(subject, bytes);
      const channel = channels.get(view.channel);
      if (!channel) {
        make(view);
        return undefined;
      }
      if (!channel.absorb(view)) return undefined;
      channels.delete(view.channel);
      channels.set(view.channel, channel);
      changed.add(view.channel);
      return dueInMs(view.channel, nowMs);
    },
    nextDueMs(nowMs) {
      return changed.size === 0
        ? undefined
        : Math.min(...Array.from(changed, (name) => dueInMs(name, nowMs)));
    },
    flush(nowMs) {
      const due = [...changed].filter((name) => dueInMs(name, nowMs) === 0);
      return due.flatMap((name) => {
        changed.delete(name);
        const publication = channels.get(name)?.flush();
        if (publication === undefined) return [];
        flushedMs.set(name, nowMs);
        return [[name, publication] as const];
      });
    },
    open: (name, since) => channels.get(name)?.open(since),
    heartbeat: (name, serverTimeMs) => channels.get(name)?.heartbeat(serverTimeMs),
  };
}
