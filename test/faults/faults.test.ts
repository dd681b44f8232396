/**
 * A few rounds of each fault that needs no special rights, and that every control's patch still fits
 * the tree: docs/FAULTS.md says how to run the counts that mean something.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeWithTool } from '../support/tools.ts';
import { eio } from './eio.ts';
import { FAULTS } from './faults.ts';
import { flips } from './flips.ts';
import { freeze } from './freeze.ts';
import type { Fault } from './harness/fault.ts';
import { runFault } from './harness/play.ts';
import { patchedTree } from './harness/variant.ts';
import { kill } from './kill.ts';

const SEED = 20_260_315;
/** A start of the server under the load of all other tests. */
const TIMEOUT_MS = 120_000;

async function foundBy(fault: Fault, rounds: number): Promise<readonly string[]> {
  const outcome = await runFault(fault, {
    rounds,
    seed: SEED,
    faultToo: true,
    controlsToo: false,
    say() {},
  });
  return outcome.parts.flatMap(({ problems }) => problems);
}

describe('a fault script', () => {
  test('has a negative control', () => {
    for (const { name, controls } of FAULTS) expect(controls, name).not.toEqual([]);
  });

  for (const patch of readdirSync('test/faults/controls')) {
    test(`has a control that still fits the tree: ${patch}`, () => {
      const dir = mkdtempSync(join(tmpdir(), 'furlong-control-'));
      try {
        expect(() => patchedTree(dir, patch)).not.toThrow();
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }
});

describeWithTool('strace', 'a server killed at numbered system calls', () => {
  test(
    'loses, doubles and misprices nothing',
    async () => expect(await foundBy(kill, 2)).toEqual([]),
    TIMEOUT_MS,
  );
});

describeWithTool('strace', 'a server whose disk fails', () => {
  test(
    'acknowledges nothing more, and ends with the code and the reason',
    async () => expect((await foundBy(eio, 1)).filter((it) => !isAboutTime(it))).toEqual([]),
    TIMEOUT_MS,
  );
});

describe('a data directory with damaged files', () => {
  test(
    'is never served silently',
    async () => expect(await foundBy(flips, 60)).toEqual([]),
    TIMEOUT_MS,
  );
});

describe('a server that was stopped while another took over', () => {
  test(
    'is fenced when it goes on',
    async () => expect(await foundBy(freeze, 1)).toEqual([]),
    TIMEOUT_MS,
  );
});

/** How long a process takes to end depends on what else this machine does meanwhile. */
function isAboutTime(problem: string): boolean {
  return /: ended \d+ ms after it$/.test(problem);
}
