/**
 * A large tournament in process: what a shard stands for while everybody is scored again. Commands are
 * decided and their events folded, as a shard does it, without the log.
 */
import { canonicalJson } from '../src/actors/canonical-json.ts';
import type { ScoringRuleSet } from '../src/actors/scoring/rule-set.ts';
import { tournament } from '../src/actors/tournament.ts';
import { BATCH_MAX } from '../src/actors/tournament-contributions.ts';
import type { OutsideEvent, TournamentCommand } from '../src/actors/tournament-events.ts';
import { standingsHash } from '../src/actors/tournament-hash.ts';
import { USUAL_TERMS } from '../src/actors/tournament-terms.ts';
import { playerId } from '../src/actors/units.ts';
import { median, spread, timed } from './measure.ts';

interface Options {
  readonly players: number;
  readonly rounds: number;
  /** Players of whom there is news at once. */
  readonly burst: number;
}

const RULES: ScoringRuleSet = {
  id: 'best-five@1',
  points: { kind: 'multiplier' },
  best: { of: 5, by: 'sum' },
  ties: ['reached', 'diversity'],
  draw: true,
};
const OTHER_RULES: ScoringRuleSet = {
  ...RULES,
  id: 'best-three@1',
  best: { of: 3, by: 'sum' },
  points: { kind: 'win-curve', unit: 100 },
};
const DEED = { by: 'steward', authorisedBy: 'judge', why: 'bench', atMs: 9 } as const;
const GAMES = 12;

export async function benchTournament({ players, rounds, burst }: Options): Promise<string[]> {
  const { decider } = tournament;
  let state = decider.initial('bench');
  const tell = (command: TournamentCommand) => {
    const decision = decider.decide(state, command);
    if (!decision.ok) throw new Error(`refused: ${JSON.stringify(decision.rejection)}`);
    for (const event of decision.events) state = decider.evolve(state, event);
  };
  const look = () => tournament.views?.('bench', state, { version: 1, atMs: 1 });
  let sent = 0;
  const ingest = async (count: number) => {
    for (let from = 0; from < count; from += BATCH_MAX) {
      await turn();
      const length = Math.min(BATCH_MAX, count - from);
      const events = Array.from({ length }, () => eventOf(++sent, players));
      tell({ kind: 'ingest-events', batch: `b${sent}`, events, isBacklog: false, atMs: 9 });
    }
  };
  tell({
    kind: 'create-tournament',
    title: 'Bench',
    races: [],
    rules: canonicalJson(RULES),
    terms: USUAL_TERMS,
    seed: 'ab'.repeat(32),
    by: 'bench',
    atMs: 1,
  });
  for (let number = 1; number <= players; number++) {
    const player = playerId(`p${number}`);
    const nowhere = { region: '', division: '', team: '' };
    tell({ kind: 'join-tournament', player, alias: `a${number}`, ...nowhere, atMs: 2 });
  }
  // Two of each.
  await ingest(2 * players);
  const firstLookMs = timed(look);
  const seen: Record<'burst' | 'shown' | 'photograph' | 'change' | 'changed' | 'back', number[]> = {
    burst: [],
    shown: [],
    photograph: [],
    change: [],
    changed: [],
    back: [],
  };
  for (let round = 1; round <= rounds; round++) {
    const begunMs = performance.now();
    await ingest(burst);
    seen.burst.push(performance.now() - begunMs);
    await turn();
    seen.shown.push(timed(look));
    process.stderr.write(`tournament: burst ${round} of ${rounds}\n`);
  }
  for (let round = 1; round <= rounds; round++) {
    await turn();
    seen.photograph.push(timed(() => standingsHash(state)));
    const snapshot = state.snapshots.length + 1;
    tell({ kind: 'take-snapshot', number: snapshot, atMs: 9 });
    const rules = canonicalJson(OTHER_RULES);
    seen.change.push(timed(() => tell({ kind: 'change-rules', rules, ...DEED })));
    seen.changed.push(timed(look));
    seen.back.push(timed(() => tell({ kind: 'roll-back', snapshot, ...DEED })));
    look();
    process.stderr.write(`tournament: change ${round} of ${rounds}\n`);
  }
  const row = (what: string, values: readonly number[]) =>
    `| ${what} | ${median(values).toFixed(0)} ms | ${spread(values, 0)} |`;
  return [
    `${players} players, ${sent} events, first board in ${firstLookMs.toFixed(0)} ms`,
    '',
    '| what | median | range |',
    '| ---- | -----: | ----- |',
    row(`${burst} events taken`, seen.burst),
    row('and on the board', seen.shown),
    row('hash of all standings', seen.photograph),
    row('other rules, with the diff', seen.change),
    row('and on the board', seen.changed),
    row('roll-back to the snapshot, checked', seen.back),
  ];
}

/** As between two turns of a shard, where the engine tidies up. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function eventOf(number: number, players: number): OutsideEvent {
  return {
    id: `e${number}`,
    // A prime apart, so that neighbours are nobody's neighbours.
    player: playerId(`p${1 + ((number * 7_919) % players)}`),
    game: `g${number % GAMES}`,
    stake: 100,
    win: (number * 7_907) % 100_000,
    timeMs: 3 + (number % 5),
    sequence: number,
    outcome: '',
    place: 0,
    provider: '',
    bonus: false,
    ruleSet: '',
    revision: 0,
  };
}
