/**
 * A contest ranked from all its events at once, without a server.
 *
 * Invariants: the standings depend on the set of lines alone, never on their order; every event is
 * accounted for: it counts, or is named with why it does not.
 */
import { createRanking } from '../actors/ranking/ranking.ts';
import { byTime, type Contribution } from '../actors/scoring/contribution.ts';
import { commitmentTo, drawOf } from '../actors/scoring/draw.ts';
import {
  isIgnored,
  type PlayerScore,
  type ScoringContext,
  scoreOf,
  succeeds,
} from '../actors/scoring/player-score.ts';
import { rankKeyOf } from '../actors/scoring/rank-key.ts';
import { withoutRepeats } from '../actors/scoring/repeats.ts';
import { rulesFor, type ScoringRuleSet } from '../actors/scoring/rule-set.ts';
import type { ContestDocument, ContestEvent, EntryLine, EventLine } from './document.ts';

export interface Standings {
  readonly tournament: string;
  readonly ruleSet: string;
  /** SHA-256 of the seed, in hex; undefined without one. */
  readonly seedCommitment: string | undefined;
  readonly entrants: number;
  readonly events: EventCounts;
  /** Those that do not count, by their ids. */
  readonly left: readonly LeftEvent[];
  readonly standings: readonly PlayerStanding[];
}

interface EventCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly late: number;
  readonly refused: number;
}

interface LeftEvent {
  readonly event_uuid: string;
  readonly why:
    | 'duplicate'
    | 'late'
    | 'conflict'
    | 'unknown-player'
    | 'before-opening'
    | 'after-close';
}

interface PlayerStanding extends PlayerScore {
  readonly rank: number;
  readonly player: string;
}

type Told = Contribution & { readonly player: string };

/** @throws RangeError where two entries of a player are not the same. */
export function replay(contest: ContestDocument, lines: Iterable<EventLine>): Standings {
  const { rules, tournament, opensMs = 0, seed, games = [] } = contest;
  const gathered = gather(contest, lines);
  const players = [...gathered.byPlayer.keys()].sort();
  const before =
    rules.points.kind === 'first-come' ? firstComers(rules, gathered.byPlayer) : NOBODY;
  const scores = players.map((player) => {
    const context: ScoringContext = {
      opensMs,
      entrants: players.length,
      before: (game) => before.get(game)?.get(player) ?? 0,
      placeOf: (game) => games.indexOf(game) + 1,
    };
    const own = rulesFor(rules, gathered.entries.get(player) ?? NOWHERE);
    return scoreOf(own, gathered.byPlayer.get(player) ?? [], context);
  });
  const ranking = createRanking();
  const entries = Uint32Array.from(players, (_, index) => index + 1);
  ranking.putAll(entries, (entry) => {
    const draw = drawOf(seed ?? '', tournament, players[entry - 1] ?? '');
    return rankKeyOf(rules, scores[entry - 1] as PlayerScore, draw);
  });
  const ranked = ranking.ranks(1, ranking.size, rules.ranks ?? 'ordinal');
  return {
    tournament,
    ruleSet: rules.id,
    seedCommitment: seed === undefined ? undefined : commitmentTo(seed),
    entrants: players.length,
    events: gathered.counts,
    left: gathered.left,
    standings: ranked.flatMap(({ rank, entry }) => {
      const score = scores[entry - 1];
      return score === undefined ? [] : [{ rank, player: players[entry - 1] ?? '', ...score }];
    }),
  };
}

type Placement = { readonly region: string; readonly division: string };

/** Of who has no line of kind `entry`. */
const NOWHERE: Placement = { region: '', division: '' };

interface Gathered {
  readonly entries: ReadonlyMap<string, Placement>;
  readonly byPlayer: ReadonlyMap<string, readonly Told[]>;
  readonly counts: EventCounts;
  readonly left: readonly LeftEvent[];
}

