import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Match, Pot, RuleSet, Stage } from '../../../src/actors/pools/rule-set.ts';
import {
  RULE_SET_SHAPE,
  ruleSetProblem,
  validateRuleSet,
} from '../../../src/actors/pools/rule-set-shape.ts';
import { allRuleSets } from '../../../src/actors/pools/rule-sets.ts';

const tier = (id: string, match: Match) => ({ id, match });
const pot = (id: string, tiers: readonly string[], more: Partial<Pot> = {}): Pot => ({
  id,
  parts: 1,
  tiers,
  per: 'stake',
  unwon: 'share',
  ...more,
});

/** Ordered, of three runners, with every field that may be absent. */
const race: RuleSet = {
  id: 'tierce@1',
  title: 'Tiercé',
  source: 'a test',
  from: '2026-01-01',
  until: '2026-12-31',
  bet: { kind: 'runners', picks: [3], ordered: true },
  stake: {
    minimumCents: 100,
    unitCents: 50,
    maximumCents: 1_000,
    flexi: [25, 50],
    ticketMinimumCents: 200,
  },
  formulas: ['unit', 'combined'],
  combinationsMax: 1_000,
  channels: [{ channel: 'online', cancelSeconds: 60, claimDays: 30 }],
  takeout: [{ basisPoints: 2_500 }, { basisPoints: 2_000, source: 'online', from: '2026-06-01' }],
  takeoutMethod: 'common',
  coupled: 'separate',
  nonRunner: 'alternate',
  stages: [
    {
      tiers: [
        tier('ordre', { kind: 'at', positions: [1, 2, 3] }),
        tier('désordre', { kind: 'among', first: 3, right: 3, nonRunners: 0, picks: 3 }),
        tier('bonus', { kind: 'among', first: [{ startersMin: 4, places: 3 }], right: 2 }),
      ],
      reserve: 'stake',
      pots: [
        pot('jackpot', ['ordre'], { takesCarry: true, uniqueUnitCents: 100, unwon: 'carry-net' }),
        pot('main', ['ordre', 'désordre'], { weights: { ordre: 5 }, capHundredths: 1_000_000 }),
        pot('bonus', ['bonus'], { payFromHundredths: 110 }),
      ],
      remainder: { parts: 1, to: 'reserve' },
      potsRoundedToCents: 100,
    },
  ],
  nobodyWins: 'refund',
  rounding: { method: 'down', toHundredths: 10 },
  minimum: [
    { belowHundredths: 110, paysHundredths: 110, ifWithinSales: true },
    { belowHundredths: 100, paysHundredths: 100 },
  ],
  shortfall: ['roundings', 'deduction', 'operator'],
  refundBelowHundredths: 50,
  highDeduction: { aboveHundredths: 10_000, basisPoints: 500 },
  guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'actual' },
  fund: 'tierce',
  afterOfficial: 'stands',
};

const { guarantee: _, ...withoutGuarantee } = race;

const double: RuleSet = {
  ...withoutGuarantee,
  id: 'double@1',
  bet: { kind: 'legs', legs: 2 },
  formulas: ['legs'],
  nonRunner: 'favourite',
  legs: { voided: 'dropped', voidedMax: 0, surfaceChange: 'stands' },
  stages: [
    {
      tiers: [
        tier('double', { kind: 'legs', right: 2 }),
        tier('consolation', { kind: 'legs', right: 2, exactly: [1, 2] }),
        tier('placed', { kind: 'legs', right: 1, finish: 3 }),
      ],
      reserve: 'none',
      pots: [pot('main', ['double'], { per: 'line' }), pot('minor', ['consolation', 'placed'])],
    },
  ],
};

/** The set with the first of its stages changed. */
function staged(ruleSet: RuleSet, change: Partial<Stage>): RuleSet {
  const [first, ...rest] = ruleSet.stages;
  if (first === undefined) throw new Error('no stage');
  return { ...ruleSet, stages: [{ ...first, ...change }, ...rest] };
}

