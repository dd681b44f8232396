/** What a thread is for, as its entry sees it: one file for each part, loaded by its thread alone. */
import type { Bus } from '../runtime/bus/bus.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import type { FromThread, ToThread } from '../thread-messages.ts';

export interface Part {
  /** Where it listens; 0 for a part that does not. */
  readonly port: number;
  hear(message: ToThread): void;
  /** @param graceMs How long what was begun may take; the part's own measure, if left out. */
  stop(graceMs?: number): Promise<void>;
}

/** What the entry gives every part. */
export interface Surroundings {
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly tell: (message: FromThread) => void;
  /** The thread cannot go on. */
  readonly fail: (cause: unknown) => void;
}
