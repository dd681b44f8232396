/** Which log a verb is to read: said, and there; and whether it could be read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { CorruptLogError, LogIoError } from '../runtime/log/log.ts';
import { Refused, UsageError } from './exit.ts';

/** @throws UsageError where none is said; Refused where it is none. */
export function dataOf({ data: dir }: Pick<Config, 'data'>): string {
  if (dir === undefined) throw new UsageError('say which log: --data DIR');
  if (!existsSync(join(dir, 'furlong.json'))) throw new Refused(`${dir} holds no furlong log`);
  return dir;
}

/** The finding, and no defect of the reader: it is not what was written, or the disk does not give it. */
export function isUnreadable(cause: unknown): cause is CorruptLogError | LogIoError {
  return cause instanceof CorruptLogError || cause instanceof LogIoError;
}
