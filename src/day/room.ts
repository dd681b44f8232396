/**
 * Room for so many at a time: whoever is late waits. A terminal's bets without an answer are in it.
 *
 * Invariant: once it failed nobody waits any more: all are told why, or let go without an error
 * where it was closed by `fail(undefined)`.
 */
export function createRoom(size: number) {
  let inside = 0;
  let over: { readonly error: unknown } | undefined;
  let waiting: { readonly below: number; readonly wake: () => void }[] = [];

  function wait(below: number): Promise<void> {
    if (over) return over.error === undefined ? Promise.resolve() : Promise.reject(over.error);
    if (inside < below) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = () => (over?.error === undefined ? resolve() : reject(over.error));
      waiting.push({ below, wake });
    });
  }

  function tell(): void {
    const ready = waiting.filter(({ below }) => over !== undefined || inside < below);
    waiting = waiting.filter((one) => !ready.includes(one));
    for (const { wake } of ready) wake();
  }

  return {
    enter: () => {
      inside++;
    },
    leave: () => {
      inside--;
      tell();
    },
    free: () => wait(size),
    empty: () => wait(1),
    fail(error: unknown) {
      over ??= { error };
      tell();
    },
  };
}
