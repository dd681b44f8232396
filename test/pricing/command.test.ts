/** `furlong price`, as people and programs run it. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { price } from '../../src/cli/price.ts';
import { documentSchema } from '../../src/pricing/document.ts';
import { runExample, STARTS_MS } from '../cli/support/examples.ts';
import { playVerb } from '../cli/support/stage.ts';

const SCHEMA_FILE = 'docs/price.schema.json';
const EXAMPLES = globSync('examples/price/*.json').sort();
const ORACLES = globSync('test/oracles/*.json').filter((it) => !it.endsWith('.expected.json'));

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-price-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(text: string): string {
  const file = join(dir, 'document.json');
  writeFileSync(file, text);
  return file;
}

describe('furlong price', () => {
  it('shows a table on a terminal', async () => {
    const played = await playVerb(['price', 'test/oracles/c02-net-price-win.json']);
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(played.stdout).toBe(`rule set  win-oklahoma@1
verdict   won

tier  outcome  source  dividend  winning stakes     payout
win   1        one         5.90        9,000.00  53,100.00
win   1        two         5.70        5,000.00  28,500.00

gross       100,000.00
= payout     81,600.00
+ takeout    18,200.00
+ breakage      200.00

source      gross  given back  takeout %
one     60,000.00        0.00      17.00
two     40,000.00        0.00      20.00

balances: gross 10000000 + brought in 0 = payout 8160000 + takeout 1820000 + breakage 20000 + carried out 0
`);
  });

  it('gives programs one JSON value', async () => {
    const argv = ['price', 'test/oracles/a01-win-with-refunds.json'];
    const asked = await playVerb([...argv, '--json']);
    const piped = await playVerb(argv, { terminal: false });
    expect(asked.stdout).toBe(piped.stdout);
    expect(JSON.parse(asked.stdout)).toMatchObject({ dividends: [{ dividend: '6.60' }] });
  });

  it.each([
    ['what is not JSON', '{', 65, 'is not JSON'],
    ['what is no document', '3', 65, 'it is not an object: 3'],
    [
      'a document with a fault',
      '{"ruleSet":"x@1","result":{}}',
      65,
      'ruleSet is not in the catalogue',
    ],
  ])('refuses %s, and prints nothing of a price', async (_what, text, code, message) => {
    const file = written(text);
    const played = await playVerb(['price', file, '--json']);
    expect(played).toMatchObject({ code, stdout: '' });
    expect(played.stderr).toContain(file);
    expect(played.stderr).toContain(message);
  });

  it('ends with 2 where it is told no file, or one that is not there', async () => {
    expect(await playVerb(['price'])).toMatchObject({ code: 2, stdout: '' });
    const missing = await playVerb(['price', join(dir, 'none.json')]);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('none.json');
  });

  it(
    'reads stdin where it is told -, and names it where it is at fault',
    () => {
      const run = (input: string) =>
        spawnSync(process.execPath, ['src/main.ts', 'price', '-'], { input, encoding: 'utf8' });
      const good = run(readFileSync('test/oracles/a01-win-with-refunds.json', 'utf8'));
      expect(JSON.parse(good.stdout)).toMatchObject({ ruleSet: 'win-wv@1' });
      const bad = run('{}');
      expect(bad).toMatchObject({ status: 65, stdout: '' });
      expect(bad.stderr).toContain('stdin: ruleSet is missing');
    },
    STARTS_MS,
  );
});

describe('the examples of its help', () => {
  it.each(price.examples ?? [])(
    '%s',
    (example) => {
      const said = runExample(example);
      expect(() => JSON.parse(said)).not.toThrow();
    },
    STARTS_MS,
  );
});

describe('docs/price.schema.json', () => {
  const file = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'));
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(file);

  it('is what furlong price --schema prints', async () => {
    expect(file).toEqual(documentSchema());
    const { stdout } = await playVerb(['price', '--schema'], { terminal: false });
    expect(JSON.parse(stdout)).toEqual(file);
  });

  it.each([...EXAMPLES, ...ORACLES])('describes %s', (name) => {
    expect(validate(JSON.parse(readFileSync(name, 'utf8'))), JSON.stringify(validate.errors)).toBe(
      true,
    );
  });

  it('refuses what the command refuses for its shape', () => {
    for (const data of [{}, { ruleSet: 'x@1' }, { ruleSet: 'x@1', result: { order: [[]] } }]) {
      expect(validate(data)).toBe(false);
    }
  });
});
