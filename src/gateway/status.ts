/**
 * What every failure is on the wire: the one file with gRPC codes. docs/ERRORS.md says the same
 * for people, and a test keeps the two in step.
 *
 * Invariant: exactly one rule for each reason; a reason added anywhere does not compile until it
 * has its rule.
 */
import { Code } from '../gen/google/rpc/code_pb.ts';
import type { Failure, Reason } from './failure.ts';

export interface StatusRule {
  readonly code: Code;
  /** Lower case, no full stop; `{name}` stands for the detail of that name. */
  readonly says: string;
  /** The field to mend, for BadRequest. */
  readonly field?: (details: Failure['details']) => string;
  /** What is in the wrong state, for PreconditionFailure. */
  readonly subject?: string;
  /** When to ask again, for RetryInfo. */
  readonly retryMs?: number;
}

const {
  INVALID_ARGUMENT,
  NOT_FOUND,
  ALREADY_EXISTS,
  FAILED_PRECONDITION,
  RESOURCE_EXHAUSTED,
  DEADLINE_EXCEEDED,
  UNAVAILABLE,
  INTERNAL,
} = Code;

const UNKNOWN = 'the outcome is unknown, ask again with the same id';

/** In a bet runners stand in legs, in a result where its path says, in an order to a race alone. */
const runnerField: StatusRule['field'] = ({ leg, path }) =>
  leg === undefined ? (path ?? 'runner') : `legs[${leg}].runners`;
const stakeField = (): string => 'stake_cents';
const legsField = (): string => 'legs';

