import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/actors/canonical-json.ts';
import type { ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import { tournament } from '../../src/actors/tournament.ts';
import type {
  BoardDiff,
  OutsideEvent,
  Standing,
  TournamentCommand,
} from '../../src/actors/tournament-events.ts';
import { standingsHash } from '../../src/actors/tournament-hash.ts';
import { MOVES_MAX } from '../../src/actors/tournament-past.ts';
import { RULES_VERSIONS_MAX } from '../../src/actors/tournament-rules.ts';
import { playerId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  closeTournament,
  countBet,
  createTournament,
  enterBet,
  ingest,
  joinTournament,
  openStage,
  outsideEvent,
  type Stage,
} from '../support/tournaments.ts';

const deed = { by: 'steward', authorisedBy: 'judge', why: 'a wrong rule', atMs: 500 };
const first = returnPercent(2);
const second: ScoringRuleSet = { ...first, id: 'wins@1', points: { kind: 'win-curve', unit: 100 } };
const third: ScoringRuleSet = {
  ...returnPercent(1),
  id: 'median@1',
  best: { of: 3, by: 'median' },
};

function change(rules: ScoringRuleSet) {
  return { kind: 'change-rules', rules: canonicalJson(rules), ...deed } as const;
}
const rollBack = (snapshot: number) => ({ kind: 'roll-back', snapshot, ...deed }) as const;
const replay: TournamentCommand = { kind: 'replay', drop: false, ...deed };
const drop: TournamentCommand = { kind: 'replay', drop: true, ...deed };
const openBets = ({ state }: Stage) => [...state.openBets.keys()];
const photograph = (stage: Stage) => {
  const number = stage.state.snapshots.length + 1;
  stage.tell({ kind: 'take-snapshot', number, atMs: 50 });
  return stage.state.snapshots.at(-1)?.hash ?? '';
};

const players = ['ann', 'bob', 'cid'];
const opened = (rules = first) =>
  openStage(
    createTournament({ rules, terms: { duplicateWindowMs: 2 } }),
    ...players.map((player) => joinTournament(player)),
  );
const scores = (stage: Stage) =>
  Object.fromEntries(stage.standings().map(({ player, score }) => [player, score]));

/** Row by row, as a person would. */
function naiveDiff(before: readonly Standing[], after: readonly Standing[]): BoardDiff {
  const moves = after.flatMap(({ entry, rank: rankAfter, score: scoreAfter }) => {
    const was = before.find((it) => it.entry === entry);
    const [rankBefore, scoreBefore] = [was?.rank ?? 0, was?.score ?? 0];
    return rankBefore === rankAfter && scoreBefore === scoreAfter
      ? []
      : [{ entry, rankBefore, rankAfter, scoreBefore, scoreAfter }];
  });
  const best = (it: (typeof moves)[number]) => Math.min(it.rankBefore, it.rankAfter);
  moves.sort((a, b) => best(a) - best(b) || a.entry - b.entry);
  return { players: after.length, changed: moves.length, moves: moves.slice(0, MOVES_MAX) };
}

const told = fc.record({
  player: fc.constantFrom(...players),
  id: fc.nat(4),
  revision: fc.constantFrom(1, 2, 3),
});
/** Each with the same content whenever it comes. */
function eventOf({ player, id, revision }: { player: string; id: number; revision: number }) {
  const win = ((id * 7 + revision * 3 + player.length) % 5) * 100;
  return outsideEvent(player, `${player}-${id}`, {
    revision,
    win,
    game: `r${1 + (id % 2)}`,
    timeMs: 10 + id,
  });
}
function betOf({ player, id, revision }: { player: string; id: number; revision: number }) {
  const payout = ((id * 5 + revision * 2) % 7) * 100;
  return countBet(player, `b${id}`, { race: `r${1 + (id % 2)}`, payout, settlement: revision });
}

const counted: fc.Arbitrary<TournamentCommand> = fc.oneof(
  fc.array(told, { minLength: 1, maxLength: 4 }).map((them) => ingest(them.map(eventOf))),
  told.map(betOf),
  told.map(({ player, id }) => enterBet(player, `b${id}`, { race: `r${1 + (id % 2)}` })),
);

describe('other rules', () => {
  test('are the next version: everything is counted again, and the record says what that changed', () => {
    const stage = opened();
    stage.tell(
      ingest([outsideEvent('ann', 'e1', { win: 300 })]),
      ingest([outsideEvent('bob', 'e2', { stake: 1_000, win: 800 })]),
    );
    expect(scores(stage)).toEqual({ ann: 300, bob: 80, cid: 0 });
    const [event] = stage.tell(change(second));
    expect(event).toEqual({
      kind: 'rules-changed',
      version: 2,
      rules: canonicalJson(second),
      by: 'steward',
      why: 'a wrong rule',
      atMs: 500,
      diff: {
        players: 3,
        changed: 2,
        moves: [
          { entry: 1, rankBefore: 1, rankAfter: 2, scoreBefore: 300, scoreAfter: 200 },
          { entry: 2, rankBefore: 2, rankAfter: 1, scoreBefore: 80, scoreAfter: 317 },
        ],
      },
    });
    expect(scores(stage)).toEqual({ bob: 317, ann: 200, cid: 0 });
    expect(stage.answer({ kind: 'tournament' })).toMatchObject({
      tournament: { rulesVersion: 2, scoringRule: 'wins@1' },
    });
    expect(stage.answer({ kind: 'report' })).toMatchObject({
      report: {
        rules: [{ version: 1 }, { version: 2, content: canonicalJson(second) }],
        rulesChanges: [{ version: 2, ruleSet: 'wins@1', why: 'a wrong rule' }],
      },
    });
  });

  test('differ as a person would count it, and back they give the hash of before', () => {
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 20 }), (them) => {
        const stage = opened();
        stage.tell(...them);
        const [before, hash] = [stage.standings(), standingsHash(stage.state)];
        for (const rules of [second, third]) {
          const was = stage.standings();
          const [event] = stage.tell(change(rules));
          if (event?.kind !== 'rules-changed') throw new Error('not changed');
          expect(event.diff).toEqual(naiveDiff(was, stage.standings()));
        }
        stage.tell(change(first));
        expect(stage.standings()).toEqual(before);
        expect(standingsHash(stage.state)).toBe(hash);
        expect(stage.state.rulesVersion).toBe(4);
      }),
      { numRuns: 150 },
    );
  });

  test('name the best of whom they moved, and say how many they were', () => {
    const names = Array.from({ length: 2 * MOVES_MAX + 5 }, (_, index) => `p${index}`);
    const stage = openStage(createTournament(), ...names.map((name) => joinTournament(name)));
    stage.tell(
      ...names.map((name, index) =>
        ingest([outsideEvent(name, name, { win: 1_000 + index * 10 })]),
      ),
    );
    const was = stage.standings();
    const [event] = stage.tell(change({ ...second, points: { kind: 'fixed', points: 7 } }));
    if (event?.kind !== 'rules-changed') throw new Error('not changed');
    expect(event.diff.changed).toBe(names.length);
    expect(event.diff).toEqual(naiveDiff(was, stage.standings()));
  });

  test('that are in force already are refused', () => {
    const stage = opened();
    expect(stage.refusal(change(first))).toEqual({ reason: 'rules-unchanged', ruleSet: first.id });
    stage.tell(change(second));
    expect(stage.refusal(change(first))).toBeUndefined();
  });

  test('can be as many as there is room for, and no more', () => {
    const stage = opened();
    for (let version = 2; version <= RULES_VERSIONS_MAX; version++) {
      stage.tell(change({ ...first, id: `r@${version}` }));
    }
    expect(stage.refusal(change(second))).toEqual({
      reason: 'too-many-rule-changes',
      maximum: RULES_VERSIONS_MAX,
    });
  });

  test('are in force in a state that was thawed', () => {
    const changed = given(tournament, 't1').after(
      createTournament(),
      joinTournament('ann'),
      ingest([outsideEvent('ann', 'e1', { win: 300 })]),
      change(second),
    );
    const board = { kind: 'all' } as const;
    const answer = changed.answer({ kind: 'page', board, fromRank: 1, limit: 1 });
    expect(answer).toMatchObject({ standings: [{ score: 200 }] });
  });
});