/** One tier and one pot. */
function matching(ruleSet: RuleSet, match: Match, more: Partial<Pot> = {}): RuleSet {
  const stage: Stage = {
    tiers: [tier('it', match)],
    reserve: 'none',
    pots: [pot('it', ['it'], more)],
  };
  return { ...ruleSet, stages: [stage] };
}

const win: RuleSet = matching(
  { ...withoutGuarantee, bet: { kind: 'runners', picks: [1], ordered: false }, formulas: ['unit'] },
  { kind: 'among', first: 1, right: 1 },
);

const BAD: readonly (readonly [what: string, data: unknown, path: string])[] = [
  [
    'a takeout above 100 %',
    { ...race, takeout: [{ basisPoints: 10_001 }] },
    'takeout[0].basisPoints',
  ],
  ['no rate for other sources', { ...race, takeout: [{ basisPoints: 1, source: 'a' }] }, 'takeout'],
  [
    'no rate on the first day',
    { ...race, takeout: [{ basisPoints: 1, from: '2026-01-02' }] },
    'takeout',
  ],
  [
    'two rates for one source and day',
    { ...race, takeout: [...race.takeout, { basisPoints: 1 }] },
    'takeout[2]',
  ],
  [
    'a net price of nothing',
    { ...win, takeoutMethod: 'net-price', takeout: [{ basisPoints: 10_000 }] },
    'takeout[0].basisPoints',
  ],
  ['a last day before the first', { ...race, until: '2025-12-31' }, 'until'],
  ['a day that is none', { ...race, from: '2026-13-01' }, 'from'],
  ['an id without a version', { ...race, id: 'tierce' }, 'id'],
  [
    'a minimum off the unit',
    { ...race, stake: { ...race.stake, minimumCents: 101 } },
    'stake.minimumCents',
  ],
  [
    'a maximum below the minimum',
    { ...race, stake: { ...race.stake, maximumCents: 99 } },
    'stake.maximumCents',
  ],
  ['a stake of nothing', { ...race, stake: { ...race.stake, unitCents: 0 } }, 'stake.unitCents'],
  [
    'a flexi above the whole',
    { ...race, stake: { ...race.stake, flexi: [101] } },
    'stake.flexi[0]',
  ],
  ['a flexi twice', { ...race, stake: { ...race.stake, flexi: [50, 50] } }, 'stake.flexi[1]'],
  ['no formula', { ...race, formulas: [] }, 'formulas'],
  ['a formula twice', { ...race, formulas: ['unit', 'unit'] }, 'formulas[1]'],
  ['a formula of legs for a race', { ...race, formulas: ['unit', 'legs'] }, 'formulas[1]'],
  ['a formula of a race for legs', { ...double, formulas: ['combined'] }, 'formulas[0]'],
  ['orders of what has none', { ...win, formulas: ['unit', 'all-orders'] }, 'formulas[1]'],
  ['a base of one runner', { ...win, formulas: ['field'] }, 'formulas[0]'],
  ['no combinations', { ...race, combinationsMax: 0 }, 'combinationsMax'],
  [
    'a channel twice',
    { ...race, channels: [{ channel: 'a' }, { channel: 'a' }] },
    'channels[1].channel',
  ],
  ['no picks', { ...race, bet: { kind: 'runners', picks: [], ordered: true } }, 'bet.picks'],
  ['nine picks', { ...race, bet: { kind: 'runners', picks: [9], ordered: true } }, 'bet.picks[0]'],
  ['a bet of a kind unknown', { ...race, bet: { kind: 'dogs' } }, 'bet.kind'],
  ['eleven legs', { ...double, bet: { kind: 'legs', legs: 11 } }, 'bet.legs'],
  ['legs without their rules', { ...double, legs: undefined }, 'legs'],
  ['rules for legs without legs', { ...race, legs: double.legs }, 'legs'],
  ['all legs void', { ...double, legs: { ...double.legs, voidedMax: 2 } }, 'legs.voidedMax'],
  [
    'a tier that needs nothing with a leg left out',
    { ...double, legs: { ...double.legs, voidedMax: 1 } },
    'stages[0].tiers[2].match.right',
  ],
  ['a favourite in one race', { ...race, nonRunner: 'favourite' }, 'nonRunner'],
  ['no stage', { ...race, stages: [] }, 'stages'],
  [
    'a tier in no pot',
    staged(race, { pots: [pot('main', ['ordre', 'désordre'])] }),
    'stages[0].tiers[2]',
  ],
  [
    'a tier only in the pot of a unique ticket',
    matching(win, { kind: 'among', first: 1, right: 1 }, { uniqueUnitCents: 100 }),
    'stages[0].tiers[0]',
  ],
  [
    'a pot of no tier',
    staged(win, { pots: [pot('it', ['it', 'that'])] }),
    'stages[0].pots[0].tiers[1]',
  ],
  [
    'a tier twice in a pot',
    staged(win, { pots: [pot('it', ['it', 'it'])] }),
    'stages[0].pots[0].tiers[1]',
  ],
  [
    'two pots of one id',
    staged(win, { pots: [pot('a', ['it']), pot('a', ['it'])] }),
    'stages[0].pots[1].id',
  ],
  [
    'two tiers of one id',
    staged(win, {
      tiers: [
        ...win.stages.flatMap((it) => it.tiers),
        tier('it', { kind: 'among', first: 2, right: 1 }),
      ],
    }),
    'stages[0].tiers[1].id',
  ],
  [
    'a pot without parts',
    staged(win, { pots: [pot('it', ['it'], { parts: 0 })] }),
    'stages[0].pots[0].parts',
  ],
  [
    'eight places',
    matching(win, { kind: 'among', first: 8, right: 1 }),
    'stages[0].tiers[0].match.first',
  ],
  [
    'places that more starters never reach',
    matching(win, {
      kind: 'among',
      first: [
        { startersMin: 4, places: 2 },
        { startersMin: 8, places: 3 },
      ],
      right: 1,
    }),
    'stages[0].tiers[0].match.first[1].startersMin',
  ],
  [
    'more right than first',
    matching(race, { kind: 'among', first: 2, right: 3 }),
    'stages[0].tiers[0].match.right',
  ],
  [
    'more right than picks',
    matching(win, { kind: 'among', first: 3, right: 2 }),
    'stages[0].tiers[0].match.right',
  ],
  [
    'more right and missing than picks',
    matching(race, { kind: 'among', first: 3, right: 3, nonRunners: 1 }),
    'stages[0].tiers[0].match.right',
  ],
  [
    'picks that the bet has not',
    matching(race, { kind: 'among', first: 3, right: 3, picks: 4 }),
    'stages[0].tiers[0].match.picks',
  ],
  [
    'positions without an order',
    matching(win, { kind: 'at', positions: [1] }),
    'stages[0].tiers[0].match.kind',
  ],
  [
    'positions beyond the picks',
    matching(race, { kind: 'at', positions: [1, 4] }),
    'stages[0].tiers[0].match.positions[1]',
  ],
  [
    'a position twice',
    matching(race, { kind: 'at', positions: [1, 1] }),
    'stages[0].tiers[0].match.positions[1]',
  ],
  ['legs of one race', matching(race, { kind: 'legs', right: 1 }), 'stages[0].tiers[0].match.kind'],
  [
    'runners of several races',
    matching(double, { kind: 'among', first: 1, right: 1 }),
    'stages[0].tiers[0].match.kind',
  ],
  [
    'more right than legs',
    matching(double, { kind: 'legs', right: 3 }),
    'stages[0].tiers[0].match.right',
  ],
  [
    'places for too many legs',
    matching(double, { kind: 'legs', right: 2, exactly: [1, 2, 3] }),
    'stages[0].tiers[0].match.exactly',
  ],
  [
    'places said twice',
    matching(double, { kind: 'legs', right: 2, exactly: [1, 2], finish: 2 }),
    'stages[0].tiers[0].match.exactly',
  ],
  [
    'eight tiers over legs',
    staged(double, {
      tiers: Array.from({ length: 8 }, (_, index) => tier(`t${index}`, { kind: 'legs', right: 2 })),
      pots: [
        pot(
          'it',
          Array.from({ length: 8 }, (_, index) => `t${index}`),
        ),
      ],
    }),
    'stages[0].tiers',
  ],
  [
    'lines of one leg',
    matching(double, { kind: 'legs', right: 1 }, { per: 'line' }),
    'stages[0].pots[0].per',
  ],
  [
    'lines of placed runners',
    matching(double, { kind: 'legs', right: 2, finish: 2 }, { per: 'line' }),
    'stages[0].pots[0].per',
  ],
  [
    'lines of exact places',
    matching(double, { kind: 'legs', right: 2, exactly: [1, 2] }, { per: 'line' }),
    'stages[0].pots[0].per',
  ],
  [
    'runners over legs',
    matching(double, { kind: 'legs', right: 2 }, { per: 'runner' }),
    'stages[0].pots[0].per',
  ],
  [
    'weights by line',
    matching(win, { kind: 'among', first: 1, right: 1 }, { per: 'line', weights: { it: 2 } }),
    'stages[0].pots[0].weights',
  ],
  [
    'a weight of no tier',
    matching(win, { kind: 'among', first: 1, right: 1 }, { weights: { that: 2 } }),
    'stages[0].pots[0].weights.that',
  ],
  [
    'two pots that take the carry-over',
    staged(win, {
      pots: [pot('a', ['it'], { takesCarry: true }), pot('b', ['it'], { takesCarry: true })],
    }),
    'stages[0].pots[1].takesCarry',
  ],
  [
    'stakes net twice',
    { ...staged(win, { reserve: 'net-stake' }), takeoutMethod: 'net-price' },
    'stages[0].reserve',
  ],
  [
    'a minimum that is never asked',
    {
      ...race,
      minimum: [
        { belowHundredths: 110, paysHundredths: 110 },
        { belowHundredths: 100, paysHundredths: 100 },
      ],
    },
    'minimum[1].belowHundredths',
  ],
  [
    'somebody after the operator',
    { ...race, shortfall: ['operator', 'roundings'] },
    'shortfall[1]',
  ],
  [
    'a guarantee of nothing',
    { ...race, guarantee: { ...race.guarantee, whenWon: 'none' } },
    'guarantee',
  ],
  ['a part won of several pots', { ...race, partWon: { unitCents: 100 } }, 'partWon'],
  [
    'a part won with a reserve',
    { ...staged(win, { reserve: 'stake' }), partWon: { unitCents: 100 } },
    'partWon',
  ],
  [
    'a part won of several stages',
    { ...win, stages: [...win.stages, ...win.stages], partWon: { unitCents: 100 } },
    'partWon',
  ],
  ['a field that nobody knows', { ...race, betType: 'win' }, 'betType'],
  [
    'a field too many deep inside',
    staged(race, { remainder: { parts: 1, to: 'reserve', of: 2 } as never }),
    'stages[0].remainder.of',
  ],
];

