// A bus that keeps what was published, and confirms it when a test says so.
import { type Bus, MESSAGE_BYTES_MAX } from '../../src/runtime/bus/bus.ts';

export interface RecordingBus extends Bus {
  /** `subject text`, in order. */
  readonly published: string[];
  /** What `ready` does; at first it resolves at once. */
  confirm: () => Promise<void>;
  /** Delivers to who subscribed to exactly this subject. */
  say(subject: string): void;
  /** Asks who responds on the subject. */
  put(subject: string, bytes: Uint8Array): Uint8Array | undefined;
}

export function createRecordingBus(): RecordingBus {
  const published: string[] = [];
  const listeners = new Map<string, () => void>();
  const responders = new Map<string, (bytes: Uint8Array) => Uint8Array | undefined>();
  const bus: RecordingBus = {
    published,
    confirm: () => Promise.resolve(),
    publish(subject, bytes) {
      if (bytes.length > MESSAGE_BYTES_MAX) throw new RangeError(`${bytes.length} bytes`);
      published.push(`${subject} ${Buffer.from(bytes).toString()}`);
    },
    subscribe(pattern, listener) {
      listeners.set(pattern, () => listener({ subject: pattern, bytes: new Uint8Array() }));
      return () => listeners.delete(pattern);
    },
    ready: () => bus.confirm(),
    request: () => Promise.resolve(undefined),
    respond(subject, listener) {
      responders.set(subject, listener);
      return () => responders.delete(subject);
    },
    onLink() {},
    close: () => Promise.resolve(),
    say: (subject) => listeners.get(subject)?.(),
    put: (subject, bytes) => responders.get(subject)?.(bytes),
  };
  return bus;
}
