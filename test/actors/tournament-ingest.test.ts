import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { STAKE_MAX } from '../../src/actors/scoring/rule-set.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import { tournament } from '../../src/actors/tournament.ts';
import {
  AHEAD_MAX_MS,
  BATCH_MAX,
  PLAYER_EVENTS_MAX,
} from '../../src/actors/tournament-contributions.ts';
import type { OutsideEvent, TournamentCommand } from '../../src/actors/tournament-events.ts';
import { standingsHash } from '../../src/actors/tournament-hash.ts';
import { LEDGER_MAX } from '../../src/actors/tournament-state.ts';
import { replay } from '../../src/standings/replay.ts';
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

const ruleSet = returnPercent(2).id;
const authorised = { by: 'steward', authorisedBy: 'judge', why: 'a bad feed', atMs: 30 };

/** Opens at 5 and closes at 100; 50 late; alike within 3. */
const terms = { opensAtMs: 5, closesAtMs: 100, lateMs: 50, duplicateWindowMs: 3 };
const opened = (over = {}) =>
  openStage(
    createTournament({ terms: { ...terms, ...over } }),
    joinTournament('ann'),
    joinTournament('bob'),
  );

/** What is said of each event of a batch: `accepted`, or status and why. */
function said(stage: Stage, events: readonly OutsideEvent[], atMs = 50): readonly string[] {
  stage.tell(ingest(events, { batch: 'asked', atMs }));
  const answer = stage.answer({ kind: 'ingested', batch: 'asked' });
  if (answer?.kind !== 'ingested') throw new Error('not answered');
  expect(answer.version).toBe(stage.state.version);
  return events.map((_, index) => {
    const it = answer.left.find((left) => left.index === index);
    return it === undefined ? 'accepted' : `${it.status} ${it.why}`;
  });
}

const scores = (stage: Stage) =>
  Object.fromEntries(stage.standings().map(({ player, score }) => [player, score]));

