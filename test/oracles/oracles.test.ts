/**
 * Published and constructed examples of totes all over the world, priced as documents: what stands
 * in NAME.expected.json was written by hand from the source that the document names.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { PriceDocument } from '../../src/pricing/document.ts';
import { priceDocument } from '../../src/pricing/price-document.ts';

const run = promisify(execFile);

const files = globSync('test/oracles/*.json').filter((it) => !it.endsWith('.expected.json'));
const oracles = files.sort().map((file) => {
  const document: PriceDocument = JSON.parse(readFileSync(file, 'utf8'));
  const expected = JSON.parse(readFileSync(file.replace('.json', '.expected.json'), 'utf8'));
  return { file, document, expected, title: document.title ?? file };
});

test('every example from A1 to A15 and from C1 to C11 is here', () => {
  const names = new Set(oracles.map(({ title }) => title.split(' ')[0]));
  const all = [
    ...Array.from({ length: 15 }, (_, index) => `A${index + 1}`),
    ...Array.from({ length: 11 }, (_, index) => `C${index + 1}`),
  ];
  expect([...names].sort()).toEqual(all.sort());
});

test.each(oracles)('$title', ({ document, expected }) => {
  const priced = priceDocument(document);
  if (priced.kind === 'refused') throw new Error(priced.message);
  expect(priced.answer).toMatchObject(expected);
  const { totals } = priced.answer;
  expect(totals.grossCents + totals.broughtInCents).toBe(
    totals.payoutCents + totals.takeoutCents + totals.breakageCents + totals.carriedOutCents,
  );
});

describe('A1 Win pool with refunds, dime breakage', () => {
  test('its steps are the table’s: takeout 34,724.34, net 158,188.66, profit 134,316.66', () => {
    const found = oracles.find(({ title }) => title.startsWith('A1 '));
    const priced = priceDocument(found?.document);
    if (priced.kind === 'refused') throw new Error(priced.message);
    const { grossCents, takeoutCents } = priced.answer.totals;
    const net = grossCents - takeoutCents;
    expect([takeoutCents, net, net - 2_387_200]).toEqual([3_472_434, 15_818_866, 13_431_666]);
  });
});

test('furlong price says the same of each, as a program of its own', async () => {
  // Two at a time: each is a process, and does nothing but start, read and price.
  const left = [...oracles];
  const work = async () => {
    for (let oracle = left.pop(); oracle !== undefined; oracle = left.pop()) {
      const { stdout } = await run(process.execPath, [
        '--disable-warning=ExperimentalWarning',
        ...['src/main.ts', 'price', oracle.file, '--json'],
      ]);
      const answer = JSON.parse(stdout);
      expect(priceDocument(oracle.document)).toEqual({ kind: 'priced', answer });
    }
  };
  await Promise.all([work(), work()]);
}, 180_000);
