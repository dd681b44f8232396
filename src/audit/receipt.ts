/**
 * Receipts: made from a data directory without its server, and checked without either.
 *
 * A receipt proves that a record was in a log when its tree was signed, to whoever trusts the key.
 * docs/RECEIPTS.md says what it does not prove.
 */
import { receiptKey, receiptKeyOf, registrationIn } from '../actors/receipts.ts';
import { idIn } from '../runtime/actor.ts';
import { type DataDir, readDataDir } from '../runtime/data-dir.ts';
import { base64 } from '../runtime/tlog/base64.ts';
import { openCheckpoint, type TreeHead } from '../runtime/tlog/checkpoint.ts';
import type { EntryRecord } from '../runtime/tlog/entry.ts';
import { parseVkey, UnprovenError } from '../runtime/tlog/note.ts';
import { openLogSource } from '../runtime/tlog/open-notary.ts';
import { openProof, type Proof, proofText } from '../runtime/tlog/proof.ts';
import { proofAt, proofOf, recordOfKey, type SealedTree } from '../runtime/tlog/prove.ts';
import {
  hasTlog,
  readKeys,
  rotateKey,
  treeFilesOf,
  verifierKeysOf,
  vkeysOf,
} from '../runtime/tlog/tlog-dir.ts';
import { CHECKPOINT } from '../runtime/tlog/tree.ts';
import { UnknownPartitionError } from './bounds.ts';
import { toldBy } from './records.ts';

/** What a receipt says, once it is proven. */
export interface Receipt {
  /** Which log. */
  readonly origin: string;
  /** Of the signed tree. */
  readonly size: number;
  /** Base 64. */
  readonly root: string;
  readonly position: number;
  /** Address of the actor that recorded it, such as `race/r1`. */
  readonly stream: string;
  /** Its kind, such as `bet-registered`. */
  readonly event: string;
  /** When it was recorded, epoch milliseconds. */
  readonly atMs: number;
  /** Of a bet that its race registered. */
  readonly bet: RegisteredBet | undefined;
}

interface RegisteredBet {
  readonly bet: string;
  readonly player: string;
  readonly race: string;
  readonly pool: string;
  readonly legs: readonly (readonly number[])[];
  /** Its place in the pool, from 1. */
  readonly ticket: number;
  readonly stakeCents: number;
  readonly combinations: number;
  readonly costCents: number;
  /** When it was placed, epoch milliseconds; 0 is unknown. */
  readonly placedAtMs: number;
}

export type Checked =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly why: string };

/** @param vkeys Of the logs that are trusted. */
export function checkReceipt(text: string, vkeys: readonly string[]): Checked {
  return unlessUnproven(() => {
    const { record, head } = openProof(text, vkeys.map(parseVkey));
    return { ok: true, receipt: receiptOf(record, head) };
  });
}

function receiptOf(record: EntryRecord, { origin, size, root }: TreeHead): Receipt {
  const { position, stream, atMs, bytes } = record;
  const event = kindOf(stream, bytes);
  return { origin, size, root: base64(root), position, stream, event, atMs, bet: betIn(record) };
}

function betIn(record: EntryRecord): RegisteredBet | undefined {
  const registered = registrationIn(record);
  if (registered === undefined) return undefined;
  const { bet, player, pool, legs, ticket, stake, cost, combinations, atMs } = registered;
  return {
    bet,
    player,
    race: idIn(record.stream),
    pool,
    legs,
    ticket,
    stakeCents: stake,
    combinations: combinations || cost / stake,
    costCents: cost,
    placedAtMs: atMs,
  };
}

function kindOf(stream: string, bytes: Uint8Array): string {
  try {
    const told = toldBy(stream, bytes);
    return 'event' in told ? told.event.kind : told.of;
  } catch {
    // Proven to have been recorded, whatever it is.
    return 'unreadable';
  }
}

/** What a checkpoint says, once its signature is checked. */
export type CheckedCheckpoint = TreeHead;

/** Of a checkpoint that somebody kept. */
export function checkCheckpoint(
  note: string,
  vkeys: readonly string[],
):
  | { readonly ok: true; readonly head: CheckedCheckpoint }
  | { readonly ok: false; readonly why: string } {
  return unlessUnproven(() => ({ ok: true, head: openCheckpoint(note, vkeys.map(parseVkey)) }));
}

function unlessUnproven<Result>(
  work: () => Result,
): Result | { readonly ok: false; readonly why: string } {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof UnprovenError) return { ok: false, why: cause.message };
    throw cause;
  }
}

export type Made =
  | { readonly kind: 'proof'; readonly text: string }
  /** Records of the partitions that were looked into: that were signed, and that there are. */
  | { readonly kind: 'unsigned'; readonly size: number; readonly records: number };

/**
 * @throws UnknownPartitionError where there is none of that number.
 * @throws Error where there is no such log, or it is not what was signed.
 */
export function proveRecord(
  dataDir: string,
  { partition, position }: { readonly partition: number; readonly position: number },
): Made {
  return withTree(readDataDir(dataDir), partition, (tree, source) =>
    proofAt(tree, source, position),
  );
}

/** Looks into every partition: which race a bet is on, its receipt says. */
export function proveBet(
  dataDir: string,
  { player, bet }: { readonly player: string; readonly bet: string },
): Made {
  const wanted = { key: receiptKey(player, bet), keyOf: receiptKeyOf };
  const data = readDataDir(dataDir);
  let size = 0;
  let records = 0;
  for (const partition of data.logs.keys()) {
    const made = withTree(data, partition, (tree, source) => {
      const record = recordOfKey(tree, source, wanted);
      return record === undefined ? undefined : proofOf(tree, record);
    });
    if (made.kind === 'proof') return made;
    size += made.size;
    records += made.records;
  }
  return { kind: 'unsigned', size, records };
}

function withTree(
  { path: dataDir, id, logs }: DataDir,
  partition: number,
  prove: (tree: SealedTree, source: ReturnType<typeof openLogSource>) => Proof | undefined,
): Made {
  const path = logs[partition];
  if (path === undefined) {
    throw new UnknownPartitionError(
      `${dataDir} has partitions 0 to ${logs.length - 1}, not ${partition}`,
    );
  }
  const files = treeFilesOf(dataDir, partition);
  const source = openLogSource(path, partition, id);
  try {
    const checkpoint = files.read(CHECKPOINT)?.toString();
    if (checkpoint === undefined) return { kind: 'unsigned', size: 0, records: source.end() };
    const head = openCheckpoint(checkpoint, verifierKeysOf(readKeys(dataDir), id, partition));
    const proof = prove({ files, head, checkpoint }, source);
    if (proof !== undefined) return { kind: 'proof', text: proofText(proof) };
    return { kind: 'unsigned', size: head.size, records: source.end() };
  } finally {
    source.close();
  }
}

export interface PublicKeys {
  readonly partition: number;
  /** In note format; the current one first, then those that were retired. */
  readonly vkeys: readonly string[];
}

/** Undefined where nothing was ever signed. */
export function publicKeys(dataDir: string): readonly PublicKeys[] | undefined {
  const { id, logs } = readDataDir(dataDir);
  if (!hasTlog(dataDir, logs.length)) return undefined;
  const keys = readKeys(dataDir);
  return logs.map((_, partition) => ({ partition, vkeys: vkeysOf(keys, id, partition) }));
}

/** @throws Error where a server has the directory open, or there is no key to retire. */
export function retireKey(dataDir: string): void {
  rotateKey(readDataDir(dataDir).path);
}
