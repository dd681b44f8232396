import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LegOutcome, wholeOutcome } from '../../src/actors/pools/price.ts';
import { race } from '../../src/actors/race.ts';
import type { PoolDeclaration, RaceCommand, RaceEvent } from '../../src/actors/race-events.ts';
import { raceId } from '../../src/actors/units.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { createTroupe, type Troupe } from '../support/scenario.ts';
import {
  close,
  DOUBLE,
  declare,
  deposit,
  doublePool,
  numbers,
  official,
  open,
  openAccount,
  place,
  R1,
  raceAfter,
  register,
  result,
  scratch,
  settleNext,
  suspend,
  ticket,
  voided,
  WIN,
  winPool,
} from './given.ts';
import { multiLegRules } from './pools/given.ts';

const legOf = { race: R1, pool: DOUBLE, leg: 1 };
const attach: RaceCommand = { kind: 'attach-leg', legOf };
const legRunners = (leg: number, ...them: number[]): RaceCommand => ({
  kind: 'record-leg-runners',
  pool: DOUBLE,
  leg,
  runners: numbers(...them),
});
const legWon = (leg: number, winner: number, nonRunners: number[] = []): RaceCommand => ({
  kind: 'record-leg',
  pool: DOUBLE,
  leg,
  outcome: { winners: numbers(winner), nonRunners: numbers(...nonRunners), voided: false },
});
const legVoid = (leg: number): RaceCommand => ({
  kind: 'record-leg',
  pool: DOUBLE,
  leg,
  outcome: { winners: [], nonRunners: [], voided: true },
});

const legClosed = (leg: number): RaceCommand => ({ kind: 'record-leg-closed', pool: DOUBLE, leg });

const follows = (events: readonly RaceEvent[], id = 'r2') =>
  events.flatMap((event) => race.follow(id, event));

