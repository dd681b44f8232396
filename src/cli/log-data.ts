/** Which log a verb is to read: said, and there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { Refused, UsageError } from './exit.ts';

/** @throws UsageError where none is said; Refused where it is none. */
export function dataOf({ data: dir }: Pick<Config, 'data'>): string {
  if (dir === undefined) throw new UsageError('say which log: --data DIR');
  if (!existsSync(join(dir, 'furlong.json'))) throw new Refused(`${dir} holds no furlong log`);
  return dir;
}
