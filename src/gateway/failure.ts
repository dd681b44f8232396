/**
 * Why a call was not served, as a value: a reason, what explains it, and nothing about the wire.
 *
 * Invariant: no value in it is longer than `VALUE_MAX`, so that a failure always fits the headers
 * it travels in, whatever the caller sent.
 */
import type { PlayerRejection } from '../actors/player-events.ts';
import type { RaceRejection } from '../actors/race-events.ts';
import type { RuleSetRejection } from '../actors/rule-book.ts';
import type {
  CancelRefusal,
  CancelRefusalReason,
  Refusal,
  RefusalReason,
  WalletRefusal,
  WalletRefusalReason,
} from '../actors/ticket.ts';
import type { TournamentRejection } from '../actors/tournament-events.ts';
import type { Failed, Unanswered } from '../runtime/actor.ts';
import type { CrewRefusal } from '../runtime/crew.ts';
import type { DeadLetterRejection } from '../runtime/dead-letter.ts';

export type Rejection =
  | PlayerRejection
  | RaceRejection
  | RuleSetRejection
  | TournamentRejection
  | DeadLetterRejection;

/** What only the gateway says. */
type GatewayReason =
  | 'malformed'
  | 'request-too-large'
  | 'cost-too-large'
  | 'formula-not-counted'
  | 'wrong-combinations'
  | 'bad-page-token'
  | 'bad-position-token'
  | 'unknown-rule-set'
  | 'deadline-expired'
  | 'draining'
  | 'parts-missing'
  | 'not-located'
  | 'shards-are-fixed'
  | CrewRefusal['reason']
  | 'no-wallet'
  | 'bet-not-in-pool'
  | 'receipt-unsigned'
  | 'log-not-provable'
  | 'notary-away'
  | 'defect';

export type Reason =
  | RefusalReason
  | CancelRefusalReason
  | WalletRefusalReason
  | Rejection['reason']
  | Unanswered
  | Failed
  | GatewayReason;

export interface Failure {
  readonly kind: 'failure';
  readonly reason: Reason;
  /** Every value that the message or the caller needs, by name. */
  readonly details: Readonly<Record<string, string>>;
  /** Of a malformed request: what is wrong where. */
  readonly violations?: readonly FieldViolation[];
}

export interface FieldViolation {
  /** As in the contract: `legs[0].runners[2]`. */
  readonly field: string;
  readonly description: string;
}

/** Bytes: holds an id with room to spare, and any name that is short enough to be one. */
const VALUE_MAX = 160;

/** Of one message: enough to mend it, and together far from the 8 KiB of headers clients take. */
const VIOLATIONS_MAX = 5;

type Details = Readonly<Record<string, string | number>>;

export function failure(reason: Reason, details: Details = {}): Failure {
  return { kind: 'failure', reason, details: clipped(details) };
}

/** @param context What the rejection itself does not say, such as the race it came from. */
export function failureOfRejection(rejection: Rejection, context: Details = {}): Failure {
  const { reason, ...details } = rejection;
  return failure(reason, { ...context, ...details });
}

export function failureOfRefusal(
  { reason, details }: Refusal | CancelRefusal | WalletRefusal,
  context: Details = {},
): Failure {
  return failure(reason, { ...context, ...details });
}

export function malformed(violations: readonly FieldViolation[]): Failure {
  const kept = violations.slice(0, VIOLATIONS_MAX).map(({ field, description }) => ({
    field: clip(field),
    description: clip(description),
  }));
  const [first] = kept;
  const details = { field: first?.field ?? '', problem: first?.description ?? '' };
  return { kind: 'failure', reason: 'malformed', details, violations: kept };
}

/** Answers are messages or plain values; only a failure is of this kind. */
export function isFailure(value: object): value is Failure {
  return 'kind' in value && value.kind === 'failure';
}

/** Never ends in half a character: grpc-js throws on one. */
export function clip(value: string, maxBytes = VALUE_MAX): string {
  if (value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes) return value;
  const kept = Buffer.from(value).subarray(0, maxBytes - 3);
  return `${kept.toString().replace(/\ufffd+$/, '')}...`;
}

function clipped(details: Details): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, clip(String(value))]),
  );
}
