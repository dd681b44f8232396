import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { EXIT, Refused, UsageError } from '../../src/cli/exit.ts';
import { failureLinesOf } from '../../src/cli/failure-lines.ts';
import { ConfigError } from '../../src/config.ts';
import { Code } from '../../src/gen/google/rpc/code_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../src/gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../src/gen/google/rpc/status_pb.ts';

interface Rich {
  readonly reason?: string;
  readonly facts?: Record<string, string>;
  readonly fields?: Record<string, string>;
  readonly subject?: string;
  readonly retryMs?: number;
}

/** What grpc-js rejects with. */
function callError(code: Code, message: string, rich?: Rich): Error {
  const { reason = 'X', facts = {}, fields, subject, retryMs } = rich ?? {};
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, metadata: facts })),
    ...(fields === undefined
      ? []
      : [
          anyPack(
            BadRequestSchema,
            create(BadRequestSchema, {
              fieldViolations: Object.entries(fields).map(([field, description]) => ({
                field,
                description,
              })),
            }),
          ),
        ]),
    ...(subject === undefined
      ? []
      : [
          anyPack(
            PreconditionFailureSchema,
            create(PreconditionFailureSchema, { violations: [{ subject, description: message }] }),
          ),
        ]),
    ...(retryMs === undefined
      ? []
      : [
          anyPack(
            RetryInfoSchema,
            create(RetryInfoSchema, { retryDelay: { seconds: 0n, nanos: retryMs * 1_000_000 } }),
          ),
        ]),
  ];
  const bytes = toBinary(StatusSchema, create(StatusSchema, { code, message, details }));
  const get = (name: string) =>
    rich && name === 'grpc-status-details-bin' ? [Buffer.from(bytes)] : [];
  return Object.assign(new Error(`${code}: ${message}`), {
    code,
    details: message,
    metadata: { get },
  });
}

const linesOf = (error: unknown) => failureLinesOf(error, 'host:1');

describe('a failed call', () => {
  it('says the message, the reason and what to do', () => {
    const error = callError(Code.FAILED_PRECONDITION, 'race r6 is closed, not open', {
      reason: 'RACE_NOT_OPEN',
      subject: 'race/r6',
    });
    expect(linesOf(error)).toEqual({
      code: EXIT.failed,
      lines: [
        'race r6 is closed, not open (race-not-open)',
        '  see which are open: furlong race list',
      ],
    });
  });

  it('fills advice with the facts of the failure', () => {
    const error = callError(Code.NOT_FOUND, 'there is no player bo', {
      reason: 'UNKNOWN_PLAYER',
      facts: { player: 'bo' },
    });
    expect(linesOf(error)?.lines[1]).toBe('  open an account first: furlong account open bo');
  });

  it('says once what is wrong with one field', () => {
    const error = callError(Code.INVALID_ARGUMENT, 'shard: must be a shard', {
      reason: 'MALFORMED',
      fields: { shard: 'must be a shard' },
    });
    expect(linesOf(error)?.lines).toEqual(['shard: must be a shard (malformed)']);
  });

  it('lists every field that is wrong', () => {
    const error = callError(Code.INVALID_ARGUMENT, 'stake_cents: must be over 0', {
      reason: 'MALFORMED',
      fields: { stake_cents: 'must be over 0: -1', 'legs[0].runners': 'must be unique' },
    });
    expect(linesOf(error)).toEqual({
      code: EXIT.failed,
      lines: [
        'stake_cents: must be over 0 (malformed)',
        '  stake_cents: must be over 0: -1',
        '  legs[0].runners: must be unique',
      ],
    });
  });

  it.each([
    [
      'RESOURCE_EXHAUSTED',
      Code.RESOURCE_EXHAUSTED,
      200,
      '  run the same again in 200 ms, with the same id',
    ],
    [
      'UNAVAILABLE',
      Code.UNAVAILABLE,
      undefined,
      '  run the same again in a moment, with the same id',
    ],
    [
      'DEADLINE_EXCEEDED',
      Code.DEADLINE_EXCEEDED,
      undefined,
      '  run the same again with the same id; it is safe',
    ],
  ])('that may be answered later ends with 75: %s', (_name, code, retryMs, advice) => {
    const rich = retryMs === undefined ? { reason: 'BUSY' } : { reason: 'BUSY', retryMs };
    expect(linesOf(callError(code, 'later', rich))).toEqual({
      code: EXIT.tryAgain,
      lines: ['later (busy)', advice],
    });
  });

  it('that reached nobody ends with 69 and names the address', () => {
    const failure = linesOf(callError(Code.UNAVAILABLE, 'connect ECONNREFUSED'));
    expect(failure?.code).toBe(EXIT.unreachable);
    expect(failure?.lines[0]).toContain('no server answers at host:1');
  });

  it('without details says its message', () => {
    expect(linesOf(callError(Code.UNIMPLEMENTED, 'no such method'))).toEqual({
      code: EXIT.failed,
      lines: ['no such method'],
    });
  });
});

it.each([
  ['a usage error', new UsageError('x'), 2],
  ['a bad flag', new ConfigError('x', 'flag'), 2],
  ['a bad variable', new ConfigError('x', 'environment'), 78],
  ['a refusal of our own', new Refused('x'), 1],
  ['bad data', new Refused('x', EXIT.badData), 65],
])('%s is one sentence, and ends with its code', (_name, error, code) => {
  expect(linesOf(error)).toEqual({ code, lines: ['x'] });
});

it('a defect has no lines: its stack is what helps', () => {
  expect(linesOf(new TypeError('undefined is not a function'))).toBeUndefined();
  expect(linesOf(Object.assign(new Error('no file'), { code: 'ENOENT' }))).toBeUndefined();
});
