/** Lists that a server gives page by page, up to as many as are wanted. */
import type { Output } from './output.ts';
import { parseWhole } from './values.ts';
import { type Input, type Option, optionalText } from './verb.ts';

const LIMIT_USUAL = 50;
const LIMIT_MAX = 10_000;
/** The server gives no longer page. */
const PAGE_MAX = 500;

export const LIMIT: Option = {
  flags: '--limit <count>',
  about: 'at most so many (default 50, at most 10000)',
};

/** Of an input with `LIMIT`. @throws UsageError */
export function limitOf(input: Input): number {
  const given = optionalText(input, 'limit');
  return given === undefined ? LIMIT_USUAL : parseWhole(given, '--limit', [1, LIMIT_MAX]);
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

export interface PageWanted {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** Says so where there are more. */
export async function readPages<Item>(
  limit: number,
  output: Output,
  read: (page: PageWanted) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.min(limit - items.length, PAGE_MAX);
    const page = await read({ pageSize, pageToken });
    items.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && items.length < limit);
  if (pageToken !== '') output.note(`there are more: add --limit, at most ${LIMIT_MAX}`);
  return { items, nextPageToken: pageToken };
}
