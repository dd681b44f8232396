// Whatever real actors do, the second ledger agrees with them: nothing is a fault that is none.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import { createRepricer } from '../../src/audit/reprice.ts';
import { days, played, toldIn } from './days.ts';

test('at every position of any day the books add up to the cent', () => {
  fc.assert(
    fc.property(days, (steps) => {
      const ledger = createLedger();
      for (const entry of played(steps)) {
        ledger.add(toldIn(entry));
        const { books, faults } = ledger.report();
        expect(missingIn(books)).toBe(0);
        expect(faults).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('at rest nothing of any day is a fault or unmatched, and every price is made again', () => {
  fc.assert(
    fc.property(days, (steps) => {
      const ledger = createLedger();
      const repricer = createRepricer();
      for (const entry of played(steps)) {
        const told = toldIn(entry);
        ledger.add(told);
        if (told.of === 'race') repricer.add(told.id, told.event);
      }
      const { faults, unmatched, books } = ledger.report();
      expect({ faults, unmatched }).toEqual({ faults: [], unmatched: [] });
      expect({ held: books.held, inTransit: books.inTransit }).toEqual({ held: 0, inTransit: 0 });
      expect(repricer.report().faults).toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 60_000);
