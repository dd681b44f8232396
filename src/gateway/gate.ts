/**
 * Who is inside: counts the calls being served, and shuts the door when the gateway drains.
 *
 * Invariant: after `drain` nobody enters, and it resolves when the last one inside has left.
 */
export interface Gate {
  /** False while draining: then the call is refused, and must not leave. */
  enter(): boolean;
  leave(): void;
  /** For what stays long: is told once when the gateway drains. Returns what forgets it. */
  onDrain(listener: () => void): () => void;
  drain(): Promise<void>;
}

export function createGate(): Gate {
  let inside = 0;
  let empty: (() => void) | undefined;
  let drained: Promise<void> | undefined;
  const listeners = new Set<() => void>();

  return {
    enter() {
      if (drained !== undefined) return false;
      inside++;
      return true;
    },
    leave() {
      inside--;
      if (inside === 0) empty?.();
    },
    onDrain(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drain() {
      drained ??= new Promise<void>((resolve) => {
        empty = resolve;
        if (inside === 0) resolve();
        for (const listener of listeners) listener();
      });
      return drained;
    },
  };
}
