/**
 * What a server's refusal says: google.rpc.Status, out of a failed call's trailers or of a stream's
 * outcome. Knows no gRPC library; a failed call is recognised by its shape.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code } from '../gen/google/rpc/code_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../gen/google/rpc/status_pb.ts';

export interface RpcFailure {
  /** Of google.rpc.Code. */
  readonly code: number;
  readonly message: string;
  /** As in docs/ERRORS.md: `race-not-open`. Undefined where no server of ours answered. */
  readonly reason: string | undefined;
  /** What explains the reason, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** What is wrong where: a field of the request, or an actor in the wrong state. */
  readonly violations: readonly { readonly where: string; readonly what: string }[];
  readonly retryAfterMs: number | undefined;
}

const DETAILS_HEADER = 'grpc-status-details-bin';

/** Undefined for an error that is no failed call. */
export function rpcFailureOf(error: unknown): RpcFailure | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') {
    return undefined;
  }
  const bytes = detailsOf('metadata' in error ? error.metadata : undefined);
  if (bytes) return rpcFailureOfStatus(fromBinary(StatusSchema, bytes));
  const message = 'details' in error ? String(error.details) : error.message;
  const none = { reason: undefined, facts: {}, violations: [], retryAfterMs: undefined };
  return { code: error.code, message, ...none };
}

export function rpcFailureOfStatus(status: Status): RpcFailure {
  const { code, message, details } = status;
  let info: Pick<RpcFailure, 'reason' | 'facts'> = { reason: undefined, facts: {} };
  let retryAfterMs: number | undefined;
  const violations: { where: string; what: string }[] = [];
  for (const detail of details) {
    const errorInfo = anyUnpack(detail, ErrorInfoSchema);
    if (errorInfo) {
      const reason = errorInfo.reason.toLowerCase().replaceAll('_', '-');
      info = { reason, facts: errorInfo.metadata };
    }
    for (const { field, description } of anyUnpack(detail, BadRequestSchema)?.fieldViolations ??
      []) {
      violations.push({ where: field, what: description });
    }
    for (const violation of anyUnpack(detail, PreconditionFailureSchema)?.violations ?? []) {
      violations.push({ where: violation.subject, what: violation.description });
    }
    const delay = anyUnpack(detail, RetryInfoSchema)?.retryDelay;
    if (delay) retryAfterMs = Number(delay.seconds) * 1000 + delay.nanos / 1_000_000;
  }
  return { code, message, ...info, violations, retryAfterMs };
}

/** Nothing is decided against it: the same again, with the same id, may be answered. */
export function mayBeRetried({ code }: Pick<RpcFailure, 'code'>): boolean {
  return (
    code === Code.UNAVAILABLE ||
    code === Code.RESOURCE_EXHAUSTED ||
    code === Code.DEADLINE_EXCEEDED ||
    code === Code.ABORTED
  );
}

/** The call never reached a server of ours. */
export function isUnreachable({ code, reason }: Pick<RpcFailure, 'code' | 'reason'>): boolean {
  return code === Code.UNAVAILABLE && reason === undefined;
}

function detailsOf(metadata: unknown): Uint8Array | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('get' in metadata)) return undefined;
  if (typeof metadata.get !== 'function') return undefined;
  const values: unknown = metadata.get(DETAILS_HEADER);
  const first: unknown = Array.isArray(values) ? values[0] : undefined;
  return first instanceof Uint8Array ? first : undefined;
}
