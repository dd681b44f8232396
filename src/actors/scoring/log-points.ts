/**
 * Points on a logarithmic curve, round(100 × log2(win / unit + 1)), exact: the same bit on every machine
 * and in every replay, which a float's logarithm is not.
 *
 * With x = (win + unit) / unit = 2^octave × m, 1 ≤ m < 2, the points are 100 × octave + i, where i
 * thresholds 2^((2j + 1) / 200) are below m. No m is on a threshold, which is irrational. Where m is far
 * from every threshold a double tells, as sums and quotients of doubles are the same everywhere; else
 * thresholds of 64 bits do, and what these cannot tell is decided by the 200th power.
 */

const POINTS_PER_OCTAVE = 100;
/** A double of m is less wrong than this, and one of a threshold. */
const NEAR = 2 ** -48;
/** Half a point is this root of 2. */
const ROOT = 2n * BigInt(POINTS_PER_OCTAVE);
const BITS = 64n;
/** Enough that a hundred multiplications leave the last of 64 bits right but for one. */
const WORK_BITS = 96n;

let thresholds: readonly bigint[] | undefined;
/** The same, cut to doubles. */
let marks: Float64Array | undefined;

/**
 * @param win At least 0.
 * @param unit What it is measured by, such as the stake: at least 1.
 */
export function logPoints(win: number, unit: number): number {
  marks ??= Float64Array.from(thresholdsOnce(), (it) => Number(it) / 2 ** Number(BITS));
  let octave = 0;
  // Halves are exact.
  let mantissa = (win + unit) / unit;
  for (; mantissa >= 2; mantissa /= 2) octave++;
  let [low, high] = [0, POINTS_PER_OCTAVE];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (mantissa > (marks[middle] as number)) low = middle + 1;
    else high = middle;
  }
  const [below = 0, above = 2] = [marks[low - 1], marks[low]];
  return mantissa - below > NEAR && above - mantissa > NEAR
    ? POINTS_PER_OCTAVE * octave + low
    : exactPoints(win, unit);
}

function exactPoints(win: number, unit: number): number {
  const above = BigInt(win) + BigInt(unit);
  const below = BigInt(unit);
  const octave = octaveOf(above, below);
  // m, cut to 64 bits behind the point.
  const mantissa = (above << BITS) / (below << octave);
  const known = thresholdsOnce();
  let [low, high] = [0, POINTS_PER_OCTAVE];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const threshold = known[middle] ?? 0n;
    const reaches =
      mantissa === threshold ? isAbove(above, below << octave, middle) : mantissa > threshold;
    if (reaches) low = middle + 1;
    else high = middle;
  }
  return POINTS_PER_OCTAVE * Number(octave) + low;
}

/** The largest n with below × 2^n ≤ above. */
function octaveOf(above: bigint, below: bigint): bigint {
  const about = BigInt(above.toString(2).length - below.toString(2).length);
  return below << about <= above ? about : about - 1n;
}

/** Whether above / below > 2^((2 × index + 1) / 200). */
function isAbove(above: bigint, below: bigint, index: number): boolean {
  return above ** ROOT > (below ** ROOT) << BigInt(2 * index + 1);
}

function thresholdsOnce(): readonly bigint[] {
  thresholds ??= makeThresholds();
  return thresholds;
}

/** floor(2^((2 × index + 1) / 200) × 2^64) for each: from the root by multiplying, then put right. */
function makeThresholds(): readonly bigint[] {
  const root = rootOfTwo(1n << WORK_BITS);
  let power = root;
  return Array.from({ length: POINTS_PER_OCTAVE }, (_, index) => {
    let threshold = power >> (WORK_BITS - BITS);
    power = (((power * root) >> WORK_BITS) * root) >> WORK_BITS;
    if (isAbove(threshold, 1n << BITS, index)) threshold--;
    else if (!isAbove(threshold + 1n, 1n << BITS, index)) threshold++;
    return threshold;
  });
}

/** floor(2^(1 / 200) × one), by halves. */
function rootOfTwo(one: bigint): bigint {
  let [low, high] = [one, 2n * one];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (isAbove(middle, one, 0)) high = middle;
    else low = middle;
  }
  return low;
}
