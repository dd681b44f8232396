/**
 * Receipts of bets and other proofs out of the log: asked for, made from the files, checked. Checking
 * needs neither a server nor a log: a file and a public key.
 */
import { writeFileSync } from 'node:fs';
import { UnknownPartitionError } from '../audit/bounds.ts';
import {
  type CheckedCheckpoint,
  checkCheckpoint,
  checkReceipt,
  type Made,
  proveBet,
  proveRecord,
  publicKeys,
  type Receipt,
  retireKey,
} from '../audit/receipt.ts';
import { rpcFailureOf } from '../client/rpc-failure.ts';
import { messageOf } from '../runtime/thrown.ts';
import { EXIT, type ExitCode, Refused, UsageError } from './exit.ts';
import { readText } from './json-file.ts';
import { dataOf } from './log-data.ts';
import { fieldLines, type Output } from './output.ts';
import { formatAmount, formatCount, formatLegs, parseId, parseWhole } from './values.ts';
import {
  ADDRESS,
  type Input,
  type Option,
  optionalText,
  type Scene,
  takenAt,
  textOf,
  type Verb,
} from './verb.ts';

/** A proof has at most some fifty lines, and a record that is a million times larger than most. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

const WAIT_DEFAULT_S = 30;
const WAIT_MAX_S = 3_600;
/** What passes by itself: the log is not signed yet, or who signs it is starting. */
const WAITED_OUT: ReadonlySet<string> = new Set(['receipt-unsigned', 'notary-away']);

const VKEY = /^[^+\s]+\+[0-9a-f]{8}\+\S+$/;

const PARTITION_MAX = 1_023;
const POSITION_MAX = 999_999_999;

export const KEY: Option = {
  flags: '--key <vkey>',
  about: 'public key of the log, as furlong log key prints it, or a file with such lines',
};

const DATA: Option = { flags: '--data <dir>', about: 'the data directory, read without a server' };
const OUT: Option = { flags: '--out <file>', about: 'where to write it (default stdout)' };

export const ofBet: Verb = {
  name: 'bet receipt',
  about: 'the proof that a bet is in its pool, for whoever holds the ticket to keep',
  takes: [{ name: '<bet>', about: 'its id' }],
  options: [
    { flags: '--player <id>', about: 'whose bet', required: true },
    DATA,
    {
      flags: '--wait <seconds>',
      about: `for the log to be signed with the bet in it (default ${WAIT_DEFAULT_S})`,
    },
    OUT,
    ADDRESS,
  ],
  examples: ['furlong bet receipt my-bet --player demo --out my-bet.tlog-proof'],
  async run(input, scene) {
    const bet = parseId(takenAt(input, 0), '<bet>');
    const player = parseId(textOf(input, 'player'), '--player');
    const data = optionalText(input, 'data');
    if (data === undefined) {
      return handOut(
        await receiptFrom(scene, input, { playerId: player, betId: bet }),
        input,
        scene,
      );
    }
    const dir = dataOf({ data });
    const made = making(() => proveBet(dir, { player, bet }));
    return handOut(textIn(made, `bet ${bet} of player ${player}`), input, scene);
  },
};

export const ofRecord: Verb = {
  name: 'log proof',
  about: 'the proof that a record is in the log, by its place',
  options: [
    { ...DATA, required: true },
    { flags: '--partition <number>', about: 'from 0', required: true },
    { flags: '--position <number>', about: 'from 1', required: true },
    OUT,
  ],
  examples: ['furlong log proof --data ./data --partition 0 --position 1200'],
  async run(input, scene) {
    const dir = dataOf({ data: textOf(input, 'data') });
    const partition = parseWhole(textOf(input, 'partition'), '--partition', [0, PARTITION_MAX]);
    const position = parseWhole(textOf(input, 'position'), '--position', [1, POSITION_MAX]);
    const made = making(() => proveRecord(dir, { partition, position }));
    return handOut(textIn(made, `record ${position} of partition ${partition}`), input, scene);
  },
};

export const key: Verb = {
  name: 'log key',
  about: 'the public keys that a log’s receipts and checkpoints are checked with',
  options: [
    { ...DATA, required: true },
    {
      flags: '--rotate',
      about: 'retire the key that signs and make another; its server is stopped',
    },
  ],
  async run(input, { output }) {
    const dir = dataOf({ data: textOf(input, 'data') });
    if (input.flags.rotate === true) making(() => retireKey(dir), EXIT.failed);
    const keys = making(() => publicKeys(dir));
    if (keys === undefined) {
      throw new Refused(`${dir} was never signed: start its server once, and it makes its key`);
    }
    output.lines(keys.flatMap(({ vkeys }) => vkeys));
    return EXIT.ok;
  },
};

export const verify: Verb = {
  name: 'receipt verify',
  about:
    'what a receipt proves, with the log’s public key alone; ends with 65 where it proves nothing',
  takes: [{ name: '<file>', about: 'the receipt; - is stdin' }],
  options: [{ ...KEY, required: true }],
  examples: ['furlong receipt verify my-bet.tlog-proof --key furlong.vkeys'],
  async run(input, { output }) {
    const text = await readText(takenAt(input, 0), { maxBytes: FILE_MAX_BYTES });
    const checked = checkReceipt(text, await keysIn(textOf(input, 'key')));
    if (!checked.ok) throw new Refused(`this proves nothing: ${checked.why}`, EXIT.badData);
    const { receipt } = checked;
    output.show({ json: () => jsonOf(receipt), human: () => receiptLines(receipt, output) });
    return EXIT.ok;
  },
};

