/**
 * `npm run faults -- NAME`: a fault, thrown at the real server again and again, and its negative
 * controls, which must fail. Progress on stderr, the summary on stdout.
 *
 * Exit codes: 0 nothing wrong and every control failed as it must; 1 something is wrong, or a
 * control did not fail; 2 not a fault; 77 not run, something is missing on this machine.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { NotRun } from './harness/fault.ts';
import { type Outcome, rowOf, runFault } from './harness/play.ts';

const EXIT = { passed: 0, failed: 1, usage: 2, notRun: 77 } as const;
const CONTROL_PROBLEMS_SHOWN = 2;
const TABLE_HEAD = [
  '| fault | rounds | acknowledged | lost | doubled | mispriced | also seen | control |',
  '| ----- | -----: | -----------: | ---: | ------: | --------: | --------- | ------- |',
];

// What was started is ended and what was mounted let go, also where we are told to stop.
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(name, () => process.exit(code));
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seed: { type: 'string' },
      control: { type: 'boolean' },
      'no-control': { type: 'boolean' },
      json: { type: 'boolean' },
      out: { type: 'string' },
    },
  });
  const fault = FAULTS.find(({ name }) => name === positionals[0]);
  const rounds = values.rounds === undefined ? fault?.rounds : wholeOf(values.rounds);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeOf(values.seed);
  if (fault === undefined || positionals.length > 1 || rounds === undefined || seed === undefined) {
    say(
      'usage: npm run faults -- NAME [--rounds N] [--seed N] [--control | --no-control] [--json] [--out FILE]',
    );
    for (const { name, about } of FAULTS) say(`  ${name.padEnd(7)} ${about}`);
    return EXIT.usage;
  }
  try {
    const outcome = await runFault(fault, {
      rounds,
      seed,
      faultToo: values.control !== true,
      controlsToo: values['no-control'] !== true,
      say,
    });
    tell(outcome, values);
    return outcome.passed ? EXIT.passed : EXIT.failed;
  } catch (error) {
    if (!(error instanceof NotRun)) throw error;
    if (values.json) console.log(JSON.stringify({ fault: fault.name, notRun: error.message }));
    console.error(`not run: ${fault.name} - ${error.message}`);
    return EXIT.notRun;
  }
}

function tell(
  outcome: Outcome,
  { json, out }: { json?: boolean | undefined; out?: string | undefined },
): void {
  const line = JSON.stringify(outcome);
  if (out !== undefined) appendFileSync(out, `${line}\n`);
  if (json) {
    console.log(line);
    return;
  }
  for (const { what, problems } of outcome.parts) {
    // What a control found is as it must be, and only shown.
    const shown = what === 'fault' ? problems : problems.slice(0, CONTROL_PROBLEMS_SHOWN);
    for (const it of shown) console.log(`${what}: ${it}`);
  }
  for (const it of [...TABLE_HEAD, rowOf(outcome)]) console.log(it);
  console.log(`${outcome.fault}: ${outcome.passed ? 'passed' : 'FAILED'} (seed ${outcome.seed})`);
}

function wholeOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

function say(line: string): void {
  process.stderr.write(`faults: ${line}\n`);
}
