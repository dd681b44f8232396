/**
 * Writes a day's list of accepted bets (bet-list.ts). A complete list is evidence: it is never written
 * over; written again it is found to be the same, or it is said not to be.
 */
import { existsSync } from 'node:fs';
import { type AcceptedBet, acceptedBy, openDayLog } from './accepted-bets.ts';
import { draftList, type ListEnd, listPath, readList } from './bet-list.ts';

const DAY_MS = 86_400_000;

/** After midnight: by then the last turn of the day has long been committed. */
const SETTLED_MS = 60_000;

/** Bets between two words of progress. */
const PROGRESS_EVERY = 100_000;

export interface WriteOptions {
  readonly dataDir: string;
  /** Where the lists are, a directory for each day. */
  readonly archive: string;
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly onProgress?: (bets: number) => void;
}

export interface WrittenList {
  readonly path: string;
  readonly end: ListEnd;
  /** `kept`: a complete one was there, and is the same. */
  readonly outcome: 'written' | 'kept' | 'differs';
  /** Why it differs. */
  readonly faults: readonly string[];
}

/** @throws CorruptLogError where the log is not what was written. */
export async function writeList(options: WriteOptions): Promise<WrittenList> {
  const { dataDir, archive, day, nowMs, onProgress = () => {} } = options;
  const path = listPath(archive, day);
  const complete = isOver(day, nowMs);
  const log = openDayLog(dataDir, day);
  try {
    const bets = function* (): Iterable<AcceptedBet> {
      let count = 0;
      for (const entry of log.read()) {
        const bet = entry.isOfDay ? acceptedBy(entry) : undefined;
        if (bet === undefined) continue;
        yield bet;
        if (++count % PROGRESS_EVERY === 0) onProgress(count);
      }
    };
    const draft = await draftList(path, {
      head: { day, dataId: log.dataId },
      bets: bets(),
      complete,
    });
    const { end } = draft;
    const there = existsSync(path) ? await readList(path) : undefined;
    if (there === undefined || there.end?.complete === false) {
      draft.keep();
      return { path, end, outcome: 'written', faults: [] };
    }
    draft.discard();
    const same = there.end?.sha256 === end.sha256;
    return { path, end, outcome: same ? 'kept' : 'differs', faults: there.faults };
  } finally {
    log.close();
  }
}

/** Whether no bet of the day can come any more. */
export function isOver(day: string, nowMs: number): boolean {
  return nowMs >= Date.parse(`${day}T00:00:00Z`) + DAY_MS + SETTLED_MS;
}
