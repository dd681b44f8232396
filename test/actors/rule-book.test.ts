import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/actors/canonical-json.ts';
import { ruleSetCodec } from '../../src/actors/codec.ts';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { allRuleSets } from '../../src/actors/pools/rule-sets.ts';
import {
  createRuleBook,
  type RuleSetCommand,
  ruleSet,
  ruleSetRef,
} from '../../src/actors/rule-book.ts';
import { raceId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';

const ID = 'house-win@1';
const use = (content: string, otherwise: Partial<RuleSetCommand> = {}): RuleSetCommand => ({
  kind: 'use-rule-set',
  content,
  race: raceId('r1'),
  tournament: '',
  by: 'jo',
  atMs: 7,
  ...otherwise,
});
const fresh = given(ruleSet, ID);

describe('a rule set', () => {
  test('is used by the first race that is declared with it', () => {
    const command = use('{"a":1}');
    fresh.when(command).yields({ ...command, kind: 'rule-set-used' });
    expect(fresh.answer({ kind: 'rule-set' })).toEqual({ kind: 'unused' });
    const { kind: _, ...first } = command;
    expect(fresh.after(command).answer({ kind: 'rule-set' })).toEqual({ kind: 'used', ...first });
  });

  test('may be used again with the same content, by any race and at any time', () => {
    const later = use('{"a":1}', { race: raceId('r2'), by: 'kim', atMs: 8 });
    fresh.after(use('{"a":1}')).when(later).yields();
  });

  test('is refused with another content, which needs a version of its own', () => {
    fresh
      .after(use('{"a":1}'))
      .when(use('{"a":2}'))
      .refuses({ reason: 'rule-set-changed', ruleSet: ID });
  });

  test('keeps the first content for ever, in whatever order contents come', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{"a":1}', '{"a":2}', '{}')), (contents) => {
        let actor = fresh;
        for (const content of contents) {
          if (content === contents[0]) actor = actor.after(use(content));
          else {
            actor.when(use(content)).refuses({ reason: 'rule-set-changed', ruleSet: ID });
          }
        }
        expect(actor.history).toHaveLength(contents.length === 0 ? 0 : 1);
      }),
    );
  });

  test('is at an address of its own for each version', () => {
    const [first] = allRuleSets();
    expect(first && ruleSetRef(first).address).toBe(`rule-set/${first?.id}`);
  });

  test('is read as it was written in v1, and with nothing in it', () => {
    const event = { ...use('{"a":1}'), kind: 'rule-set-used' } as const;
    const bytes = Buffer.from(ruleSetCodec.encode(event)).toString('base64');
    expect(bytes).toBe('ChMKB3siYSI6MX0SAnIxGgJqbyAH');
    expect(ruleSetCodec.decode(Buffer.from(bytes, 'base64'))).toEqual(event);
    const empty = new BinaryWriter().tag(1, WireType.LengthDelimited).fork().join().finish();
    const none = { content: '', race: '', tournament: '', by: '', atMs: 0 };
    const nothing = { kind: 'rule-set-used', ...none };
    expect(ruleSetCodec.decode(empty)).toEqual(nothing);
  });
});

describe('canonical JSON', () => {
  /** The same value with the fields of every object in another order. */
  function reversed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([name, it]) => [name, reversed(it)] as const);
    return Object.fromEntries(fields.reverse());
  }

  test('is the same in whatever order fields were written, and says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('has sorted keys in every object, and lists as they are', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 1], a: undefined, aa: null })).toBe(
      '{"aa":null,"b":[{"c":2,"d":1},1]}',
    );
  });
});

describe('a rule book', () => {
  const [known] = allRuleSets();
  if (known === undefined) throw new Error('the catalogue is empty');
  const own: RuleSet = { ...known, id: ID, title: 'Of the house' };
  const file = (name: string, data: unknown) => ({ name, text: JSON.stringify(data) });

  test('without files is the catalogue, by id', () => {
    const { all, find } = createRuleBook();
    expect(all.map((it) => it.ruleSet.id)).toEqual(
      allRuleSets()
        .map(({ id }) => id)
        .sort(),
    );
    for (const it of allRuleSets()) expect(find(it.id)).toEqual({ ruleSet: it, file: undefined });
    for (const id of ['nobody@1', 'toString', '']) expect(find(id)).toBeUndefined();
  });

  test('has the rule sets of its files beside it', () => {
    const { find, all } = createRuleBook([file('own.json', own)]);
    expect(find(ID)).toEqual({ ruleSet: own, file: 'own.json' });
    expect(all).toHaveLength(allRuleSets().length + 1);
  });

  test('takes a file that says what the catalogue says, in whatever order', () => {
    const again = Object.fromEntries(Object.entries(known).reverse());
    expect(createRuleBook([file('known.json', again)]).find(known.id)?.ruleSet).toBe(known);
  });

  test.each([
    ['that is not JSON', [{ name: 'a.json', text: '{' }], /^a\.json is not JSON: /],
    ['without a thing in it', [{ name: 'a.json', text: '' }], /^a\.json is not JSON: /],
    ['that is no object', [file('a.json', [1])], /^a\.json: it is not .*/],
    [
      'with a value that is wrong',
      [file('ok.json', own), file('b.json', { ...own, id: 'b@1', combinationsMax: 0 })],
      /^b\.json: combinationsMax is not a whole number from 1 to .*: 0$/,
    ],
    [
      'with a field that nobody knows',
      [file('a.json', { ...own, generosity: 1 })],
      /^a\.json: generosity /,
    ],
    [
      'with fields that do not go together',
      [file('a.json', { ...own, from: '2026-02-01', until: '2026-01-01' })],
      /^a\.json: (from|until) /,
    ],
    [
      'with an id that another file has, be it the same',
      [file('a.json', own), file('b.json', own)],
      /^b\.json: house-win@1 is in a\.json already$/,
    ],
    [
      'with an id that the catalogue has with another content',
      [file('a.json', { ...own, id: known.id })],
      /^a\.json: .*@\d+ is in the catalogue with another content, give it a new version$/,
    ],
  ])('is not made with a file %s', (_what, files, complaint) => {
    expect(() => createRuleBook(files)).toThrow(complaint);
  });
});
