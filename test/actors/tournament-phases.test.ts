import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import type { TournamentCommand, TournamentEvent } from '../../src/actors/tournament-events.ts';
import { TOURNAMENT_PHASES, type TournamentPhase } from '../../src/actors/tournament-phases.ts';
import { SNAPSHOT_EVERY_MS, type TournamentTerms } from '../../src/actors/tournament-terms.ts';
import { betId, playerId } from '../../src/actors/units.ts';
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

const deed = { by: 'steward', authorisedBy: 'judge', why: 'as seen', atMs: 500 };
const official = { kind: 'make-result-official', ...deed } as const;
const correct = { kind: 'correct-result', ...deed } as const;

/** Closes at 100, 50 late, 30 of review. */
const timed = { closesAtMs: 100, lateMs: 50, reviewMs: 30 };
const opened = (terms: Partial<TournamentTerms> = timed) =>
  openStage(createTournament({ terms }), joinTournament('ann'), joinTournament('bob'));

const phasesOf = ({ state }: Stage) => state.phases.map(({ phase }) => phase);
const summary = (stage: Stage) => {
  const answer = stage.answer({ kind: 'tournament' });
  if (answer?.kind !== 'tournament') throw new Error('no tournament');
  return answer.tournament;
};
const scores = (stage: Stage) =>
  Object.fromEntries(stage.standings().map(({ player, score }) => [player, score]));

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

/** As the head of src/actors/tournament-hash.ts says, from the rows of the board. */
function hashOf({ state }: Stage): string {
  const { all } = state.boards;
  const lines = all
    .ranks(1, all.size, 'ordinal')
    .map(({ rank, entry, score, tie1, tie2, draw }) => {
      return `${rank}\t${state.byNumber[entry - 1]?.player}\t${score}\t${tie1}\t${tie2}\t${draw}\n`;
    });
  let hashes = '';
  for (let from = 0; from < lines.length; from += 1_000) {
    hashes += sha(lines.slice(from, from + 1_000).join(''));
  }
  return sha(hashes);
}

function expectChain({ state }: Stage): void {
  let chain = '';
  for (const [index, it] of state.snapshots.entries()) {
    chain = sha(chain + it.hash);
    expect(it).toMatchObject({ number: index + 1, chain });
  }
}

/** Official at 180 and archived, unless somebody is to be paid. */
function madeOfficial(terms: Partial<TournamentTerms> = {}): Stage {
  const stage = opened({ ...timed, ...terms });
  stage.tell(countBet('ann', 'b1', { payout: 300 }), countBet('bob', 'b1', { payout: 200 }));
  for (const atMs of [100, 150, 180]) stage.fire(atMs);
  return stage;
}