describe('a roll-back', () => {
  test('gives the standings of the snapshot, and the rules', () => {
    const stage = opened();
    stage.tell(ingest([outsideEvent('ann', 'e1')]));
    const hash = photograph(stage);
    stage.tell(ingest([outsideEvent('bob', 'e2', { win: 900 })]), change(second));
    photograph(stage);
    expect(stage.tell(rollBack(1))).toEqual([{ ...rollBack(1), kind: 'rolled-back' }]);
    expect(standingsHash(stage.state)).toBe(hash);
    expect(stage.answer({ kind: 'tournament' })).toMatchObject({
      tournament: { rulesVersion: 1, scoringRule: first.id },
    });
    expect(stage.answer({ kind: 'report' })).toMatchObject({ report: { setAside: 1 } });
    expect(stage.state.snapshots).toMatchObject([{ undone: false }, { undone: true }]);
  });

  test.each([0, 2])('to snapshot %i, which there is not, is refused', (snapshot) => {
    const stage = opened();
    photograph(stage);
    expect(stage.refusal(rollBack(snapshot))).toEqual({ reason: 'unknown-snapshot', snapshot });
  });

  test('to a snapshot that was undone is refused', () => {
    const stage = opened();
    photograph(stage);
    stage.tell(ingest([outsideEvent('ann', 'e1')]));
    photograph(stage);
    stage.tell(rollBack(1));
    expect(stage.refusal(rollBack(2))).toEqual({ reason: 'unknown-snapshot', snapshot: 2 });
    expect(stage.refusal(rollBack(1))).toBeUndefined();
  });

  test('that would not give the snapshot’s hash is refused', () => {
    const stage = opened();
    photograph(stage);
    const [it] = stage.state.snapshots;
    if (it === undefined) throw new Error('no snapshot');
    const other = { ...stage.state, snapshots: [{ ...it, hash: 'another' }] };
    expect(tournament.decider.decide(other, rollBack(1))).toEqual({
      ok: false,
      rejection: { reason: 'snapshot-differs', snapshot: 1 },
    });
  });

  test('leaves in who joined since, with nothing', () => {
    const stage = opened();
    stage.tell(ingest([outsideEvent('ann', 'e1')]));
    photograph(stage);
    const before = stage.standings();
    stage.tell(joinTournament('dan'), ingest([outsideEvent('dan', 'e2', { win: 900 })]));
    stage.tell(rollBack(1));
    const after = stage.standings();
    expect(after.find(({ player }) => player === 'dan')).toMatchObject({ score: 0 });
    const others = after.filter(({ player }) => player !== 'dan');
    expect(others.map(({ player, score }) => [player, score])).toEqual(
      before.map(({ player, score }) => [player, score]),
    );
  });

  test('of an official result’s tournament sends a review back to the publication', () => {
    const stage = opened();
    stage.tell(countBet('ann', 'b1', { payout: 300 }));
    photograph(stage);
    stage.tell(countBet('bob', 'b1', { payout: 300 }), closeTournament());
    stage.fire(100);
    stage.fire(100_000);
    expect(stage.state.phase).toBe('review');
    stage.tell(rollBack(1));
    expect(stage.fire(100_001)).toContain('provisional');
    expect(stage.state.snapshots.at(-1)?.hash).toBe(stage.state.snapshots[0]?.hash);
  });
});

