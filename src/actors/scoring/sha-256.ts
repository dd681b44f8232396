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

const ROUNDS = Int32Array.from(PRIMES, (prime) => fractionOf(prime, 3n));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(prime, 2n));

const encoder = new TextEncoder();
/** Of the block at hand, and the last one or two of a text; nobody else's between two calls. */
const words = new Int32Array(WORDS);
const end = new Uint8Array(2 * BLOCK_BYTES);
const endView = new DataView(end.buffer);
/** For texts of names: to make room for one each time takes longer than its hash. */
const short = new Uint8Array(512);

const rotated = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** In hex, 64 digits. */
export function sha256Hex(text: string): string {
  return Array.from(sha256(text), (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Eight words of 32 bits, the highest first. */
export function sha256(text: string): Uint32Array {
  const bytes = bytesOf(text);
  const hash = START.slice();
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  for (let from = 0; from < whole; from += BLOCK_BYTES) digest(bytes, from, hash);
  const left = bytes.length - whole;
  const endBytes = left + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES;
  end.fill(0);
  end.set(whole === 0 ? bytes : bytes.subarray(whole));
  end[left] = 0x80;
  // The length in bits, in 64 of them.
  endView.setUint32(endBytes - 8, Math.floor(bytes.length / 2 ** 29));
  endView.setUint32(endBytes - 4, bytes.length << 3);
  for (let from = 0; from < endBytes; from += BLOCK_BYTES) digest(end, from, hash);
  return new Uint32Array(hash);
}

function bytesOf(text: string): Uint8Array {
  const most = 3 * text.length;
  if (most > short.length) return encoder.encode(text);
  return short.subarray(0, encoder.encodeInto(text, short).written);
}

/**
 * Section 6.2.2, steps 1 to 4, of one block. Plain loops and eight variables: of a million players'
 * standings it is most of the work.
 */
function digest(bytes: Uint8Array, from: number, hash: Int32Array): void {
  // All indices are inside: a block is 64 bytes, and there are 64 words and rounds.
  for (let at = 0, byte = from; at < 16; at++, byte += 4) {
    words[at] =
      ((bytes[byte] as number) << 24) |
      ((bytes[byte + 1] as number) << 16) |
      ((bytes[byte + 2] as number) << 8) |
      (bytes[byte + 3] as number);
  }
  for (let at = 16; at < WORDS; at++) {
    const two = words[at - 2] as number;
    const fifteen = words[at - 15] as number;
    const low = rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >>> 3);
    const high = rotated(two, 17) ^ rotated(two, 19) ^ (two >>> 10);
    words[at] = (words[at - 16] as number) + low + (words[at - 7] as number) + high;
  }
  let a = hash[0] as number;
  let b = hash[1] as number;
  let c = hash[2] as number;
  let d = hash[3] as number;
  let e = hash[4] as number;
  let f = hash[5] as number;
  let g = hash[6] as number;
  let h = hash[7] as number;
  for (let at = 0; at < WORDS; at++) {
    const chosen = (e & f) ^ (~e & g);
    const major = (a & b) ^ (a & c) ^ (b & c);
    const high = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const low = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const one = (h + high + chosen + (ROUNDS[at] as number) + (words[at] as number)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + low + major) | 0;
  }
  hash[0] = (hash[0] as number) + a;
  hash[1] = (hash[1] as number) + b;
  hash[2] = (hash[2] as number) + c;
  hash[3] = (hash[3] as number) + d;
  hash[4] = (hash[4] as number) + e;
  hash[5] = (hash[5] as number) + f;
  hash[6] = (hash[6] as number) + g;
  hash[7] = (hash[7] as number) + h;
}