describe('the machine', () => {
  test('goes from its opening to the archive by its terms, each step a record and a photograph', () => {
    const stage = opened();
    expect(summary(stage)).toMatchObject({ phase: 'open', phaseUntilMs: 100 });
    expect(stage.fire(99)).toEqual([]);
    const step = (phase: string) => [phase, `photo:${phase}`];
    expect(stage.fire(100)).toEqual(['closed', 'awaiting-outcomes', 'soft-window'].flatMap(step));
    expect(summary(stage)).toMatchObject({ phase: 'soft-window', phaseUntilMs: 150 });
    expect(stage.fire(149)).toEqual([]);
    expect(stage.fire(150)).toEqual(['provisional', 'review'].flatMap(step));
    expect(summary(stage)).toMatchObject({ phase: 'review', phaseUntilMs: 180 });
    expect(stage.fire(179)).toEqual([]);
    expect(stage.fire(180)).toEqual([
      ...step('official'),
      'result-made',
      ...step('paying'),
      ...step('archived'),
    ]);
    expect(stage.timers).toEqual([]);
    expect(stage.fire(1e9)).toEqual([]);
    expect(summary(stage)).toMatchObject({ phaseSinceMs: 180, phaseUntilMs: 0, resultVersion: 1 });
    expect(new Set(phasesOf(stage))).toEqual(
      new Set(TOURNAMENT_PHASES.filter((it) => it !== 'open' && it !== 'corrected')),
    );
  });

  test('waits for people where its terms give no time', () => {
    const stage = opened({ lateMs: 0 });
    expect(stage.timers.filter(({ key }) => key === 'close')).toEqual([]);
    stage.tell(closeTournament(70));
    stage.fire(70);
    expect(summary(stage)).toMatchObject({ phase: 'review', phaseUntilMs: 0 });
    expect(stage.timers).toEqual([]);
    stage.tell(official);
    expect(stage.state.results).toMatchObject([{ version: 1, authorisedBy: 'judge' }]);
    stage.fire(501);
    expect(summary(stage).phase).toBe('archived');
  });

  test('goes on after a long stop as it would have, each step once and none skipped', () => {
    const paces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(paces, (pauses) => {
        const stage = opened();
        stage.tell(enterBet('ann', 'b1'), countBet('ann', 'b1', { payout: 200 }));
        let nowMs = 6;
        for (const pause of pauses) {
          nowMs += pause;
          stage.fire(nowMs);
        }
        const seen = phasesOf(stage);
        for (const laterMs of [1_000, 2_000, 3_000, 4_000]) stage.fire(nowMs + laterMs);
        const order = TOURNAMENT_PHASES.slice(1, -1);
        expect(phasesOf(stage)).toEqual(order);
        expect(seen).toEqual(order.slice(0, seen.length));
        expect(stage.state.results).toHaveLength(1);
        const times = stage.state.phases.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expectChain(stage);
      }),
    );
  });

  test('takes a step once, whoever asks again, and none before its time', () => {
    const stage = opened();
    stage.fire(100);
    const advance = (from: TournamentPhase, atMs: number) =>
      stage.tell({ kind: 'advance', from, atMs });
    expect(advance('closed', 900)).toEqual([]);
    expect(advance('soft-window', 149)).toEqual([]);
    expect(advance('soft-window', 150)).toHaveLength(2);
    expect(advance('soft-window', 151)).toEqual([]);
    expect(stage.tell(closeTournament(160))).toEqual([]);
  });

  test('is closed by hand before its time, and not again by its timer', () => {
    const stage = opened();
    stage.tell(closeTournament(60));
    expect(stage.timers.map(({ key }) => key)).not.toContain('close');
    expect(stage.state.closedAtMs).toBe(60);
    expect(stage.refusal(joinTournament('cid'))).toEqual({
      reason: 'entries-closed',
      phase: 'closed',
    });
  });
});

describe('an outcome that is waited for', () => {
  test('holds the machine until it is there', () => {
    const stage = opened();
    stage.tell(enterBet('ann', 'b1'), enterBet('bob', 'b1'));
    stage.fire(100);
    expect(summary(stage)).toMatchObject({ phase: 'awaiting-outcomes', openBets: 2 });
    stage.tell(countBet('ann', 'b1', { payout: 200 }));
    expect(stage.fire(900)).toEqual([]);
    stage.tell({ ...enterBet('bob', 'b1'), kind: 'drop-bet' });
    stage.fire(900);
    expect(summary(stage)).toMatchObject({ phase: 'soft-window', phaseUntilMs: 950 });
  });

  test('of a bet that came late holds the window', () => {
    const stage = opened();
    stage.fire(100);
    stage.tell(enterBet('ann', 'b1', { placedAtMs: 90 }));
    expect(stage.fire(400)).toEqual([]);
    expect(summary(stage)).toMatchObject({ phase: 'soft-window', phaseUntilMs: 0, openBets: 1 });
    stage.tell(countBet('ann', 'b1', { payout: 300, placedAtMs: 90 }));
    stage.fire(401);
    expect(phasesOf(stage).at(-1)).toBe('review');
    expect(scores(stage)).toMatchObject({ ann: 300 });
  });

  test('counts after the close for a bet that entered before it, however late', () => {
    const stage = opened();
    stage.tell(enterBet('ann', 'b1', { placedAtMs: 99 }));
    stage.fire(100);
    stage.tell(countBet('ann', 'b1', { payout: 300, placedAtMs: 99, atMs: 9_000 }));
    expect(scores(stage)).toMatchObject({ ann: 300 });
  });
});

