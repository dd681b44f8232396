/** `furlong account awards`, `claim-award`: what tournaments granted, and what became of it. */
import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import {
  type Award,
  AwardSchema,
  AwardStatus,
  AwardStatusSchema,
  ListAwardsResponseSchema,
} from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { EXIT } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import {
  formatAmount,
  formatCount,
  formatEnum,
  parseAwardId,
  parseId,
  parseWhole,
} from './values.ts';
import { ADDRESS, type Argument, optionalText, takenAt, type Verb } from './verb.ts';

const PLAYER: Argument = { name: '<player>', about: 'whose awards' };

const LIMIT_USUAL = 50;
const LIMIT_MAX = 10_000;
/** The server gives no longer page. */
const PAGE_MAX = 500;

const list: Verb = {
  name: 'account awards',
  about: 'what tournaments granted a player, newest first: what waits, what became of the others',
  takes: [PLAYER],
  options: [
    { flags: '--limit <count>', about: 'at most so many (default 50, at most 10000)' },
    ADDRESS,
  ],
  examples: ['furlong account awards demo'],
  async run(input, { connect, output }) {
    const playerId = parseId(takenAt(input, 0), '<player>');
    const given = optionalText(input, 'limit');
    const limit = given === undefined ? LIMIT_USUAL : parseWhole(given, '--limit', [1, LIMIT_MAX]);
    const { accounts } = connect();
    const found: Award[] = [];
    let pageToken = '';
    do {
      const pageSize = Math.min(limit - found.length, PAGE_MAX);
      const page = await accounts.listAwards({ playerId, pageSize, pageToken });
      found.push(...page.awards);
      pageToken = page.nextPageToken;
    } while (pageToken !== '' && found.length < limit);
    if (pageToken !== '') output.note(`there are more: add --limit, at most ${LIMIT_MAX}`);
    output.show({
      json: () =>
        messageJson(
          ListAwardsResponseSchema,
          create(ListAwardsResponseSchema, { awards: found, nextPageToken: pageToken }),
        ),
      human: () => listLines(found, output),
    });
    return EXIT.ok;
  },
};

const claim: Verb = {
  name: 'account claim-award',
  about: 'pay an award into the account, as long as it can be claimed',
  takes: [PLAYER, { name: '<award>', about: 'as `account awards` lists it' }],
  options: [
    { flags: '--by <name>', about: 'who claims it, for the record (default cli)' },
    ADDRESS,
  ],
  examples: ['furlong account claim-award demo sunday.1.7 --by "counter 4"'],
  async run(input, { connect, output }) {
    const request = {
      playerId: parseId(takenAt(input, 0), '<player>'),
      awardId: parseAwardId(takenAt(input, 1), '<award>'),
      requestedBy: optionalText(input, 'by') ?? 'cli',
    };
    const { award } = await connect().accounts.claimAward(request);
    if (!award) throw new Error('the server answered without an award');
    output.show({
      json: () => messageJson(AwardSchema, award),
      human: () => awardLines(award, output),
    });
    return EXIT.ok;
  },
};

export const awardVerbs: readonly Verb[] = [list, claim];

function listLines(awards: readonly Award[], { style }: Output): string[] {
  if (awards.length === 0) return ['no awards'];
  const right = { align: 'right' } as const;
  return tableLines(
    [
      { title: 'award' },
      { title: 'rank', ...right },
      { title: 'amount', ...right },
      { title: 'status' },
      { title: 'claim until, or settled' },
      { title: 'prize' },
    ],
    awards.map((it) => [
      it.awardId,
      formatCount(it.rank),
      formatAmount(it.amountCents),
      statusOf(it),
      timeText(it.status === AwardStatus.GRANTED ? it.claimUntilTime : it.settleTime),
      it.prize,
    ]),
    style,
  );
}

function awardLines(award: Award, { style }: Output): string[] {
  const fields: [string, string][] = [
    ['award', award.awardId],
    ['tournament', `${award.tournamentId}, result ${award.resultVersion}`],
    ['rank', formatCount(award.rank)],
    ['prize', award.prize],
    ['rule set', award.ruleSetId],
    ['amount', formatAmount(award.amountCents)],
    ['granted', timeText(award.grantTime)],
    ['claim until', timeText(award.claimUntilTime)],
    ['status', statusOf(award)],
    ['settled', timeText(award.settleTime)],
  ];
  if (award.claimedBy !== '') fields.push(['claimed by', award.claimedBy]);
  return fieldLines(fields, style);
}

function statusOf({ status }: Award): string {
  return formatEnum(AwardStatusSchema.value[status]?.name, 'AWARD_STATUS_');
}

function timeText(time: Timestamp | undefined): string {
  return time === undefined ? '' : timestampDate(time).toISOString();
}
