import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Player } from '../../src/actors/player-state.ts';
import { tournament } from '../../src/actors/tournament.ts';
import { GRANTED_AT_ONCE } from '../../src/actors/tournament-awards.ts';
import {
  type AwardState,
  HOLD_REASONS,
  type HoldReason,
  type TournamentCommand,
  type TournamentEvent,
} from '../../src/actors/tournament-events.ts';
import type { Tournament } from '../../src/actors/tournament-state.ts';
import type { Prize, TournamentTerms } from '../../src/actors/tournament-terms.ts';
import { awardId, cents, playerId, sumOf } from '../../src/actors/units.ts';
import { createTroupe, type Troupe } from '../support/scenario.ts';
import {
  closeTournament,
  countBet,
  createTournament,
  joinTournament,
  openStage,
  type Stage,
} from '../support/tournaments.ts';

const deed = { by: 'steward', authorisedBy: 'judge', why: 'as seen', atMs: 500 };
const correct = { kind: 'correct-result', ...deed } as const;
const official = { kind: 'make-result-official', ...deed } as const;
const hold = (player: string, reason: HoldReason = 'kyc') =>
  ({
    kind: 'hold-award',
    player: playerId(player),
    reason,
    by: 'steward',
    why: '?',
    atMs: 300,
  }) as const;
const release = (player: string) =>
  ({
    kind: 'release-award',
    player: playerId(player),
    by: 'steward',
    why: '!',
    atMs: 400,
  }) as const;
const deny = (player: string) =>
  ({ kind: 'deny-award', player: playerId(player), ...deed }) as const;
const closed = (player: string, award: string, how: 'claimed' | 'expired' | 'withdrawn') =>
  ({
    kind: 'award-closed',
    player: playerId(player),
    award: awardId(award),
    how,
    atMs: 600,
  }) as const;

const prize = (place: number, amount: number): Prize => {
  const places = { from: place, to: place, amount };
  return { kind: 'places', ...places, topPermille: 0, shares: [], division: '' };
};
const table = [prize(1, 100), prize(2, 60), prize(3, 20)];

/** In review; ann has 300 points, bob 200 and cid 100. */
function inReview(terms: Partial<TournamentTerms> = {}): Stage {
  const stage = openStage(createTournament({ terms: { prizes: table, lateMs: 0, ...terms } }));
  for (const player of ['ann', 'bob', 'cid']) stage.tell(joinTournament(player));
  stage.tell(pays('ann', 300), pays('bob', 200), pays('cid', 100), closeTournament());
  stage.fire(100);
  expect(stage.state.phase).toBe('review');
  return stage;
}

const pays = (player: string, payout: number, settlement = 1) =>
  countBet(player, 'b1', { payout, settlement });

function paying(terms: Partial<TournamentTerms> = {}): Stage {
  const stage = inReview(terms);
  stage.tell(official);
  stage.fire(500);
  return stage;
}

const awards = (stage: Stage): readonly AwardState[] => {
  const answer = stage.answer({ kind: 'awards', skip: 0, limit: 1_000 });
  return answer?.kind === 'awards' ? answer.awards : [];
};
const statuses = (stage: Stage) =>
  awards(stage).map(({ award, amount, status }) => `${award} ${amount} ${status}`);
const grants = ({ events }: Pick<Stage, 'events'>) =>
  events.flatMap((it) =>
    it.kind === 'awards-granted' ? it.awards.map((one) => `${one.award} ${one.amount}`) : [],
  );

