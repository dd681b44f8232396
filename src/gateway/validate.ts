/**
 * The door to protovalidate: the rules of the contract, and what a message breaks of them.
 *
 * Standard rules only, which run natively in a few microseconds; one CEL expression on a bet would
 * cost forty times as much.
 */
import { create, type DescMessage, type Message, type MessageShape } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { clip, type Failure, type FieldViolation, malformed } from './failure.ts';

export interface Validator {
  /** Undefined where all is well. */
  check<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Failure | undefined;
  /** As `check`, but stops at the first thing wrong: for what comes by the hundred. */
  checkFast<Desc extends DescMessage>(
    schema: Desc,
    message: MessageShape<Desc>,
  ): Failure | undefined;
}

/**
 * The patterns are the contract's own, none comes from a caller, and they read the same in
 * JavaScript as in RE2, which takes 25 times as long.
 */
const patterns = new Map<string, RegExp>();

function regexMatch(pattern: string, against: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(pattern, 'u');
    patterns.set(pattern, compiled);
  }
  return compiled.test(against);
}

/**
 * Plans the rules now: the first call must not pay 60 ms for it.
 * @param schemas What `check` will see.
 * @param fastSchemas What `checkFast` will see.
 */
export function createWarmValidator(
  schemas: readonly DescMessage[],
  fastSchemas: readonly DescMessage[],
): Validator {
  const thorough = createValidator({ regexMatch });
  const fast = createValidator({ regexMatch, failFast: true });
  const checkWith =
    ({ validate }: typeof thorough): Validator['check'] =>
    (schema, message) => {
      const result = validate(schema, message);
      if (result.kind === 'valid') return undefined;
      // A rule that does not compile is a mistake in the contract, not in the message.
      if (result.kind === 'error') throw result.error;
      return malformed(result.violations.map((violation) => described(violation, message)));
    };
  const validator = { check: checkWith(thorough), checkFast: checkWith(fast) };
  for (const schema of schemas) validator.check(schema, create(schema));
  for (const schema of fastSchemas) validator.checkFast(schema, create(schema));
  return validator;
}

function described(violation: Violation, message: Message): FieldViolation {
  const { field: path, message: rule } = violation;
  return { field: fieldOf(path), description: `${rule}: ${shown(valueAt(path, message))}` };
}

/** As in the contract: `legs[0].runners[2]`. */
function fieldOf(path: Path): string {
  let text = '';
  for (const step of path) {
    if (step.kind === 'list_sub') text += `[${step.index}]`;
    else if (step.kind === 'map_sub') text += `[${String(step.key)}]`;
    else text += text === '' ? step.name : `.${step.name}`;
  }
  return text;
}

/** The contract has neither maps nor rules on oneofs; their values are not shown. */
function valueAt(path: Path, message: Message): unknown {
  let value: unknown = message;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (step.kind === 'list_sub') value = Object.values(value)[step.index];
    else if (step.kind === 'field')
      value = Object.entries(value).find(([name]) => name === step.localName)?.[1];
    else return undefined;
  }
  return value;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} given`;
  if (typeof value === 'string') return JSON.stringify(clip(value, 60));
  return value === undefined ? 'absent' : String(value);
}
