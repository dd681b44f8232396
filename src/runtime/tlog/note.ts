/**
 * Signed notes with Ed25519, by c2sp.org/signed-note: a text, an empty line, and a line for each
 * signature.
 *
 *   — NAME base64(key id ‖ signature)          key id = SHA-256(NAME ‖ \n ‖ 0x01 ‖ public key)[0:4]
 *   vkey = NAME+hex(key id)+base64(0x01 ‖ public key)
 *
 * A note says nothing until `openNote` has found a signature of a key that was given from elsewhere.
 */
import { createPublicKey, hash as digest, verify } from 'node:crypto';
import { base64, bytesFromBase64 } from './base64.ts';

/** A public key and the name it signs under: what whoever checks must know from elsewhere. */
export interface VerifierKey {
  readonly name: string;
  /** 32 bytes, by RFC 8032. */
  readonly publicKey: Uint8Array;
}

export interface Signer extends VerifierKey {
  /** 64 bytes. */
  sign(text: Uint8Array): Uint8Array;
}

/** What was handed in does not prove what it says. The message says why. */
export class UnprovenError extends Error {
  override readonly name = 'UnprovenError';
}

const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** Lines after the text: a log's own, and more witnesses than anybody asks. */
const SIGNATURES_MAX = 100;

/** Bytes. A checkpoint with a hundred witnesses is far shorter. */
const NOTE_MAX = 100_000;

/** Control characters, but for the newline. */
const CONTROL_PATTERN = /[^\n\P{Cc}]/u;

/** Unicode spaces and plus end a name in one of the two places where it stands. */
const NAME_PATTERN = /^[^\s+\p{Cc}]+$/u;

export function vkeyOf(key: VerifierKey): string {
  const { name, publicKey } = key;
  const encoded = base64(Buffer.concat([Uint8Array.of(ED25519), publicKey]));
  return `${name}+${keyIdOf(key).toString('hex')}+${encoded}`;
}

/** @throws UnprovenError where `text` is no vkey of an Ed25519 key. */
export function parseVkey(text: string): VerifierKey {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = decoded(encoded);
  const key = { name, publicKey: bytes.subarray(1) };
  if (!NAME_PATTERN.test(name) || bytes.length !== 1 + PUBLIC_KEY_BYTES || bytes[0] !== ED25519) {
    throw new UnprovenError(
      `${JSON.stringify(text)} is no verifier key: it is NAME+8 hex digits+base 64 of an Ed25519 key`,
    );
  }
  if (keyIdOf(key).toString('hex') !== id) {
    throw new UnprovenError(`the verifier key of ${name} was copied wrongly: its id is not ${id}`);
  }
  return key;
}

/** @param text Ends with a newline. */
export function signNote(text: string, signer: Signer): string {
  const signature = signer.sign(Buffer.from(text));
  return noteOf(text, signer.name, Buffer.concat([keyIdOf(signer), signature]));
}

/** A note again, of its parts. @param signature Key id and signature. */
export function noteOf(text: string, name: string, signature: Uint8Array): string {
  return `${text}\n— ${name} ${base64(signature)}\n`;
}

/** Of a note with one signature: key id and signature. */
export function signatureOf(note: string): Uint8Array {
  const [only] = partsOf(note).signatures;
  if (only === undefined) throw new UnprovenError('a note without a signature');
  return only.bytes;
}

/**
 * The note's text, where one of `keys` signed it. Signatures of others are ignored.
 * @throws UnprovenError where none did, or where the signature of one of them is wrong.
 */
export function openNote(note: string, keys: readonly VerifierKey[]): string {
  const { text, signatures } = partsOf(note);
  let signed = false;
  for (const { name, bytes } of signatures) {
    const key = keys.find(
      (it) => it.name === name && keyIdOf(it).equals(bytes.subarray(0, KEY_ID_BYTES)),
    );
    if (key === undefined) continue;
    if (!isSignedBy(key, text, bytes.subarray(KEY_ID_BYTES))) {
      throw new UnprovenError(`the signature of ${name} is wrong`);
    }
    signed = true;
  }
  if (signed) return text;
  const names = signatures.map(({ name }) => name).join(', ');
  throw new UnprovenError(`signed by ${names}, and by none of the keys given`);
}

interface Parts {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Buffer }[];
}

function partsOf(note: string): Parts {
  const split = note.lastIndexOf('\n\n');
  if (note.length > NOTE_MAX || split < 0 || !note.endsWith('\n') || CONTROL_PATTERN.test(note)) {
    throw new UnprovenError('not a signed note');
  }
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) {
    throw new UnprovenError(`a note with more than ${SIGNATURES_MAX} signatures`);
  }
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = decoded(encoded);
    if (!NAME_PATTERN.test(name) || bytes.length <= KEY_ID_BYTES) {
      throw new UnprovenError(`${JSON.stringify(line.slice(0, 80))} is no line of a signature`);
    }
    return { name, bytes };
  });
  return { text: note.slice(0, split + 1), signatures };
}

function keyIdOf({ name, publicKey }: VerifierKey): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), publicKey]);
  return digest('sha256', named, 'buffer').subarray(0, KEY_ID_BYTES);
}

function isSignedBy({ publicKey }: VerifierKey, text: string, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, signature);
}

/** Empty for what is not base 64, which is then too short to be anything. */
function decoded(text: string): Buffer {
  try {
    return bytesFromBase64(text);
  } catch {
    return Buffer.alloc(0);
  }
}