describe('an official result', () => {
  test('grants each award once, in the order of the ranks, with what it is for', () => {
    const stage = paying();
    expect(grants(stage)).toEqual(['t1.1.1 100', 't1.1.2 60', 't1.1.3 20']);
    const granted = stage.events.find((it) => it.kind === 'awards-granted');
    const [message] = granted === undefined ? [] : tournament.follow('t1', granted);
    expect(message).toEqual({
      to: 'player/ann',
      command: {
        kind: 'grant-award',
        award: 't1.1.1',
        tournament: 't1',
        version: 1,
        rank: 1,
        amount: 100,
        rule: stage.state.rules.id,
        prize: 'places 1 to 1',
        claimMs: stage.state.terms.claimMs,
        atMs: 500,
      },
    });
    expect(stage.tell({ kind: 'pay-awards', atMs: 501 })).toEqual([]);
    expect(stage.timers).toEqual([]);
  });

  test('grants so many at once, and then the next', () => {
    const names = Array.from({ length: GRANTED_AT_ONCE + 1 }, (_, at) => `p${at + 1}`);
    const all = { ...prize(1, 5), to: names.length };
    const stage = openStage(createTournament({ terms: { prizes: [all], lateMs: 0 } }));
    stage.tell(...names.map((name) => joinTournament(name)));
    stage.tell(...names.map((name, at) => pays(name, 1_000 + at)), closeTournament());
    stage.fire(100);
    stage.tell(official);
    expect(stage.tell({ kind: 'advance', from: 'official', atMs: 501 })).toHaveLength(2);
    const [first] = stage.tell({ kind: 'pay-awards', atMs: 501 });
    expect(first).toMatchObject({
      awards: Array.from({ length: GRANTED_AT_ONCE }, (_, at) => ({ rank: at + 1 })),
    });
    const [second] = stage.tell({ kind: 'pay-awards', atMs: 502 });
    expect(second).toMatchObject({ awards: [{ rank: GRANTED_AT_ONCE + 1, player: 'p1' }] });
  });

  test('is archived when the last award is closed, however it ends', () => {
    const stage = paying();
    stage.tell(closed('ann', 't1.1.1', 'claimed'), closed('bob', 't1.1.2', 'expired'));
    expect(stage.fire(700)).toEqual([]);
    expect(statuses(stage)).toEqual([
      't1.1.1 100 claimed',
      't1.1.2 60 expired',
      't1.1.3 20 granted',
    ]);
    expect(stage.tell(closed('ann', 't1.1.1', 'claimed'))).toEqual([]);
    expect(stage.tell(closed('cid', 't1.9.3', 'claimed'))).toEqual([]);
    stage.tell(closed('cid', 't1.1.3', 'claimed'));
    expect(stage.fire(700)).toEqual(['archived', 'photo:archived']);
  });

  test('is told by page', () => {
    const page = (skip: number, limit: number) => paying().answer({ kind: 'awards', skip, limit });
    expect(page(0, 2)).toMatchObject({
      awards: [{ player: 'ann' }, { player: 'bob' }],
      more: true,
    });
    expect(page(1, 2)).toMatchObject({
      awards: [{ player: 'bob' }, { player: 'cid' }],
      more: false,
    });
    expect(page(3, 2)).toMatchObject({ awards: [], more: false });
  });
});