describe('a leg of another race’s pool', () => {
  test('is asked for by the declaration of the pool, one race after the other, its own included', () => {
    const declared = raceAfter().when(declare([doublePool()])).events;
    expect(follows(declared, 'r1')).toEqual([
      { to: 'race/r1', command: { kind: 'attach-leg', legOf: { ...legOf, leg: 0 }, places: 1 } },
      { to: 'race/r2', command: { ...attach, places: 1 } },
    ]);
  });

  test('is attached once, whatever the phase', () => {
    for (const before of [[], [declare()], [declare(), open, voided]] as RaceCommand[][]) {
      raceAfter(...before, attach)
        .when(attach)
        .yields();
    }
  });

  const runners = (...them: number[]) => ({
    to: 'race/r1',
    command: { kind: 'record-leg-runners', pool: DOUBLE, leg: 1, runners: them },
  });
  const outcome = (winners: number[], nonRunners: number[], more: object) => ({
    to: 'race/r1',
    command: {
      kind: 'record-leg',
      pool: DOUBLE,
      leg: 1,
      outcome: wholeOutcome({
        winners: numbers(...winners),
        nonRunners: numbers(...nonRunners),
        voided: false,
        ...more,
      }),
      revision: 1,
    },
  });
  /** Of those that tell an outcome, what every one of them tells: with every field, without the time. */
  const told = (events: readonly RaceEvent[]) =>
    follows(events).map(({ to, command }) => {
      const { atMs: _, ...it } = command as { atMs?: number; outcome?: LegOutcome };
      return {
        to,
        command: it.outcome === undefined ? it : { ...it, outcome: wholeOutcome(it.outcome) },
      };
    });
  const arrived = {
    order: [numbers(2, 3), numbers(1)],
    starters: 3,
    substitutes: numbers(1, 2, 3),
  };
  const calledOff = outcome([], [], { voided: true });

  test('attached before its race is declared tells its runners when it is', () => {
    expect(follows(raceAfter().when(attach).events)).toEqual([]);
    expect(follows(raceAfter(attach).when(declare()).events)).toEqual([runners(1, 2, 3, 4)]);
  });

  test('attached after its race is declared tells its runners at once, less those withdrawn', () => {
    expect(follows(raceAfter(declare(), scratch(2)).when(attach).events)).toEqual([
      runners(1, 3, 4),
    ]);
  });

  test('tells the runners that are left when one is withdrawn', () => {
    expect(follows(raceAfter(declare(), attach).when(scratch(2)).events)).toEqual([
      runners(1, 3, 4),
    ]);
  });

  const closed = {
    to: 'race/r1',
    command: { kind: 'record-leg-closed', pool: DOUBLE, leg: 1 },
  };
  test('tells that it takes no more bets when it is closed, and each pool that it is a leg of', () => {
    const other = { race: raceId('r0'), pool: WIN, leg: 3 };
    const both = raceAfter(attach, declare(), { kind: 'attach-leg', legOf: other }, open);
    const closing = both.when(close);
    expect(closing.events).toMatchObject([{ kind: 'race-closed', legOf: [legOf, other] }]);
    expect(follows(closing.events)).toEqual([
      closed,
      { to: 'race/r0', command: { kind: 'record-leg-closed', pool: WIN, leg: 3 } },
    ]);
    expect(follows(both.after(close).when(close).events)).toEqual([]);
  });

  test('says nothing of the kind while it may still be opened again', () => {
    for (const since of [[], [open], [open, suspend]] as RaceCommand[][]) {
      expect(follows(raceAfter(declare(), ...since).when(attach).events)).not.toContainEqual(
        closed,
      );
    }
    expect(follows(raceAfter(declare(), open, attach).when(suspend).events)).toEqual([]);
  });

  test.each([
    ['closed', []],
    ['provisional', [result('2+3 1')]],
  ] as [string, RaceCommand[]][])(
    'attached while it is %s tells its runners and that it is closed',
    (_phase, since) => {
      const late = raceAfter(declare(), open, close, ...since).when(attach);
      expect(late.events).toMatchObject([{ kind: 'leg-attached', closed: true }]);
      expect(follows(late.events)).toEqual([runners(1, 2, 3, 4), closed]);
    },
  );

  const ran = [declare([]), scratch(4), open, close, result('2+3 1')];
  test('tells its winners and non-runners when they are official', () => {
    const { events } = raceAfter(attach, ...ran).when(official);
    expect(told(events)).toEqual([outcome([2, 3], [4], arrived)]);
    expect(follows(events)).toMatchObject([{ command: { atMs: 7 } }]);
  });

  test('tells that it is void when it is called off', () => {
    const { events } = raceAfter(attach, ...ran).when(voided);
    expect(told(events)).toEqual([calledOff]);
    expect(follows(events)).toMatchObject([{ command: { atMs: 7 } }]);
  });

  test('attached after it was run tells the same as one attached before', () => {
    expect(told(raceAfter(...ran, official).when(attach).events)).toEqual([
      runners(1, 2, 3),
      closed,
      outcome([2, 3], [4], arrived),
    ]);
    expect(told(raceAfter(...ran, voided).when(attach).events)).toEqual([
      runners(1, 2, 3),
      closed,
      calledOff,
    ]);
  });

  test('attached while the race is official but not paid tells its outcome too', () => {
    const unpaid = raceAfter(declare([winPool]), open, close, result('1'), official);
    expect(unpaid.state.phase).toBe('official');
    const all = { order: [numbers(1)], starters: 4, substitutes: numbers(1, 2, 3, 4) };
    expect(told(unpaid.when(attach).events)).toContainEqual(outcome([1], [], all));
    const unrefunded = raceAfter(declare([winPool]), open, voided);
    expect(unrefunded.state.phase).toBe('void');
    expect(told(unrefunded.when(attach).events)).toContainEqual(calledOff);
  });
});

