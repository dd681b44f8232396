/** The real programme, read once for all tests of a file. */
import { fileURLToPath } from 'node:url';
import { readProgramme } from '../../../src/day/programme.ts';

export const DIR = fileURLToPath(new URL('../../../examples/sha-tin-2026-03-15', import.meta.url));

export const programme = readProgramme(DIR);

/** The race of that number. */
export function raceOf(number: number) {
  const race = programme.races[number - 1];
  if (!race) throw new Error(`no race ${number}`);
  return race;
}
