/** `furlong account awards`, `claim-award`: what tournaments granted, and what became of it. */
import { create } from '@bufbuild/protobuf';
import {
  type Award,
  AwardSchema,
  AwardStatus,
  AwardStatusSchema,
  ListAwardsResponseSchema,
} from '../gen/furlong/accounts/v1/accounts_pb.ts';
import { EXIT } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { LIMIT, limitOf, readPages } from './pages.ts';
import { formatTime } from './times.ts';
import { formatAmount, formatCount, formatEnum, parseAwardId, parseId } from './values.ts';
import { ADDRESS, type Argument, optionalText, takenAt, type Verb } from './verb.ts';

const PLAYER: Argument = { name: '<player>', about: 'whose awards' };

const list: Verb = {
  name: 'account awards',
  about: 'what tournaments granted a player, newest first: what waits, what became of the others',
  takes: [PLAYER],
  options: [LIMIT, ADDRESS],
  examples: ['furlong account awards demo'],
  async run(input, { connect, output }) {
    const playerId = parseId(takenAt(input, 0), '<player>');
    const limit = limitOf(input);
    const { accounts } = connect();
    const found = await readPages(limit, output, async (page) => {
      const { awards: items, nextPageToken } = await accounts.listAwards({ playerId, ...page });
      return { items, nextPageToken };
    });
    output.show({
      json: () =>
        messageJson(
          ListAwardsResponseSchema,
          create(ListAwardsResponseSchema, {
            awards: [...found.items],
            nextPageToken: found.nextPageToken,
          }),
        ),
      human: () => listLines(found.items, output),
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
      formatTime(it.status === AwardStatus.GRANTED ? it.claimUntilTime : it.settleTime),
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
    ['granted', formatTime(award.grantTime)],
    ['claim until', formatTime(award.claimUntilTime)],
    ['status', statusOf(award)],
    ['settled', formatTime(award.settleTime)],
  ];
  if (award.claimedBy !== '') fields.push(['claimed by', award.claimedBy]);
  return fieldLines(fields, style);
}

function statusOf({ status }: Award): string {
  return formatEnum(AwardStatusSchema.value[status]?.name, 'AWARD_STATUS_');
}