describe('an event from outside', () => {
  test.each<[string, Partial<OutsideEvent>, string]>([
    ['of an entered player', {}, 'accepted'],
    ['of a player who never joined', { player: 'zoe' }, 'refused unknown-player'],
    ['of a player whose id is none', { player: '__proto__' }, 'refused unknown-player'],
    ['under the rules of the tournament', { ruleSet }, 'accepted'],
    ['under other rules', { ruleSet: 'places-best-5@1' }, 'refused unknown-rule-set'],
    ['with a stake of nothing', { stake: 0 }, 'accepted'],
    ['with a stake below nothing', { stake: -1 }, 'refused negative-stake'],
    ['with a win of nothing', { win: 0 }, 'accepted'],
    ['with a win below nothing', { win: -1 }, 'refused negative-win'],
    ['with the largest amounts', { stake: STAKE_MAX, win: STAKE_MAX }, 'accepted'],
    ['with a stake one too large', { stake: STAKE_MAX + 1 }, 'refused amount-too-large'],
    ['with a win one too large', { win: STAKE_MAX + 1 }, 'refused amount-too-large'],
    ['in the first millisecond', { timeMs: 5 }, 'accepted'],
    ['one millisecond before the opening', { timeMs: 4 }, 'refused before-opening'],
    ['in the last millisecond', { timeMs: 99 }, 'accepted'],
    ['in the millisecond of the close', { timeMs: 100 }, 'refused after-close'],
  ])('%s is answered by name', (_, event, answer) => {
    const stage = opened();
    expect(said(stage, [outsideEvent('ann', 'e1', event)])).toEqual([answer]);
    const status = answer.split(' ')[0] ?? '';
    const answered = stage.answer({ kind: 'tournament' });
    const counts = { accepted: 0, duplicate: 0, late: 0, refused: 0, [status]: 1 };
    expect(answered).toMatchObject({ tournament: { counts } });
  });

  test.each([
    [AHEAD_MAX_MS, 'accepted'],
    [AHEAD_MAX_MS + 1, 'refused in-the-future'],
  ])('%i ms ahead of the clock is %s', (aheadMs, answer) => {
    const stage = opened({ closesAtMs: 0 });
    expect(said(stage, [outsideEvent('ann', 'e1', { timeMs: 50 + aheadMs })])).toEqual([answer]);
  });

  test('that is refused harms no other of its batch', () => {
    const stage = opened();
    const them = [
      outsideEvent('ann', 'e1'),
      outsideEvent('ann', 'e2', { stake: -1 }),
      outsideEvent('bob', 'e3', { win: 300 }),
    ];
    expect(said(stage, them)).toEqual(['accepted', 'refused negative-stake', 'accepted']);
    expect(scores(stage)).toEqual({ ann: 200, bob: 300 });
    expect(stage.answer({ kind: 'report' })).toMatchObject({
      report: { left: { 'negative-stake': 1 } },
    });
  });

  test('sent again is a duplicate, in its batch and in another', () => {
    const stage = opened();
    const it = outsideEvent('ann', 'e1');
    expect(said(stage, [it, it])).toEqual(['accepted', 'duplicate known-id']);
    expect(said(stage, [it])).toEqual(['duplicate known-id']);
    expect(scores(stage)).toMatchObject({ ann: 200 });
  });

  test.each<[string, Partial<OutsideEvent>]>([
    ['another player', { player: 'bob' }],
    ['another game', { game: 'g2' }],
    ['another stake', { stake: 101 }],
    ['another win', { win: 201 }],
    ['another time', { timeMs: 11 }],
    ['another sequence', { sequence: 1 }],
    ['another outcome', { outcome: 'won' }],
    ['another place', { place: 1 }],
    ['another provider', { provider: 'x' }],
    ['a bonus', { bonus: true }],
  ])('under an id that was sent with %s is refused', (_, other) => {
    for (const sameBatch of [true, false]) {
      const stage = opened();
      const [first, again] = [outsideEvent('ann', 'e1'), outsideEvent('ann', 'e1', other)];
      const answers = sameBatch
        ? said(stage, [first, again])
        : [...said(stage, [first]), ...said(stage, [again])];
      expect(answers).toEqual(['accepted', 'refused event-id-reused']);
      expect(scores(stage)).toEqual({ ann: 200, bob: 0 });
    }
  });

  test('of another player under a known id is refused in any revision', () => {
    for (const revision of [1, 2, 3]) {
      const stage = opened();
      said(stage, [outsideEvent('ann', 'e1', { revision: 2 })]);
      const other = outsideEvent('bob', 'e1', { revision });
      expect(said(stage, [other])).toEqual(['refused event-id-reused']);
    }
  });

  test('is replaced by a later revision, up and down, and by no earlier one', () => {
    const stage = opened();
    said(stage, [outsideEvent('ann', 'e1', { win: 300 })]);
    expect(said(stage, [outsideEvent('ann', 'e1', { win: 100, revision: 3 })])).toEqual([
      'accepted',
    ]);
    expect(scores(stage)).toMatchObject({ ann: 100 });
    expect(said(stage, [outsideEvent('ann', 'e1', { win: 900, revision: 2 })])).toEqual([
      'duplicate known-id',
    ]);
    said(stage, [outsideEvent('ann', 'e1', { win: 500, revision: 4 })]);
    expect(scores(stage)).toMatchObject({ ann: 500 });
    expect(stage.standings()[0]).toMatchObject({ countedBets: 1 });
  });

  test('that counts is a duplicate when it is sent again under rules that are others by now', () => {
    const stage = opened();
    const it = outsideEvent('ann', 'e1', { ruleSet });
    said(stage, [it]);
    const rules = JSON.stringify(returnPercent(3));
    stage.tell({ kind: 'change-rules', rules, by: 'steward', why: 'fairer', atMs: 60 });
    expect(said(stage, [it])).toEqual(['duplicate known-id']);
    expect(said(stage, [outsideEvent('ann', 'e2', { ruleSet })])).toEqual([
      'refused unknown-rule-set',
    ]);
  });

  test('that counts is a duplicate when the tournament was closed before its time', () => {
    const stage = opened({ closesAtMs: 0 });
    // A terminal whose clock is ahead.
    const it = outsideEvent('ann', 'e1', { timeMs: 200 });
    expect(said(stage, [it])).toEqual(['accepted']);
    stage.tell(closeTournament(150));
    expect(said(stage, [it])).toEqual(['duplicate known-id']);
  });

  test('takes the last of a player’s room; the next is refused, a revision is not', () => {
    const stage = opened({ duplicateWindowMs: 0 });
    const them = Array.from({ length: PLAYER_EVENTS_MAX }, (_, index) =>
      outsideEvent('ann', `e${index}`, { timeMs: 6 + (index % 20) }),
    );
    for (let from = 0; from < them.length; from += BATCH_MAX) {
      stage.tell(ingest(them.slice(from, from + BATCH_MAX), { atMs: 50 }));
    }
    expect(
      said(stage, [
        outsideEvent('ann', 'more'),
        outsideEvent('ann', 'e0', { timeMs: 6, revision: 2, win: 900 }),
        outsideEvent('bob', 'other'),
      ]),
    ).toEqual(['refused too-many-events', 'accepted', 'accepted']);
  });

  test('waits behind the others only where its round is over', () => {
    const lane = (isBacklog: boolean) => tournament.lane?.(ingest([], { isBacklog }));
    expect([lane(false), lane(true)]).toEqual(['command', 'background']);
  });
});