describe('a hold', () => {
  test.each(HOLD_REASONS)('for %s keeps its player and nobody else', (reason) => {
    const stage = inReview();
    stage.tell(hold('ann', reason), official);
    stage.fire(500);
    expect(grants(stage)).toEqual(['t1.1.2 60', 't1.1.3 20']);
    expect(awards(stage)[0]).toMatchObject({ player: 'ann', status: 'held', hold: reason });
    stage.tell(closed('bob', 't1.1.2', 'claimed'), closed('cid', 't1.1.3', 'claimed'));
    expect(stage.fire(1e9)).toEqual([]);
    expect(stage.answer({ kind: 'report' })).toMatchObject({
      report: { holds: [{ player: 'ann', reason, by: 'steward', why: '?' }] },
    });
    stage.tell(release('ann'));
    expect(stage.fire(1e9)).toEqual(['awards-granted']);
    expect(grants(stage).at(-1)).toBe('t1.1.1 100');
    expect(awards(stage)[0]).toMatchObject({ status: 'granted', hold: '' });
  });

  test('that ends in a denial is for good, in later versions too', () => {
    const stage = inReview();
    stage.tell(hold('ann'), official);
    stage.fire(500);
    stage.tell(deny('ann'));
    expect(statuses(stage)[0]).toBe('t1.1.1 100 denied');
    stage.tell(closed('bob', 't1.1.2', 'claimed'), closed('cid', 't1.1.3', 'claimed'));
    expect(stage.fire(700)).toContain('archived');
    stage.tell(pays('ann', 150, 2), correct);
    stage.fire(800);
    expect(statuses(stage)).toContain('t1.2.1 60 denied');
    expect(grants(stage).filter((it) => it.includes('.1 '))).toEqual([]);
    expect(stage.refusal(release('ann'))).toEqual({ reason: 'award-not-held', player: 'ann' });
  });

  test('on what is due is a record once; another reason replaces it', () => {
    const stage = inReview();
    expect(stage.tell(hold('ann'))).toHaveLength(1);
    expect(stage.tell(hold('ann'))).toEqual([]);
    expect(stage.tell(hold('ann', 'aml'))).toHaveLength(1);
    expect([...stage.state.holds.values()]).toMatchObject([{ reason: 'aml' }]);
  });

  test('of a stranger is refused, and so is the release and the denial of who is not held', () => {
    const stage = inReview();
    expect(stage.refusal(hold('zoe'))).toEqual({ reason: 'player-not-entered', player: 'zoe' });
    for (const order of [release('ann'), deny('ann')]) {
      expect(stage.refusal(order)).toEqual({ reason: 'award-not-held', player: 'ann' });
    }
  });

  test('comes too late for what was granted, and not for what is due after it', () => {
    const stage = paying();
    expect(stage.refusal(hold('ann'))).toEqual({ reason: 'award-granted', player: 'ann' });
    stage.tell(pays('cid', 900, 2), correct);
    stage.fire(501);
    expect(statuses(stage)).toContain('t1.2.1 60 due');
    stage.tell(hold('ann'), closed('ann', 't1.1.1', 'withdrawn'));
    expect(stage.fire(700)).toEqual([]);
    expect(statuses(stage)).toContain('t1.2.1 60 held');
  });
});

describe('an award of so much that somebody has to release it', () => {
  test.each([
    [0, ['granted', 'granted', 'granted']],
    [101, ['granted', 'granted', 'granted']],
    [100, ['held', 'granted', 'granted']],
    [60, ['held', 'held', 'granted']],
  ])('from %i on is held', (holdFrom, expected) => {
    const stage = paying({ holdFrom });
    expect(awards(stage).map(({ status }) => status)).toEqual(expected);
    expect(awards(stage).map((it) => it.hold)).toEqual(
      expected.map((it) => (it === 'held' ? 'amount' : '')),
    );
  });

  test('is released or denied as any', () => {
    const stage = paying({ holdFrom: 60 });
    stage.tell(release('ann'), deny('bob'));
    stage.fire(500);
    expect(statuses(stage)).toEqual([
      't1.1.1 100 granted',
      't1.1.2 60 denied',
      't1.1.3 20 granted',
    ]);
  });

  test('is held for another reason when somebody says so', () => {
    const stage = paying({ holdFrom: 60 });
    stage.tell(hold('ann', 'aml'));
    expect(awards(stage)[0]).toMatchObject({ status: 'held', hold: 'aml' });
    stage.tell(release('ann'));
    expect(awards(stage)[0]).toMatchObject({ status: 'due', hold: '' });
  });
});