describe('a correction', () => {
  const corrected = countBet('bob', 'b1', { payout: 900, settlement: 2 });
  const inReview = () => {
    const stage = opened();
    stage.tell(countBet('ann', 'b1', { payout: 300 }), countBet('bob', 'b1', { payout: 200 }));
    stage.fire(100);
    stage.fire(150);
    return stage;
  };

  test('in review publishes the standings again, with their own hash, and begins the review again', () => {
    const stage = inReview();
    const before = summary(stage).hash;
    stage.tell(corrected);
    expect(stage.refusal(official)).toEqual({
      reason: 'wrong-tournament-phase',
      phase: 'review',
      wanted: 'review',
    });
    // Also when the review is over in the same moment.
    stage.fire(180);
    expect(phasesOf(stage).slice(-4)).toEqual(['provisional', 'review', 'provisional', 'review']);
    expect(summary(stage)).toMatchObject({ phase: 'review', phaseUntilMs: 210 });
    expect(summary(stage).hash).not.toBe(before);
    expect(summary(stage).hash).toBe(hashOf(stage));
    stage.fire(210);
    expect(summary(stage).resultVersion).toBe(1);
  });

  test('after the official result is shown only as the next version, which says what changed', () => {
    const stage = madeOfficial();
    expect(stage.refusal(correct)).toEqual({ reason: 'nothing-to-correct', version: 1 });
    stage.tell(corrected);
    expect(summary(stage)).toMatchObject({ differs: true, phase: 'archived', resultVersion: 1 });
    expect(scores(stage)).toEqual({ ann: 300, bob: 200 });
    expect(stage.fire(1_000)).toEqual([]);
    stage.tell(correct);
    stage.fire(1_000);
    expect(phasesOf(stage).slice(-4)).toEqual(['archived', 'corrected', 'paying', 'archived']);
    expect(summary(stage)).toMatchObject({ differs: false, resultVersion: 2 });
    expect(scores(stage)).toEqual({ bob: 900, ann: 300 });
    const [first, second] = stage.state.results;
    expect(second).toMatchObject({
      version: 2,
      by: 'steward',
      authorisedBy: 'judge',
      why: 'as seen',
      diff: {
        players: 2,
        changed: 2,
        moves: [
          { entry: 1, rankBefore: 1, rankAfter: 2, scoreBefore: 300, scoreAfter: 300 },
          { entry: 2, rankBefore: 2, rankAfter: 1, scoreBefore: 200, scoreAfter: 900 },
        ],
      },
    });
    expect(second?.hash).toBe(hashOf(stage));
    expect(first?.hash).not.toBe(second?.hash);
    expect(first?.diff).toEqual({ players: 2, changed: 0, moves: [] });
  });

  test('after the official result leaves every board as the result has it', () => {
    const groups = { divisions: ['gold'], teamBest: 2 };
    const stage = openStage(
      createTournament({ terms: { ...timed, ...groups } }),
      joinTournament('ann', { division: 'gold', team: 'reds' }),
      joinTournament('bob', { division: 'gold', team: 'blues' }),
      countBet('ann', 'b1', { payout: 300 }),
      countBet('bob', 'b1', { payout: 200 }),
    );
    const seen = () => [
      stage.standings({ board: { kind: 'division', division: 'gold' } }),
      stage.standings({ board: { kind: 'day', day: 0 } }),
      stage.answer({ kind: 'teams', fromRank: 1, limit: 5 }),
      stage.answer({ kind: 'position', player: playerId('bob') }),
      stage.answer({ kind: 'cut-offs', board: { kind: 'all' }, places: [1] }),
    ];
    const plain = (of: readonly unknown[]) =>
      of.map((it) => JSON.stringify(it, (key, value) => (key === 'tournament' ? '' : value)));
    for (const atMs of [100, 150, 180]) stage.fire(atMs);
    const before = plain(seen());
    stage.tell(corrected);
    expect(plain(seen())).toEqual(before);
    stage.tell(correct);
    expect(plain(seen())).not.toEqual(before);
    expect(seen()[3]).toMatchObject({ standing: { rank: 1, score: 900 }, divisionRank: 1 });
  });
});