test('a batch of more than there may be is a defect of whoever sends it', () => {
  const stage = opened();
  const them = Array.from({ length: BATCH_MAX + 1 }, (_, index) =>
    outsideEvent('ann', `e${index}`),
  );
  expect(said(stage, them.slice(1))).toHaveLength(BATCH_MAX);
  expect(() => stage.tell(ingest(them))).toThrow(`a batch of ${BATCH_MAX + 1} events`);
});

describe('the narrow window', () => {
  test.each<[string, Partial<OutsideEvent>, string]>([
    ['at once', {}, 'duplicate repeat'],
    ['at the end of the window', { timeMs: 13 }, 'duplicate repeat'],
    ['one millisecond after it', { timeMs: 14 }, 'accepted'],
    ['in another game', { game: 'g2' }, 'accepted'],
    ['for another stake', { stake: 101 }, 'accepted'],
    ['with another win', { win: 201 }, 'accepted'],
    ['by another player', { player: 'bob' }, 'accepted'],
  ])('has one bet under two ids, %s, once', (_, other, answer) => {
    for (const sameBatch of [true, false]) {
      const stage = opened();
      const [first, second] = [outsideEvent('ann', 'e1'), outsideEvent('ann', 'e2', other)];
      const answers = sameBatch
        ? said(stage, [first, second])
        : [...said(stage, [first]), ...said(stage, [second])];
      expect(answers).toEqual(['accepted', answer]);
      const total = Object.values(scores(stage)).reduce((sum, score) => sum + score, 0);
      const second100 = Math.floor((100 * (other.win ?? 200)) / (other.stake ?? 100));
      expect(total).toBe(answer === 'accepted' ? 200 + second100 : 200);
    }
  });

  test('is as long as the tournament says, and absent where it says 0', () => {
    const stage = opened({ duplicateWindowMs: 0 });
    const them = [outsideEvent('ann', 'e1'), outsideEvent('ann', 'e2')];
    expect(said(stage, them)).toEqual(['accepted', 'accepted']);
    expect(scores(stage)).toMatchObject({ ann: 400 });
  });

  test('lets the earlier count, whichever comes first', () => {
    const them = [
      outsideEvent('ann', 'e1', { timeMs: 12 }),
      outsideEvent('ann', 'e2', { timeMs: 10 }),
    ];
    const [one, other] = [opened(), opened()];
    for (const it of them) said(one, [it]);
    for (const it of them.toReversed()) said(other, [it]);
    expect(standingsHash(one.state)).toBe(standingsHash(other.state));
    expect(scores(one)).toMatchObject({ ann: 200 });
  });

  test('is not for bets of this house, which were paid for', () => {
    const stage = opened();
    stage.tell(countBet('ann', 'b1', { payout: 200 }), countBet('ann', 'b2', { payout: 200 }));
    expect(scores(stage)).toMatchObject({ ann: 400 });
  });
});

