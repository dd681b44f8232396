/**
 * SHA-256 of a text in UTF-8 (FIPS 180-4), for draws that anybody can check with any other program.
 * Here because actors reach no library; a test holds it against one.
 */

const BLOCK_BYTES = 64;
const WORDS = 64;

/** The first 64 primes: of their square and cube roots come the constants. */
const PRIMES = Array.from({ length: 312 }, (_, index) => index).filter(
  (it) => it > 1 && ![2, 3, 5, 7, 11, 13, 17].some((by) => it !== by && it % by === 0),
);

/** The first 32 bits behind the point of a root: floor(prime^(1/degree) × 2^32) mod 2^32. */
function fractionOf(prime: number, degree: bigint): number {
  const of = BigInt(prime) << (32n * degree);
  let [low, high] = [0n, BigInt(prime) << 32n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= of) low = middle;
    else high = middle;
  }
  return Number(low & 0xffff_ffffn);
}

const ROUNDS = Uint32Array.from(PRIMES, (prime) => fractionOf(prime, 3n));
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(prime, 2n));

const rotated = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** In hex, 64 digits. */
export function sha256Hex(text: string): string {
  return Array.from(sha256(text), (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Eight words of 32 bits, the highest first. */
export function sha256(text: string): Uint32Array {
  const bytes = new TextEncoder().encode(text);
  const blocks = Math.ceil((bytes.length + 9) / BLOCK_BYTES);
  const padded = new DataView(new ArrayBuffer(blocks * BLOCK_BYTES));
  new Uint8Array(padded.buffer).set(bytes);
  padded.setUint8(bytes.length, 0x80);
  padded.setBigUint64(padded.byteLength - 8, 8n * BigInt(bytes.length));
  const hash = START.slice();
  const words = new Uint32Array(WORDS);
  for (let from = 0; from < padded.byteLength; from += BLOCK_BYTES) {
    for (let at = 0; at < 16; at++) words[at] = padded.getUint32(from + 4 * at);
    digest(words, hash);
  }
  return hash;
}

/** Section 6.2.2, steps 1 to 4, of one block. */
function digest(words: Uint32Array, hash: Uint32Array): void {
  const word = (at: number) => words[at] as number; // of 64
  for (let at = 16; at < WORDS; at++) {
    const [two, fifteen] = [word(at - 2), word(at - 15)];
    const low = rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >>> 3);
    const high = rotated(two, 17) ^ rotated(two, 19) ^ (two >>> 10);
    words[at] = word(at - 16) + low + word(at - 7) + high;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let at = 0; at < WORDS; at++) {
    const chosen = (e & f) ^ (~e & g);
    const major = (a & b) ^ (a & c) ^ (b & c);
    const high = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const low = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const one = (h + high + chosen + (ROUNDS[at] as number) + word(at)) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + low + major) | 0];
  }
  for (const [at, it] of [a, b, c, d, e, f, g, h].entries()) hash[at] = (hash[at] as number) + it;
}
