/**
 * Plain data as bytes, and back: what an actor's snapshot is made of.
 *
 *   undefined null booleans · numbers · bigint · strings · arrays · Map Set · objects · bytes
 *
 * Invariant: what is read equals what was written, and equal data has equal bytes, whatever the
 * order in which an object got its fields: they are written in the order of their names. The order
 * of a Map or a Set is part of it. A reference is written as what it refers to, so two names of one
 * object become two objects, and a cycle has no end.
 *
 * A text is written once and then called by its number; so are the names of an object's fields.
 * Long runs of bytes are handed on as they are, not copied: see `encodeState`.
 */

const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  positive: 4,
  negative: 5,
  float: 6,
  bigint: 7,
  latin1: 8,
  utf16: 9,
  knownText: 10,
  array: 11,
  map: 12,
  set: 13,
  newShape: 14,
  knownShape: 15,
  bytes: 16,
  typed: 17,
} as const;

/** Tags from here on are small whole numbers: most of what an actor holds. */
const SMALL = 32;
const SMALL_MAX = 255 - SMALL;

/** Bytes that are handed on rather than copied. */
const OWN_SEGMENT_BYTES = 4_096;

/** Kinds of typed arrays by code; their place here is on disk. */
const TYPED = [
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Uint8ClampedArray,
] as const;
type Typed = InstanceType<(typeof TYPED)[number]>;

/** Objects with the same fields: their names, in the order in which they are written. */
interface Shape {
  readonly names: readonly string[];
}

/** Of the fields of an object as it lists them, the first so many. */
interface ShapePath {
  readonly next: Map<string, ShapePath>;
  shape: Shape | undefined;
}

/** Data with very many kinds of objects forgets them all now and then. */
const SHAPE_PATHS_MAX = 10_000;

let paths: ShapePath = { next: new Map(), shape: undefined };
let pathCount = 0;

/** Everything of a thread is written here first, and copied once. */
let scratch = Buffer.allocUnsafe(64 * 1024);
let at = 0;
let cuts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
const texts = new Map<string, number>();
const shapes = new Map<Shape, number>();

/**
 * One after the other, the segments are the bytes. Short ones are copies; a run of
 * `OWN_SEGMENT_BYTES` or more is a view on memory that is `plain`'s own, and must not change until
 * whoever takes it is done.
 * @param words Different texts that the reader knows too: each is but a number.
 * @throws TypeError for what is not plain data.
 */
export function encodeState(plain: unknown, words: readonly string[] = []): readonly Uint8Array[] {
  at = 0;
  cuts = [];
  texts.clear();
  for (const word of words) texts.set(word, texts.size);
  shapes.clear();
  if (pathCount > SHAPE_PATHS_MAX) {
    paths = { next: new Map(), shape: undefined };
    pathCount = 0;
  }
  write(plain);
  const segments: Uint8Array[] = [];
  let from = 0;
  for (const cut of cuts) {
    segments.push(new Uint8Array(scratch.subarray(from, cut.at)), cut.bytes);
    from = cut.at;
  }
  segments.push(new Uint8Array(scratch.subarray(from, at)));
  cuts = [];
  return segments.filter((it) => it.length > 0);
}

function write(value: unknown): void {
  switch (typeof value) {
    case 'undefined':
      writeByte(TAG.undefined);
      break;
    case 'boolean':
      writeByte(value ? TAG.true : TAG.false);
      break;
    case 'number':
      writeNumber(value);
      break;
    case 'bigint':
      writeBigint(value);
      break;
    case 'string':
      writeText(value);
      break;
    case 'object':
      if (value === null) writeByte(TAG.null);
      else writeObject(value);
      break;
    default:
      throw new TypeError(`not plain data: a ${typeof value}`);
  }
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[at++] = byte;
}

function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + bytes));
  larger.set(scratch.subarray(0, at));
  scratch = larger;
}

