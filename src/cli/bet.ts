/**
 * `furlong bet`: places, takes back and cashes one bet. The id makes placing safe to repeat; it is
 * printed before the call. The other two are safe anyway: a bet leaves its pool, or is paid, once.
 */
import {
  type Bet,
  BetSchema,
  BetStatusSchema,
  ClaimStatus,
  ClaimStatusSchema,
  Formula,
  FormulaSchema,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import { EXIT, type ExitCode, UsageError } from './exit.ts';
import { fieldLines, messageJson, type Output } from './output.ts';
import {
  formatAmount,
  formatCount,
  formatEnum,
  formatLegs,
  parseAmount,
  parseId,
  parseLegs,
  parseRunners,
  parseWhole,
} from './values.ts';
import {
  ADDRESS,
  type Argument,
  type Input,
  type Option,
  optionalText,
  takenAt,
  textOf,
  type Verb,
} from './verb.ts';

/**
 * Long enough for a loaded server, and longer than the 5 s in which a wallet outside must answer, so that
 * its silence is told as such; short enough for somebody waiting at a terminal.
 */
const BET_TIMEOUT_MS = 8_000;

/** The bet type with the most has seven; the contract leaves one more. */
const PICKS_MAX = 8;

const RUNNER_MAX = 99;

const CHANNEL_PATTERN = /^[a-z0-9-]{1,32}$/;

const FORMULAS: Readonly<Record<string, Formula>> = {
  unit: Formula.UNIT,
  combined: Formula.COMBINED,
  'all-orders': Formula.ALL_ORDERS,
  field: Formula.FIELD,
  'field-all-orders': Formula.FIELD_ALL_ORDERS,
  positions: Formula.POSITIONS,
  legs: Formula.LEGS,
};

const place: Verb = {
  name: 'bet place',
  about: 'place a bet',
  ofGroup: true,
  options: [
    { flags: '--player <id>', about: 'whose money', required: true },
    { flags: '--race <id>', about: 'the race, or the first leg', required: true },
    { flags: '--pool <id>', about: 'win, place, big5', required: true },
    { flags: '--runners <numbers>', about: 'one list: 3 or 3,5' },
    { flags: '--legs <lists>', about: 'several lists, as the formula reads them: 1,2/3/4/5,6/7' },
    {
      flags: '--formula <name>',
      about: `${Object.keys(FORMULAS).join(', ')} (default: combined, or legs over several races)`,
    },
    {
      flags: '--picks <count>',
      about: 'runners of one combination, where the bet leaves a choice',
    },
    { flags: '--alternate <numbers>', about: 'stands in for a non-runner: 7, or by leg 7,0,4' },
    { flags: '--stake <units>', about: 'on each combination, such as 2.00', required: true },
    { flags: '--flexi <percent>', about: 'which part of a base stake that is (default 100)' },
    { flags: '--channel <name>', about: 'where it is sold (default online)' },
    { flags: '--id <id>', about: 'of the bet; the same again moves no money (default: a new one)' },
    ADDRESS,
  ],
  examples: [
    'furlong bet place --player demo --race sha-tin-r6 --pool win --runners 3 --stake 10.00',
    'furlong bet place --player demo --race sha-tin-r7 --pool big5 --legs 1,2/8/5/4/2,7 --stake 2.00',
    'furlong bet place --player demo --race r1 --pool tierce --formula all-orders --runners 3,5,8 --stake 1.00',
    'furlong bet place --player demo --race r1 --pool multi --picks 5 --runners 1,2,3,4,5,6 --flexi 50 --stake 1.50',
    'furlong bet place --player demo --race r1 --pool tierce --formula field --runners 3,5 --stake 1.00',
  ],
  async run(input, { connect, output, newId }) {
    const request = {
      playerId: parseId(textOf(input, 'player'), '--player'),
      raceId: parseId(textOf(input, 'race'), '--race'),
      poolId: parseId(textOf(input, 'pool'), '--pool'),
      legs: legsOf(input).map((runners) => ({ runners })),
      stakeCents: parseAmount(textOf(input, 'stake'), '--stake'),
      ...termsOf(input),
    };
    const given = optionalText(input, 'id');
    const betId = given === undefined ? newId() : parseId(given, '--id');
    const client = connect();
    // Before the call: whoever loses the answer must know what to ask again.
    if (given === undefined) output.note(`bet ${betId}; to ask again add --id ${betId}`);

    const { bet } = await client.betting.placeBet(
      { ...request, betId },
      { timeoutMs: BET_TIMEOUT_MS },
    );
    return showBet(bet, output);
  },
};

const PLAYER: Argument = { name: '<player>', about: 'whose bet' };
const BET: Argument = { name: '<bet>', about: 'its id' };
const BY: Option = { flags: '--by <name>', about: 'who asks for it, for the record (default cli)' };

const cancel: Verb = {
  name: 'bet cancel',
  about: 'take a bet out of its pool, where its channel allows it and betting goes on',
  takes: [PLAYER, BET],
  options: [BY, ADDRESS],
  examples: ['furlong bet cancel demo my-bet --by "counter 4"'],
  async run(input, { connect, output }) {
    const request = requestOf(input);
    const { bet } = await connect().betting.cancelBet(request, { timeoutMs: BET_TIMEOUT_MS });
    return showBet(bet, output);
  },
};

const claim: Verb = {
  name: 'bet claim',
  about: 'cash a settled bet whose money waits for whoever holds the ticket',
  takes: [PLAYER, BET],
  options: [BY, ADDRESS],
  examples: ['furlong bet claim demo my-bet --by "counter 4"'],
  async run(input, { connect, output }) {
    const request = requestOf(input);
    const { bet } = await connect().betting.claimBet(request, { timeoutMs: BET_TIMEOUT_MS });
    return showBet(bet, output);
  },
};

export const betVerbs: readonly Verb[] = [place, cancel, claim];

function requestOf(input: Input) {
  return {
    playerId: parseId(takenAt(input, 0), '<player>'),
    betId: parseId(takenAt(input, 1), '<bet>'),
    requestedBy: optionalText(input, 'by') ?? 'cli',
  };
}

function legsOf(input: Input): number[][] {
  const [runners, legs] = [optionalText(input, 'runners'), optionalText(input, 'legs')];
  if (runners !== undefined && legs === undefined) return [parseRunners(runners, '--runners')];
  if (legs !== undefined && runners === undefined) return parseLegs(legs, '--legs');
  throw new UsageError('say what to bet on: either --runners 3,5 or --legs 1,2/3/4/5,6/7');
}

/** Only what is given: what is not is for the server to fill in. */
function termsOf(input: Input) {
  const formula = optionalText(input, 'formula');
  const picks = optionalText(input, 'picks');
  const alternate = optionalText(input, 'alternate');
  const flexi = optionalText(input, 'flexi');
  const channel = optionalText(input, 'channel');
  return {
    ...(formula === undefined ? {} : { formula: parseFormula(formula) }),
    ...(picks === undefined ? {} : { picks: parseWhole(picks, '--picks', [1, PICKS_MAX]) }),
    ...(alternate === undefined ? {} : { alternates: parseAlternates(alternate) }),
    ...(flexi === undefined ? {} : { flexiPercent: parseWhole(flexi, '--flexi', [1, 100]) }),
    ...(channel === undefined ? {} : { channel: parseChannel(channel) }),
  };
}

function parseFormula(text: string): Formula {
  const formula = Object.hasOwn(FORMULAS, text) ? FORMULAS[text] : undefined;
  if (formula !== undefined) return formula;
  throw new UsageError(
    `--formula is ${JSON.stringify(text)}, but must be one of ${Object.keys(FORMULAS).join(', ')}`,
  );
}

function parseAlternates(text: string): number[] {
  return text.split(',').map((one) => parseWhole(one.trim(), '--alternate', [0, RUNNER_MAX]));
}

function parseChannel(text: string): string {
  if (CHANNEL_PATTERN.test(text)) return text;
  throw new UsageError(
    `--channel is ${JSON.stringify(text)}, but must be 1 to 32 small letters, digits or -`,
  );
}

function showBet(bet: Bet | undefined, output: Output): ExitCode {
  if (!bet) throw new Error('the server answered without a bet');
  output.show({ json: () => messageJson(BetSchema, bet), human: () => betLines(bet, output) });
  return EXIT.ok;
}

function betLines(bet: Bet, { style }: Output): string[] {
  const fields: [string, string][] = [
    ['bet', bet.betId],
    ['player', bet.playerId],
    ['race, pool', `${bet.raceId}, ${bet.poolId}`],
    ['runners', formatLegs(bet.legs)],
  ];
  if (bet.formula !== Formula.UNSPECIFIED) fields.push(['formula', formulaText(bet)]);
  if (bet.alternates.length > 0) fields.push(['alternates', bet.alternates.join()]);
  fields.push(
    ['stake', `${formatAmount(bet.stakeCents)} on each of ${formatCount(bet.combinations)}`],
    ['cost', formatAmount(bet.costCents)],
  );
  if (bet.flexiPercent > 0 && bet.flexiPercent < 100) {
    fields.push(['flexi', `${bet.flexiPercent} percent`]);
  }
  if (bet.channel !== '') fields.push(['channel', bet.channel]);
  fields.push(['status', formatEnum(BetStatusSchema.value[bet.status]?.name, 'BET_STATUS_')]);
  if (bet.payoutCents > 0n) fields.push(['paid', formatAmount(bet.payoutCents)]);
  if (bet.refundCents > 0n) fields.push(['given back', formatAmount(bet.refundCents)]);
  if (bet.claimStatus !== ClaimStatus.UNSPECIFIED) {
    const name = ClaimStatusSchema.value[bet.claimStatus]?.name;
    fields.push(['money is', formatEnum(name, 'CLAIM_STATUS_')]);
  }
  if (bet.refusalReason !== '') fields.push(['refused for', bet.refusalReason]);
  if (bet.cancelRefusalReason !== '') fields.push(['kept for', bet.cancelRefusalReason]);
  return fieldLines(fields, style);
}

function formulaText({ formula, picks }: Bet): string {
  const name = formatEnum(FormulaSchema.value[formula]?.name, 'FORMULA_');
  return picks === 0 ? name : `${name}, ${picks} a combination`;
}
