/**
 * Tokens by which somebody reads what he wrote: opaque to clients, and checked when they come back.
 *
 *   version ─ so many events of a tournament     bet ─ a bet with its settlement, in whatever tournament
 */
import type { PositionToken } from '../actors/tournament-events.ts';
import { betId, isId } from '../actors/units.ts';
import { type Failure, failure } from './failure.ts';

export function versionToken(tournament: string, version: number): string {
  return textOf(['version', tournament, String(version)]);
}

export function betToken(bet: string, settlement: number): string {
  return textOf(['bet', bet, String(settlement)]);
}

/** @returns Undefined for the empty token, which asks for nothing. */
export function positionTokenOf(
  token: string,
  tournament: string,
): PositionToken | undefined | Failure {
  if (token === '') return undefined;
  const [kind, of = '', text = '', ...rest] = Buffer.from(token, 'base64url').toString().split(' ');
  const number = Number(text);
  if (rest.length === 0 && Number.isSafeInteger(number) && number > 0 && isId(of)) {
    if (kind === 'version' && of === tournament) return { kind: 'version', version: number };
    if (kind === 'bet') return { kind: 'bet', bet: betId(of), settlement: number };
  }
  return failure('bad-position-token', { token, tournament });
}

function textOf(parts: readonly string[]): string {
  return Buffer.from(parts.join(' ')).toString('base64url');
}