describe('a correction', () => {
  /** Of cid, who was third, and now is first: ann comes second, bob third. */
  const third = [pays('cid', 900, 2), correct] as const;

  test('takes back what is granted and grants what is new when that is back', () => {
    const stage = paying();
    const events = stage.tell(...third);
    const made = events.find((it) => it.kind === 'result-made');
    expect(made).toMatchObject({
      takenBack: [
        { player: 'ann', award: 't1.1.1' },
        { player: 'bob', award: 't1.1.2' },
        { player: 'cid', award: 't1.1.3' },
      ],
    });
    expect(made && tournament.follow('t1', made)[0]).toEqual({
      to: 'player/ann',
      command: { kind: 'withdraw-award', award: 't1.1.1', why: 'as seen', atMs: 500 },
    });
    stage.fire(501);
    expect(grants(stage)).toHaveLength(3);
    stage.tell(closed('bob', 't1.1.2', 'withdrawn'));
    stage.fire(601);
    expect(grants(stage).slice(3)).toEqual(['t1.2.2 20']);
  });

  test('leaves alone who is awarded as much as before', () => {
    const stage = paying();
    stage.tell(pays('ann', 310, 2), correct);
    stage.fire(501);
    expect(statuses(stage)).toEqual([
      't1.1.1 100 granted',
      't1.1.2 60 granted',
      't1.1.3 20 granted',
    ]);
    expect(stage.state.results.at(-1)).toMatchObject({ version: 2, awards: 3, awardedCents: 180 });
  });

  test('grants again what a version between had taken back, whether it was granted or due', () => {
    for (const held of [false, true]) {
      const stage = inReview();
      if (held) stage.tell(hold('ann'));
      stage.tell(official);
      stage.fire(500);
      stage.tell(pays('ann', 0, 2), correct);
      if (!held) stage.tell(closed('ann', 't1.1.1', 'withdrawn'));
      stage.tell(pays('ann', 300, 3), correct0(stage));
      if (held) stage.tell(release('ann'));
      for (const [player, entry] of [
        ['bob', 2],
        ['cid', 3],
      ] as const) {
        stage.tell(closed(player, `t1.1.${entry}`, 'withdrawn'));
      }
      stage.fire(900);
      expect(grants(stage)).toContain('t1.3.1 100');
    }
  });

  /** Orders the correction when the machine is where it can be. */
  function correct0(stage: Stage): TournamentCommand {
    stage.fire(650);
    return correct;
  }

  test('pays nobody twice: what he had comes off', () => {
    const stage = paying();
    stage.tell(closed('bob', 't1.1.2', 'claimed'), closed('ann', 't1.1.1', 'claimed'));
    stage.tell(pays('bob', 800, 2), correct);
    stage.fire(601);
    // Of nothing he hears nothing.
    expect(grants(stage).slice(3)).toEqual(['t1.2.2 40', 't1.2.1 0']);
    expect(statuses(stage)).toContain('t1.2.1 60 settled');
    const settled = stage.events.findLast((it) => it.kind === 'awards-granted');
    expect(settled && tournament.follow('t1', settled)).toHaveLength(1);
  });

  test('does not give again what was not claimed in time', () => {
    const stage = paying();
    stage.tell(closed('bob', 't1.1.2', 'expired'), pays('bob', 800, 2), correct);
    stage.fire(601);
    expect(grants(stage).slice(3)).toContain('t1.2.2 40');
  });
});

/** All that players were paid, by player. */
function paidOf({ log }: Troupe): Map<string, number> {
  const paid = new Map<string, number>();
  for (const { event } of log) {
    if (event.kind !== 'award-claimed') continue;
    const player = event.award.split('.')[2] ?? '';
    paid.set(player, (paid.get(player) ?? 0) + event.amount);
  }
  return paid;
}

type Result = Extract<TournamentEvent, { kind: 'result-made' }>;

