/**
 * A failure as google.rpc.Status, by the conventions of AIP-193: one ErrorInfo always, each other
 * kind of detail at most once, no detail about our insides.
 */
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../gen/google/rpc/status_pb.ts';
import type { Failure } from './failure.ts';
import { STATUS_RULES } from './status.ts';

const DOMAIN = 'furlong';

export function statusOf(failure: Failure): Status {
  const { code, says, field, subject, retryMs } = STATUS_RULES[failure.reason];
  const { details: metadata } = failure;
  const message = filled(says, metadata);
  const reason = upperSnake(failure.reason);
  const details = [pack(ErrorInfoSchema, { reason, domain: DOMAIN, metadata })];
  const fieldViolations =
    failure.violations ??
    (field === undefined ? undefined : [{ field: field(metadata), description: message }]);
  if (fieldViolations !== undefined) {
    details.push(pack(BadRequestSchema, { fieldViolations: [...fieldViolations] }));
  }
  if (subject !== undefined) {
    const violation = { type: reason, subject: filled(subject, metadata), description: message };
    details.push(pack(PreconditionFailureSchema, { violations: [violation] }));
  }
  if (retryMs !== undefined) {
    details.push(pack(RetryInfoSchema, { retryDelay: durationOf(retryMs) }));
  }
  return create(StatusSchema, { code, message, details });
}

function filled(template: string, details: Failure['details']): string {
  return template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => details[name] ?? '?');
}

/** 'race-not-open' → 'RACE_NOT_OPEN'. */
function upperSnake(reason: string): string {
  return reason.replaceAll('-', '_').toUpperCase();
}

function durationOf(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}

function pack<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Any {
  return anyPack(schema, create(schema, init));
}