describe('what comes after the close', () => {
  const ledger = (stage: Stage) => {
    const answer = stage.answer({ kind: 'late-ledger', skip: 0, limit: 100 });
    return answer?.kind === 'late-ledger' ? answer.events : [];
  };
  /** Closed at 100; the window is open until 150. */
  const closedAt100 = () => {
    const stage = opened();
    said(stage, [outsideEvent('ann', 'e1')]);
    stage.fire(100);
    return stage;
  };

  test.each([
    [149, 'late in-window', 600],
    [150, 'late window-over', 200],
  ])('at %i is %s', (atMs, answer, score) => {
    const stage = closedAt100();
    stage.fire(atMs);
    const late = outsideEvent('ann', 'e2', { win: 400, timeMs: 99 });
    expect(said(stage, [late], atMs)).toEqual([answer]);
    expect(scores(stage)).toMatchObject({ ann: score });
    expect(ledger(stage)).toMatchObject([
      { id: 'e2', player: 'ann', game: 'g1', timeMs: 99, atMs, why: answer.split(' ')[1] },
    ]);
    expect(stage.answer({ kind: 'tournament' })).toMatchObject({
      tournament: { counts: { accepted: 1, late: 1 } },
    });
  });

  test('and happened after it is refused, window or not', () => {
    const stage = closedAt100();
    for (const atMs of [120, 150]) {
      stage.fire(atMs);
      const after = outsideEvent('ann', `e${atMs}`, { timeMs: 100 });
      expect(said(stage, [after], atMs)).toEqual(['refused after-close']);
    }
    expect(ledger(stage)).toEqual([]);
  });

  test('and is known is a duplicate, and in no ledger', () => {
    const stage = closedAt100();
    stage.fire(150);
    expect(said(stage, [outsideEvent('ann', 'e1')], 160)).toEqual(['duplicate known-id']);
    expect(ledger(stage)).toEqual([]);
  });

  test('that was closed by hand, before its time, counts only if it happened before that', () => {
    const stage = opened({ closesAtMs: 1_000 });
    stage.tell(closeTournament(100));
    const them = [
      outsideEvent('ann', 'e1', { timeMs: 99 }),
      outsideEvent('ann', 'e2', { timeMs: 100 }),
    ];
    expect(said(stage, them, 120)).toEqual(['late in-window', 'refused after-close']);
  });

  test('that its timer was late for counts only if it happened before its time', () => {
    const stage = opened();
    stage.fire(5_000);
    expect(said(stage, [outsideEvent('ann', 'e2', { timeMs: 100 })], 5_001)).toEqual([
      'refused after-close',
    ]);
  });

  test('of a bet is in the ledger, whether its entry or its outcome is there first', () => {
    const entered = closedAt100();
    entered.tell(enterBet('ann', 'b1', { placedAtMs: 90 }));
    entered.tell(countBet('ann', 'b1', { payout: 300, placedAtMs: 90 }));
    const overtaken = closedAt100();
    overtaken.tell(countBet('ann', 'b1', { payout: 300, placedAtMs: 90 }));
    overtaken.tell(enterBet('ann', 'b1', { placedAtMs: 90 }));
    for (const stage of [entered, overtaken]) {
      expect(ledger(stage)).toMatchObject([{ id: 'b1', why: 'in-window', timeMs: 90 }]);
      expect(scores(stage)).toMatchObject({ ann: 500 });
      expect(stage.state.openBets.size).toBe(0);
    }
  });

  test('of a bet, after the window, does not count and is in the ledger', () => {
    const stage = closedAt100();
    stage.fire(150);
    stage.tell(enterBet('ann', 'b1', { placedAtMs: 90 }));
    stage.tell(countBet('ann', 'b1', { payout: 300, placedAtMs: 90 }));
    expect(ledger(stage)).toMatchObject([{ id: 'b1', why: 'after-close', status: 'refused' }]);
    expect(scores(stage)).toMatchObject({ ann: 200 });
  });

  test('is told newest first, by page, the newest so many', () => {
    const stage = closedAt100();
    stage.fire(150);
    const batches = LEDGER_MAX / BATCH_MAX + 1;
    for (let batch = 0; batch < batches; batch++) {
      const them = Array.from({ length: BATCH_MAX }, (_, index) =>
        outsideEvent('ann', `${batch}-${index}`, { timeMs: 20 }),
      );
      stage.tell(ingest(them, { atMs: 200 + batch }));
    }
    const page = (skip: number, limit: number) =>
      stage.answer({ kind: 'late-ledger', skip, limit });
    const last = batches - 1;
    expect(page(0, 2)).toMatchObject({
      events: [{ id: `${last}-${BATCH_MAX - 1}` }, { id: `${last}-${BATCH_MAX - 2}` }],
      more: true,
    });
    expect(page(LEDGER_MAX - 1, 2)).toMatchObject({ events: [{ id: '1-0' }], more: false });
    expect(page(LEDGER_MAX - 2, 2)).toMatchObject({ events: [{}, { id: '1-0' }], more: false });
  });
});

