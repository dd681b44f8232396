import { readFileSync } from 'node:fs';
import { create, type DescMethod, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { failure, malformed, type Reason } from '../../src/gateway/failure.ts';
import { statusOf } from '../../src/gateway/rich-error.ts';
import { definitionOf, roleOf } from '../../src/gateway/rpc.ts';
import { STATUS_RULES } from '../../src/gateway/status.ts';
import { createWarmValidator } from '../../src/gateway/validate.ts';
import { AccountsService } from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import {
  BettingService,
  PlaceBetRequestSchema,
} from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { OpsService } from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { Role } from '../../src/gen/furlong/options/v1/role_pb.ts';
import { RacingService } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { TournamentsService } from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { StatusSchema } from '../../src/gen/google/rpc/status_pb.ts';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.ts';
import { codeName, toldBy } from './support/gateway.ts';

const SERVICES = [AccountsService, BettingService, OpsService, RacingService, TournamentsService];
const methods: [string, DescMethod][] = SERVICES.flatMap((service) =>
  service.methods.map((it): [string, DescMethod] => [`${service.typeName}/${it.name}`, it]),
);
const reasons = Object.keys(STATUS_RULES) as Reason[];

describe('roles', () => {
  test.each(methods)('%s declares one', (_name, method) => {
    expect(Object.values(Role)).toContain(roleOf(method));
  });

  test('an RPC without a role is refused', () => {
    expect(() => roleOf(Health.method.check)).toThrow(
      'grpc.health.v1.Health.Check declares no role',
    );
  });

  test('every path is the one of the contract', () => {
    expect(methods.map(([, method]) => definitionOf(method).path)).toEqual(
      methods.map(([name]) => `/${name}`),
    );
  });
});

describe('docs/ERRORS.md', () => {
  const text = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| ([^|]*\S) +\| ([^|]*\S) +\|$/gm)];
  const documented = new Map(rows.map(([, reason = '', code = '']) => [reason, code]));

  test('has every reason once, and no other', () => {
    expect(rows).toHaveLength(documented.size);
    expect([...documented.keys()].sort()).toEqual([...reasons].sort());
  });

  test.each(reasons)('%s: says its code, what it means and what to do', (reason) => {
    expect(documented.get(reason)).toBe(codeName(STATUS_RULES[reason].code));
    const row = rows.find(([, it]) => it === reason);
    expect(row?.[3]?.length).toBeGreaterThan(10);
    expect(row?.[4]?.length).toBeGreaterThan(5);
  });
});

describe('a failure on the wire', () => {
  test.each(reasons)('%s: one ErrorInfo, lower case, no full stop', (reason) => {
    const status = statusOf(failure(reason, { leg: 0, path: 'pools', index: 0 }));
    const kinds = status.details.map(({ typeUrl }) => typeUrl);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.filter((it) => it.endsWith('/google.rpc.ErrorInfo'))).toHaveLength(1);
    expect(toldBy(status).reason).toMatch(/^[A-Z][A-Z_]{2,62}$/);
    expect(status.message).not.toMatch(/\.$/);
    expect(status.message[0]).toBe(status.message[0]?.toLowerCase());
  });

  test.each(reasons)('%s: details that fit its code', (reason) => {
    const { field, subject, retryMs, code } = STATUS_RULES[reason];
    const name = codeName(code);
    expect(subject !== undefined).toBe(name === 'FAILED_PRECONDITION');
    if (reason !== 'malformed') expect(field !== undefined).toBe(name === 'INVALID_ARGUMENT');
    if (name === 'UNAVAILABLE' || reason === 'overload') expect(retryMs).toBeGreaterThan(0);
  });

  test.each(['x', 'é', '\u{1f40e}'])(
    'of %s without end stays within 8 KiB of headers',
    (letter) => {
      const long = `-${letter.repeat(10_000)}`;
      const violation = { field: long, description: long };
      const worst = [
        malformed(Array.from({ length: 1_000 }, () => violation)),
        failure('unknown-pool', { race: long, pool: long }),
      ];
      for (const it of worst) {
        const status = statusOf(it);
        const details = (toBinary(StatusSchema, status).length * 4) / 3;
        expect(encodeURI(status.message).length + details).toBeLessThan(8_000);
      }
    },
  );
});

describe('the validator', () => {
  const { check, checkFast } = createWarmValidator(
    [PlaceBetRequestSchema],
    [PlaceBetRequestSchema],
  );
  const right = {
    betId: 'b1',
    playerId: 'p1',
    raceId: 'r1',
    poolId: 'win',
    legs: [{ runners: [1, 99] }],
    stakeCents: 1n,
  };

  test.each([
    ['a bet', {}, true],
    ['the longest id', { betId: 'x'.repeat(64) }, true],
    ['an id one too long', { betId: 'x'.repeat(65) }, false],
    ['an id with a line break at its end', { betId: 'x\n' }, false],
    ['an id that begins with a dash', { betId: '-x' }, false],
    ['no legs', { legs: [] }, false],
    ['ten legs', { legs: Array.from({ length: 10 }, () => ({ runners: [1] })) }, true],
    ['eleven legs', { legs: Array.from({ length: 11 }, () => ({ runners: [1] })) }, false],
    ['runner 0', { legs: [{ runners: [0] }] }, false],
    ['runner 100', { legs: [{ runners: [100] }] }, false],
    ['the largest stake', { stakeCents: 1_000_000_000n }, true],
    ['one cent more', { stakeCents: 1_000_000_001n }, false],
    ['a negative stake', { stakeCents: -1n }, false],
  ])('judges %s, fast or thoroughly', (_what, otherwise, valid) => {
    const message = create(PlaceBetRequestSchema, { ...right, ...otherwise });
    expect(check(PlaceBetRequestSchema, message) === undefined).toBe(valid);
    expect(checkFast(PlaceBetRequestSchema, message) === undefined).toBe(valid);
  });

  test('fast stops at the first thing wrong', () => {
    const message = create(PlaceBetRequestSchema);
    expect(check(PlaceBetRequestSchema, message)?.violations?.length).toBeGreaterThan(3);
    expect(checkFast(PlaceBetRequestSchema, message)?.violations).toHaveLength(1);
  });
});
