// The examples of a verb's help, run as whoever reads them would: pasted into a shell.
import { execFileSync } from 'node:child_process';

/** For tests that start the program: a busy machine takes its time. */
export const STARTS_MS = 60_000;

/** @returns What it says on stdout. @throws Error where it ends with anything but 0. */
export function runExample(example: string): string {
  const command = example.replace('furlong', `"${process.execPath}" src/main.ts`);
  return execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: 'pipe' });
}

/** What a shell makes of it, where it is no more than words and quotes. */
export function wordsOf(example: string): string[] {
  return [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