describe('a rule set', () => {
  it.each([race, double, win, ...allRuleSets()].map((it) => [it.id, it] as const))(
    'of the id %s is sound, and stays what it is through JSON',
    (_id, ruleSet) => {
      expect(ruleSetProblem(ruleSet)).toBeUndefined();
      expect(validateRuleSet(JSON.parse(JSON.stringify(ruleSet)))).toEqual(ruleSet);
    },
  );

  it.each(BAD)('is refused for %s', (_what, data, path) => {
    expect(ruleSetProblem(data)?.path).toBe(path);
    expect(() => validateRuleSet(data)).toThrow(RangeError);
    expect(() => validateRuleSet(data)).toThrow(`${path} `);
  });

  it('is refused in words that say what would do', () => {
    const parts = staged(win, { pots: [pot('a', ['it']), pot('b', ['it'], { parts: 0 })] });
    expect(() => validateRuleSet(parts)).toThrow(
      'stages[0].pots[1].parts is not a whole number from 1 to 10000: 0',
    );
  });

  it('takes both ends of the takeout, and neither end beyond', () => {
    for (const [basisPoints, path] of [
      [-1, 'takeout[0].basisPoints'],
      [0, undefined],
      [10_000, undefined],
      [10_001, 'takeout[0].basisPoints'],
    ] as const) {
      expect(ruleSetProblem({ ...race, takeout: [{ basisPoints }] })?.path).toBe(path);
    }
  });

  it.each([
    ['a', true],
    ['0-', true],
    ['a'.repeat(32), true],
    ['a'.repeat(33), false],
    ['', false],
    ['-a', false],
    ['Kiosk', false],
    ['a_b', false],
    ['é', false],
  ])('takes %j as a channel and as a source of takeout alike: %s', (name, taken) => {
    const channels = ruleSetProblem({ ...race, channels: [{ channel: name }] });
    expect(channels?.path).toBe(taken ? undefined : 'channels[0].channel');
    const takeout = [{ basisPoints: 1_000 }, { basisPoints: 900, source: name }];
    expect(ruleSetProblem({ ...race, takeout })?.path).toBe(
      taken ? undefined : 'takeout[1].source',
    );
  });

  it('may have a longer fund, in capitals', () => {
    expect(ruleSetProblem({ ...race, fund: `F_${'a'.repeat(62)}` })).toBeUndefined();
  });

  const all = [race, double, win, ...allRuleSets()];

  it('is refused with a path that starts at the field, wherever rubbish stands in it', () => {
    const rubbish = fc.constantFrom<unknown>(
      ...[null, Number.NaN, -1.5, Number.POSITIVE_INFINITY, 2 ** 53, { rubbish: true }, [[]]],
      ...['x'.repeat(5_000), '', () => true, Symbol('x'), 10n],
    );
    const chosen = fc
      .constantFrom(...all)
      .chain((ruleSet) =>
        fc.tuple(fc.constant(ruleSet), fc.constantFrom(...fieldsOf(ruleSet, '', []))),
      );
    fc.assert(
      fc.property(chosen, rubbish, ([ruleSet, field], value) => {
        const data = replaced(ruleSet, field.steps, value);
        expect(ruleSetProblem(data)?.path.startsWith(field.path)).toBe(true);
        expect(() => validateRuleSet(data)).toThrow(RangeError);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused by its JSON Schema wherever its shape refuses it, and nowhere else', () => {
    const validate = new Ajv2020({ strict: true }).compile(RULE_SET_SHAPE.schema);
    const values = fc.oneof(
      fc.constantFrom<unknown>(null, 0, 1, 99, 100, 10_000, 10_001, 1.5, true, '', 'a', 'stake'),
      fc.constantFrom<unknown>([], [1], [1, 1], {}, { it: 1 }, '2026-02-30', 'x@1', [
        { channel: 'a' },
      ]),
    );
    const chosen = fc
      .constantFrom(...all)
      .chain((ruleSet) =>
        fc.tuple(fc.constant(ruleSet), fc.constantFrom(...fieldsOf(ruleSet, '', []))),
      );
    fc.assert(
      fc.property(chosen, values, ([ruleSet, { steps }], value) => {
        const data = JSON.parse(JSON.stringify(replaced(ruleSet, steps, value)));
        expect(validate(data)).toBe(RULE_SET_SHAPE.problemIn(data, '') === undefined);
      }),
      { numRuns: 1_000 },
    );
  });
});

interface Field {
  readonly path: string;
  readonly steps: readonly (string | number)[];
}

/** Every field, however deep: of objects, not entries of lists. */
function fieldsOf(value: unknown, path: string, steps: Field['steps']): Field[] {
  if (Array.isArray(value)) {
    return value.flatMap((it, index) => fieldsOf(it, `${path}[${index}]`, [...steps, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, it]) => {
    const plain = /^[\w$-]+$/.test(name);
    const joined = plain
      ? path === ''
        ? name
        : `${path}.${name}`
      : `${path}[${JSON.stringify(name)}]`;
    const field = { path: joined, steps: [...steps, name] };
    return [field, ...fieldsOf(it, field.path, field.steps)];
  });
}

function replaced(value: unknown, [step, ...rest]: Field['steps'], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((it, index) => (index === step ? replaced(it, rest, by) : it));
  }
  // A step leads from an object to one of its own fields.
  const fields = value as Record<string, unknown>;
  return { ...fields, [step]: replaced(fields[step], rest, by) };
}
