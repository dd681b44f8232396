/**
 * The shape of JSON data, said once: each shape both judges data and writes itself as a JSON Schema
 * (draft 2020-12).
 *
 * Invariant: the two agree. Whatever comes in, the answer is the first problem with its path or
 * that there is none, never a throw; a field that a shape does not name is refused, since left out
 * it could change what is meant. Everything has a bound, which is looked at before the content is.
 */

/** What is wrong, where: `stages[0].pots[1].parts`; the empty path is the whole. */
export interface Problem {
  readonly path: string;
  /** The rest of the sentence: `is not a whole number from 1 to 99`. */
  readonly problem: string;
  /** Undefined where something is missing. */
  readonly value: unknown;
}

export type JsonSchema = { readonly [keyword: string]: Json };
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Shape<Value> {
  readonly problemIn: (value: unknown, path: string) => Problem | undefined;
  readonly schema: JsonSchema;
  /** For the compiler only: what passes is a `Value`. */
  readonly passes?: Value;
}

/** A field that may be absent. */
export interface Optional<Value> {
  readonly optional: Shape<Value>;
}

/** Every field of `Value` has a shape, and those that may be absent say so. */
export type Fields<Value> = {
  readonly [Key in keyof Value]-?: undefined extends Value[Key]
    ? Optional<Exclude<Value[Key], undefined>>
    : Shape<Value[Key]>;
};

/** @throws RangeError that names the path of the first offending value. */
export function shaped<Value>(shape: Shape<Value>, data: unknown): Value {
  const found = shape.problemIn(data, '');
  if (found !== undefined) throw new RangeError(sentenceOf(found));
  // The shape has judged all of it.
  return data as Value;
}

/** `stake.unitCents is not a whole number from 1 to 99: 0` */
export function sentenceOf({ path, problem, value }: Problem): string {
  const subject = path === '' ? 'it' : path;
  return value === undefined ? `${subject} ${problem}` : `${subject} ${problem}: ${shown(value)}`;
}

/** The path of a field, or of an entry of a list. */
export function within(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  if (!/^[\w$-]+$/.test(step)) return `${path}[${JSON.stringify(cut(step))}]`;
  return path === '' ? step : `${path}.${step}`;
}

export function whole(min: number, max: number): Shape<number> {
  const wanted = `a whole number from ${min} to ${max}`;
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    problemIn(value, path) {
      if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) return;
      return wrong(path, wanted, value);
    },
  };
}

export function flag(): Shape<boolean> {
  return {
    schema: { type: 'boolean' },
    problemIn: (value, path) =>
      typeof value === 'boolean' ? undefined : wrong(path, 'true or false', value),
  };
}

/** @param pattern In full, with the `u` flag; `says` is what it stands for, in words. */
export function text(max: number, form?: { pattern: string; says: string }): Shape<string> {
  const wanted = form?.says ?? `a text of 1 to ${max} characters`;
  const known = new RegExp(form?.pattern ?? '', 'u');
  return {
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: max,
      ...(form && { pattern: form.pattern }),
    },
    problemIn(value, path) {
      // Characters, as JSON Schema counts them; one is at most two units.
      if (typeof value === 'string' && value !== '' && value.length <= 2 * max) {
        if ([...value].length <= max && known.test(value)) return undefined;
      }
      return wrong(path, wanted, value);
    },
  };
}

