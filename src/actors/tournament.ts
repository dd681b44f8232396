/**
 * A tournament of bettors: who entered, what counts, and the ranking that follows, from its opening to
 * its last prize.
 *
 * Invariants: the ranking is a function of rules, entries and contributions, never of their order of
 * arrival; each contribution counts once; the machine of its phases goes on where it stood, whatever
 * happened to the program (tournament-phases.ts).
 */
import {
  type ActorKind,
  accept,
  type Decision,
  type Outgoing,
  type Ref,
  reject,
  unreachable,
} from '../runtime/actor.ts';
import { canonicalJson } from './canonical-json.ts';
import { tournamentCodec } from './codec.ts';
import { BOARD_ROWS, boardView } from './feed.ts';
import { answerTournament, summaryOf, topOf } from './tournament-answers.ts';
import { closeAward, denyAward, holdAward, payAwards, releaseAward } from './tournament-awards.ts';
import { countBet, dropBet, enterBet, ingestEvents } from './tournament-contributions.ts';
import type {
  TournamentAnswer,
  TournamentCommand,
  TournamentEvent,
  TournamentQuery,
  TournamentRejection,
} from './tournament-events.ts';
import { evolveTournament } from './tournament-evolve.ts';
import {
  advance,
  closeTournament,
  correctResult,
  makeOfficial,
  phaseTimers,
  takeSnapshot,
} from './tournament-phases.ts';
import { changeRules, replay, rollBack } from './tournament-rules.ts';
import { tournamentSnapshot } from './tournament-snapshot.ts';
import {
  ENTRIES_MAX,
  initialTournament,
  rulesIn,
  TEAM_PLAYERS_MAX,
  TEAMS_MAX,
  type Tournament,
} from './tournament-state.ts';
import type { TournamentId } from './units.ts';

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;
type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

export const tournament: ActorKind<
  TournamentCommand,
  TournamentEvent,
  Tournament,
  TournamentRejection,
  TournamentQuery,
  TournamentAnswer
> = {
  kind: 'tournament',
  decider: {
    initial: initialTournament,
    decide,
    evolve: evolveTournament,
    answer: answerTournament,
  },
  // What is played now goes before what was played; a payment's news is in nobody's way.
  lane: (command) =>
    command.kind === 'ingest-events' && command.isBacklog ? 'background' : 'command',
  ...tournamentCodec,
  snapshot: tournamentSnapshot,
  follow,
  views: (_id, state, seen) =>
    state.title === '' ? [] : [boardView(summaryOf(state), topOf(state, BOARD_ROWS), seen)],
  // Who watches a board sees a bet's points while the bet is talked of.
  viewsEveryMs: 5,
  timers: (_id, state) => phaseTimers(state),
};

export function tournamentRef(
  id: TournamentId,
): Ref<TournamentCommand, TournamentRejection, TournamentQuery, TournamentAnswer> {
  return { address: `tournament/${id}` };
}

function decide(state: Tournament, command: TournamentCommand): TournamentDecision {
  if (command.kind === 'create-tournament') return createTournament(state, command);
  if (state.title === '') return reject({ reason: 'unknown-tournament', tournament: state.id });

  switch (command.kind) {
    case 'join-tournament':
      return join(state, command);
    case 'enter-bet':
      return enterBet(state, command);
    case 'drop-bet':
      return dropBet(state, command);
    case 'count-bet':
      return countBet(state, command);
    case 'ingest-events':
      return ingestEvents(state, command);
    case 'change-rules':
      return changeRules(state, command);
    case 'close-tournament':
      return closeTournament(state, command);
    case 'advance':
      return advance(state, command);
    case 'take-snapshot':
      return takeSnapshot(state, command);
    case 'make-result-official':
      return makeOfficial(state, command);
    case 'correct-result':
      return correctResult(state, command);
    case 'roll-back':
      return rollBack(state, command);
    case 'replay':
      return replay(state, command);
    case 'hold-award':
      return holdAward(state, command);
    case 'release-award':
      return releaseAward(state, command);
    case 'deny-award':
      return denyAward(state, command);
    case 'pay-awards':
      return payAwards(state, command);
    case 'award-closed':
      return closeAward(state, command);
    default:
      return unreachable(command);
  }
}

function createTournament(
  state: Tournament,
  { title, races, rules, terms, seed, by, atMs }: Of<'create-tournament'>,
): TournamentDecision {
  if (state.title === '') {
    // What older readers of the log go by.
    const { id: scoringRule, best } = rulesIn(rules);
    const bestOf = best?.of ?? 0;
    const told = { title, races, bestOf, scoringRule, by, atMs, rules, terms, seed };
    return accept({ kind: 'tournament-created', ...told });
  }
  const same =
    state.title === title &&
    state.races.join() === races.join() &&
    state.ruleTexts[0] === rules &&
    canonicalJson(state.terms) === canonicalJson(terms);
  return same ? accept() : reject({ reason: 'tournament-exists', tournament: state.id });
}

function join(
  state: Tournament,
  { player, alias, region, division, team, atMs }: Of<'join-tournament'>,
): TournamentDecision {
  const known = state.entries.get(player);
  if (known !== undefined) {
    return known.region === region && known.division === division && known.team === team
      ? accept()
      : reject({ reason: 'entry-differs', player });
  }
  const { terms, phase, entries, teams } = state;
  if (phase !== 'open') return reject({ reason: 'entries-closed', phase });
  if (entries.size >= ENTRIES_MAX) {
    return reject({ reason: 'tournament-full', maximum: ENTRIES_MAX });
  }
  if (division !== '' && !terms.divisions.includes(division)) {
    return reject({ reason: 'unknown-division', division });
  }
  if (team !== '') {
    const members = teams.get(team);
    if (terms.teamBest === 0) return reject({ reason: 'no-teams', team });
    if (members === undefined && teams.size >= TEAMS_MAX) {
      return reject({ reason: 'too-many-teams', maximum: TEAMS_MAX });
    }
    if ((members ?? 0) >= TEAM_PLAYERS_MAX) {
      return reject({ reason: 'team-full', team, maximum: TEAM_PLAYERS_MAX });
    }
  }
  const entry = entries.size + 1;
  return accept({ kind: 'player-joined', player, alias, entry, region, division, team, atMs });
}

/** What an event of tournament `id` makes due elsewhere. */
function follow(id: string, event: TournamentEvent): readonly Outgoing[] {
  switch (event.kind) {
    case 'player-joined':
      return [
        { to: `player/${event.player}`, command: { kind: 'enter-tournament', tournament: id } },
      ];
    case 'awards-granted': {
      const { atMs, rule, claimMs } = event;
      return event.awards.flatMap(({ player, amount, ...award }) =>
        // He had as much before: there is nothing to hear.
        amount === 0
          ? []
          : [
              {
                to: `player/${player}`,
                command: {
                  kind: 'grant-award',
                  tournament: id,
                  amount,
                  ...award,
                  rule,
                  claimMs,
                  atMs,
                },
              },
            ],
      );
    }
    case 'result-made':
      return event.takenBack.map(({ award, player }) => ({
        to: `player/${player}`,
        command: { kind: 'withdraw-award', award, why: event.why, atMs: event.atMs },
      }));
    default:
      return [];
  }
}
