/**
 * The key that signs the checkpoints of a data directory: Ed25519, in PKCS 8 PEM, readable by its
 * owner alone. One key signs for every partition, under the partition's own name.
 *
 * Whoever holds it can sign any tree: what it proves stands on its being kept, and on somebody else
 * keeping the checkpoints it signed.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncPath } from '../log/files.ts';
import type { Signer } from './note.ts';

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs under a name. */
  as(name: string): Signer;
}

/**
 * Makes the key where there is none, or one instead of it. Whoever calls it holds the data
 * directory's lock, or that of its trees.
 */
export function makeKey(path: string, { instead = false } = {}): void {
  if (existsSync(path) && !instead) return;
  mkdirSync(dirname(path), { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(draft, pem, { mode: 0o600, flush: true });
  renameSync(draft, path);
  syncPath(dirname(path));
}

/** @throws Error where it is not there, not an Ed25519 key, or open to others than its owner. */
export function readKey(path: string): SigningKey {
  if (!existsSync(path)) {
    throw new Error(`${path} is gone, the key that signs checkpoints: restore it from a copy`);
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others (mode ${mode.toString(8)}): chmod 600 it`);
  }
  const key = parsed(path);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(`${path} holds a key of type ${key.asymmetricKeyType}, not ed25519`);
  }
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  return {
    publicKey,
    as: (name) => ({ name, publicKey, sign: (text) => sign(null, text, key) }),
  };
}

function parsed(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (cause) {
    throw new Error(`${path} holds no private key: restore it from a copy`, { cause });
  }
}