export function oneOf<const Value extends string>(values: readonly Value[]): Shape<Value> {
  return {
    schema: { enum: values },
    problemIn: (value, path) =>
      values.some((it) => it === value)
        ? undefined
        : wrong(path, values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`, value),
  };
}

/** @param size Fewest and most entries. */
export function list<Value>(
  entry: Shape<Value>,
  [min, max]: readonly [number, number],
): Shape<readonly Value[]> {
  return {
    schema: { type: 'array', items: entry.schema, minItems: min, maxItems: max },
    problemIn(value, path) {
      if (!Array.isArray(value)) return wrong(path, 'a list', value);
      if (value.length < min || value.length > max) {
        const entries = min === max ? `${min} entries` : `${min} to ${max} entries`;
        return { path, problem: `has not ${entries}`, value: value.length };
      }
      for (let index = 0; index < value.length; index++) {
        const found = entry.problemIn(value[index], within(path, index));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** A list in which no number or text stands twice. */
export function setOf<Value extends number | string>(
  entry: Shape<Value>,
  size: readonly [number, number],
): Shape<readonly Value[]> {
  const plain = list(entry, size);
  return {
    schema: { ...plain.schema, uniqueItems: true },
    problemIn(value, path) {
      const found = plain.problemIn(value, path);
      if (found !== undefined || !Array.isArray(value)) return found;
      const seen = new Set<unknown>();
      for (const [index, it] of value.entries()) {
        if (seen.has(it)) return { path: within(path, index), problem: 'stands twice', value: it };
        seen.add(it);
      }
      return undefined;
    },
  };
}

/** Entries by a name of the writer's own. */
export function record<Value>(
  name: Shape<string>,
  entry: Shape<Value>,
  max: number,
): Shape<Readonly<Record<string, Value>>> {
  return {
    schema: {
      type: 'object',
      propertyNames: name.schema,
      additionalProperties: entry.schema,
      maxProperties: max,
    },
    problemIn(value, path) {
      if (!isObject(value)) return wrong(path, 'an object', value);
      const entries = Object.entries(value);
      if (entries.length > max) {
        return { path, problem: `has more than ${max} entries`, value: entries.length };
      }
      for (const [key, it] of entries) {
        const at = within(path, key);
        if (name.problemIn(key, at) !== undefined) {
          return { path: at, problem: 'is not a name', value: key };
        }
        const found = entry.problemIn(it, at);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return { optional: shape };
}

export function object<Value>(fields: Fields<Value>): Shape<Value> {
  const entries: [string, Shape<unknown> | Optional<unknown>][] = Object.entries(fields);
  const shapes = entries.map(([name, field]) =>
    'optional' in field
      ? { name, shape: field.optional, required: false }
      : { name, shape: field, required: true },
  );
  const known = new Set(shapes.map(({ name }) => name));
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(shapes.map(({ name, shape }) => [name, shape.schema])),
      required: shapes.filter((it) => it.required).map(({ name }) => name),
      additionalProperties: false,
    },
    problemIn(value, path) {
      if (!isObject(value)) return wrong(path, 'an object', value);
      const unknown = Object.keys(value).find((name) => !known.has(name));
      if (unknown !== undefined) {
        return { path: within(path, unknown), problem: 'is not a field', value: undefined };
      }
      for (const { name, shape, required } of shapes) {
        const at = within(path, name);
        if (!Object.hasOwn(value, name)) {
          if (required) return { path: at, problem: 'is missing', value: undefined };
          continue;
        }
        const found = shape.problemIn(value[name], at);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Objects told apart by a field that every one of them has. */
export function union<Value>(
  tag: string & keyof Value,
  members: { readonly [Name in string & Value[keyof Value & typeof tag]]: Shape<unknown> },
): Shape<Value> {
  const byName = new Map<unknown, Shape<unknown>>(Object.entries(members));
  const kind = oneOf([...Object.keys(members)]);
  return {
    schema: { oneOf: [...byName.values()].map(({ schema }) => schema) },
    problemIn(value, path) {
      if (!isObject(value)) return wrong(path, 'an object', value);
      const at = within(path, tag);
      if (!Object.hasOwn(value, tag)) {
        return { path: at, problem: 'is missing', value: undefined };
      }
      return byName.get(value[tag])?.problemIn(value, path) ?? kind.problemIn(value[tag], at);
    },
  };
}

type JsonType = 'number' | 'string' | 'array' | 'object';

/** Data of several types, told apart by what JSON calls them. */
export function byType<Value>(
  members: { readonly [Type in JsonType]?: Shape<unknown> },
): Shape<Value> {
  const shapes = new Map<string, Shape<unknown>>(Object.entries(members));
  const wanted = [...shapes.keys()].map((it) => (/^[ao]/.test(it) ? `an ${it}` : `a ${it}`));
  return {
    schema: { anyOf: [...shapes.values()].map(({ schema }) => schema) },
    problemIn(value, path) {
      const shape = shapes.get(typeOf(value));
      return shape === undefined
        ? wrong(path, wanted.join(' or '), value)
        : shape.problemIn(value, path);
    },
  };
}

/** The same shape, with a sentence for whoever reads the schema. */
export function described<Value>(description: string, shape: Shape<Value>): Shape<Value> {
  return { ...shape, schema: { description, ...shape.schema } };
}

function wrong(path: string, wanted: string, value: unknown): Problem {
  return { path, problem: `is not ${wanted}`, value: value === undefined ? null : value };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeOf(value) === 'object';
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

const SHOWN_MAX = 60;

function shown(value: unknown): string {
  switch (typeOf(value)) {
    case 'string':
      return JSON.stringify(cut(String(value)));
    case 'array':
      return 'a list';
    case 'object':
    case 'function':
      return `an ${typeof value}`.replace('an function', 'a function');
    default:
      return String(value);
  }
}

function cut(value: string): string {
  return value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value;
}
