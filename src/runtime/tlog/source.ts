/** The log as the tree reads it, and what it is when it is not what was signed. */
import type { EntryRecord } from './entry.ts';

export interface TreeSource {
  /** Position of its last record. */
  end(): number;
  /** Records after a position, oldest first. */
  read(position: number): Iterable<EntryRecord>;
}

/** The log does not hold what was signed. It is never signed again; the message says what is wrong. */
export class RewrittenLogError extends Error {
  override readonly name = 'RewrittenLogError';
}