describe('what is dropped', () => {
  test('counts never again, and is waited for no more', () => {
    const stage = opened();
    stage.tell(enterBet('ann', 'b1'));
    const hash = photograph(stage);
    stage.tell(countBet('ann', 'b1', { payout: 300 }), rollBack(1), drop);
    expect(openBets(stage)).toEqual([]);
    expect(stage.refusal(replay)).toEqual({ reason: 'nothing-set-aside' });
    stage.tell(countBet('ann', 'b1', { payout: 900, settlement: 2 }), enterBet('ann', 'b1'));
    expect(photograph(stage)).toBe(hash);
    stage.tell(closeTournament());
    stage.fire(1e6);
    expect(stage.state.phase).toBe('soft-window');
  });

  test('is told in the report, as every deed is, with who and why', () => {
    const stage = opened();
    photograph(stage);
    stage.tell(ingest([outsideEvent('ann', 'e1')]), rollBack(1), replay, rollBack(1), drop);
    const answer = stage.answer({ kind: 'report' });
    const told = answer?.kind === 'report' ? answer.report.deeds : [];
    expect(told.map(({ kind, snapshot }) => [kind, snapshot])).toEqual([
      ['roll-back', 1],
      ['replay', 0],
      ['roll-back', 1],
      ['drop-aside', 0],
    ]);
    expect(told[0]).toEqual({ ...deed, kind: 'roll-back', player: '', snapshot: 1 });
  });
});