export const STATUS_RULES: Readonly<Record<Reason, StatusRule>> = {
  // What is not there.
  'unknown-race': { code: NOT_FOUND, says: 'there is no race {race}' },
  'unknown-pool': { code: NOT_FOUND, says: 'race {race} has no pool {pool}' },
  'unknown-player': { code: NOT_FOUND, says: 'there is no player {player}' },
  'unknown-bet': { code: NOT_FOUND, says: 'player {player} has no bet {bet}' },
  'unknown-award': { code: NOT_FOUND, says: 'player {player} has no award {award}' },
  'unknown-tournament': { code: NOT_FOUND, says: 'there is no tournament {tournament}' },
  'unknown-inquiry': { code: NOT_FOUND, says: 'race {race} has no inquiry {inquiry}' },
  'unknown-call': {
    code: NOT_FOUND,
    says: 'player {player} waits for no capture, void or credit {call}',
  },
  'unknown-dead-letter': { code: NOT_FOUND, says: 'there is no dead letter {letter}' },
  'unknown-snapshot': {
    code: NOT_FOUND,
    says: 'tournament {tournament} has no snapshot {snapshot} to go back to',
  },
  'player-not-entered': { code: NOT_FOUND, says: 'player {player} is not in the tournament' },

  // What cannot be right, whenever it is asked.
  malformed: { code: INVALID_ARGUMENT, says: '{field}: {problem}' },
  'unknown-division': {
    code: INVALID_ARGUMENT,
    says: 'tournament {tournament} has no division {division}',
    field: () => 'division',
  },
  'no-teams': {
    code: INVALID_ARGUMENT,
    says: 'tournament {tournament} has no teams, such as {team}',
    field: () => 'team',
  },
  'wrong-number-of-legs': {
    code: INVALID_ARGUMENT,
    says: 'pool {pool} has {needed} legs, the bet has {legs}',
    field: legsField,
  },
  'wrong-number-of-runners': {
    code: INVALID_ARGUMENT,
    says: 'leg {leg} takes one runner or more, each once, not {runners}',
    field: runnerField,
  },
  'unknown-runner': {
    code: INVALID_ARGUMENT,
    says: 'there is no runner {runner}',
    field: runnerField,
  },
  'stake-below-minimum': {
    code: INVALID_ARGUMENT,
    says: 'a stake of {stake} cents is below the minimum of {minimum}',
    field: stakeField,
  },
  'stake-above-maximum': {
    code: INVALID_ARGUMENT,
    says: 'a stake of {stake} cents is above the maximum of {maximum}',
    field: stakeField,
  },
  'stake-not-a-multiple': {
    code: INVALID_ARGUMENT,
    says: 'a stake of {stake} cents is not a multiple of {unit}',
    field: stakeField,
  },
  'too-many-combinations': {
    code: INVALID_ARGUMENT,
    says: '{combinations} combinations are more than the {maximum} that pool {pool} takes',
    field: legsField,
  },
  'wrong-picks': {
    code: INVALID_ARGUMENT,
    says: 'a combination of pool {pool} is told by {needed} picks, not {picks}',
    field: () => 'picks',
  },
  'wrong-selection': {
    code: INVALID_ARGUMENT,
    says: 'formula {formula} cannot be read: {problem}',
    field: legsField,
  },
  'channel-not-sold': {
    code: FAILED_PRECONDITION,
    says: 'pool {pool} is not sold through channel {channel}',
    subject: 'pool',
  },
  'source-removed': {
    code: FAILED_PRECONDITION,
    says: 'pool {pool} takes no more bets from source {source}',
    subject: 'pool',
  },
  'pool-full': {
    code: FAILED_PRECONDITION,
    says: 'pool {pool} has {maximum} tickets already and takes no more',
    subject: 'race/{race}',
  },
  'formula-not-sold': {
    code: INVALID_ARGUMENT,
    says: 'pool {pool} takes no formula {formula}, only {formulas}',
    field: () => 'formula',
  },
  'flexi-not-sold': {
    code: INVALID_ARGUMENT,
    says: 'pool {pool} is not sold at {flexi} percent, only at {sold}',
    field: () => 'flexi_percent',
  },
  'ticket-below-minimum': {
    code: INVALID_ARGUMENT,
    says: 'a ticket of {cost} cents is below the minimum of {minimum}',
    field: stakeField,
  },
  'wrong-combinations': {
    code: INVALID_ARGUMENT,
    says: 'the bet has {counted} combinations, not {given}',
    field: () => 'combinations',
  },
  'cost-too-large': {
    code: INVALID_ARGUMENT,
    says: '{combinations} combinations at {stake} cents cost more than {maximum} cents',
    field: stakeField,
  },
  'bad-position-token': {
    code: INVALID_ARGUMENT,
    says: 'token {token} is not of tournament {tournament}',
    field: () => 'token',
  },
  'bad-page-token': {
    code: INVALID_ARGUMENT,
    says: 'page token {token} is not of this list',
    field: () => 'page_token',
  },
  'unknown-rule-set': {
    code: INVALID_ARGUMENT,
    says: 'there is no rule set {ruleSet}',
    field: ({ index }) => (index === undefined ? 'rule_set_id' : `pools[${index}].rule_set_id`),
  },
  'bad-declaration': {
    code: INVALID_ARGUMENT,
    says: '{path} {problem}',
    field: ({ path }) => path ?? '',
  },
  'runner-twice': {
    code: INVALID_ARGUMENT,
    says: 'runner {runner} is named twice',
    field: ({ path }) => path ?? 'order',
  },
  'empty-place': {
    code: INVALID_ARGUMENT,
    says: '{path} names no runner',
    field: ({ path }) => path ?? 'order',
  },
  'dead-heat-too-large': {
    code: INVALID_ARGUMENT,
    says: '{path} names {runners} runners, more than the {most} that may share a place',
    field: ({ path }) => path ?? 'order',
  },
  'needs-another-steward': {
    code: INVALID_ARGUMENT,
    says: '{steward} gave the order and must not be who authorises it',
    field: () => 'authorised_by',
  },
  'incomplete-result': {
    code: INVALID_ARGUMENT,
    says: '{places} arrived and {needed} are needed, or every starter accounted for',
    field: () => 'order',
  },

  // What could be right at another time.
  'race-not-open': {
    code: FAILED_PRECONDITION,
    says: 'race {race} is {phase}, not open',
    subject: 'race/{race}',
  },
  'leg-not-declared': {
    code: FAILED_PRECONDITION,
    says: 'leg {leg} of pool {pool} is not declared yet',
    subject: 'race/{race}',
  },
  'scratched-runner': {
    code: FAILED_PRECONDITION,
    says: 'runner {runner} is scratched',
    subject: 'race/{race}',
  },
  'wrong-phase': {
    code: FAILED_PRECONDITION,
    says: 'race {race} is {phase}, it must be {needed}',
    subject: 'race/{race}',
  },
  'already-official': {
    code: FAILED_PRECONDITION,
    says: 'race {race} is {phase} and cannot be called off, only its result can be corrected',
    subject: 'race/{race}',
  },
  'too-many-inquiries': {
    code: FAILED_PRECONDITION,
    says: 'race {race} has {maximum} open inquiries already',
    subject: 'race/{race}',
  },
  'rule-set-changed': {
    code: FAILED_PRECONDITION,
    says: 'rule set {ruleSet} was used with another content: give the new content a new version',
    subject: 'rule-set/{ruleSet}',
  },
  'totals-disagree': {
    code: FAILED_PRECONDITION,
    says: 'pool {pool} was kept at {gross} cents and recounted at {recounted}',
    subject: 'race/{race}',
  },
  'insufficient-funds': {
    code: FAILED_PRECONDITION,
    says: '{needed} cents are needed, {free} are free',
    subject: 'player/{player}',
  },
  'balance-too-large': {
    code: FAILED_PRECONDITION,
    says: 'the balance would be above {maximum} cents',
    subject: 'player/{player}',
  },
  'too-many-open-bets': {
    code: FAILED_PRECONDITION,
    says: 'player {player} has {maximum} open bets already',
    subject: 'player/{player}',
  },
  'money-in-wallet': {
    code: FAILED_PRECONDITION,
    says: 'the money of player {player} is kept in the wallet: here only the {owed} cents that are owed can be paid',
    subject: 'player/{player}',
  },
  'wallet-behind': {
    code: FAILED_PRECONDITION,
    says: 'the wallet owes player {player} answers about {maximum} stakes already',
    subject: 'player/{player}',
  },
  'no-wallet': {
    code: FAILED_PRECONDITION,
    says: 'this server was started without --wallet: it can open no account whose money is kept in one',
    subject: 'player/{player}',
  },
  'wallet-declined': {
    code: FAILED_PRECONDITION,
    says: 'the wallet declined: {why}',
    subject: 'player/{player}',
  },
  'wallet-late': {
    code: FAILED_PRECONDITION,
    says: 'the wallet did not answer within {withinMs} ms, no money was taken',
    subject: 'player/{player}',
  },
  'formula-not-counted': {
    code: FAILED_PRECONDITION,
    says: 'formula {formula} cannot be counted here: this gateway does not know pool {pool}',
    subject: 'race/{race}',
  },
  'cancel-window-over': {
    code: FAILED_PRECONDITION,
    says: 'bet {bet} could be cancelled for {seconds} s after it was placed',
    subject: 'player/{player}',
  },
  'race-closed': {
    code: FAILED_PRECONDITION,
    says: 'race {race} is {phase}: no bet on it is cancelled any more',
    subject: 'race/{race}',
  },
  'not-cancellable': {
    code: FAILED_PRECONDITION,
    says: 'bet {bet} is {status} and cannot be cancelled in channel {channel}',
    subject: 'player/{player}',
  },
  'nothing-to-claim': {
    code: FAILED_PRECONDITION,
    says: 'bet {bet} is {status} and has nothing to claim',
    subject: 'player/{player}',
  },
  'claim-expired': {
    code: FAILED_PRECONDITION,
    says: 'nobody claimed bet {bet} in time',
    subject: 'player/{player}',
  },
  'award-expired': {
    code: FAILED_PRECONDITION,
    says: 'nobody claimed award {award} in time',
    subject: 'player/{player}',
  },
  'award-withdrawn': {
    code: FAILED_PRECONDITION,
    says: 'award {award} was taken back: {why}',
    subject: 'player/{player}',
  },
  'tournament-full': {
    code: FAILED_PRECONDITION,
    says: 'tournament {tournament} has {maximum} players already',
    subject: 'tournament/{tournament}',
  },
  'entries-closed': {
    code: FAILED_PRECONDITION,
    says: 'tournament {tournament} is {phase} and takes no more players',
    subject: 'tournament/{tournament}',
  },
  'too-many-teams': {
    code: FAILED_PRECONDITION,
    says: 'tournament {tournament} has {maximum} teams already',
    subject: 'tournament/{tournament}',
  },
  'team-full': {
    code: FAILED_PRECONDITION,
    says: 'team {team} of tournament {tournament} has {maximum} players already',
    subject: 'tournament/{tournament}',
  },
  'wrong-tournament-phase': {
    code: FAILED_PRECONDITION,
    says: 'tournament {tournament} is {phase}, and must be {wanted}',
    subject: 'tournament/{tournament}',
  },
  'rules-unchanged': {
    code: FAILED_PRECONDITION,
    says: 'tournament {tournament} is scored by {ruleSet} already',
    subject: 'tournament/{tournament}',
  },
  'too-many-rule-changes': {
    code: FAILED_PRECONDITION,
    says: 'the rules of tournament {tournament} have {maximum} versions already',
    subject: 'tournament/{tournament}',
  },
  'snapshot-differs': {
    code: FAILED_PRECONDITION,
    says: 'the standings at snapshot {snapshot} of tournament {tournament} do not have its hash when they are made again',
    subject: 'tournament/{tournament}',
  },
  'nothing-set-aside': {
    code: FAILED_PRECONDITION,
    says: 'nothing of tournament {tournament} is set aside',
    subject: 'tournament/{tournament}',
  },
  'nothing-to-correct': {
    code: FAILED_PRECONDITION,
    says: 'the standings of tournament {tournament} are those of result {version}',
    subject: 'tournament/{tournament}',
  },
  'award-not-held': {
    code: FAILED_PRECONDITION,
    says: 'player {player} of tournament {tournament} is not held',
    subject: 'tournament/{tournament}',
  },
  'award-granted': {
    code: FAILED_PRECONDITION,
    says: 'player {player} has the award of tournament {tournament} already',
    subject: 'tournament/{tournament}',
  },
  'dead-letter-under-way': {
    code: FAILED_PRECONDITION,
    says: 'dead letter {letter} is on its way again',
    subject: 'dead-letter/{letter}',
  },
  'too-many-replays': {
    code: FAILED_PRECONDITION,
    says: 'dead letter {letter} was sent again {maximum} times already',
    subject: 'dead-letter/{letter}',
  },

  'bet-not-in-pool': {
    code: FAILED_PRECONDITION,
    says: 'bet {bet} is {status}: only a bet that its race registered has a receipt',
    subject: 'player/{player}',
  },
  'log-not-provable': {
    code: FAILED_PRECONDITION,
    says: 'the log of race {race} is not signed for now, its operator knows why',
    subject: 'race/{race}',
  },

  // What exists with another content.
  'bet-id-reused': { code: ALREADY_EXISTS, says: 'bet {bet} was placed with another content' },
  'request-id-reused': { code: ALREADY_EXISTS, says: 'request {request} asked for something else' },
  'account-exists': { code: ALREADY_EXISTS, says: 'player {player} has an account already' },
  'race-exists': { code: ALREADY_EXISTS, says: 'race {race} is declared already' },
  'entry-differs': {
    code: ALREADY_EXISTS,
    says: 'player {player} is in tournament {tournament} with another region, division or team',
  },
  'tournament-exists': { code: ALREADY_EXISTS, says: 'tournament {tournament} exists already' },

  // What the machine cannot do now.
  overload: {
    code: RESOURCE_EXHAUSTED,
    says: '{address} has too much to do, nothing was begun',
    retryMs: 200,
  },
  'request-too-large': {
    code: RESOURCE_EXHAUSTED,
    says: 'a request of {bytes} bytes is above the limit of {maximum}',
  },
  deadline: {
    code: DEADLINE_EXCEEDED,
    says: `{address} did not answer within {timeoutMs} ms: ${UNKNOWN}`,
  },
  'deadline-expired': {
    code: DEADLINE_EXCEEDED,
    says: 'the deadline passed {lateMs} ms ago, nothing was begun',
  },
  stopping: { code: UNAVAILABLE, says: `{address} is stopping: ${UNKNOWN}`, retryMs: 1000 },
  crashed: { code: UNAVAILABLE, says: `{address} crashed: ${UNKNOWN}`, retryMs: 500 },
  draining: { code: UNAVAILABLE, says: 'this gateway is draining, ask again', retryMs: 1000 },
  'parts-missing': {
    code: UNAVAILABLE,
    says: 'no answer within {timeoutMs} ms from {missing}',
    retryMs: 1000,
  },
  'receipt-unsigned': {
    code: UNAVAILABLE,
    says: 'bet {bet} is in no signed tree yet, ask again',
    retryMs: 2000,
  },
  'notary-away': { code: UNAVAILABLE, says: 'nobody signs the log just now', retryMs: 5000 },
  'not-located': { code: UNAVAILABLE, says: 'nobody answers for {address}', retryMs: 1000 },
  'hand-off-failed': {
    code: UNAVAILABLE,
    says: 'the partition stays where it was: {problem}',
    retryMs: 1000,
  },
  'shard-not-serving': {
    code: UNAVAILABLE,
    says: 'shard {shard} is starting, ask again',
    retryMs: 1000,
  },

  // What shards do not allow.
  'unknown-shard': { code: NOT_FOUND, says: 'there is no shard {shard}' },
  'unknown-partition': { code: NOT_FOUND, says: 'there is no partition {partition}' },
  'last-shard': {
    code: FAILED_PRECONDITION,
    says: 'shard {shard} is the last one',
    subject: 'shards',
  },
  'too-many-shards': {
    code: FAILED_PRECONDITION,
    says: 'there are {maximum} shards already',
    subject: 'shards',
  },
  'shards-are-fixed': {
    code: FAILED_PRECONDITION,
    says: 'the shards of this server stay as they are',
    subject: 'shards',
  },

  // What must not happen: the code has a mistake.
  'wrong-cost': {
    code: INTERNAL,
    says: 'a cost of {cost} cents is not {combinations} combinations at {stake}',
  },
  'command-threw': {
    code: INTERNAL,
    says: '{address} has a defect and threw at this command, nothing was begun',
  },
  quarantined: {
    code: INTERNAL,
    says: 'this command is in quarantine, {address} threw at it too often: nothing was begun',
  },
  'actor-quarantined': {
    code: INTERNAL,
    says: '{address} cannot be replayed and is out of service, nothing was begun',
  },
  defect: { code: INTERNAL, says: 'something is wrong here, reference {reference}' },
};