function writeNumber(value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    reserve(9);
    scratch[at] = TAG.float;
    // One pattern for NaN, whichever the machine made.
    scratch.writeDoubleLE(Number.isNaN(value) ? Number.NaN : value, at + 1);
    at += 9;
  } else if (value < 0) {
    writeByte(TAG.negative);
    writeLength(-value);
  } else if (value <= SMALL_MAX) writeByte(SMALL + value);
  else {
    writeByte(TAG.positive);
    writeLength(value);
  }
}

/** Seven bits a byte, the lowest first; up to 2⁵³. */
function writeLength(value: number): void {
  reserve(8);
  let rest = value;
  while (rest > 0x7f_ff_ff_ff) {
    scratch[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    scratch[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  scratch[at++] = rest;
}

function writeBigint(value: bigint): void {
  writeByte(TAG.bigint);
  writeAscii(value.toString());
}

function writeAscii(text: string): void {
  writeLength(text.length);
  reserve(text.length);
  at += scratch.write(text, at, 'latin1');
}

function writeText(text: string): void {
  const known = texts.get(text);
  if (known !== undefined) {
    writeByte(TAG.knownText);
    writeLength(known);
    return;
  }
  texts.set(text, texts.size);
  writeNewText(text);
}

/** As code units, so that any string comes back as it was. */
function writeNewText(text: string): void {
  if (isLatin1(text)) {
    writeByte(TAG.latin1);
    writeAscii(text);
    return;
  }
  writeByte(TAG.utf16);
  writeLength(text.length);
  reserve(text.length * 2);
  at += scratch.write(text, at, 'utf16le');
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 255) return false;
  return true;
}

function writeObject(value: object): void {
  if (Array.isArray(value)) {
    writeByte(TAG.array);
    writeLength(value.length);
    // Not forEach: that would skip a hole.
    for (let index = 0; index < value.length; index++) write(value[index]);
  } else if (value instanceof Map) {
    writeByte(TAG.map);
    writeLength(value.size);
    for (const [key, it] of value) {
      write(key);
      write(it);
    }
  } else if (value instanceof Set) {
    writeByte(TAG.set);
    writeLength(value.size);
    for (const it of value) write(it);
  } else if (value instanceof Uint8Array) writeBytes(TAG.bytes, undefined, value);
  else if (ArrayBuffer.isView(value)) writeTyped(value);
  else writeFields(value);
}

function writeTyped(value: ArrayBufferView): void {
  const code = TYPED.findIndex((kind) => value instanceof kind);
  if (code < 0) throw new TypeError('not plain data: a DataView');
  const { buffer, byteOffset, byteLength } = value;
  writeBytes(TAG.typed, code, new Uint8Array(buffer, byteOffset, byteLength));
}

function writeBytes(tag: number, code: number | undefined, bytes: Uint8Array): void {
  writeByte(tag);
  if (code !== undefined) writeByte(code);
  writeLength(bytes.length);
  if (bytes.length >= OWN_SEGMENT_BYTES) {
    cuts.push({ at, bytes });
    return;
  }
  reserve(bytes.length);
  scratch.set(bytes, at);
  at += bytes.length;
}

function writeFields(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`not plain data: a ${value.constructor?.name ?? 'thing'}`);
  }
  const shape = shapeOf(value);
  const known = shapes.get(shape);
  if (known === undefined) {
    shapes.set(shape, shapes.size);
    writeByte(TAG.newShape);
    writeLength(shape.names.length);
    for (const name of shape.names) writeText(name);
  } else {
    writeByte(TAG.knownShape);
    writeLength(known);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of shape.names) write(fields[name]);
}

/** The one of all objects with these fields, however they are listed. */
function shapeOf(value: object): Shape {
  let path = paths;
  for (const name in value) {
    let next = path.next.get(name);
    if (next === undefined) {
      next = { next: new Map(), shape: undefined };
      path.next.set(name, next);
      pathCount++;
    }
    path = next;
  }
  path.shape ??= newShape(Object.keys(value));
  return path.shape;
}