test.each<[string, TournamentCommand]>([
  ['a roll-back', { kind: 'roll-back', snapshot: 1, ...deed }],
  ['a replay', replay],
  ['an official result', { kind: 'make-result-official', ...deed }],
  ['a correction', { kind: 'correct-result', ...deed }],
  ['a denial', { kind: 'deny-award', player: playerId('ann'), ...deed }],
])('%s takes two people', (_, command) => {
  const stage = opened();
  const alone = { ...command, by: 'Jo', authorisedBy: ' jo ' } as TournamentCommand;
  expect(stage.refusal(alone)).toEqual({ reason: 'needs-another-steward', steward: 'Jo' });
});

describe('a replay', () => {
  test('without anything set aside is refused', () => {
    const stage = opened();
    expect(stage.refusal(replay)).toEqual({ reason: 'nothing-set-aside' });
    photograph(stage);
    stage.tell(rollBack(1));
    expect(stage.refusal(replay)).toEqual({ reason: 'nothing-set-aside' });
  });

  test('is under the rules in force, which the roll-back brought back', () => {
    const stage = opened();
    photograph(stage);
    stage.tell(change(second), ingest([outsideEvent('ann', 'e1', { win: 300 })]));
    stage.tell(rollBack(1), replay);
    expect(scores(stage)).toMatchObject({ ann: 300 });
    stage.tell(change(second));
    expect(scores(stage)).toMatchObject({ ann: 200 });
  });

  test('comes after the snapshots before it: a roll-back to one of those undoes it again', () => {
    const stage = opened();
    const hash = photograph(stage);
    stage.tell(ingest([outsideEvent('ann', 'e1')]), rollBack(1));
    expect(photograph(stage)).toBe(hash);
    stage.tell(replay);
    expect(scores(stage)).toMatchObject({ ann: 200 });
    stage.tell(rollBack(2));
    expect(standingsHash(stage.state)).toBe(hash);
    stage.tell(replay);
    expect(scores(stage)).toMatchObject({ ann: 200 });
  });

  test('does not undo what was corrected meanwhile', () => {
    const stage = opened();
    photograph(stage);
    stage.tell(countBet('ann', 'b1', { payout: 300 }), rollBack(1));
    stage.tell(countBet('ann', 'b1', { payout: 100, settlement: 2 }), replay);
    expect(scores(stage)).toMatchObject({ ann: 100 });
  });
});

describe('a bet across a roll-back', () => {
  test('that was settled since is waited for again, until it is replayed', () => {
    const stage = opened();
    stage.tell(enterBet('ann', 'b1'));
    photograph(stage);
    stage.tell(countBet('ann', 'b1', { payout: 300 }), rollBack(1));
    expect(openBets(stage)).toEqual(['ann/b1']);
    stage.tell(closeTournament());
    stage.fire(1e6);
    expect(stage.state.phase).toBe('awaiting-outcomes');
    stage.tell(replay);
    expect(openBets(stage)).toEqual([]);
    stage.fire(1e6);
    expect(stage.state.phase).toBe('soft-window');
    expect(scores(stage)).toMatchObject({ ann: 300 });
  });

  test('that was corrected since has its earlier outcome, and is not waited for', () => {
    const stage = opened();
    stage.tell(countBet('ann', 'b1', { payout: 300 }));
    photograph(stage);
    stage.tell(countBet('ann', 'b1', { payout: 100, settlement: 2 }), rollBack(1));
    expect(scores(stage)).toMatchObject({ ann: 300 });
    expect(openBets(stage)).toEqual([]);
    stage.tell(replay);
    expect(scores(stage)).toMatchObject({ ann: 100 });
  });

  test('that is under way is waited for as before, and that was taken back stays out', () => {
    const stage = opened();
    stage.tell(enterBet('ann', 'b1'), enterBet('bob', 'b1'));
    photograph(stage);
    stage.tell(enterBet('cid', 'b1'), { ...enterBet('bob', 'b1'), kind: 'drop-bet' }, rollBack(1));
    expect(openBets(stage)).toEqual(['ann/b1', 'cid/b1']);
    expect(stage.tell(countBet('bob', 'b1', { payout: 900 }))).toEqual([]);
  });
});

