/**
 * Who uses the machine: players and stewards, as people are. They ask again with the same ids, give
 * up, use an id twice for different things, change their minds, and find mistakes after the official.
 */
import type { PlayerAnswer, PlayerCommand } from '../../src/actors/player-events.ts';
import type { Order } from '../../src/actors/pools/price.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { cents, type RunnerNumber, tournamentId } from '../../src/actors/units.ts';
import { joinTournament } from '../support/tournaments.ts';
import type { Door } from './door.ts';
import { type Kernel, MS, SECOND } from './kernel.ts';
import { claimAwards, holdTournament, TOURNAMENT_CREATION } from './master.ts';
import {
  CHANNELS,
  declaration,
  numbered,
  programme,
  type RaceOfDay,
  TOURNAMENT,
  ticketOf,
} from './programme.ts';

export interface Workload {
  /** Everybody has done what they wanted, and has their answers. */
  readonly done: boolean;
  readonly counts: { bets: number; orders: number; refused: number };
}

const PLAYERS = 3;

/** From the first bet to the last race. */
const DAY_US = 4 * SECOND;

export function startWorkload(options: {
  readonly kernel: Kernel;
  readonly door: Door;
  readonly find: (invariant: string, what: string) => void;
}): Workload {
  const { kernel, door, find } = options;
  const chance = kernel.chanceFor('workload');
  const races = programme(chance.oneIn(2));
  const counts = { bets: 0, orders: 0, refused: 0 };
  let underWay = 0;

  const workload = {
    counts,
    get done() {
      return underWay === 0;
    },
  };
  begin(setUp());
  return workload;

  function begin(work: Promise<void>): void {
    underWay++;
    void work.then(
      () => underWay--,
      (cause) => find('clients get sensible answers', String(cause)),
    );
  }

  async function setUp(): Promise<void> {
    const created = () => ({ command: TOURNAMENT_CREATION });
    await door.ask(`tournament/${TOURNAMENT}`, created, { id: 'create' });
    begin(holdTournament({ kernel, door }));
    for (const [index, race] of races.entries()) begin(steward(race, index));
    for (let number = 0; number < PLAYERS; number++) begin(player(`p${number}`));
  }

  /** From the declaration to the last correction. */
  async function steward(race: RaceOfDay, index: number): Promise<void> {
    const scratched = new Set<RunnerNumber>();
    const random = kernel.chanceFor(`steward of ${race.id}`);
    const ordered = () => ({ by: 'steward', atMs: door.now() });
    const authorised = () => ({ authorisedBy: 'second', why: 'looked again', ...ordered() });
    let orders = 0;

    async function order(what: () => RaceCommand): Promise<boolean> {
      counts.orders++;
      const id = `${race.id}-order-${orders++}`;
      const answer = await door.ask(`race/${race.id}`, () => ({ command: what() }), { id });
      if (answer?.kind === 'rejected') counts.refused++;
      return answer?.kind === 'accepted';
    }

    await order(() => declaration(race, ordered()));
    await order(() => ({ kind: 'open-race', ...ordered() }));
    const saleUs = (DAY_US * (index + 1)) / races.length;
    await door.sleep(saleUs / 2);
    if (random.oneIn(3)) await scratch();
    if (random.oneIn(4)) {
      await order(() => ({ kind: 'suspend-race', why: 'wind', ...ordered() }));
      await door.sleep(random.below(SECOND));
      await order(() => ({ kind: 'open-race', ...ordered() }));
    }
    await door.sleep(saleUs / 2);
    if (random.oneIn(12)) {
      await order(() => ({ kind: 'void-race', why: 'fog', ...ordered() }));
    } else {
      await order(() => ({ kind: 'close-race', why: 'off', ...ordered() }));
      await ran();
    }

    async function ran(): Promise<void> {
      await door.sleep(random.below(SECOND));
      if (random.oneIn(6)) await scratch();
      const first = arrival();
      await order(() => ({ kind: 'enter-result', order: first, didNotFinish: [], ...ordered() }));
      if (random.oneIn(12)) {
        await order(() => ({ kind: 'void-race', why: 'a false start', ...ordered() }));
        return;
      }
      if (!(await order(() => ({ kind: 'make-official', ...ordered() })))) {
        find('a race becomes official', race.id);
      }
      for (let corrections = random.below(3); corrections > 0; corrections--) {
        await door.sleep(random.below(2 * SECOND));
        if (random.oneIn(3)) await removeSource();
        else await correct();
      }
    }

    async function correct(): Promise<void> {
      const second = arrival();
      await order(() => ({
        kind: 'correct-result',
        order: second,
        didNotFinish: [],
        ...authorised(),
      }));
    }

    async function removeSource(): Promise<void> {
      const pool = random.pick(race.pools).id;
      const source = random.pick(CHANNELS);
      await order(() => ({
        kind: 'remove-source',
        pool,
        source,
        evidence: 'incident 12',
        ...authorised(),
      }));
    }

    async function scratch(): Promise<void> {
      const runner = random.pick(numbered(race.runners));
      scratched.add(runner);
      await order(() => ({ kind: 'scratch-runner', runner, why: 'lame', ...ordered() }));
    }

    /** Enough places for every pool; now and then a dead heat. */
    function arrival(): Order {
      const runners = numbered(Math.min(race.runners, 6)).filter((it) => !scratched.has(it));
      const arrived: RunnerNumber[][] = [];
      while (runners.length > 0 && arrived.length < 4) {
        const next = runners.splice(random.below(runners.length), 1);
        const last = arrived.at(-1);
        if (last !== undefined && random.oneIn(12)) last.push(...next);
        else arrived.push(next);
      }
      return arrived;
    }
  }

  async function player(name: string): Promise<void> {
    const random = kernel.chanceFor(`player ${name}`);
    const inWallet = kernel.chanceFor(`purse of ${name}`).oneIn(2);
    const mine: Ticket[] = [];
    let deposits = 0;
    let wishes = 0;

    const tell = (id: string, command: () => PlayerCommand, query?: unknown, patience?: number) =>
      door.ask(`player/${name}`, () => ({ command: command(), query }), {
        id,
        ...(patience === undefined ? {} : { patience }),
      });

    await tell('open', () => ({
      kind: 'open-account',
      request: 'open',
      alias: name,
      atMs: door.now(),
      inWallet,
    }));
    await deposit();
    if (random.oneIn(2)) await join();
    while (!door.hurried && kernel.nowUs < DAY_US * 1.3) {
      await door.sleep(random.between(1, 600) * MS);
      await act();
    }
    // Whatever became of it, every bet has an answer in the end.
    for (const ticket of mine) await place(ticket);
    if (random.oneIn(2)) await claimAwards(door, name);

    async function act(): Promise<void> {
      const choice = random.weighted([6, 3, 2, 2, 2, 1, 1, 1, 1, 1]);
      const known = mine.length > 0 ? random.pick(mine) : undefined;
      switch (choice) {
        case 0:
          return bet();
        case 1:
          await Promise.all(Array.from({ length: random.between(2, 6) }, bet));
          return;
        case 2:
          return known && cancel(known);
        case 3:
          return known && claim(known);
        case 4:
          // With the id of another bet, or of the same one that is on its way.
          return (
            known && place({ ...known, stake: cents(150), cost: cents(150 * known.combinations) })
          );
        case 5:
          return deposit();
        case 6:
          return known && place(known);
        case 7:
          await tell(`expire-${wishes++}`, () => ({ kind: 'expire-claims', atMs: door.now() }));
          return;
        case 8:
          return claimAwards(door, name);
        default:
          await tell(`withdraw-${wishes}`, () => ({
            kind: 'withdraw',
            request: `withdraw-${wishes}`,
            amount: cents(500),
            atMs: door.now(),
          }));
          if (random.oneIn(2)) wishes++;
      }
    }

    async function bet(): Promise<void> {
      const ticket = ticketOf(races, { player: name, bet: `b${mine.length}` }, random);
      mine.push(ticket);
      counts.bets++;
      await place(ticket, random.oneIn(8) ? 1 : undefined);
    }

    async function place(ticket: Ticket, patience?: number): Promise<void> {
      const query = { kind: 'decided-bet', bet: ticket.bet };
      const command = () => ({ kind: 'place-bet' as const, ticket, atMs: door.now() });
      await tell(ticket.bet, command, query, patience);
    }

    async function cancel({ bet }: Ticket): Promise<void> {
      const command = () => ({ kind: 'cancel-bet' as const, bet, by: 'clerk', atMs: door.now() });
      const answer = await tell(`cancel-${bet}`, command, { kind: 'decided-cancel', bet });
      if (answer?.kind !== 'accepted') return;
      // It answers the question that came with the wish.
      const decided = answer.answer as PlayerAnswer;
      if (decided.kind === 'bet' && decided.bet.cancel?.kind === 'asked') {
        const { status } = decided.bet;
        if (status.kind === 'reserved' || status.kind === 'registered') {
          throw new Error(`${name} hears nothing of the end of ${bet}`);
        }
      }
    }

    async function claim({ bet }: Ticket): Promise<void> {
      const command = () => ({ kind: 'claim-bet' as const, bet, by: 'clerk', atMs: door.now() });
      await tell(`claim-${bet}`, command, undefined, 2);
    }

    /** Now and then once more with the id of the last, or with another amount. */
    async function deposit(): Promise<void> {
      const request = `d${random.oneIn(3) ? deposits : ++deposits}`;
      const amount = cents(random.oneIn(8) ? 70_000 : 60_000);
      await tell(request, () => ({ kind: 'deposit', request, amount, atMs: door.now() }));
    }

    async function join(): Promise<void> {
      const command = joinTournament(name);
      const to = `tournament/${tournamentId(TOURNAMENT)}` as const;
      await door.ask(to, () => ({ command }), { id: `join-${name}` });
    }
  }
}