function newShape(listed: readonly string[]): Shape {
  const names = [...listed].sort();
  // It would set what the object inherits from.
  if (names.includes('__proto__')) throw new TypeError('not plain data: a field called __proto__');
  // Listed in their own order they are the shape that all other orders share.
  let path = paths;
  for (const name of names) {
    const next: ShapePath = path.next.get(name) ?? { next: new Map(), shape: undefined };
    path.next.set(name, next);
    path = next;
  }
  path.shape ??= { names };
  return path.shape;
}

/**
 * @param bytes All segments in one. Byte runs in what is returned are copies.
 * @param words As they were written with.
 * @throws RangeError where they are not what `encodeState` writes.
 */
export function decodeState(bytes: Uint8Array, words: readonly string[] = []): unknown {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const knownTexts = [...words];
  const knownShapes: (readonly string[])[] = [];
  let from = 0;

  function take(count: number): number {
    const start = from;
    if (count > input.length - start) throw broken(start);
    from += count;
    return start;
  }

  function readByte(): number {
    return input[take(1)] ?? 0;
  }

  function readLength(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = readByte();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
    }
    if (!Number.isSafeInteger(value)) throw broken(from);
    return value;
  }

  /** Of things that take a byte each at least. */
  function readCount(): number {
    const count = readLength();
    if (count > input.length - from) throw broken(from);
    return count;
  }

  function readAscii(): string {
    const length = readLength();
    const start = take(length);
    return input.toString('latin1', start, start + length);
  }

  function newText(text: string): string {
    knownTexts.push(text);
    return text;
  }

  function readFields(names: readonly string[]): object {
    const value: Record<string, unknown> = {};
    for (const name of names) value[name] = read();
    return value;
  }

  function readNewShape(): object {
    const names = Array.from({ length: readCount() }, () => {
      const name = read();
      if (typeof name !== 'string' || name === '__proto__') throw broken(from);
      return name;
    });
    knownShapes.push(names);
    return readFields(names);
  }

  function readTyped(): Typed {
    const kind = TYPED[readByte()];
    const length = readLength();
    if (kind === undefined || length % kind.BYTES_PER_ELEMENT !== 0) throw broken(from);
    const start = take(length);
    return new kind(
      bytes.buffer.slice(
        bytes.byteOffset + start,
        bytes.byteOffset + start + length,
      ) as ArrayBuffer,
    );
  }

  function readArray(length: number): unknown[] {
    const array: unknown[] = [];
    for (let index = 0; index < length; index++) array.push(read());
    return array;
  }

  function known<Known>(list: readonly Known[]): Known {
    const found = list[readLength()];
    if (found === undefined) throw broken(from);
    return found;
  }

  function read(): unknown {
    const tag = readByte();
    if (tag >= SMALL) return tag - SMALL;
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.positive:
        return readLength();
      case TAG.negative:
        return -readLength();
      case TAG.float:
        return input.readDoubleLE(take(8));
      case TAG.bigint:
        return BigInt(readAscii());
      case TAG.latin1:
        return newText(readAscii());
      case TAG.utf16: {
        const length = readLength() * 2;
        const start = take(length);
        return newText(input.toString('utf16le', start, start + length));
      }
      case TAG.knownText:
        return known(knownTexts);
      case TAG.array:
        return readArray(readCount());
      case TAG.map: {
        const map = new Map<unknown, unknown>();
        for (let left = readCount(); left > 0; left--) {
          const key = read();
          map.set(key, read());
        }
        return map;
      }
      case TAG.set: {
        const set = new Set<unknown>();
        for (let left = readCount(); left > 0; left--) set.add(read());
        return set;
      }
      case TAG.newShape:
        return readNewShape();
      case TAG.knownShape:
        return readFields(known(knownShapes));
      case TAG.bytes: {
        const length = readLength();
        const start = take(length);
        return new Uint8Array(bytes.subarray(start, start + length));
      }
      case TAG.typed:
        return readTyped();
      default:
        throw broken(from);
    }
  }

  const value = read();
  if (from !== input.length) throw broken(from);
  return value;
}

function broken(at: number): RangeError {
  return new RangeError(`no state's bytes: at ${at}`);
}
