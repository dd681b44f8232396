import { type DescMessage, fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { KINDS, QUESTIONS } from '../../src/actors/catalogue.ts';
import { BOARD_ROWS, betFact, positionReply } from '../../src/actors/feed.ts';
import { race } from '../../src/actors/race.ts';
import type { PoolDeclaration, RaceCommand, RaceEvent } from '../../src/actors/race-events.ts';
import { tournament } from '../../src/actors/tournament.ts';
import { playerId, poolId } from '../../src/actors/units.ts';
import {
  BoardViewSchema,
  OddsViewSchema,
  PositionReplySchema,
  PositionRequestSchema,
  RaceViewSchema,
  RegisteredBetsSchema,
} from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import type { Publication } from '../../src/runtime/actor.ts';
import { MESSAGE_BYTES_MAX } from '../../src/runtime/bus/bus.ts';
import { given } from '../support/scenario.ts';
import { countBet, createTournament, joinTournament } from '../support/tournaments.ts';
import {
  OPERATOR_EVENTS,
  PLAYER_EVENTS,
  RACE_EVENTS,
  TOURNAMENT_EVENTS,
} from './event-examples.ts';
import {
  close,
  DOUBLE,
  declare,
  doublePool,
  numbers,
  official,
  open,
  raceAfter,
  register,
  result,
  scratch,
  settleNext,
  T1,
  ticket,
  winPool,
} from './given.ts';
import { among, ruleSet, stage } from './pools/given.ts';

const SECRET = 'secretive-player';
const seen = { version: 12, atMs: 1_773_532_800_123 };

/** Messages as text: int64 in quotes, empty fields left out. */
function read(schema: DescMessage, publication: Publication | undefined) {
  if (publication === undefined) throw new Error('nothing was published');
  return JSON.parse(toJsonString(schema, fromBinary(schema, publication.bytes)));
}

const staked = raceAfter(
  declare([winPool, doublePool(700)]),
  scratch(4),
  open,
  { kind: 'record-leg-runners', pool: DOUBLE, leg: 1, runners: numbers(1, 2) },
  register('1', { player: SECRET, bet: 'secret-bet' }),
  register('2', { player: SECRET, bet: 'other', stake: 300 }),
  register('1,2/1', { player: SECRET, bet: 'third', pool: 'double' }),
  { kind: 'publish-probables', atMs: 1_773_532_799_000 },
);
const paid = staked.after(close, result('1+2 3'), official, settleNext());

const pairPool: PoolDeclaration = {
  ...winPool,
  id: poolId('pair'),
  ruleSet: ruleSet({
    bet: { kind: 'runners', picks: [2], ordered: false },
    stages: [stage(among(2, 2))],
  }),
};

/** Every combination of the runners that are named. */
function together(
  runners: string,
  {
    combinations,
    stake = 100,
    ...more
  }: { combinations: number; stake?: number; pool: string; bet?: string },
): RaceCommand {
  const it = ticket(runners, { ...more, stake, cost: stake * combinations });
  return { kind: 'register-bet', ticket: { ...it, combinations }, atMs: 4 };
}

const viewsOf = ({ state }: typeof staked) => race.views?.('r1', state, seen) ?? [];

describe('what the world is told of a race', () => {
  test('is nothing before it is declared', () => {
    expect(viewsOf(raceAfter())).toEqual([]);
  });

  test('is its card', () => {
    const [card] = viewsOf(staked);
    expect(card?.subject).toBe('furlong.races');
    expect(read(RaceViewSchema, card)).toEqual({
      raceId: 'r1',
      title: 'first',
      offTimeMs: '100',
      phase: 'open',
      runners: [
        { number: 1, name: 'horse 1' },
        { number: 2, name: 'horse 2' },
        { number: 3, name: 'horse 3' },
        { number: 4, name: 'horse 4', scratched: true },
      ],
      pools: [
        { poolId: 'win', ruleSetId: 'test@1' },
        {
          poolId: 'double',
          ruleSetId: 'test@1',
          legRaceIds: ['r1', 'r2'],
          guaranteeCents: '700',
        },
      ],
      version: '12',
      asOfMs: '1773532800123',
    });
  });

  test('is its result and dividends once there are any', () => {
    // 4.00, takeout 0.80: 3.20 does not give back 4.00, so both pay 0.80 for 1.
    expect(read(RaceViewSchema, viewsOf(paid)[0])).toMatchObject({
      phase: 'paid',
      order: [{ runners: [1, 2] }, { runners: [3] }],
      pools: [
        {
          dividends: [
            { outcome: '1', dividendHundredths: '80' },
            { outcome: '2', dividendHundredths: '80' },
          ],
        },
        { poolId: 'double' },
      ],
    });
  });

  test('is the money in its pools and what each runner would pay', () => {
    const [, odds] = viewsOf(staked);
    expect(odds?.subject).toBe('furlong.odds.r1');
    expect(read(OddsViewSchema, odds)).toEqual({
      raceId: 'r1',
      pools: [
        {
          poolId: 'win',
          grossCents: '400',
          tickets: '2',
          toShareCents: '320',
          asOfMs: '1773532799000',
          runners: [
            { runner: 1, stakesCents: '100', probableHundredths: '320' },
            { runner: 2, stakesCents: '300', probableHundredths: '100' },
            { runner: 3 },
          ],
        },
        {
          poolId: 'double',
          grossCents: '200',
          tickets: '1',
          toShareCents: '700',
          asOfMs: '1773532799000',
        },
      ],
      version: '12',
      asOfMs: '1773532799000',
    });
  });

  test('is what was published, whatever has been bet since', () => {
    const later = staked.after(register('1', { player: SECRET, bet: 'late' }), scratch(3));
    expect(viewsOf(later)[1]).toEqual(viewsOf(staked)[1]);
  });

  test('is nothing in any pool before that, but who runs and what is guaranteed', () => {
    const early = raceAfter(declare([winPool, doublePool(700)]), scratch(4), open, register('1'));
    expect(read(OddsViewSchema, viewsOf(early)[1])).toEqual({
      raceId: 'r1',
      pools: [
        { poolId: 'win', runners: [{ runner: 1 }, { runner: 2 }, { runner: 3 }] },
        { poolId: 'double', toShareCents: '700' },
      ],
      version: '12',
      asOfMs: '1773532800123',
    });
  });

  test('is each backed combination of a pool on several runners', () => {
    const pairs = raceAfter(
      declare([pairPool]),
      open,
      together('2,1', { pool: 'pair', combinations: 1 }),
      together('2,3', { pool: 'pair', combinations: 1, bet: 'b2', stake: 300 }),
      { kind: 'publish-probables', atMs: 5 },
      scratch(3),
      { kind: 'publish-probables', atMs: 6 },
    );
    expect(read(OddsViewSchema, viewsOf(pairs)[1])).toMatchObject({
      pools: [
        {
          combinations: [
            { combination: '1-2', stakesCents: '100', probableHundredths: '80' },
            // With a withdrawn runner it wins by no arrival.
            { combination: '2-3', stakesCents: '300' },
          ],
          asOfMs: '6',
        },
      ],
    });
  });

  test('fits a message of the bus, with every pool as large as one may be', () => {
    const bets = { kind: 'runners', picks: [3], ordered: false } as const;
    const pools = Array.from({ length: 10 }, (_, index) => ({
      ...pairPool,
      id: poolId(`trio-${index}`),
      ruleSet: { ...pairPool.ruleSet, bet: bets, stages: [stage(among(3, 3))] },
    }));
    const everybody = Array.from({ length: 18 }, (_, index) => index + 1).join();
    const one = raceAfter(
      declare(pools, 18),
      open,
      ...pools.map(({ id: pool }, index) =>
        together(everybody, { pool, bet: `b${index}`, combinations: 816 }),
      ),
      // One at a time, as large as they are.
      ...pools.map((_, index) => ({
        kind: 'publish-probables' as const,
        atMs: 10_000 + 1_000 * index,
      })),
    );
    const bytes = viewsOf(one)[1]?.bytes ?? new Uint8Array();
    expect(fromBinary(OddsViewSchema, bytes).pools.map((it) => it.combinations.length)).toEqual(
      pools.map(() => 816),
    );
    expect(bytes.length).toBeLessThan(MESSAGE_BYTES_MAX / 4);
  });

  test('is every registered bet with its place in the pool', () => {
    const [, , third] = staked.history.filter((it) => it.kind === 'bet-registered');
    const fact = third && betFact('r1', third);
    expect(fact?.subject).toBe('furlong.bets.r1');
    expect(read(RegisteredBetsSchema, fact)).toEqual({
      bets: [
        {
          raceId: 'r1',
          poolId: 'double',
          legs: [{ runners: [1, 2] }, { runners: [1] }],
          stakeCents: '100',
          costCents: '200',
          ticket: '1',
        },
      ],
    });
  });

  test('reads as one message when the bets of a turn are put end to end', () => {
    const facts = staked.history.flatMap((event) => race.fact?.('r1', event)?.bytes ?? []);
    const { bets } = fromBinary(RegisteredBetsSchema, Buffer.concat(facts));
    expect(bets.map((it) => [it.poolId, it.ticket])).toEqual([
      ['win', 1n],
      ['win', 2n],
      ['double', 1n],
    ]);
  });
});

describe('what the world is told of a tournament', () => {
  const joined = (players: number) =>
    given(tournament, 't1').after(
      createTournament({ races: ['r1'], bestOf: 3 }),
      ...Array.from({ length: players }, (_, index) =>
        joinTournament(`${SECRET}-${index}`, { alias: `alias ${index}` }),
      ),
      countBet(`${SECRET}-1`, 'secret-bet', { payout: 450 }),
    );
  const boardOf = (players: number) => tournament.views?.('t1', joined(players).state, seen)[0];

  test('is nothing before it is created', () => {
    expect(tournament.views?.('t1', given(tournament, 't1').state, seen)).toEqual([]);
  });

  test('is the top of its board, by number and alias', () => {
    const board = boardOf(2);
    expect(board?.subject).toBe('furlong.board.t1');
    expect(read(BoardViewSchema, board)).toEqual({
      tournamentId: 't1',
      title: 'Sunday',
      players: '2',
      rows: [
        { rank: '1', entry: '2', alias: 'alias 1', score: '450', countedBets: '1' },
        { rank: '2', entry: '1', alias: 'alias 0' },
      ],
      version: '12',
      asOfMs: '1773532800123',
      phase: 'open',
      scoringRuleId: 'return-percent-best-3@1',
    });
  });

  test.each([
    [BOARD_ROWS, BOARD_ROWS],
    [BOARD_ROWS + 1, BOARD_ROWS],
  ])('of %i players is %i rows', (players, rows) => {
    const view = read(BoardViewSchema, boardOf(players));
    expect([view.players, view.rows.length]).toEqual([String(players), rows]);
  });

  test('is a position, to who asks for it', () => {
    const answer = joined(2).answer({ kind: 'position', player: playerId(`${SECRET}-0`) });
    const bytes = positionReply(answer, 7);
    expect(read(PositionReplySchema, { subject: '', bytes })).toEqual({
      found: true,
      row: { rank: '2', entry: '1', alias: 'alias 0' },
      players: '2',
      toNext: '450',
      version: '7',
    });
    expect(Buffer.from(bytes).toString('latin1')).not.toContain(SECRET);
  });

  test.each([
    ['a stranger', { kind: 'nothing' } as const],
    ['nobody', undefined],
  ])('is no position for %s', (_what, answer) => {
    const bytes = positionReply(answer, 7);
    expect(read(PositionReplySchema, { subject: '', bytes })).toEqual({});
  });

  test('names no player in any row of any view', () => {
    const told = boardOf(BOARD_ROWS)?.bytes ?? new Uint8Array();
    expect(Buffer.from(told).toString('latin1')).not.toContain(SECRET);
  });
});

describe('nobody’s identity', () => {
  test('is in the views and facts of a race, before and after it is paid', () => {
    const published = [
      ...viewsOf(staked),
      ...viewsOf(paid),
      ...paid.history.flatMap((event) => race.fact?.('r1', event) ?? []),
    ];
    expect(published).toHaveLength(7);
    for (const { subject, bytes } of published) {
      for (const secret of [SECRET, 'secret-bet']) {
        expect(subject).not.toContain(secret);
        expect(Buffer.from(bytes).toString('latin1')).not.toContain(secret);
      }
    }
  });

  const examples: readonly { readonly kind: string }[] = [
    ...[PLAYER_EVENTS, RACE_EVENTS, TOURNAMENT_EVENTS, OPERATOR_EVENTS].flatMap((them) =>
      Object.values(them),
    ),
  ];
  test.each(examples)('leaves with a fact of $kind: none does, but of registered bets', (event) => {
    for (const kind of KINDS) {
      const fact = kind.kind === 'race' ? race.fact?.('r1', event as RaceEvent) : undefined;
      expect(kind.kind === 'race' || kind.fact === undefined).toBe(true);
      expect(fact !== undefined).toBe(kind.kind === 'race' && event.kind === 'bet-registered');
    }
  });

  test('is published by no kind of actor but race and tournament', () => {
    const publishing = KINDS.filter((it) => it.views !== undefined || it.fact !== undefined);
    expect(publishing.map((it) => it.kind)).toEqual(['race', 'tournament']);
  });
});

describe('a question from the bus', () => {
  const [position] = QUESTIONS;
  const asked = (tournamentId: string, player: string) =>
    position?.parse(
      toBinary(PositionRequestSchema, {
        $typeName: 'furlong.feed.v1.PositionRequest',
        tournamentId,
        playerId: player,
      }),
    );

  test('goes to the tournament that it names', () => {
    expect(position?.subject).toBe('furlong.ask.position');
    expect(asked('t1', 'ann')).toEqual({
      to: `tournament/${T1}`,
      query: { kind: 'position', player: 'ann' },
    });
  });

  test.each([
    ['', 'ann'],
    ['t1', ''],
    ['../t1', 'ann'],
    ['t1', 'a b'],
  ])('that names no tournament or no player is not answered: %j, %j', (id, player) => {
    expect(asked(id, player)).toBeUndefined();
  });

  test.each([
    ['a tag cut short', [0xff]],
    ['a length beyond the end', [0x0a, 0x7f, 0x41]],
    ['text', [...Buffer.from('hello')]],
    ['a wire type that does not exist', [0x0f, 0x01]],
    ['an id that is no UTF-8', [0x0a, 0x02, 0xc3, 0x28]],
  ])('of bytes that make no sense is not answered, and harms nobody: %s', (_what, bytes) => {
    expect(position?.parse(Uint8Array.from(bytes))).toBeUndefined();
  });

  test('is answered with what the tournament said', () => {
    const bytes = position?.reply({ kind: 'nothing' }, 3);
    expect(bytes && fromBinary(PositionReplySchema, bytes).found).toBe(false);
  });
});
