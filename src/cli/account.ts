/** `furlong account`: open, deposit, withdraw, show, expire-claims. Awards are in awards.ts. */

import type { Client } from '../client/client.ts';
import { type Account, AccountSchema } from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { awardVerbs } from './awards.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { fieldLines, messageJson, type Output } from './output.ts';
import { formatAmount, parseAmount, parseId } from './values.ts';
import {
  ADDRESS,
  type Argument,
  type Input,
  type Option,
  optionalText,
  type Scene,
  takenAt,
  type Verb,
} from './verb.ts';

const PLAYER: Argument = { name: '<player>', about: 'id of the player' };
const AMOUNT: Argument = { name: '<amount>', about: 'units, such as 100.00' };
const REQUEST: Option = {
  flags: '--request <id>',
  about: 'of the change; the same again changes nothing (default: a new one)',
};

const open: Verb = {
  name: 'account open',
  about: 'open an account',
  takes: [PLAYER],
  options: [
    { flags: '--alias <name>', about: 'shown on boards (default: the player’s id)' },
    { flags: '--in-wallet', about: 'the money stays in the server’s wallet, for good' },
    REQUEST,
    ADDRESS,
  ],
  run: (input, scene) => {
    const playerId = playerOf(input);
    const alias = optionalText(input, 'alias') ?? playerId;
    const where = input.flags.inWallet === true ? { inWallet: true } : {};
    return change(input, scene, ({ accounts }, requestId) =>
      accounts.openAccount({ requestId, playerId, alias, ...where }),
    );
  },
};

const deposit: Verb = {
  name: 'account deposit',
  about: 'put money into an account',
  takes: [PLAYER, AMOUNT],
  options: [REQUEST, ADDRESS],
  run: (input, scene) => {
    const move = { playerId: playerOf(input), amountCents: amountOf(input) };
    return change(input, scene, ({ accounts }, requestId) =>
      accounts.deposit({ requestId, ...move }),
    );
  },
};

const withdraw: Verb = {
  name: 'account withdraw',
  about: 'take free money out of an account',
  takes: [PLAYER, AMOUNT],
  options: [REQUEST, ADDRESS],
  run: (input, scene) => {
    const move = { playerId: playerOf(input), amountCents: amountOf(input) };
    return change(input, scene, ({ accounts }, requestId) =>
      accounts.withdraw({ requestId, ...move }),
    );
  },
};

const show: Verb = {
  name: 'account show',
  about: 'show an account',
  takes: [PLAYER],
  options: [ADDRESS],
  async run(input, { connect, output }) {
    const playerId = playerOf(input);
    const { accounts } = connect();
    const { account } = await accounts.getAccount({ playerId });
    return showAccount(account, output);
  },
};

const expireClaims: Verb = {
  name: 'account expire-claims',
  about: 'give to the house what nobody claimed in time',
  takes: [PLAYER],
  options: [ADDRESS],
  examples: ['furlong account expire-claims demo'],
  async run(input, { connect, output }) {
    const playerId = playerOf(input);
    const { accounts } = connect();
    let answer = await accounts.expireClaims({ playerId });
    // Each call takes some of what is due, so that there is less every time.
    while (answer.due > 0) answer = await accounts.expireClaims({ playerId });
    return showAccount(answer.account, output);
  },
};

export const accountVerbs: readonly Verb[] = [
  open,
  deposit,
  withdraw,
  show,
  expireClaims,
  ...awardVerbs,
];

async function change(
  input: Input,
  { connect, output, newId }: Scene,
  call: (client: Client, requestId: string) => Promise<{ readonly account?: Account | undefined }>,
): Promise<ExitCode> {
  const given = optionalText(input, 'request');
  const requestId = given === undefined ? newId() : parseId(given, '--request');
  const client = connect();
  if (given === undefined) {
    output.note(`request ${requestId}; to ask again add --request ${requestId}`);
  }
  const { account } = await call(client, requestId);
  return showAccount(account, output);
}

function showAccount(account: Account | undefined, output: Output): ExitCode {
  if (!account) throw new Error('the server answered without an account');
  const fields: [string, string][] = [
    ['player', account.playerId],
    ['alias', account.alias],
    ['free', formatAmount(account.freeCents)],
    ['held', formatAmount(account.heldCents)],
    ['unclaimed', formatAmount(account.unclaimedCents)],
    ['open bets', String(account.openBets)],
    ['tournaments', account.tournamentIds.join(', ') || 'none'],
  ];
  if (account.awardCents > 0n) fields.push(['awards to claim', formatAmount(account.awardCents)]);
  if (account.inWallet) {
    fields.push(['money', 'in the wallet']);
    fields.push(['on its way there', formatAmount(account.creditingCents)]);
    fields.push(['wallet owes answers', String(account.walletCalls)]);
  }
  if (account.owedCents > 0n) fields.push(['owed', formatAmount(account.owedCents)]);
  output.show({
    json: () => messageJson(AccountSchema, account),
    human: () => fieldLines(fields, output.style),
  });
  return EXIT.ok;
}

function playerOf(input: Input): string {
  return parseId(takenAt(input, 0), '<player>');
}

function amountOf(input: Input): bigint {
  return parseAmount(takenAt(input, 1), '<amount>');
}
