/**
 * The verified reading of a log over all its segments, of either format: nothing is given out before
 * the chain over it was found right.
 *
 * Between two looks at the active file nothing is open in it, so a slow reader keeps neither its own
 * connection busy nor the write-ahead log from being emptied; and what was archived meanwhile is read
 * where it is then.
 */
import { genesisHash } from './chain.ts';
import type { ChainLink } from './chain-links.ts';
import { reading, type SqliteDatabase } from './database.ts';
import { type LogHead, type LogRecord, notWhatWasWritten } from './log.ts';
import { formatOf, type LogFile } from './made.ts';
import { endOfSegments, openSegment, type Segment, segmentAfter } from './segments.ts';

/** A reader may want one record or all: pages begin small and double. */
const FIRST_SHARE = 1 / 16;

interface Page {
  /** Undefined for the active one. */
  readonly segment: Segment | undefined;
  /** What the first of the links continues. */
  readonly before: LogHead;
  readonly links: readonly ChainLink[];
}

/** Records after `position`. */
export function* walk(
  active: SqliteDatabase,
  file: LogFile,
  position: number,
): Generator<LogRecord, undefined> {
  let end: LogHead | undefined;
  let share = FIRST_SHARE;
  let open: { readonly path: string; readonly it: ReturnType<typeof openSegment> } | undefined;
  try {
    for (;;) {
      const { segment, before, links } = nextPage();
      end = before;
      if (links.length === 0) {
        if (segment === undefined) return;
        // Its last record was looked at when it was opened, so this one is missing before it.
        throw notWhatWasWritten(file.partition, end.position + 1, segment.path);
      }
      for (const link of links) {
        const records = link.follow(end);
        if (records === undefined) {
          throw notWhatWasWritten(file.partition, end.position + 1, segment?.path);
        }
        for (const record of records) if (record.position > position) yield record;
        end = { position: link.last, hash: link.hash };
      }
      share = Math.min(1, share * 2);
    }
  } finally {
    open?.it.db.close();
  }

  function nextPage(): Page {
    const after = end?.position ?? position;
    const look = active.transaction(() => {
      const { format, chain } = formatOf(active);
      const segment = format === 1 ? undefined : segmentAfter(active, file, after);
      if (segment !== undefined) return segment;
      const base = format === 1 ? beginning(file) : endOfSegments(active, file);
      const before = end ?? chain.before(active, after + 1) ?? base;
      return { segment, before, links: chain.links(active, before.position, share) };
    });
    const found = reading(file.path, look);
    if ('links' in found) return found;
    const { db, chain } = opened(found);
    return reading(found.path, () => {
      const before = end ?? chain.before(db, after + 1) ?? found.base;
      return { segment: found, before, links: chain.links(db, before.position, share) };
    });
  }

  function opened(segment: Segment) {
    if (open?.path !== segment.path) {
      open?.it.db.close();
      open = undefined;
      open = { path: segment.path, it: openSegment(segment, file) };
    }
    return open.it;
  }
}

function beginning({ partition }: LogFile): LogHead {
  return { position: 0, hash: genesisHash(partition) };
}

export function headOf(active: SqliteDatabase, file: LogFile): LogHead {
  const look = active.transaction(() => {
    const { format, chain } = formatOf(active);
    return chain.head(active) ?? (format === 1 ? beginning(file) : endOfSegments(active, file));
  });
  return reading(file.path, look);
}

/** Of the chain after `position`; undefined where no commit ended there. */
export function hashAfter(
  active: SqliteDatabase,
  file: LogFile,
  position: number,
): Uint8Array | undefined {
  if (position === 0) return genesisHash(file.partition);
  const look = active.transaction(() => {
    const { format, chain } = formatOf(active);
    const segment = format === 1 ? undefined : segmentAfter(active, file, position - 1);
    return { segment, end: chain.holding(active, position) };
  });
  const { segment, end } = reading(file.path, look);
  if (segment === undefined) return hashAt(end);
  if (segment.last === position) return segment.hash;
  const { db, chain } = openSegment(segment, file);
  try {
    return hashAt(reading(segment.path, () => chain.holding(db, position)));
  } finally {
    db.close();
  }

  function hashAt(it: LogHead | undefined): Uint8Array | undefined {
    return it?.position === position ? it.hash : undefined;
  }
}