describe('an id whose event is set aside by a roll-back', () => {
  const rolledBack = () => {
    const stage = opened();
    stage.tell({ kind: 'take-snapshot', number: 1, atMs: 20 });
    said(stage, [outsideEvent('ann', 'e1')]);
    stage.tell({ kind: 'roll-back', snapshot: 1, ...authorised });
    return stage;
  };

  test('is nobody else’s', () => {
    const stage = rolledBack();
    expect(said(stage, [outsideEvent('bob', 'e1')])).toEqual(['refused event-id-reused']);
    stage.tell({ kind: 'replay', drop: false, ...authorised });
    expect(scores(stage)).toEqual({ ann: 200, bob: 0 });
  });

  test('counts again when it is sent again, and once when it is replayed as well', () => {
    const stage = rolledBack();
    expect(said(stage, [outsideEvent('ann', 'e1')])).toEqual(['accepted']);
    stage.tell({ kind: 'replay', drop: false, ...authorised });
    expect(scores(stage)).toEqual({ ann: 200, bob: 0 });
  });
});

const players = ['p1', 'p2', 'p3'];
const fiveIds = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'];
/** So few values that events are alike all the time. */
const facts = fc.record({
  game: fc.constantFrom('r1', 'r2'),
  stake: fc.constantFrom(0, 100, 200),
  win: fc.constantFrom(0, 200, 400),
  timeMs: fc.integer({ min: 3, max: 22 }),
  sequence: fc.constantFrom(0, 1),
  provider: fc.constantFrom('x', 'y'),
  bonus: fc.boolean(),
  place: fc.constantFrom(1, 2),
});

const rules: Readonly<Record<string, ScoringRuleSet>> = {
  'return in percent': returnPercent(2),
  'a median with quotas': {
    id: 'median@1',
    points: { kind: 'multiplier' },
    best: { of: 3, by: 'median' },
    attempts: 3,
    ties: ['reached', 'diversity'],
    reachedQuantumMs: 4,
    draw: true,
  },
  'caps, weights and a bonus': {
    id: 'capped@1',
    points: { kind: 'win-curve', unit: 100 },
    stakeWeights: [{ fromStake: 200, permille: 500 }],
    bonusPermille: 300,
    caps: { event: 150, day: 400, provider: 200 },
    ties: ['diversity'],
    draw: true,
  },
  'the first success, with penalties': {
    id: 'first@1',
    points: { kind: 'fixed', points: 1 },
    counts: 'first-success',
    penalty: { unitMs: 2, perMiss: 3 },
    ties: ['penalty', 'reached'],
    draw: true,
  },
  'places without a draw': {
    id: 'places@1',
    points: { kind: 'places', points: [3, 1] },
    ranks: 'competition',
  },
};

const start = (rule: ScoringRuleSet): readonly TournamentCommand[] => [
  createTournament({
    rules: rule,
    terms: { opensAtMs: 5, closesAtMs: 20, duplicateWindowMs: 2 },
  }),
  ...players.map((player) => joinTournament(player)),
];

/** Each id and revision with one content, and each id of one player. */
const truths = fc
  .array(
    fc.record({
      id: fc.constantFrom(...fiveIds),
      revision: fc.constantFrom(1, 2, 3),
      of: facts,
    }),
    { maxLength: 12 },
  )
  .map((them) => [
    ...new Map(
      them.map(({ id, revision, of }) => {
        const player = players[Number(id.slice(1)) % players.length] ?? '';
        return [`${id}/${revision}`, outsideEvent(player, id, { revision, ...of })];
      }),
    ).values(),
  ]);