describe('a pool over several races', () => {
  const treblePool: PoolDeclaration = {
    ...doublePool(),
    ruleSet: multiLegRules({}, { legs: 3 }),
    legs: [R1, raceId('r2'), raceId('r3')],
  };
  const home = (guarantee = 0) =>
    raceAfter(declare([doublePool(guarantee)]), open, legRunners(1, 1, 2, 3));
  const bet = (legs: string, name: string, stake = 100) =>
    register(legs, { pool: 'double', bet: name, stake });

  test('knows who runs in a leg from the shortest list it was ever told', () => {
    home()
      .when(legRunners(1, 1, 2, 3))
      .yields();
    home()
      .when(legRunners(1, 1, 3))
      .yields({ kind: 'leg-runners-recorded', pool: DOUBLE, leg: 1, runners: numbers(1, 3) });
    home()
      .after(legRunners(1, 1, 3))
      .when(legRunners(1, 1, 2, 3))
      .yields();
  });

  test.each([
    ['runners', legRunners(1, 1)],
    ['a close', legClosed(1)],
    ['an outcome', legWon(1, 1)],
    ['a settlement', settleNext(DOUBLE)],
  ] as [string, RaceCommand][])('refuses %s for a pool that it does not have', (_what, command) => {
    raceAfter(declare()).when(command).refuses({ reason: 'unknown-pool', pool: DOUBLE });
  });

  const two = (guarantee = 0) =>
    home(guarantee).after(bet('1/2', 'b1'), bet('1,2/1', 'b2'), bet('2/2', 'b3', 700), close);

  test.each([
    [0, 1],
    [1, 0],
  ])('is priced by its last leg and by no other: leg %i, then %i', (first, second) => {
    const winners = [1, 2];
    const one = two().when(legWon(first, winners[first] ?? 0));
    // After it the bets that are still alive are counted, and nothing is priced.
    expect(one.events.map((it) => it.kind)).toEqual(['leg-recorded', 'survivors-counted']);
    const after = two().after(legWon(first, winners[first] ?? 0));
    const last = after.when(legWon(second, winners[second] ?? 0));
    // 10.00, takeout 2.00: 8.00 for the one combination 1/2 of 1.00.
    expect(last.events).toMatchObject([
      { kind: 'leg-recorded', leg: second },
      {
        kind: 'pool-priced',
        gross: 1_000,
        takeout: 200,
        payout: 800,
        verdict: 'won',
        dividends: [{ outcome: '1/2', hundredths: 800 }],
        legs: [{ winners: [1] }, { winners: [2] }],
      },
    ]);
  });

  test('is priced once, however often and with whatever its legs report again', () => {
    const priced = two().after(legWon(0, 1), legWon(1, 2));
    for (const again of [legWon(0, 1), legWon(1, 2), legWon(1, 1), legVoid(0)]) {
      priced.when(again).yields();
    }
    expect(priced.after(settleNext(DOUBLE)).when(legWon(1, 2)).events).toEqual([]);
  });

  test('does not keep its race from being paid, nor is kept by it', () => {
    const paid = two().after(result('1'), official);
    expect(paid.state.phase).toBe('paid');
    const settled = paid.after(legWon(0, 1), legWon(1, 2), settleNext(DOUBLE));
    expect(settled.state.pools.get(DOUBLE)).toMatchObject({ settled: true, money: 0 });
  });

  test('draws on the reserve for a guarantee that it does not reach, when it is won', () => {
    const priced = two(5_000).after(legWon(0, 1)).when(legWon(1, 2)).events;
    expect(priced).toMatchObject([{}, { broughtIn: 4_200, payout: 5_000, takeout: 200 }]);
    expect(follows(priced, 'r1')[0]).toMatchObject({
      to: 'operator/house',
      command: { fromReserve: 4_200, toReserve: 0 },
    });
  });

  test('leaves its net to the reserve when nobody has it, guarantee or not', () => {
    const priced = two(5_000).after(legWon(0, 3)).when(legWon(1, 3)).events;
    expect(priced).toMatchObject([{}, { broughtIn: 0, payout: 0, takeout: 200, carriedOut: 800 }]);
    expect(follows(priced, 'r1')[0]).toMatchObject({
      command: { fromReserve: 0, toReserve: 800 },
    });
    const settled = two(5_000).after(legWon(0, 3), legWon(1, 3), settleNext(DOUBLE));
    expect(settled.answer({ kind: 'books' })).toEqual({ kind: 'books', inPools: 0 });
  });

  test('a void leg is won by every runner, a second void leg gives everything back', () => {
    expect(two().after(legVoid(0)).when(legWon(1, 2)).events).toMatchObject([
      {},
      { verdict: 'won', dividends: [{ outcome: '*/2', winningStakes: 800 }] },
    ]);
    expect(two().after(legVoid(0)).when(legVoid(1)).events).toMatchObject([
      {},
      { verdict: 'refunded', refunds: 1_000, payout: 0, takeout: 0 },
    ]);
  });

  test('gives back the combinations with a non-runner and pays the others', () => {
    const settled = two()
      .after(legWon(0, 1, [2]), legWon(1, 1))
      .when(settleNext(DOUBLE)).events;
    // Left: 1/2 and 1/1 of 1.00 each. 2.00, takeout 0.40: 1.60 for 1/1.
    expect(settled).toMatchObject([
      {
        tickets: [
          { bet: 'b1', payout: 0, refund: 0 },
          { bet: 'b2', payout: 160, refund: 100 },
          { bet: 'b3', payout: 0, refund: 700 },
        ],
      },
      { kind: 'pool-settled' },
    ]);
  });

  const refused = (leg: number, race: string) => [
    {
      kind: 'bet-refused',
      refusal: { reason: 'race-not-open', details: { race, phase: 'closed', leg: String(leg) } },
    },
  ];
  test('takes no bet once a later leg is closed, before anybody knows its winner', () => {
    home().when(legClosed(1)).yields({ kind: 'leg-closed', pool: DOUBLE, leg: 1 });
    const late = home().after(bet('1/1', 'b1'), legClosed(1));
    expect(late.when(bet('1/1', 'b2')).events).toMatchObject(refused(1, 'r2'));
    late.when(bet('1/1', 'b1')).yields();
    late.when(legClosed(1)).yields();
  });

  test('says that its own race is closed or suspended, rather than a leg', () => {
    const late = home().after(legClosed(1));
    for (const [order, phase] of [
      [close, 'closed'],
      [suspend, 'suspended'],
    ] as const) {
      expect(late.after(order).when(bet('1/1', 'b1')).events).toMatchObject([
        { refusal: { reason: 'race-not-open', details: { race: 'r1', phase } } },
      ]);
    }
  });

  test('that is closed leaves the other pools of its race open', () => {
    const both = raceAfter(declare([winPool, doublePool()]), open, legClosed(1));
    expect(both.when(register('1')).events).toMatchObject([{ kind: 'bet-registered' }]);
  });

  test('goes on over a leg that was called off, closed before or not, told in any order', () => {
    for (const told of [[legVoid(1)], [legClosed(1), legVoid(1)], [legVoid(1), legClosed(1)]]) {
      expect(
        home()
          .after(...told)
          .when(bet('1/1', 'b1')).events,
      ).toMatchObject([{ kind: 'bet-registered' }]);
    }
    const three = raceAfter(declare([treblePool]), open, legRunners(1, 1), legRunners(2, 1));
    expect(
      three.after(legClosed(1), legClosed(2), legVoid(1)).when(bet('1/1/1', 'b1')).events,
    ).toMatchObject(refused(2, 'r3'));
  });

  test('takes no bet once the winner of a later leg is known, but goes on over a void one', () => {
    const open2 = home();
    expect(open2.after(legVoid(1)).when(bet('1/1', 'b1')).events).toMatchObject([
      { kind: 'bet-registered' },
    ]);
    expect(open2.after(legWon(1, 1)).when(bet('1/1', 'b1')).events).toMatchObject([
      { kind: 'bet-refused', refusal: { reason: 'race-not-open', details: { race: 'r2' } } },
    ]);
  });
});

