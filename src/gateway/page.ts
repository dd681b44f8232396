/**
 * Pages of a list (AIP-158): sizes are coerced, tokens are opaque and bound to their list.
 *
 * Invariant: a token that this list did not give is refused, never guessed at.
 */
import { type Failure, failure, malformed } from './failure.ts';

const SIZE_USUAL = 50;
const SIZE_MAX = 500;

export interface SizeRule {
  readonly usual: number;
  readonly max: number;
}

export function pageSize(
  asked: number,
  { usual, max }: SizeRule = { usual: SIZE_USUAL, max: SIZE_MAX },
): number | Failure {
  if (asked < 0) {
    return malformed([{ field: 'page_size', description: `must not be negative: ${asked}` }]);
  }
  return asked === 0 ? usual : Math.min(asked, max);
}

/** @param list What the token is good for, such as `bets/alice`. */
export function pageToken(list: string, position: string): string {
  return Buffer.from(`${list}\n${position}`).toString('base64url');
}

/** Which part of a list, newest first, that grows at its beginning. */
export interface Window {
  readonly skip: number;
  readonly limit: number;
}

export function windowOf(
  list: string,
  request: { readonly pageSize: number; readonly pageToken: string },
): Window | Failure {
  const limit = pageSize(request.pageSize);
  if (typeof limit === 'object') return limit;
  const position = positionIn(list, request.pageToken);
  return typeof position === 'object' ? position : { skip: Number(position ?? 0), limit };
}

/** The token of the page after one that `more` follows; empty at the end. */
export function tokenAfter(list: string, { skip, limit }: Window, more: boolean): string {
  return more ? pageToken(list, String(skip + limit)) : '';
}

/** The position that `token` holds; undefined for the list's beginning. */
export function positionIn(list: string, token: string): string | undefined | Failure {
  if (token === '') return undefined;
  const [of, position, ...rest] = Buffer.from(token, 'base64url').toString().split('\n');
  return of === list && position !== undefined && rest.length === 0
    ? position
    : failure('bad-page-token', { token });
}