describe('an order in the wrong phase', () => {
  const before = ['open', 'awaiting-outcomes', 'soft-window'] as const;
  const stageIn = (phase: (typeof before)[number]) => {
    const stage = opened();
    if (phase === 'awaiting-outcomes') stage.tell(enterBet('ann', 'b1'));
    if (phase !== 'open') stage.fire(100);
    expect(summary(stage).phase).toBe(phase);
    return stage;
  };

  test.each(before)('is refused in %s: nothing is official or corrected', (phase) => {
    const reason = 'wrong-tournament-phase';
    const stage = stageIn(phase);
    expect(stage.refusal(official)).toEqual({ reason, phase, wanted: 'review' });
    expect(stage.refusal(correct)).toEqual({ reason, phase, wanted: 'official' });
  });

  test.each<TournamentCommand>([
    { kind: 'change-rules', rules: JSON.stringify(returnPercent(5)), ...deed },
    { kind: 'roll-back', snapshot: 1, ...deed },
    { kind: 'replay', drop: false, ...deed },
  ])('is refused from the official result on: $kind', (command) => {
    expect(madeOfficial().refusal(command)).toEqual({
      reason: 'wrong-tournament-phase',
      phase: 'archived',
      wanted: 'before official',
    });
  });

  test('that was carried out is a repeat', () => {
    const stage = madeOfficial();
    expect(stage.tell(official)).toEqual([]);
    expect(stage.tell(closeTournament(999))).toEqual([]);
    expect(stage.state.results).toHaveLength(1);
  });
});

describe('the seed', () => {
  test('is committed to at the creation, hidden while it is open, and then revealed', () => {
    const stage = opened();
    const { seedCommitment, seed } = summary(stage);
    expect([seedCommitment, seed]).toEqual([sha('seed'), '']);
    expect(JSON.stringify(stage.answer({ kind: 'report' }))).not.toContain('"seed":"seed"');
    stage.tell(closeTournament());
    expect(summary(stage)).toMatchObject({ seedCommitment, seed: 'seed' });
    expect(sha(summary(stage).seed)).toBe(seedCommitment);
  });

  test('gives each player the draw that anybody can make from it', () => {
    const { state } = opened();
    for (const { player, draw } of state.byNumber) {
      const digest = createHash('sha256').update(`seed/t1/${player}`).digest();
      expect(draw).toBe(digest.readUInt32BE(0));
    }
  });
});

describe('a photograph', () => {
  const photos = (stage: Stage) => stage.state.snapshots.map(({ why, atMs }) => `${why} ${atMs}`);

  test('is of the standings as they are, by a hash that anybody can make from the rows', () => {
    const stage = openStage(createTournament({ terms: timed }));
    for (let player = 1; player <= 1_001; player++) {
      stage.tell(joinTournament(`p${player}`));
    }
    stage.tell(
      ingest([outsideEvent('p7', 'e1'), outsideEvent('p9', 'e2', { game: 'g2', win: 250 })]),
    );
    stage.tell(closeTournament());
    expect(stage.state.snapshots).toMatchObject([
      { number: 1, why: 'closed', rulesVersion: 1, players: 1_001, hash: hashOf(stage) },
    ]);
    expectChain(stage);
  });

  test('of nobody has the hash of no rows', () => {
    const stage = openStage(createTournament(), closeTournament());
    expect(summary(stage).hash).toBe(sha(''));
  });

  test('is taken each hour in which something changed, and of no other', () => {
    const HOUR = SNAPSHOT_EVERY_MS;
    const stage = opened({ closesAtMs: 20 * HOUR });
    expect(stage.fire(5 + HOUR - 1)).toEqual([]);
    expect(stage.fire(5 + HOUR)).toEqual(['photo:hour']);
    expect(stage.fire(4 * HOUR)).toEqual([]);
    stage.tell(ingest([outsideEvent('ann', 'e1')], { atMs: 4 * HOUR }));
    expect(stage.fire(4 * HOUR)).toEqual(['photo:hour']);
    stage.tell(ingest([outsideEvent('ann', 'e2')], { atMs: 4 * HOUR + 1 }));
    expect(stage.fire(5 * HOUR - 1)).toEqual([]);
    expect(stage.fire(5 * HOUR)).toEqual(['photo:hour']);
    expect(photos(stage)).toEqual([`hour ${5 + HOUR}`, `hour ${4 * HOUR}`, `hour ${5 * HOUR}`]);
    // What is counted nowhere changes nothing.
    stage.tell(ingest([outsideEvent('zoe', 'e3')], { atMs: 6 * HOUR }));
    expect(stage.fire(9 * HOUR)).toEqual([]);
    expect(stage.tell({ kind: 'take-snapshot', number: 3, atMs: 9 * HOUR })).toEqual([]);
    expectChain(stage);
  });

  test('is taken of no hour from the official result on', () => {
    const stage = madeOfficial();
    stage.tell(countBet('ann', 'b1', { payout: 900, settlement: 2 }));
    expect(stage.fire(1e10)).toEqual([]);
  });

  test('is listed newest first, by page', () => {
    const stage = madeOfficial();
    const page = (skip: number, limit: number) => stage.answer({ kind: 'snapshots', skip, limit });
    expect(page(0, 2)).toMatchObject({
      snapshots: [{ why: 'archived' }, { why: 'paying' }],
      more: true,
    });
    expect(page(6, 2)).toMatchObject({
      snapshots: [{ number: 2 }, { number: 1, why: 'closed' }],
      more: false,
    });
    expect(page(7, 2)).toMatchObject({ snapshots: [{ number: 1 }], more: false });
    expect(page(8, 2)).toMatchObject({ snapshots: [], more: false });
  });
});