type Step =
  | { readonly kind: 'photograph' }
  | { readonly kind: 'roll-back'; readonly pick: number }
  | { readonly kind: 'replay' }
  | { readonly kind: 'tell'; readonly command: TournamentCommand };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<Step>({ kind: 'photograph' }) },
    { weight: 2, arbitrary: fc.nat(5).map((pick): Step => ({ kind: 'roll-back', pick })) },
    { weight: 2, arbitrary: fc.constant<Step>({ kind: 'replay' }) },
    { weight: 8, arbitrary: counted.map((command): Step => ({ kind: 'tell', command })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(first, second, third)
        .map((rules): Step => ({ kind: 'tell', command: change(rules) })),
    },
  ),
  { maxLength: 30 },
);

/** From its record, by somebody who saw nothing of it. */
function again({ events }: Stage): Stage {
  const fresh = openStage();
  for (const event of events) tournament.decider.evolve(fresh.state, event);
  return fresh;
}

test('rules that were weighed and not taken leave nothing behind', () => {
  const stage = opened();
  stage.tell(countBet('ann', 'b1', { payout: 900 }), countBet('bob', 'b2', { payout: 300 }));
  stage.standings();
  tournament.decider.decide(stage.state, change(second));
  stage.tell(change(third));
  expect(stage.standings()).toEqual(again(stage).standings());
  tournament.decider.decide(stage.state, change(second));
  stage.tell(countBet('cid', 'b3', { payout: 2_000 }), change(second));
  expect(stage.standings()).toEqual(again(stage).standings());
});

test('any roll-back gives its snapshot’s hash, and a replay what would have been without it', () => {
  fc.assert(
    fc.property(steps, (them) => {
      const stage = opened();
      const twin = opened();
      for (const it of them) {
        switch (it.kind) {
          case 'photograph':
            photograph(stage);
            break;
          case 'roll-back': {
            const there = stage.state.snapshots.filter(({ undone }) => !undone);
            const to = there[it.pick % Math.max(1, there.length)];
            if (to === undefined) break;
            stage.tell(rollBack(to.number));
            expect(standingsHash(stage.state)).toBe(to.hash);
            break;
          }
          case 'replay':
            if (stage.refusal(replay) === undefined) stage.tell(replay);
            break;
          default:
            for (const side of [stage, twin]) {
              if (side.refusal(it.command) === undefined) side.tell(it.command);
            }
        }
        // Whoever looks in between changes nothing.
        stage.standings();
      }
      expect(stage.standings()).toEqual(again(stage).standings());
      if (stage.refusal(replay) === undefined) stage.tell(replay);
      const { rules } = stage.state;
      if (twin.state.rules.id !== rules.id) twin.tell(change(rules));
      expect(stage.standings()).toEqual(twin.standings());
      expect(standingsHash(stage.state)).toBe(standingsHash(twin.state));
      expect(new Set(stage.state.openBets.keys())).toEqual(new Set(twin.state.openBets.keys()));
    }),
    { numRuns: 400 },
  );
});

test('a rolled back and replayed tournament is the same from its log and from its snapshot', () => {
  const events: readonly OutsideEvent[] = [1, 2, 3].map((revision) =>
    eventOf({ player: 'ann', id: 1, revision }),
  );
  const after = given(tournament, 't1').after(
    createTournament(),
    joinTournament('ann'),
    enterBet('ann', 'b1'),
    ...events.slice(0, 1).map((it) => ingest([it])),
    { kind: 'take-snapshot', number: 1, atMs: 9 },
    countBet('ann', 'b1', { payout: 900 }),
    ...events.slice(1).map((it) => ingest([it])),
    change(second),
    rollBack(1),
  );
  after.when(replay).yields({ ...deed, kind: 'replayed', dropped: false });
  const before = after.state.snapshots[0]?.hash;
  expect(standingsHash(after.state)).toBe(before);
  expect(standingsHash(after.after(replay).state)).not.toBe(before);
});