/** The checkpoint of `--checkpoint`, if one was given. @throws UsageError, Refused (65) */
export async function publishedIn(input: Input): Promise<readonly CheckedCheckpoint[]> {
  const file = optionalText(input, 'checkpoint');
  const keys = optionalText(input, 'key');
  if (file === undefined) {
    if (keys === undefined) return [];
    throw new UsageError('--key is what --checkpoint FILE is checked with: say which file');
  }
  if (keys === undefined) throw new UsageError('say who signed the checkpoint: --key VKEY');
  const note = await readText(file, { maxBytes: FILE_MAX_BYTES });
  const opened = checkCheckpoint(note, await keysIn(keys));
  if (opened.ok) return [opened.head];
  throw new Refused(`${file} is no checkpoint of that key: ${opened.why}`, EXIT.badData);
}

/** @throws UsageError where there is none, or something else. */
async function keysIn(given: string): Promise<string[]> {
  if (VKEY.test(given)) return [given];
  const lines = (await readText(given, { maxBytes: FILE_MAX_BYTES })).split('\n');
  const keys = lines.map((line) => line.trim()).filter((it) => it !== '' && !it.startsWith('#'));
  const strange = keys.find((it) => !VKEY.test(it));
  if (strange === undefined && keys.length > 0) return keys;
  const said = strange === undefined ? 'holds no key' : `holds ${JSON.stringify(strange)}, no key`;
  throw new UsageError(`${given} ${said}: give what furlong log key prints`);
}

/** Asks again, as long as the log is not signed with the bet in it and there is time. */
async function receiptFrom(
  { connect, clock, output }: Scene,
  input: Input,
  request: { readonly playerId: string; readonly betId: string },
): Promise<string> {
  const given = optionalText(input, 'wait');
  const waitS = given === undefined ? WAIT_DEFAULT_S : parseWhole(given, '--wait', [0, WAIT_MAX_S]);
  const untilMs = clock.now() + waitS * 1000;
  const client = connect();
  for (let told = false; ; told = true) {
    try {
      return (await client.betting.getReceipt(request)).receipt;
    } catch (error) {
      const failure = rpcFailureOf(error);
      const retryMs = WAITED_OUT.has(failure?.reason ?? '') ? failure?.retryAfterMs : undefined;
      if (retryMs === undefined || clock.now() + retryMs > untilMs) throw error;
      if (!told)
        output.note('the log is not signed with this bet in it yet; asking again until it is');
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
  }
}

/** @throws Refused where the files cannot be read, or are not what was signed. */
function making<Result>(make: () => Result, code: ExitCode = EXIT.badData): Result {
  try {
    return make();
  } catch (error) {
    const problem = messageOf(error);
    if (error instanceof UnknownPartitionError) throw new UsageError(problem);
    throw new Refused(problem, code);
  }
}

function textIn(made: Made, what: string): string {
  if (made.kind === 'proof') return made.text;
  if (made.size === made.records) throw new Refused(`${what} is not in the log`);
  throw new Refused(
    `${what} is not among the ${formatCount(made.size)} records that were signed: its server signs what is new every few seconds`,
    EXIT.tryAgain,
  );
}

/** The text as it is, for programs and people: its form is fixed by others. */
function handOut(text: string, input: Input, { output }: Scene): ExitCode {
  const file = optionalText(input, 'out');
  if (file === undefined) {
    output.lines(text.replace(/\n$/, '').split('\n'));
    return EXIT.ok;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Refused(messageOf(error));
  }
  output.note(
    `written to ${file}; check it with: furlong receipt verify ${file} --key VKEY (furlong log key)`,
  );
  return EXIT.ok;
}

function jsonOf({ bet, atMs, ...receipt }: Receipt) {
  return {
    proven: true,
    ...receipt,
    time: new Date(atMs).toISOString(),
    bet: bet === undefined ? null : { ...bet, legs: bet.legs.map((leg) => [...leg]) },
  };
}

function receiptLines(receipt: Receipt, { style }: Output): string[] {
  const { origin, size, position, stream, event, atMs, bet } = receipt;
  const time = (ms: number) => (ms === 0 ? 'unknown' : new Date(ms).toISOString());
  const signed: [string, string][] = [
    ['log', origin],
    ['record', `${formatCount(position)} of ${formatCount(size)} that were signed`],
    ['recorded', time(atMs)],
  ];
  const fields: [string, string][] =
    bet === undefined
      ? [['what', `${event} of ${stream}`], ...signed]
      : [
          ['bet', bet.bet],
          ['player', bet.player],
          ['race, pool', `${bet.race}, ${bet.pool}`],
          ['runners', formatLegs(bet.legs.map((runners) => ({ runners })))],
          ['stake', `${formatAmount(bet.stakeCents)} on each of ${formatCount(bet.combinations)}`],
          ['cost', formatAmount(bet.costCents)],
          ['placed', time(bet.placedAtMs)],
          ['ticket', `${formatCount(bet.ticket)} in its pool`],
          ...signed,
        ];
  const verdict = bet === undefined ? 'this record is in the log' : 'this bet is in its pool';
  return [...fieldLines(fields, style), style('green', `proven: ${verdict}`)];
}
