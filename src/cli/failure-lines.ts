/** What went wrong, in words: the sentence, its details, what to do; and the code to end with. */

import {
  isUnreachable,
  mayBeRetried,
  type RpcFailure,
  rpcFailureOf,
} from '../client/rpc-failure.ts';
import { ConfigError } from '../config.ts';
import { Code } from '../gen/google/rpc/code_pb.ts';
import { EXIT, type ExitCode, Refused, UsageError } from './exit.ts';

export interface FailureLines {
  readonly code: ExitCode;
  /** The first is the sentence. */
  readonly lines: readonly string[];
}

/** Undefined for a defect: what nobody foresaw keeps its stack. */
export function failureLinesOf(error: unknown, address: string): FailureLines | undefined {
  if (error instanceof UsageError) return { code: EXIT.usage, lines: [error.message] };
  if (error instanceof Refused) return { code: error.code, lines: [error.message] };
  if (error instanceof ConfigError) {
    const code = error.from === 'flag' ? EXIT.usage : EXIT.badConfig;
    return { code, lines: [error.message] };
  }
  const failure = rpcFailureOf(error);
  if (failure === undefined) return undefined;
  return { code: exitCodeOf(failure), lines: linesOf(failure, address) };
}

function exitCodeOf(failure: RpcFailure): ExitCode {
  if (isUnreachable(failure)) return EXIT.unreachable;
  return mayBeRetried(failure) ? EXIT.tryAgain : EXIT.failed;
}

function linesOf(failure: RpcFailure, address: string): string[] {
  if (isUnreachable(failure)) {
    return [
      `no server answers at ${address} (${failure.message})`,
      '  start one with: npm start      or name another with: --address host:port',
    ];
  }
  const { message, reason, violations, facts } = failure;
  const lines = [reason === undefined ? message : `${message} (${reason})`];
  for (const { where, what } of violations) {
    // The sentence names the actor already; a field of the request it may not.
    if (message === `${where}: ${what}`) continue;
    if (what !== message) lines.push(`  ${where}: ${what}`);
    else if (where !== '' && !where.includes('/')) lines.push(`  in ${where}`);
  }
  const advice = adviceOn(failure) ?? (reason && ADVICE[reason]);
  if (advice) {
    lines.push(
      `  ${advice.replaceAll(/\{(\w+)\}/g, (whole, name: string) => facts[name] ?? whole)}`,
    );
  }
  return lines;
}

/** What nobody refused: asking again is safe, and the same id keeps it safe. */
function adviceOn(failure: RpcFailure): string | undefined {
  const { code, retryAfterMs } = failure;
  if (!mayBeRetried(failure)) return undefined;
  if (code === Code.DEADLINE_EXCEEDED) return 'run the same again with the same id; it is safe';
  const when = retryAfterMs === undefined ? 'in a moment' : `in ${retryAfterMs} ms`;
  return `run the same again ${when}, with the same id`;
}

const RACES = 'see which are open: furlong race list';

/** By reason of docs/ERRORS.md; a reason without a line says enough itself. */
const ADVICE: Readonly<Record<string, string>> = {
  'unknown-race': 'see which there are: furlong race list',
  'unknown-pool': 'see its pools: furlong race show {race}',
  'unknown-runner': 'see its runners: furlong race show RACE',
  'unknown-player': 'open an account first: furlong account open {player}',
  'insufficient-funds': 'pay in first: furlong account deposit {player} AMOUNT',
  'race-not-open': RACES,
  'wrong-phase': 'see where it is: furlong race show {race}',
  'scratched-runner': 'choose another: furlong race show {race}',
  'bet-id-reused': 'leave --id out for a new bet',
  'request-id-reused': 'leave --request out for a new change',
  'account-exists': 'show it: furlong account show {player}',
  'leg-not-declared': 'declare all its legs first',
  'formula-not-counted': 'leave --formula and --picks out, or bring the server up to date',
  'formula-not-sold': 'choose with --formula one of {formulas}',
  'flexi-not-sold': 'choose with --flexi one of {sold}',
  'channel-not-sold': 'bet through another --channel, or in another --pool',
  'wrong-picks': 'choose with --picks: {needed}; 0 is to leave it out',
  'cancel-window-over': 'leave it in its pool; a bet that is placed stays placed',
  'race-closed': 'leave it in its pool: furlong race show {race}',
  'nothing-to-claim': 'see where its money is: furlong account show {player}',
  'claim-expired': 'turn to the house with the ticket',
  'unknown-tournament': 'mend the id, or create it: furlong board create {tournament}',
  'player-not-entered': 'enter the player first: furlong board join {tournament} {player}',
  'unknown-snapshot': 'see which there are: furlong board snapshots {tournament}',
  'unknown-division': 'see which there are: furlong board info {tournament}',
  'wrong-tournament-phase': 'see where it is: furlong board info {tournament}',
  'award-not-held': 'see what is: furlong board awards {tournament}',
  'unknown-dead-letter': 'see which there are: furlong ops dead-letters',
  'unknown-call': 'see what waits: furlong ops stuck',
  'unknown-shard': 'see which there are: furlong ops shards',
  'unknown-partition': 'see which there are: furlong ops partitions',
  'last-shard': 'add another first: furlong ops add-shard',
  'wallet-late': 'bet again with a new id; where it goes on, see furlong ops stuck',
  'money-in-wallet': 'move money in the wallet, not here',
  'no-wallet': 'start the server with --wallet HOST:PORT, or leave --in-wallet out',
};