describe.each(Object.entries(rules))('by %s', (_, rule) => {
  test('any batches of any events, cut anywhere and sent again, count each event once', () => {
    const sent = truths.chain((them) =>
      fc.tuple(
        fc.constant(them),
        fc.shuffledSubarray([...them, ...them], { minLength: 2 * them.length }),
        fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(sent, ([them, order, cuts]) => {
        const once = openStage(...start(rule));
        for (const it of them.toSorted((a, b) => a.revision - b.revision)) once.tell(ingest([it]));
        const often = openStage(...start(rule));
        for (let rest = order, turn = 0; rest.length > 0; turn++) {
          const size = 1 + (cuts[turn % cuts.length] ?? 0);
          // Cut off after it was recorded: its sender sends it again.
          often.tell(ingest(rest.slice(0, size), { batch: `${turn}` }));
          often.tell(ingest(rest.slice(0, size), { batch: `${turn} again` }));
          rest = rest.slice(size);
        }
        expect(often.standings()).toEqual(once.standings());
        expect(standingsHash(often.state)).toBe(standingsHash(once.state));
        const { counts } = often.state;
        const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
        expect(all).toBe(2 * order.length);
      }),
      { numRuns: 60 },
    );
  });

  test('any order of arrival gives the board that a replay of all at once gives', () => {
    const events = fc
      .array(fc.record({ player: fc.constantFrom(...players), of: facts }), { maxLength: 10 })
      .map((them) => them.map(({ player, of }, at) => outsideEvent(player, `e${at}`, of)));
    const arriving = events.chain((them) => fc.shuffledSubarray(them, { minLength: them.length }));
    fc.assert(
      fc.property(arriving, (them) => {
        const live = openStage(...start(rule));
        for (const it of them) live.tell(ingest([it], { atMs: 25 }));
        const lines = them.map((it) => ({
          kind: 'event' as const,
          event_uuid: it.id,
          player: it.player,
          game: it.game,
          stake: it.stake,
          win: it.win,
          time_ms: it.timeMs,
          sequence: it.sequence,
          ...(it.place !== undefined && { place: it.place }),
          ...(it.provider !== undefined && { provider: it.provider }),
          ...(it.bonus !== undefined && { bonus: it.bonus }),
        }));
        const { standings } = replay(
          {
            tournament: 't1',
            rules: rule,
            opensMs: 5,
            closesMs: 20,
            duplicateWindowMs: 2,
            entries: 'listed',
            seed: 'seed',
            games: ['r1', 'r2'],
          },
          [...players.map((player) => ({ kind: 'entry' as const, player })), ...lines],
        );
        const ranked = (it: { rank: number; player: string; score: number }) => ({
          rank: it.rank,
          player: it.player,
          score: it.score,
        });
        expect(live.standings().map(ranked)).toEqual(standings.map(ranked));
      }),
      { numRuns: 80 },
    );
  });
});

test('an ingest is a function of the state, and its record survives its bytes', () => {
  given(tournament, 't1')
    .after(createTournament({ terms }), joinTournament('ann'))
    .when(
      ingest([
        outsideEvent('ann', 'e1', { outcome: 'won', place: 2, provider: 'x', bonus: true }),
        outsideEvent('zoe', 'e2'),
      ]),
    )
    .yields({
      kind: 'events-ingested',
      batch: 'batch',
      atMs: 20,
      taken: [
        {
          player: joinTournament('ann').player,
          contribution: {
            id: 'e1',
            game: 'g1',
            stake: 100,
            win: 200,
            timeMs: 10,
            sequence: 0,
            outcome: 'won',
            place: 2,
            provider: 'x',
            bonus: true,
            revision: 1,
            ruleSet,
            late: false,
          },
        },
      ],
      left: [
        {
          index: 1,
          id: 'e2',
          player: 'zoe',
          game: 'g1',
          timeMs: 10,
          status: 'refused',
          why: 'unknown-player',
        },
      ],
    });
});
