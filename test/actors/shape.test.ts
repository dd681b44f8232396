import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byType,
  flag,
  list,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  sentenceOf,
  setOf,
  shaped,
  text,
  union,
  whole,
} from '../../src/actors/shape.ts';

interface Sample {
  readonly size: number;
  readonly name?: string;
  readonly open: boolean;
  readonly marks: readonly number[];
  readonly ids: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
  readonly animal: Animal;
  readonly either: number | readonly number[];
}

type Animal =
  | { readonly kind: 'cat'; readonly lives: number }
  | { readonly kind: 'dog'; readonly breed: 'pug' | 'lab' };

const SAMPLE: Shape<Sample> = object<Sample>({
  size: whole(1, 9),
  name: optional(text(5)),
  open: flag(),
  marks: list(whole(0, 3), [1, 3]),
  ids: setOf(text(3, { pattern: '^[a-z]+$', says: 'small letters' }), [0, 3]),
  weights: record(text(3), whole(1, 2), 2),
  animal: union<Animal>('kind', {
    cat: object<Animal & { kind: 'cat' }>({ kind: oneOf(['cat']), lives: whole(1, 9) }),
    dog: object<Animal & { kind: 'dog' }>({ kind: oneOf(['dog']), breed: oneOf(['pug', 'lab']) }),
  }),
  either: byType<number | readonly number[]>({
    number: whole(1, 2),
    array: list(whole(1, 2), [0, 2]),
  }),
});

const sound = {
  size: 1,
  open: true,
  marks: [0, 3],
  ids: ['a', 'b'],
  weights: { x: 1 },
  animal: { kind: 'cat', lives: 9 },
  either: [2],
};

describe('a shape', () => {
  it('takes what fits, as it is', () => {
    expect(shaped(SAMPLE, sound)).toBe(sound);
    expect(shaped(SAMPLE, { ...sound, name: 'Zoë', either: 2 })).toMatchObject({ name: 'Zoë' });
  });

  it.each([
    [{ size: 0 }, 'size is not a whole number from 1 to 9: 0'],
    [{ size: 10 }, 'size is not a whole number from 1 to 9: 10'],
    [{ size: 1.5 }, 'size is not a whole number from 1 to 9: 1.5'],
    [{ size: '1' }, 'size is not a whole number from 1 to 9: "1"'],
    [{ size: Number.NaN }, 'size is not a whole number from 1 to 9: NaN'],
    [{ name: '' }, 'name is not a text of 1 to 5 characters: ""'],
    [{ name: 'abcdef' }, 'name is not a text of 1 to 5 characters: "abcdef"'],
    [{ open: 1 }, 'open is not true or false: 1'],
    [{ marks: [] }, 'marks has not 1 to 3 entries: 0'],
    [{ marks: [0, 1, 2, 3] }, 'marks has not 1 to 3 entries: 4'],
    [{ marks: [0, 4] }, 'marks[1] is not a whole number from 0 to 3: 4'],
    [{ marks: {} }, 'marks is not a list: an object'],
    [{ ids: ['a', 'B'] }, 'ids[1] is not small letters: "B"'],
    [{ ids: ['a', 'b', 'a'] }, 'ids[2] stands twice: "a"'],
    [{ weights: { x: 3 } }, 'weights.x is not a whole number from 1 to 2: 3'],
    [{ weights: { 'a b c': 1 } }, 'weights["a b c"] is not a name: "a b c"'],
    [{ weights: { a: 1, b: 1, c: 1 } }, 'weights has more than 2 entries: 3'],
    [{ weights: null }, 'weights is not an object: null'],
    [{ animal: { kind: 'cow' } }, 'animal.kind is not one of cat, dog: "cow"'],
    [{ animal: { lives: 9 } }, 'animal.kind is missing'],
    [{ animal: { kind: 'dog', breed: 'cat' } }, 'animal.breed is not one of pug, lab: "cat"'],
    [{ animal: { kind: 'cat', lives: 1, breed: 'pug' } }, 'animal.breed is not a field'],
    [{ either: '2' }, 'either is not a number or an array: "2"'],
    [{ either: [3] }, 'either[0] is not a whole number from 1 to 2: 3'],
    [{ colour: 'red' }, 'colour is not a field'],
    [JSON.parse('{"__proto__": 1}'), '__proto__ is not a field'],
  ])('refuses %j with its path', (change, sentence) => {
    const data = Object.assign(Object.create(null), sound);
    for (const [name, value] of Object.entries(change)) {
      Object.defineProperty(data, name, { value, enumerable: true });
    }
    const found = SAMPLE.problemIn(data, '');
    expect(found && sentenceOf(found)).toBe(sentence);
    expect(() => shaped(SAMPLE, data)).toThrow(new RangeError(sentence));
  });

  it.each(['size', 'open', 'marks', 'animal'])('says that %s is missing', (name) => {
    const { [name as keyof typeof sound]: _, ...rest } = sound;
    expect(() => shaped(SAMPLE, rest)).toThrow(`${name} is missing`);
  });

  it('says what the whole is not', () => {
    expect(() => shaped(SAMPLE, [])).toThrow('it is not an object: a list');
    expect(() => shaped(SAMPLE, undefined)).toThrow('it is not an object: null');
  });

  it('never throws but a RangeError, whatever comes in', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (data) => {
        const found = SAMPLE.problemIn(data, '');
        if (found !== undefined) expect(sentenceOf(found).length).toBeLessThan(300);
      }),
    );
  });
});

describe('the JSON Schema of a shape', () => {
  const validate = new Ajv2020({ strict: true, allErrors: false }).compile(SAMPLE.schema);

  it('agrees with the shape on every piece of JSON', () => {
    const near = fc.record(
      {
        size: fc.oneof(fc.integer({ min: -1, max: 11 }), fc.constantFrom(1.5, '1', null)),
        name: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 7 }), fc.integer()),
        open: fc.oneof(fc.boolean(), fc.integer()),
        marks: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }),
        ids: fc.array(fc.constantFrom('a', 'b', 'ab', 'abcd', 'A', ''), { maxLength: 4 }),
        weights: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'abcd'), fc.integer({ max: 3 })),
        animal: fc.record(
          {
            kind: fc.constantFrom('cat', 'dog', 'cow'),
            lives: fc.integer({ min: 0, max: 10 }),
            breed: fc.constantFrom('pug', 'lab', 'x'),
          },
          { requiredKeys: [] },
        ),
        either: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.array(fc.integer({ max: 3 }))),
        other: fc.integer(),
      },
      { requiredKeys: [] },
    );
    // Mostly sound, so that one wrong field at a time is what decides.
    const data = fc.oneof(
      fc.jsonValue(),
      near,
      near.map((it) => ({ ...sound, ...it, other: 1 })),
      fc
        .tuple(near, fc.constantFrom(...Object.keys(sound), 'name'))
        .map(([it, name]) =>
          name in it ? { ...sound, [name]: it[name as keyof typeof it] } : sound,
        ),
    );
    fc.assert(
      fc.property(data, (it) => {
        expect(validate(it)).toBe(SAMPLE.problemIn(it, '') === undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});
