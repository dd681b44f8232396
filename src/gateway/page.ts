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

/** The position that `token` holds; undefined for the list's beginning. */
export function positionIn(list: string, token: string): string | undefined | Failure {
  if (token === '') return undefined;
  const [of, position, ...rest] = Buffer.from(token, 'base64url').toString().split('\n');
  return of === list && position !== undefined && rest.length === 0
    ? position
    : failure('bad-page-token', { token });
}