describe('two races together', () => {
  const at = (id: string): Address => `race/${id}`;
  const orders = fc.constantFrom(open, suspend, close);

  function world(pool: PoolDeclaration) {
    const troupe = createTroupe();
    const steward = (id: string, ...commands: RaceCommand[]) => {
      for (const command of commands) troupe.tell(at(id), command);
    };
    troupe.tell('player/ann', openAccount);
    troupe.tell('player/ann', deposit(10_000));
    return { troupe, steward, first: declare([winPool, pool]), second: declare([winPool]) };
  }

  function books(troupe: Troupe) {
    const account = troupe.answer('player/ann', { kind: 'account' }) as {
      account: { free: number; held: number };
    };
    const house = troupe.answer('operator/house', { kind: 'books' }) as {
      takeout: number;
      breakage: number;
      reserve: number;
    };
    return { free: account.account.free, held: account.account.held, ...house };
  }

  type Step = 'first' | 'second' | 'deliver';
  const arrivals: [string, Step[]][] = [
    ['the home race first', ['first', 'deliver', 'second', 'deliver']],
    ['the leg first', ['second', 'deliver', 'first', 'deliver']],
    ['both before a message arrives', ['first', 'second', 'deliver']],
    ['both before a message arrives, the leg first', ['second', 'first', 'deliver']],
  ];
  test.each(arrivals)('declared in any order they take bets on both: %s', (_what, steps) => {
    const { troupe, steward, first, second } = world(doublePool());
    for (const step of steps) {
      if (step === 'deliver') troupe.deliverAll();
      else steward(step === 'first' ? 'r1' : 'r2', step === 'first' ? first : second);
    }
    steward('r1', open);
    steward('r2', open);
    troupe.tell('player/ann', place(ticket('1/2', { pool: 'double', stake: 1_000 })));
    troupe.deliverAll();
    steward('r1', close, result('1 2'), official);
    troupe.deliverAll();
    expect(books(troupe)).toMatchObject({ free: 9_000, held: 0, takeout: 0 });
    steward('r2', close, result('2 1'), official);
    troupe.deliverAll();
    expect(books(troupe)).toMatchObject({
      free: 9_800,
      held: 0,
      takeout: 200,
      breakage: 0,
      reserve: 0,
    });
    expect(troupe.refused).toEqual([]);
    expect(troupe.log.filter(({ event }) => event.kind === 'pool-priced')).toHaveLength(3);
  });

  test('a pool declared when its leg is official already is priced all the same', () => {
    const { troupe, steward, first, second } = world(doublePool());
    steward('r2', second, open, close, result('1 2'), official);
    steward('r1', first, open, suspend, open, close, result('1 2'), official);
    troupe.deliverAll();
    expect(troupe.answer(at('r1'), { kind: 'race' })).toMatchObject({
      race: { phase: 'paid', pools: [{ id: 'win' }, { id: 'double', settled: true }] },
    });
    expect(troupe.refused).toEqual([]);
  });

  const registered = (troupe: Troupe) =>
    troupe.log.filter(({ event }) => event.kind === 'bet-registered').length;
  const double = (name: string, legs = '1/1') =>
    place(ticket(legs, { pool: 'double', bet: name, stake: 100 }));

  test('nobody bets on a later leg that is running, though the first is still open', () => {
    const { troupe, steward, first, second } = world(doublePool());
    steward('r1', first, open);
    steward('r2', second, open);
    troupe.deliverAll();
    troupe.tell('player/ann', double('before'));
    troupe.deliverAll();
    steward('r2', close);
    troupe.deliverAll();
    expect(registered(troupe)).toBe(1);
    troupe.tell('player/ann', double('after'));
    troupe.deliverAll();
    expect(registered(troupe)).toBe(1);
    expect(books(troupe)).toMatchObject({ free: 9_900, held: 0 });
    expect(troupe.answer('player/ann', { kind: 'bet', bet: 'after' })).toMatchObject({
      bet: { status: { refusal: { details: { race: 'r2', phase: 'closed', leg: '1' } } } },
    });
    troupe.tell('player/ann', place(ticket('1', { bet: 'win' })));
    troupe.deliverAll();
    expect(registered(troupe)).toBe(2);
    expect(troupe.refused).toEqual([]);
  });

  test.each([
    ['closed', [close]],
    ['provisional', [close, result('1 2')]],
    ['official', [close, result('1 2'), official]],
  ] as [string, RaceCommand[]][])(
    'a pool declared when its later leg is %s already takes no bet',
    (_phase, since) => {
      const { troupe, steward, first, second } = world(doublePool());
      steward('r2', second, open, ...since);
      steward('r1', first, open);
      troupe.deliverAll();
      troupe.tell('player/ann', double('late'));
      troupe.deliverAll();
      expect(registered(troupe)).toBe(0);
      expect(books(troupe)).toMatchObject({ free: 10_000, held: 0 });
    },
  );

  test('a pool declared when its later leg was called off takes bets on the other', () => {
    const { troupe, steward, first, second } = world(doublePool());
    steward('r2', second, open, voided);
    steward('r1', first, open);
    troupe.deliverAll();
    troupe.tell('player/ann', double('b1'));
    troupe.deliverAll();
    expect(registered(troupe)).toBe(1);
  });

  test('no bet comes in after the home race heard of a close, however messages travel', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ bet: fc.constantFrom('b1', 'b2', 'b3', 'b4') }) },
        { weight: 1, arbitrary: fc.record({ of: fc.constantFrom('r1', 'r2'), by: orders }) },
        { weight: 4, arbitrary: fc.record({ choice: fc.nat(20), keep: fc.boolean() }) },
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (them) => {
        const { troupe, first, second } = world(doublePool());
        for (const step of them) {
          if ('bet' in step) troupe.tell('player/ann', double(step.bet), 'may-refuse');
          else if ('of' in step) {
            troupe.tell(at(step.of), step.of === 'r1' ? first : second, 'may-refuse');
            troupe.tell(at(step.of), step.by, 'may-refuse');
          } else if (troupe.underWay > 0) {
            troupe.deliver(step.choice, step.keep ? 'keep' : undefined);
          }
        }
        troupe.deliverAll();
        const closedAt = troupe.log.findIndex(({ event }) => event.kind === 'leg-closed');
        const since = closedAt < 0 ? [] : troupe.log.slice(closedAt);
        expect(since.filter(({ event }) => event.kind === 'bet-registered')).toEqual([]);
        expect(troupe.refused).toEqual([]);
        // At rest the home race has heard of every close.
        const closes = troupe.log.filter(({ event }) => event.kind === 'race-closed');
        const heard = troupe.log.filter(({ event }) => event.kind === 'leg-closed');
        const declared = troupe.log.some(
          ({ address, event }) => address === at('r1') && event.kind === 'race-declared',
        );
        expect(heard).toHaveLength(declared ? closes.length : 0);
      }),
      { numRuns: 500 },
    );
  });

  test('a called-off home race counts as a void leg, like any other', () => {
    const { troupe, steward, first, second } = world(doublePool());
    steward('r1', first, open);
    steward('r2', second, open);
    troupe.deliverAll();
    troupe.tell('player/ann', place(ticket('1,2/2', { pool: 'double', stake: 500 })));
    troupe.deliverAll();
    steward('r1', voided);
    steward('r2', close, result('2 1'), official);
    troupe.deliverAll();
    // One dividend over both combinations: 10.00 less 2.00.
    expect(books(troupe)).toMatchObject({ free: 9_800, takeout: 200 });
  });
});
