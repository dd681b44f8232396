/** `furlong bet`: places one bet. The id makes it safe to repeat; it is printed before the call. */
import { type Bet, BetSchema, BetStatusSchema } from '../gen/furlong/betting/v1/betting_pb.ts';
import { EXIT, UsageError } from './exit.ts';
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
} from './values.ts';
import { ADDRESS, type Input, optionalText, textOf, type Verb } from './verb.ts';

/** Long enough for a loaded server, short enough for somebody waiting at a terminal. */
const BET_TIMEOUT_MS = 5_000;

export const bet: Verb = {
  name: 'bet',
  about: 'place a bet',
  options: [
    { flags: '--player <id>', about: 'whose money', required: true },
    { flags: '--race <id>', about: 'the race, or the first leg', required: true },
    { flags: '--pool <id>', about: 'win, place, big5', required: true },
    { flags: '--runners <numbers>', about: 'one leg: 3 or 3,5' },
    { flags: '--legs <legs>', about: 'several: 1,2/3/4/5,6/7' },
    { flags: '--stake <units>', about: 'on each combination, such as 2.00', required: true },
    { flags: '--id <id>', about: 'of the bet; the same again moves no money (default: a new one)' },
    ADDRESS,
  ],
  examples: [
    'furlong bet --player demo --race sha-tin-r6 --pool win --runners 3 --stake 10.00',
    'furlong bet --player demo --race sha-tin-r7 --pool big5 --legs 1,2/8/5/4/2,7 --stake 2.00',
  ],
  async run(input, { connect, output, newId }) {
    const request = {
      playerId: parseId(textOf(input, 'player'), '--player'),
      raceId: parseId(textOf(input, 'race'), '--race'),
      poolId: parseId(textOf(input, 'pool'), '--pool'),
      legs: legsOf(input).map((runners) => ({ runners })),
      stakeCents: parseAmount(textOf(input, 'stake'), '--stake'),
    };
    const given = optionalText(input, 'id');
    const betId = given === undefined ? newId() : parseId(given, '--id');
    const client = connect();
    // Before the call: whoever loses the answer must know what to ask again.
    if (given === undefined) output.note(`bet ${betId}; to ask again add --id ${betId}`);

    const { bet: placed } = await client.betting.placeBet(
      { ...request, betId },
      { timeoutMs: BET_TIMEOUT_MS },
    );
    if (!placed) throw new Error('the server answered without a bet');
    output.show({
      json: () => messageJson(BetSchema, placed),
      human: () => betLines(placed, output),
    });
    return EXIT.ok;
  },
};

function legsOf(input: Input): number[][] {
  const [runners, legs] = [optionalText(input, 'runners'), optionalText(input, 'legs')];
  if (runners !== undefined && legs === undefined) return [parseRunners(runners, '--runners')];
  if (legs !== undefined && runners === undefined) return parseLegs(legs, '--legs');
  throw new UsageError('say what to bet on: either --runners 3,5 or --legs 1,2/3/4/5,6/7');
}

function betLines(placed: Bet, { style }: Output): string[] {
  const status = formatEnum(BetStatusSchema.value[placed.status]?.name, 'BET_STATUS_');
  const fields: [string, string][] = [
    ['bet', placed.betId],
    ['player', placed.playerId],
    ['race, pool', `${placed.raceId}, ${placed.poolId}`],
    ['runners', formatLegs(placed.legs)],
    ['stake', `${formatAmount(placed.stakeCents)} on each of ${formatCount(placed.combinations)}`],
    ['cost', formatAmount(placed.costCents)],
    ['status', status],
  ];
  if (placed.payoutCents > 0n) fields.push(['paid', formatAmount(placed.payoutCents)]);
  if (placed.refundCents > 0n) fields.push(['given back', formatAmount(placed.refundCents)]);
  if (placed.refusalReason !== '') fields.push(['refused for', placed.refusalReason]);
  return fieldLines(fields, style);
}
