/** Everything the page says, once for each language. What is counted comes with its plural form. */
import type { Counted } from '../format.ts';
import type { BoardPhase, Phase } from '../shapes.ts';

export interface Messages {
  /** The language's own name, for whoever would rather read it. */
  readonly language: string;
  readonly pageTitle: string;

  readonly link: {
    readonly label: string;
    readonly connecting: string;
    readonly live: string;
    readonly reconnecting: (since: string | undefined) => string;
    readonly stale: (since: string) => string;
    readonly closed: string;
    readonly connectAgain: string;
  };
  readonly pause: string;
  readonly resume: string;
  readonly paused: string;
  readonly timesIn: (zone: string) => string;
  readonly asOf: (time: string, version: string) => string;
  readonly asOfTime: (time: string) => string;

  readonly races: string;
  readonly noRaces: string;
  readonly nextToGo: string;
  readonly phases: Readonly<Record<Phase, string>>;
  readonly off: (time: string) => string;
  readonly offDue: string;
  readonly toTheOff: string;

  readonly runnersCaption: string;
  readonly numberShort: string;
  readonly number: string;
  readonly runner: string;
  readonly withdrawn: string;
  readonly favourite: string;
  readonly probable: (pool: string) => string;
  readonly poolShare: string;
  readonly noProbable: string;
  readonly shortened: (from: string) => string;
  readonly drifted: (from: string) => string;
  readonly waitingForOdds: string;

  readonly poolNames: Readonly<Record<string, string>>;
  readonly poolsCaption: string;
  readonly pool: string;
  readonly bets: string;
  readonly gross: string;
  readonly toShare: string;
  readonly guaranteed: (amount: string) => string;
  readonly legs: (count: Counted) => string;

  readonly probablesCaption: (pool: string) => string;
  readonly combination: string;
  readonly lowestOf: (shown: string, all: string) => string;

  readonly provisionalResult: string;
  readonly officialResult: string;
  readonly place: string;
  readonly dividend: (pool: string) => string;
  readonly otherDividends: string;
  readonly outcome: string;
  readonly pays: string;
  readonly perUnit: string;
  readonly voidRace: string;
  readonly refundedRace: string;

  readonly ranking: string;
  readonly boardPhases: Readonly<Record<BoardPhase, string>>;
  /** Between a phase and a count of minutes and seconds. */
  readonly endsIn: string;
  readonly players: (count: Counted) => string;
  readonly rank: string;
  readonly move: string;
  readonly player: string;
  readonly points: string;
  readonly countedBets: string;
  readonly up: (places: Counted) => string;
  readonly down: (places: Counted) => string;
  readonly you: string;
  readonly follow: (alias: string) => string;
  readonly noRanking: string;
  readonly emptyRanking: string;

  readonly yourPosition: string;
  readonly playerId: string;
  readonly show: string;
  readonly forget: string;
  readonly choosePlayer: string;
  readonly ordinal: (rank: Counted) => string;
  readonly ofPlayers: (count: Counted) => string;
  readonly toNext: (points: Counted) => string;
  readonly leading: string;
  readonly pointsScored: (points: Counted) => string;
  readonly betsCounted: (bets: Counted) => string;
  readonly notInTournament: (player: string) => string;
  readonly asking: string;
  readonly unanswered: string;

  readonly said: {
    readonly minutesToGo: (race: string, minutes: Counted) => string;
    readonly phase: (race: string, phase: string) => string;
    readonly leader: (alias: string, points: Counted) => string;
    readonly you: (rank: string, players: string) => string;
  };
}