/** Everything is read before anything is judged: a line's neighbours may come in any order. */
function gather(contest: ContestDocument, lines: Iterable<EventLine>): Gathered {
  const entered = new Map<string, Placement>();
  const byId = new Map<string, { event: ContestEvent; alike: number; differs: boolean }>();
  for (const line of lines) {
    if (line.kind === 'entry') {
      enter(entered, line);
      continue;
    }
    const known = byId.get(line.event_uuid);
    if (known === undefined) byId.set(line.event_uuid, { event: line, alike: 1, differs: false });
    else {
      known.alike++;
      known.differs ||= textOf(known.event) !== textOf(line);
      if (receivedMs(line) < receivedMs(known.event)) known.event = line;
    }
  }
  const left: LeftEvent[] = [];
  const leave = (event_uuid: string, why: LeftEvent['why'], times = 1) => {
    for (let time = 0; time < times; time++) left.push({ event_uuid, why });
  };
  const taken: Told[] = [];
  for (const { event, alike, differs } of byId.values()) {
    const id = event.event_uuid;
    // Which of them is true nobody can say; the first to come would be a matter of the network.
    if (differs) leave(id, 'conflict', alike);
    else {
      leave(id, 'duplicate', alike - 1);
      const why = refusalOf(contest, entered, event);
      if (why === undefined) taken.push(contributionOf(event));
      else leave(id, why);
    }
  }
  const told = new Map<string, Told[]>([...entered.keys()].map((player) => [player, []]));
  for (const it of taken) {
    const own = told.get(it.player);
    if (own === undefined) told.set(it.player, [it]);
    else own.push(it);
  }
  const byPlayer = new Map<string, readonly Told[]>();
  let accepted = 0;
  for (const [player, own] of told) {
    const sorted = own.toSorted(byTime);
    const kept = withoutRepeats(sorted, contest.duplicateWindowMs, (it) =>
      leave(it.id, 'duplicate'),
    );
    byPlayer.set(player, kept);
    accepted += kept.length;
  }
  left.sort((a, b) => compareTexts(a.event_uuid, b.event_uuid) || compareTexts(a.why, b.why));
  const count = (why: LeftEvent['why']) => left.filter((it) => it.why === why).length;
  const [duplicate, late] = [count('duplicate'), count('late')];
  const refused = left.length - duplicate - late;
  return { entries: entered, byPlayer, left, counts: { accepted, duplicate, late, refused } };
}

/** @throws RangeError for a player with two regions or divisions: which is true nobody can say. */
function enter(
  entered: Map<string, Placement>,
  { player, region = '', division = '' }: EntryLine,
): void {
  const known = entered.get(player);
  if (known !== undefined && (known.region !== region || known.division !== division)) {
    throw new RangeError(`player ${player} has two entries that are not the same`);
  }
  entered.set(player, { region, division });
}

function refusalOf(
  { opensMs = 0, closesMs = Number.POSITIVE_INFINITY, lateMs, entries }: ContestDocument,
  entered: ReadonlyMap<string, Placement>,
  event: ContestEvent,
): LeftEvent['why'] | undefined {
  if (entries === 'listed' && !entered.has(event.player)) return 'unknown-player';
  if (event.time_ms < opensMs) return 'before-opening';
  if (event.time_ms >= closesMs) return 'after-close';
  return lateMs !== undefined && receivedMs(event) >= closesMs + lateMs ? 'late' : undefined;
}

function contributionOf(event: ContestEvent): Told {
  const { event_uuid: id, time_ms: timeMs, stake = 0, win = 0, sequence = 0 } = event;
  const { player, game, outcome, place, provider, bonus } = event;
  return {
    id,
    player,
    game,
    stake,
    win,
    timeMs,
    sequence,
    ...(outcome !== undefined && { outcome }),
    ...(place !== undefined && { place }),
    ...(provider !== undefined && { provider }),
    ...(bonus !== undefined && { bonus }),
  };
}

const NOBODY: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map();

/** By game and player: how many succeeded there before him. */
function firstComers(
  rules: ScoringRuleSet,
  byPlayer: ReadonlyMap<string, readonly Told[]>,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const firsts = new Map<string, Map<string, Told>>();
  for (const own of byPlayer.values()) {
    // By time, as they were gathered.
    for (const it of own) {
      if (isIgnored(rules, it.outcome) || !succeeds(rules, it)) continue;
      const game = firsts.get(it.game) ?? new Map<string, Told>();
      if (!game.has(it.player)) game.set(it.player, it);
      firsts.set(it.game, game);
    }
  }
  return new Map(
    [...firsts].map(([game, by]) => {
      const order = [...by.values()].sort(byTime);
      return [game, new Map(order.map(({ player }, before) => [player, before]))];
    }),
  );
}

const receivedMs = (event: ContestEvent) => event.received_ms ?? event.time_ms;

/** What is said, but for when it was heard: the same event may come twice. */
function textOf({ received_ms: _, ...event }: ContestEvent): string {
  return JSON.stringify(Object.entries(event).sort(([a], [b]) => compareTexts(a, b)));
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
