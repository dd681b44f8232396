import { describe, expect, it } from 'vitest';
import { checkPattern, matcherOf } from '../../src/runtime/bus/subjects.ts';

// pattern, subject, whether it is selected
const cases: readonly (readonly [string, string, boolean])[] = [
  ['races', 'races', true],
  ['races', 'race', false],
  ['races', 'races.1', false],
  ['odds.1', 'odds.1', true],
  ['odds.1', 'odds.2', false],
  ['odds.*', 'odds.1', true],
  ['odds.*', 'odds', false],
  ['odds.*', 'odds.1.2', false],
  ['*', 'odds', true],
  ['*', 'odds.1', false],
  ['*.1', 'odds.1', true],
  ['*.1', 'board.1', true],
  ['*.1', 'odds.2', false],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a.b.d', false],
  ['a.*.c', 'a.c', false],
  ['*.*', 'a.b', true],
  ['*.*', 'a', false],
  ['>', 'a', true],
  ['>', 'a.b.c', true],
  ['odds.>', 'odds.1', true],
  ['odds.>', 'odds.1.2', true],
  ['odds.>', 'odds', false],
  ['odds.>', 'board.1', false],
  ['*.>', 'a.b', true],
  ['*.>', 'a', false],
  ['a.*.>', 'a.b.c.d', true],
  ['a.*.>', 'a.b', false],
];

describe('a pattern', () => {
  it.each(cases)('%s, of %s: %s', (pattern, subject, selected) => {
    expect(matcherOf(pattern)(subject)).toBe(selected);
  });

  it.each(['a', 'a.b', '*', '>', 'a.*', 'a.>', '*.*.>', '_INBOX.x-y_z.1', 'é.b'])(
    'may be %s',
    (pattern) => {
      expect(() => checkPattern(pattern)).not.toThrow();
    },
  );

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.\n', '>.a', 'a.>.b', 'a*', 'a.b>', '**'])(
    "may not be '%s'",
    (pattern) => {
      expect(() => matcherOf(pattern)).toThrow(`not a subject pattern: '${pattern}'`);
    },
  );
});