describe('paid to players who claim and are corrected, in any order of messages', () => {
  const players = ['ann', 'bob', 'cid'];
  const T = 'tournament/t1';
  type Act =
    | { readonly kind: 'deliver'; readonly choice: number; readonly keep: boolean }
    | { readonly kind: 'correct'; readonly player: string; readonly payout: number }
    | { readonly kind: 'claim'; readonly player: string }
    | { readonly kind: 'hold' | 'release'; readonly player: string }
    | { readonly kind: 'fire' }
    | { readonly kind: 'crash'; readonly player: string };
  const who = fc.constantFrom(...players);
  const acts: fc.Arbitrary<readonly Act[]> = fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('deliver' as const),
          choice: fc.nat(9),
          keep: fc.boolean(),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('correct' as const),
          player: who,
          payout: fc.constantFrom(0, 50, 150, 250, 900),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), player: who }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constantFrom('hold', 'release'), player: who }),
      },
      { weight: 6, arbitrary: fc.constant<Act>({ kind: 'fire' }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), player: who }) },
    ),
    { maxLength: 60 },
  );

  function play(them: readonly Act[], holdFrom: number) {
    const troupe = createTroupe();
    const settlements = new Map<string, number>();
    const tell = (command: TournamentCommand) => troupe.tell(T, command, 'may-refuse');
    // The troupe has no types; the address says which state it is.
    const state = () => troupe.stateOf(T) as Tournament;
    const fire = () => {
      const [due] = (tournament.timers?.('t1', state()) ?? []).filter(({ atMs }) => atMs <= 1_000);
      if (due === undefined) return false;
      tell({ ...(due.command as object), atMs: 1_000 } as TournamentCommand);
      return true;
    };
    const settle = (player: string, payout: number) => {
      const settlement = (settlements.get(player) ?? 0) + 1;
      settlements.set(player, settlement);
      tell(pays(player, payout, settlement));
    };
    const claim = (player: string) => {
      const [award] = (troupe.stateOf(`player/${player}`) as Player).awardsWaiting;
      if (award === undefined) return false;
      const command = { kind: 'claim-award', award, by: 'counter', atMs: 1_001 };
      return troupe.tell(`player/${player}`, command, 'may-refuse');
    };

    tell(createTournament({ terms: { prizes: table, lateMs: 0, holdFrom } }));
    for (const [at, player] of players.entries()) {
      const account = { kind: 'open-account', request: 'q0', alias: player, atMs: 1 };
      troupe.tell(`player/${player}`, account);
      tell(joinTournament(player));
      settle(player, 300 - 100 * at);
    }
    tell(closeTournament());
    while (fire());
    tell(official);
    while (fire());
    for (const act of them) {
      switch (act.kind) {
        case 'deliver':
          if (troupe.underWay > 0) troupe.deliver(act.choice, act.keep ? 'keep' : undefined);
          break;
        case 'correct':
          settle(act.player, act.payout);
          tell(correct);
          break;
        case 'claim':
          claim(act.player);
          break;
        case 'hold':
          tell(hold(act.player));
          break;
        case 'release':
          tell(release(act.player));
          break;
        case 'fire':
          fire();
          break;
        default:
          troupe.crash(`player/${act.player}`);
          troupe.crash(T);
      }
    }
    for (let more = true; more; ) {
      troupe.deliverAll();
      for (const player of players) tell(release(player));
      more = fire();
      troupe.deliverAll();
      for (const player of players) more = claim(player) || more;
    }
    troupe.deliverAll();
    while (fire());
    return { troupe, state: state() };
  }

  test('is never more than the best of his versions, and the last where he had claimed nothing', () => {
    fc.assert(
      fc.property(acts, fc.constantFrom(0, 60), (them, holdFrom) => {
        const { troupe, state } = play(them, holdFrom);
        expect(troupe.refused).toEqual([]);
        const results = troupe.log.flatMap(({ event }): Result[] =>
          event.kind === 'result-made' ? [event] : [],
        );
        const paid = paidOf(troupe);
        for (const { entry, player } of state.byNumber) {
          const entitled = results.map(
            ({ awards: of }) => of.find((it) => it.entry === entry)?.amount ?? 0,
          );
          const last = entitled.at(-1) ?? 0;
          const all = paid.get(String(entry)) ?? 0;
          expect(all).toBeLessThanOrEqual(Math.max(...entitled));
          // A claim can cross the correction that takes back what is claimed.
          const before = claimedBefore(troupe, entry, results.length);
          expect(all).toBe(Math.max(last, before));
          const free = (troupe.stateOf(`player/${player}`) as Player).free;
          expect(free).toBe(cents(all));
        }
        expect(state).toMatchObject({ phase: 'archived', open: new Map(), due: new Set() });
        const posted = troupe.log.flatMap(({ event }) =>
          event.kind === 'award-posted' ? [event.amount] : [],
        );
        expect(sumOf(posted)).toBe(sumOf(paid.values()));
      }),
      { numRuns: 250 },
    );
  });

  /** Of awards that the last version is not behind. */
  function claimedBefore({ log }: Troupe, entry: number, version: number): number {
    let sum = 0;
    for (const { event } of log) {
      if (event.kind !== 'award-claimed') continue;
      const [, of, own] = event.award.split('.');
      if (Number(own) === entry && Number(of) < version) sum += event.amount;
    }
    return sum;
  }
});
