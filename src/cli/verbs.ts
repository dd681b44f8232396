/**
 * Where the verbs are, by their first word. A verb's modules are read when it is named: a server
 * that starts again waits for no auditor's code.
 */
import type { Verb } from './verb.ts';

/** In the order of the help. */
const FAMILIES: Readonly<Record<string, () => Promise<readonly Verb[]>>> = {
  dev: async () => [(await import('./dev.ts')).dev],
  serve: async () => [(await import('./serve.ts')).serve],
  bet: async () => [...(await import('./bet.ts')).betVerbs, (await import('./receipt.ts')).ofBet],
  price: async () => [(await import('./price.ts')).price],
  race: async () => (await import('./race.ts')).raceVerbs,
  rules: async () => (await import('./rules.ts')).rulesVerbs,
  account: async () => (await import('./account.ts')).accountVerbs,
  board: async () => (await import('./board.ts')).boardVerbs,
  ops: async () => (await import('./ops.ts')).opsVerbs,
  log: async () => (await import('./log.ts')).logVerbs,
  receipt: async () => [(await import('./receipt.ts')).verify],
  report: async () => (await import('./report.ts')).reportVerbs,
  backup: async () => [(await import('./backup.ts')).backup],
  restore: async () => [(await import('./backup.ts')).restore],
  archive: async () => (await import('./archive.ts')).archiveVerbs,
  doctor: async () => [(await import('./doctor.ts')).doctor],
  wallet: async () => (await import('./wallet.ts')).walletVerbs,
};

export async function allVerbs(): Promise<readonly Verb[]> {
  return (await Promise.all(Object.values(FAMILIES).map((load) => load()))).flat();
}

/** Those that the words may mean: of one family where they begin with its name, else all. */
export async function verbsFor([first = '']: readonly string[]): Promise<readonly Verb[]> {
  const load = Object.hasOwn(FAMILIES, first) ? FAMILIES[first] : undefined;
  return load === undefined ? allVerbs() : load();
}
