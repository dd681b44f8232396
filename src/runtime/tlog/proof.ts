/**
 * A proof that an entry is in a log, as text, by c2sp.org/tlog-proof: whoever has it and the log's
 * public key needs nothing else, no server and no log.
 *
 *   c2sp.org/tlog-proof@v1
 *   extra BASE64          the entry itself: it is what the leaf is hashed from, so that it is proven
 *   index N               position − 1
 *   BASE64 …              the siblings, from the leaf up
 *
 *   the checkpoint
 */
import { base64, bytesFromBase64 } from './base64.ts';
import { hashFrom, openCheckpoint, type TreeHead } from './checkpoint.ts';
import { type EntryRecord, recordOf } from './entry.ts';
import { isIncluded, leafHash } from './merkle.ts';
import { UnprovenError, type VerifierKey } from './note.ts';

export interface Proof {
  readonly entry: Uint8Array;
  /** From 0. */
  readonly index: number;
  readonly siblings: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

const FORMAT = 'c2sp.org/tlog-proof@v1';

/** A tree with a sibling more would have more leaves than a safe integer counts. */
const SIBLINGS_MAX = 53;

export function proofText({ entry, index, siblings, checkpoint }: Proof): string {
  const lines = [FORMAT, `extra ${base64(entry)}`, `index ${index}`, ...siblings.map(base64)];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws UnprovenError where it is not of the format, or lacks the entry. */
export function parseProof(text: string): Proof {
  const end = text.indexOf('\n\n');
  const [format, extra = '', place = '', ...siblings] = text.slice(0, Math.max(end, 0)).split('\n');
  if (end < 0 || format !== FORMAT) throw new UnprovenError(`not a proof: it begins ${FORMAT}`);
  const [, entry = ''] = /^extra (\S+)$/.exec(extra) ?? [];
  const [, index = ''] = /^index (0|[1-9]\d{0,15})$/.exec(place) ?? [];
  if (entry === '' || index === '' || siblings.length > SIBLINGS_MAX) {
    throw new UnprovenError('not a proof of a record: line 2 is its extra data, line 3 its index');
  }
  return {
    entry: entryFrom(entry),
    index: Number(index),
    siblings: siblings.map(hashFrom),
    checkpoint: text.slice(end + 2),
  };
}

export interface Proven {
  readonly record: EntryRecord;
  /** The tree that it is in. */
  readonly head: TreeHead;
}

/**
 * What the proof proves: that the log of one of `keys` had this record, at its position, when it
 * signed the tree.
 * @throws UnprovenError where it proves nothing.
 */
export function openProof(text: string, keys: readonly VerifierKey[]): Proven {
  const { entry, index, siblings, checkpoint } = parseProof(text);
  const head = openCheckpoint(checkpoint, keys);
  const claim = { index, size: head.size, leaf: leafHash(entry), root: head.root, proof: siblings };
  if (!isIncluded(claim)) {
    throw new UnprovenError(`the record is not entry ${index} of the log that was signed`);
  }
  const record = proven(entry);
  if (record.position !== index + 1) {
    throw new UnprovenError(`entry ${index} says that it is record ${record.position}`);
  }
  return { record, head };
}

function proven(entry: Uint8Array): EntryRecord {
  try {
    return recordOf(entry);
  } catch (cause) {
    throw new UnprovenError('what was signed is no record of a furlong log', { cause });
  }
}

function entryFrom(text: string): Uint8Array {
  try {
    return bytesFromBase64(text);
  } catch (cause) {
    throw new UnprovenError('the extra data is not base 64', { cause });
  }
}
