/** `furlong board close`, `official` and what else an operator orders: each is on record with who and why. */
import type { Client } from '../client/client.ts';
import {
  ChangeRulesResponseSchema,
  HoldReason,
  type Tournament,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { secondOf, secondOption } from './authorisation.ts';
import { EXIT } from './exit.ts';
import { messageJson } from './output.ts';
import { diffLines, showTournament, TOURNAMENT, tournamentLines } from './tournament-lines.ts';
import { parseId, parseOneOf, parseWhole } from './values.ts';
import {
  ADDRESS,
  type Argument,
  actorOf,
  type Input,
  OPERATOR,
  type Option,
  takenAt,
  textOf,
  type Verb,
} from './verb.ts';

const PLAYER: Argument = { name: '<player>', about: 'whose awards' };
const REASON: Option = { flags: '--reason <text>', about: 'why, for the record', required: true };
const SECOND = secondOption('operator');
const HOLDS: Readonly<Record<string, HoldReason>> = {
  kyc: HoldReason.KYC,
  aml: HoldReason.AML,
  'fraud-review': HoldReason.FRAUD_REVIEW,
};
const SNAPSHOT_MAX = 999_999_999;

type Tournaments = Client['tournaments'];
interface Deed {
  readonly tournamentId: string;
  readonly operator: string;
  readonly reason: string;
}
type Answer = Promise<{ readonly tournament?: Tournament | undefined }>;

/** A verb that changes a tournament and shows it afterwards. */
function order(
  name: string,
  about: string,
  more: {
    readonly takes?: readonly Argument[];
    readonly options?: readonly Option[];
    readonly examples: readonly string[];
  },
  /** Reads its own part of the input at once: a bad value must not wait for a server. */
  prepare: (input: Input) => (tournaments: Tournaments, deed: Deed) => Answer,
): Verb {
  return {
    name: `board ${name}`,
    about,
    takes: [TOURNAMENT, ...(more.takes ?? [])],
    options: [REASON, ...(more.options ?? []), OPERATOR, ADDRESS],
    examples: more.examples,
    async run(input, { connect, output }) {
      const deed = deedOf(input);
      const call = prepare(input);
      const { tournament } = await call(connect().tournaments, deed);
      return showTournament(tournament, output);
    },
  };
}

function deedOf(input: Input): Deed {
  return {
    tournamentId: parseId(takenAt(input, 0), '<tournament>'),
    operator: actorOf(input, 'operator'),
    reason: textOf(input, 'reason'),
  };
}

const changeRules: Verb = {
  name: 'board change-rules',
  about: 'score by another rule set: everything is counted again; shows who moved',
  takes: [TOURNAMENT, { name: '<id>', about: 'name@version, see board rule-sets' }],
  options: [REASON, OPERATOR, ADDRESS],
  examples: ['furlong board change-rules sunday multiplier-best-5@1 --reason "wrong table"'],
  async run(input, { connect, output }) {
    const request = { ...deedOf(input), scoringRuleSetId: takenAt(input, 1) };
    const answer = await connect().tournaments.changeRules(request);
    const { tournament, diff } = answer;
    if (!tournament) throw new Error('the server answered without a tournament');
    output.show({
      json: () => messageJson(ChangeRulesResponseSchema, answer),
      human: () => [...tournamentLines(tournament, output), ...diffLines(diff, output)],
    });
    return EXIT.ok;
  },
};

export const orderVerbs: readonly Verb[] = [
  order(
    'close',
    'the cut-off: what comes after counts only if it happened before, while the window is open',
    { examples: ['furlong board close sunday --reason "last race is run" --operator jo'] },
    () => (tournaments, deed) => tournaments.closeTournament(deed),
  ),
  order(
    'official',
    'end the review: the result is final, and prizes are paid',
    {
      options: [SECOND],
      examples: [
        'furlong board official sunday --reason checked --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) => tournaments.makeResultOfficial({ ...deed, authorisedBy });
    },
  ),
  order(
    'correct',
    'make the next version of an official result, from the standings as they are now',
    {
      options: [SECOND],
      examples: [
        'furlong board correct sunday --reason "race 3 corrected" --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) => tournaments.correctResult({ ...deed, authorisedBy });
    },
  ),
  order(
    'roll-back',
    'the standings of a snapshot again; what came since is set aside, not lost',
    {
      takes: [{ name: '<number>', about: 'as board snapshots lists it' }],
      options: [SECOND],
      examples: [
        'furlong board roll-back sunday 4 --reason "bad feed" --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const number = BigInt(parseWhole(takenAt(input, 1), '<number>', [1, SNAPSHOT_MAX]));
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) =>
        tournaments.rollBackTournament({ ...deed, number, authorisedBy });
    },
  ),
  order(
    'replay-aside',
    'count again what roll-backs set aside',
    {
      options: [SECOND],
      examples: [
        'furlong board replay-aside sunday --reason "feed checked" --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) => tournaments.replayTournament({ ...deed, authorisedBy });
    },
  ),
  order(
    'drop-aside',
    'drop for good what roll-backs set aside; no outcome of it is waited for',
    {
      options: [SECOND],
      examples: [
        'furlong board drop-aside sunday --reason "a broken feed" --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) =>
        tournaments.replayTournament({ ...deed, authorisedBy, drop: true });
    },
  ),
  changeRules,
  order(
    'hold',
    'keep a player’s awards until they are released or denied; nobody else waits',
    {
      takes: [PLAYER],
      options: [{ flags: '--for <what>', about: 'kyc, aml or fraud-review', required: true }],
      examples: ['furlong board hold sunday ann --for kyc --reason "passport expired"'],
    },
    (input) => {
      const playerId = parseId(takenAt(input, 1), '<player>');
      const hold = parseOneOf(textOf(input, 'for'), '--for', HOLDS);
      return (tournaments, deed) => tournaments.holdAward({ ...deed, playerId, hold });
    },
  ),
  order(
    'release',
    'let a held player’s awards be paid',
    {
      takes: [PLAYER],
      examples: ['furlong board release sunday ann --reason "new passport seen"'],
    },
    (input) => {
      const playerId = parseId(takenAt(input, 1), '<player>');
      return (tournaments, deed) => tournaments.releaseAward({ ...deed, playerId });
    },
  ),
  order(
    'deny',
    'give a held player’s awards to nobody, for good',
    {
      takes: [PLAYER],
      options: [SECOND],
      examples: [
        'furlong board deny sunday ann --reason "two accounts" --operator jo --authorised-by kim',
      ],
    },
    (input) => {
      const playerId = parseId(takenAt(input, 1), '<player>');
      const authorisedBy = secondOf(input, 'operator');
      return (tournaments, deed) => tournaments.denyAward({ ...deed, playerId, authorisedBy });
    },
  ),
];
