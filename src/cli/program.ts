/**
 * The door to commander: verbs in, one chosen verb with its input out. Nothing runs in here.
 */
import { Command, CommanderError } from 'commander';
import { SOFTWARE } from '../actors/software.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exit.ts';
import type { Input, Verb } from './verb.ts';

export type Parsed =
  | { readonly kind: 'verb'; readonly verb: Verb; readonly input: Input; readonly json: boolean }
  /** Help or a usage error: said already. */
  | { readonly kind: 'said'; readonly code: ExitCode };

export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const GROUPS: Readonly<Record<string, string>> = {
  bet: 'a bet: placed, taken back, cashed (place where no other is named)',
  race: 'races, as stewards run them',
  rules: 'the rule sets that pools are declared with',
  account: 'players’ accounts',
  board: 'tournaments: held, played, audited',
  ops: 'where everything is, and the books',
  'ops dead-letters': 'commands that were given up (list where no other is named)',
  log: 'the log on disk',
  wallet: 'a wallet outside, for trying and testing (serve where no other is named)',
  receipt: 'proofs of bets, for whoever holds one',
  report: 'what happened, from the log alone',
  archive: 'the lists of accepted bets, a day each',
};

const EPILOG = `
Results go to stdout: tables on a terminal, JSON elsewhere or with --json. Progress and errors go
to stderr. Flags go before FURLONG_* variables, those before defaults.

${EXIT_CODES_HELP}

Begin with: furlong dev`;

export function parseArguments(
  argv: readonly string[],
  verbs: readonly Verb[],
  { stdout, stderr }: Streams,
): Parsed {
  let chosen: Parsed | undefined;
  const configure = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({
        writeOut: stdout,
        writeErr: stderr,
        outputError: (text, write) => write(text.replace(/^error: /, 'furlong: ')),
      })
      .showHelpAfterError('(add --help to see what it takes)');
  const program = configure(new Command('furlong'))
    .description('A pari-mutuel totalisator with live tournaments.')
    .usage('<verb> [options]')
    .version(SOFTWARE, '--version', 'which furlong this is')
    .addHelpText('after', EPILOG);
  const groups = new Map<string, Command>();
  const groupIn = (above: Command, path: readonly string[]): Command => {
    const name = path.join(' ');
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group = configure(above.command(path.at(-1) ?? '')).description(GROUPS[name] ?? '');
    groups.set(name, group);
    return group;
  };

  for (const verb of verbs) {
    const words = verb.name.split(' ');
    const last = words.pop() ?? '';
    const parent = words.reduce((above, _, at) => groupIn(above, words.slice(0, at + 1)), program);
    const isDefault = verb.ofGroup === true;
    const command = configure(parent.command(last, { isDefault }))
      .description(verb.about)
      .helpCommand(false);
    for (const { name, about } of verb.takes ?? []) command.argument(name, about);
    for (const { flags, about, required } of verb.options ?? []) {
      if (required) command.requiredOption(flags, about);
      else command.option(flags, about);
    }
    command.option('--json', 'JSON on stdout, also on a terminal');
    if (verb.examples) {
      command.addHelpText(
        'after',
        `\nExamples:\n${verb.examples.map((it) => `  ${it}\n`).join('')}`,
      );
    }
    command.action(() => {
      const { json, ...flags } = command.opts<Record<string, string | boolean | undefined>>();
      const input = { taken: command.args, flags };
      chosen = { kind: 'verb', verb, input, json: json === true };
    });
  }

  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'said', code: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  }
  return chosen ?? { kind: 'said', code: EXIT.usage };
}