const NEXT: Readonly<Record<TournamentPhase, readonly TournamentPhase[]>> = {
  open: ['closed'],
  closed: ['awaiting-outcomes'],
  'awaiting-outcomes': ['soft-window'],
  'soft-window': ['provisional'],
  provisional: ['review'],
  review: ['provisional', 'official'],
  official: ['paying', 'corrected'],
  paying: ['archived', 'corrected'],
  archived: ['corrected'],
  corrected: ['paying'],
};

test('whatever comes whenever, the phases follow the drawing, and each photograph is true', () => {
  const bets = fc.record({
    player: fc.constantFrom('ann', 'bob'),
    bet: fc.constantFrom('b1', 'b2'),
    settlement: fc.constantFrom(1, 2),
    payout: fc.constantFrom(0, 200, 500),
    placedAtMs: fc.constantFrom(10, 99, 101),
  });
  const commands: fc.Arbitrary<TournamentCommand | { readonly afterMs: number }> = fc.oneof(
    fc.record({ afterMs: fc.constantFrom(1, 20, 60, SNAPSHOT_EVERY_MS) }),
    bets.map(({ player, bet, placedAtMs }) => enterBet(player, bet, { placedAtMs })),
    bets.map(({ player, bet, ...rest }) => countBet(player, bet, rest)),
    bets.map(({ player, bet }) => ({ ...enterBet(player, bet), kind: 'drop-bet' as const })),
    bets.map(({ player, payout: win, settlement: revision }) =>
      ingest([outsideEvent(player, player, { win, revision })]),
    ),
    fc.constantFrom<TournamentCommand>(closeTournament(), official, correct),
    fc.constant<TournamentCommand>({ kind: 'roll-back', snapshot: 1, ...deed }),
    fc.constant<TournamentCommand>({ kind: 'replay', drop: false, ...deed }),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 40 }), (them) => {
      const stage = opened();
      const tell = (command: TournamentCommand) => {
        const events: readonly TournamentEvent[] = stage.refusal(command)
          ? []
          : stage.tell(command);
        const photo = events.find((it) => it.kind === 'board-snapshot-taken');
        if (photo !== undefined) expect(photo.hash).toBe(hashOf(stage));
      };
      let nowMs = 6;
      for (const it of them) {
        if ('kind' in it) tell('atMs' in it ? { ...it, atMs: nowMs } : it);
        else {
          nowMs += it.afterMs;
          stage.fire(nowMs);
        }
      }
      const steps = ['open', ...phasesOf(stage)] as TournamentPhase[];
      for (const [index, phase] of steps.slice(1).entries()) {
        expect(NEXT[steps[index] ?? 'open']).toContain(phase);
      }
      expectChain(stage);
      const published = stage.state.results.map(({ version }) => version);
      expect(published).toEqual(published.map((_, index) => index + 1));
      // Nothing is left behind that the machine waits for and that has come.
      for (const key of stage.state.openBets.keys()) {
        const [player = '', bet = ''] = key.split('/');
        const entry = stage.state.entries.get(playerId(player));
        expect(entry?.counted.has(`bet/${betId(bet)}`)).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});
