/**
 * `furlong wallet`: the reference wallet as a process of its own, which plays the account system
 * outside: near or far, slow, faulty, or down. `furlong wallet show` reads its file.
 */
import { existsSync } from 'node:fs';
import { messageOf } from '../runtime/thrown.ts';
import {
  CorruptJournalError,
  openWalletServer,
  readWallet,
  type WalletServer,
} from '../wallet/server.ts';
import { EXIT, Refused, reading, UsageError } from './exit.ts';
import { tableLines } from './output.ts';
import { formatAmount, parseAmount, parseId, parseWhole } from './values.ts';
import { type Input, type Option, optionalText, type Verb } from './verb.ts';

const DATA: Option = {
  flags: '--data <file>',
  about: 'its journal, made where it is not',
  required: true,
};
/** It has no identity: never on a public address, whatever FURLONG_HOST says for the server. */
const HOST = '127.0.0.1';
/** Not FURLONG_PORT, which is the server's. */
const PORT = 50_061;
const OPENING_CENTS = 10_000n;
const DELAY_MAX_MS = 600_000;
const EVERY_MAX = 1_000_000;

const serve: Verb = {
  name: 'wallet serve',
  about: 'run the reference wallet (docs/WALLET.md) until SIGTERM',
  ofGroup: true,
  lasting: true,
  options: [
    DATA,
    {
      flags: '--port <number>',
      about: 'to listen on, on 127.0.0.1 (default 50061; 0 takes a free one)',
    },
    {
      flags: '--opening <units>',
      about: 'what a player has who is asked about for the first time (default 100.00)',
    },
    { flags: '--blocked <players>', about: 'ids, by commas: their stakes are declined' },
    { flags: '--delay-ms <ms>', about: 'wait so long before every answer' },
    { flags: '--fail-every <count>', about: 'fail every so many calls as unavailable' },
    { flags: '--drop-every <count>', about: 'carry out every so many calls and never answer' },
  ],
  examples: [
    'furlong wallet --data ./wallet.jsonl',
    'furlong wallet --data ./wallet.jsonl --delay-ms 800 --drop-every 5',
  ],
  async run(input, { config, output, signal, clock }) {
    const file = fileOf(config.data);
    const opening = optionalText(input, 'opening');
    const blocked = optionalText(input, 'blocked')?.split(',') ?? [];
    const server = await opened({
      file,
      host: HOST,
      port: input.flags.port === undefined ? PORT : config.port,
      openingCents: Number(
        opening === undefined ? OPENING_CENTS : parseAmount(opening, '--opening'),
      ),
      blocked: blocked.map((it) => parseId(it.trim(), '--blocked')),
      faults: {
        delayMs: wholeOf(input, 'delayMs', '--delay-ms', DELAY_MAX_MS),
        failEvery: wholeOf(input, 'failEvery', '--fail-every', EVERY_MAX),
        dropEvery: wholeOf(input, 'dropEvery', '--drop-every', EVERY_MAX),
      },
      clock,
    });
    const walletAddress = `${HOST}:${server.port}`;
    output.show({
      json: () => ({ walletAddress, file }),
      human: () => [`wallet  ${walletAddress}`, `file    ${file}`, 'Ctrl-C stops.'],
    });
    const stopped = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const failure = await Promise.race([stopped, server.failed]);
    await server.close();
    if (failure) throw new Refused(`the wallet cannot write ${file}: ${failure.message}`);
    return EXIT.ok;
  },
};

const show: Verb = {
  name: 'wallet show',
  about: 'what the journal of a reference wallet says that players have',
  options: [DATA],
  async run(_input, { config, output }) {
    const file = fileOf(config.data);
    if (!existsSync(file)) throw new Refused(`there is no wallet at ${file}`);
    const accounts = reading('the wallet cannot be shown', () => readWallet(file));
    const right = { align: 'right' } as const;
    output.show({
      json: () => ({ accounts: accounts.map((it) => ({ ...it })) }),
      human: () =>
        tableLines(
          [{ title: 'player' }, { title: 'balance', ...right }, { title: 'held', ...right }],
          accounts.map((it) => [it.player, formatAmount(it.balance), formatAmount(it.held)]),
          output.style,
        ),
    });
    return EXIT.ok;
  },
};

export const walletVerbs: readonly Verb[] = [serve, show];

async function opened(options: Parameters<typeof openWalletServer>[0]): Promise<WalletServer> {
  try {
    return await openWalletServer(options);
  } catch (error) {
    const code = error instanceof CorruptJournalError ? EXIT.badData : EXIT.failed;
    throw new Refused(`the wallet cannot start: ${messageOf(error)}`, code);
  }
}

function fileOf(data: string | undefined): string {
  if (data === undefined) throw new UsageError('say where the journal is: --data FILE');
  return data;
}

function wholeOf(input: Input, option: string, name: string, max: number): number {
  const text = optionalText(input, option);
  return text === undefined ? 0 : parseWhole(text, name, [0, max]);
}
