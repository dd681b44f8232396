/** Rates, percentiles and medians: what every benchmark here reports in. */

export interface Sample {
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function latencies(): { add(ms: number): void; sample(elapsedMs: number): Sample } {
  const all: number[] = [];
  return {
    add: (ms) => all.push(ms),
    sample(elapsedMs) {
      const at = percentilesOf(all);
      return { rate: (all.length / elapsedMs) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}

/** @returns The value below which a share of them lies, from 0 to 1. */
export function percentilesOf(values: readonly number[]): (share: number) => number {
  const sorted = Float64Array.from(values).sort();
  return (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}

/** Milliseconds that it took. */
export function timed(work: () => void): number {
  const begunMs = performance.now();
  work();
  return performance.now() - begunMs;
}
