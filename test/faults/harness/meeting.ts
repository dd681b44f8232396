/**
 * The race meeting that every fault happens to: accounts, deposits, races, bets with ids of our
 * own, closes, results, payments. Everything is asked with an id or a content that makes a second
 * time harmless, so that after a fault all of it is simply asked again.
 *
 *   prepare ─> open ─> bets ─> settle        and after a fault: finish, from wherever a race stands
 *
 * Invariant: what is in the acknowledgements was answered by the server, and nothing else is.
 */
import type { Client } from '../../../src/client/client.ts';
import { mayBeRetried, rpcFailureOf, rpcFailureOfStatus } from '../../../src/client/rpc-failure.ts';
import type { BetOutcome } from '../../../src/gen/furlong/betting/v1/betting_pb.ts';
import { BetStatus } from '../../../src/gen/furlong/betting/v1/betting_pb.ts';
import { type Race, RacePhase } from '../../../src/gen/furlong/racing/v1/racing_pb.ts';
import type { Acks, SentBet } from './acks.ts';
import { dividendHundredths, RULE_SET, returnedCents, STAKE_UNIT_CENTS } from './dividends.ts';
import { problem, type Tally } from './fault.ts';
import type { Random } from './random.ts';

const PLAYERS = 12;
const RUNNERS = 5;
const DEPOSIT_CENTS = 5_000_000_000;
const STEWARD = 'fault';
/** One try of one call; a server that does not answer by then is asked again, or dead. */
const CALL_TIMEOUT_MS = 5_000;
/** A server that was started again has a log to drive on; nothing takes this long. */
const FINISH_TIMEOUT_MS = 60_000;
const ASK_AGAIN_EVERY_MS = 20;
const MESSAGE_EVERY_MS = 20;
const BETS_PER_MESSAGE_MAX = 100;

/** Nobody answered: the server is gone, or says that it is about to be. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface Meeting {
  readonly acks: Acks;
  /** By race, in the order in which they were opened. */
  readonly races: readonly string[];
  prepare(client: Client): Promise<void>;
  open(client: Client, raceId: string): Promise<void>;
  /**
   * @param perSecond Absent: as fast as they go.
   * @returns When each is answered. @throws Unanswered when the stream breaks.
   */
  bets(
    client: Client,
    raceId: string,
    how: { readonly count: number; readonly perSecond?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** One bet by the unary call. @throws Unanswered */
  bet(client: Client, raceId: string): Promise<void>;
  close(client: Client, raceId: string): Promise<void>;
  /** Close, result, official, and waits until it is paid. */
  settle(client: Client, raceId: string): Promise<void>;
  /** Asks again what nobody answered. @throws Unanswered where nobody answers that either. */
  askAgain(client: Client): Promise<void>;
  /** Asks again what nobody answered, and takes every race to its payment. */
  finish(client: Client): Promise<void>;
  /** Once nothing is on its way: what every account must hold, and what the books say. */
  checkAccounts(client: Client): Promise<void>;
}

export function createMeeting(options: {
  readonly acks: Acks;
  readonly tally: Tally;
  readonly random: Random;
  /** In every id, so that two meetings can share a server. */
  readonly name: string;
}): Meeting {
  const { acks, tally, random, name } = options;
  const races: string[] = [];
  const paid = new Map<string, number | undefined>();
  let bets = 0;
  const players = Array.from({ length: PLAYERS }, (_, index) => `${name}-p${index}`);

  async function prepare(client: Client): Promise<void> {
    for (const playerId of players) {
      await order(`open-account ${playerId}`, () =>
        client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId }, timed()),
      );
      await order(`deposit ${playerId}`, () =>
        client.accounts.deposit(
          { requestId: 'd', playerId, amountCents: BigInt(DEPOSIT_CENTS) },
          timed(),
        ),
      );
    }
  }

  async function open(client: Client, raceId: string): Promise<void> {
    if (!races.includes(raceId)) races.push(raceId);
    await order(`declare ${raceId}`, () =>
      client.racing.declareRace(
        {
          raceId,
          title: raceId,
          offTime: { seconds: 4_000_000_000n },
          runners: Array.from({ length: RUNNERS }, (_, index) => ({
            number: index + 1,
            name: `horse ${index + 1}`,
          })),
          pools: [{ poolId: 'win', ruleSetId: RULE_SET }],
          steward: STEWARD,
        },
        timed(),
      ),
    );
    await order(`open ${raceId}`, () =>
      client.racing.openRace({ raceId, steward: STEWARD }, timed()),
    );
  }

  /** What is refused is a problem: nothing here is asked for that may be refused. */
  async function order(what: string, call: () => Promise<unknown>): Promise<void> {
    await answered(what, call);
    acks.ordered(what);
  }

  async function answered<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      const failure = rpcFailureOf(error);
      if (failure === undefined) throw error;
      if (mayBeRetried(failure) || failure.reason === undefined)
        throw new Unanswered(`${what}: ${failure.message}`, { cause: error });
      problem(tally, `${what} was refused: ${failure.reason ?? ''} ${failure.message}`);
      throw error;
    }
  }

  function newBet(raceId: string): SentBet {
    const number = bets++;
    return {
      betId: `${name}-b${number}`,
      playerId: players[number % PLAYERS] ?? '',
      raceId,
      runner: random.whole(1, RUNNERS),
      stakeCents: STAKE_UNIT_CENTS * random.whole(1, 20),
      sentAtMs: 0,
    };
  }

  function requestOf(bet: SentBet) {
    bet.sentAtMs = performance.now();
    acks.sent(bet);
    const { betId, playerId, raceId, runner, stakeCents } = bet;
    const legs = [{ runners: [runner] }];
    return { betId, playerId, raceId, poolId: 'win', legs, stakeCents: BigInt(stakeCents) };
  }

  async function stream(
    client: Client,
    messages: AsyncIterable<readonly SentBet[]>,
  ): Promise<void> {
    const open = client.betting.placeBets();
    const waiting = new Set<string>();
    let sending = true;
    const reading = (async () => {
      for await (const { outcomes } of open.answers) {
        take(outcomes);
        for (const { betId } of outcomes) waiting.delete(betId);
        if (!sending && waiting.size === 0) open.end();
      }
    })().catch((error: unknown) => error);
    let over = false;
    void reading.then(() => {
      over = true;
    });
    for await (const some of messages) {
      if (over) break;
      for (const { betId } of some) waiting.add(betId);
      if (!open.send({ bets: some.map(requestOf) })) await open.drained();
    }
    sending = false;
    if (waiting.size === 0) open.end();
    const failure = await reading;
    if (failure !== undefined || waiting.size > 0) {
      throw new Unanswered(`the stream ended with ${waiting.size} bets unanswered`, {
        cause: failure,
      });
    }
  }

  function take(outcomes: readonly BetOutcome[]): void {
    const answers = outcomes.flatMap(({ betId, outcome }) => {
      const bet = acks.bets.get(betId);
      if (bet === undefined) {
        problem(tally, `the server answers for ${betId}, which nobody sent`);
        return [];
      }
      if (outcome.case === 'bet') return [{ bet, answer: answerOf(outcome.value.status) }];
      if (outcome.value === undefined) return [];
      const failure = rpcFailureOfStatus(outcome.value);
      if (mayBeRetried(failure)) return [];
      if (failure.reason === 'race-not-open') return [{ bet, answer: 'refused' as const }];
      problem(tally, `bet ${betId} was refused: ${failure.reason ?? ''} ${failure.message}`);
      return [];
    });
    acks.answered(answers);
  }

  function answerOf(status: BetStatus): 'registered' | 'refused' {
    return status === BetStatus.REFUSED ? 'refused' : 'registered';
  }

  /** Those of every race that nobody answered, with their ids. */
  async function askAgain(client: Client): Promise<void> {
    const open = [...acks.bets.values()].filter(({ answer }) => answer === undefined);
    if (open.length === 0) return;
    await stream(
      client,
      (async function* () {
        for (let at = 0; at < open.length; at += BETS_PER_MESSAGE_MAX)
          yield open.slice(at, at + BETS_PER_MESSAGE_MAX);
      })(),
    );
    const left = open.filter(({ answer }) => answer === undefined).length;
    if (left > 0) throw new Unanswered(`${left} bets are asked again in vain`);
  }

  async function settle(client: Client, raceId: string): Promise<void> {
    const phase = await phaseOf(client, raceId);
    if (phase === RacePhase.OPEN || phase === RacePhase.SUSPENDED) await close(client, raceId);
    if (phase !== RacePhase.OFFICIAL && phase !== RacePhase.PAID)
      await makeOfficial(client, raceId);
    await untilPaid(client, raceId);
  }

  async function makeOfficial(client: Client, raceId: string): Promise<void> {
    const result = Array.from({ length: 3 }, (_, index) => ({
      runners: [((winnerOf(raceId) - 1 + index) % RUNNERS) + 1],
    }));
    await order(`result ${raceId}`, () =>
      client.racing.enterResult({ raceId, order: result, steward: STEWARD }, timed()),
    );
    await order(`official ${raceId}`, () =>
      client.racing.makeOfficial({ raceId, steward: STEWARD }, timed()),
    );
  }

  async function close(client: Client, raceId: string): Promise<void> {
    await order(`close ${raceId}`, () =>
      client.racing.closeRace({ raceId, steward: STEWARD }, timed()),
    );
  }

  async function untilPaid(client: Client, raceId: string): Promise<void> {
    const until = performance.now() + FINISH_TIMEOUT_MS;
    for (;;) {
      const race = await raceOf(client, raceId);
      if (race?.phase === RacePhase.PAID) {
        if (!paid.has(raceId)) comparePrice(raceId, race);
        return;
      }
      if (performance.now() > until) throw new Unanswered(`${raceId} is not paid`);
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_EVERY_MS));
    }
  }

  async function raceOf(client: Client, raceId: string): Promise<Race | undefined> {
    const { race } = await answered(`get ${raceId}`, () =>
      client.racing.getRace({ raceId }, timed()),
    );
    return race;
  }

  /** Once every bet of the race has its answer. */
  function comparePrice(raceId: string, race: Race): void {
    const own = betsIn(raceId);
    const open = own.filter(({ answer }) => answer === undefined).length;
    if (open > 0) throw new Unanswered(`${open} bets of ${raceId}`);
    const registered = own.filter(({ answer }) => answer === 'registered');
    const wanted = dividendHundredths(registered, winnerOf(raceId));
    const pool = race.pools[0];
    const gross = registered.reduce((sum, { stakeCents }) => sum + stakeCents, 0);
    if (Number(pool?.grossCents ?? 0n) !== gross) {
      problem(tally, `${raceId}: the pool has ${pool?.grossCents}, not ${gross}`, 'mispriced');
    }
    const told = pool?.price?.dividends.find(({ outcome }) => outcome === `${winnerOf(raceId)}`);
    const found = told === undefined ? undefined : Number(told.dividendHundredths);
    if (found !== wanted && registered.length > 0) {
      problem(tally, `${raceId}: pays ${found ?? 'nothing'}, not ${wanted}`, 'mispriced');
    }
    paid.set(raceId, wanted);
  }

  function betsIn(raceId: string): SentBet[] {
    return [...acks.bets.values()].filter((bet) => bet.raceId === raceId);
  }

  async function finish(client: Client): Promise<void> {
    const until = performance.now() + FINISH_TIMEOUT_MS;
    for (;;) {
      try {
        await finishOnce(client);
        return;
      } catch (error) {
        if (!(error instanceof Unanswered) || performance.now() > until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_EVERY_MS));
    }
  }

  async function finishOnce(client: Client): Promise<void> {
    await prepare(client);
    const unpaid = races.filter((raceId) => !paid.has(raceId));
    for (const raceId of unpaid) await resume(client, raceId);
    await askAgain(client);
    for (const raceId of unpaid) await settle(client, raceId);
  }

  /** To where it can be closed. */
  async function resume(client: Client, raceId: string): Promise<void> {
    const phase = await phaseOf(client, raceId);
    if (phase === RacePhase.UNSPECIFIED || phase === RacePhase.DECLARED) await open(client, raceId);
  }

  /** UNSPECIFIED where the race is not declared. */
  async function phaseOf(client: Client, raceId: string): Promise<RacePhase> {
    try {
      return (await client.racing.getRace({ raceId }, timed())).race?.phase ?? 0;
    } catch (error) {
      const failure = rpcFailureOf(error);
      if (failure?.reason === 'unknown-race') return RacePhase.UNSPECIFIED;
      throw new Unanswered(`get ${raceId}`, { cause: error });
    }
  }

  async function checkAccounts(client: Client): Promise<void> {
    await atRest(client);
    for (const playerId of players) {
      let free = DEPOSIT_CENTS;
      for (const bet of acks.bets.values()) {
        if (bet.playerId !== playerId || bet.answer !== 'registered') continue;
        free += returnedCents(bet, winnerOf(bet.raceId), paid.get(bet.raceId)) - bet.stakeCents;
      }
      const { account } = await client.accounts.getAccount({ playerId }, timed());
      if (Number(account?.freeCents) !== free || account?.heldCents !== 0n) {
        problem(
          tally,
          `${playerId} has ${account?.freeCents} free and ${account?.heldCents} held, not ${free} and 0`,
          'mispriced',
        );
      }
    }
    const books = await client.ops.getBalance({}, timed());
    if (books.inTransitCents !== 0n || books.heldCents !== 0n || books.inPoolsCents !== 0n) {
      const { inTransitCents, heldCents, inPoolsCents } = books;
      problem(
        tally,
        `at rest ${inTransitCents} in transit, ${heldCents} held, ${inPoolsCents} in pools`,
        'mispriced',
      );
    }
  }

  /** A race is paid when its own log says so; its players hear of it a moment later. */
  async function atRest(client: Client): Promise<void> {
    const until = performance.now() + FINISH_TIMEOUT_MS;
    while (performance.now() < until) {
      const { inTransitCents, heldCents, inPoolsCents } = await client.ops.getBalance({}, timed());
      if (inTransitCents === 0n && heldCents === 0n && inPoolsCents === 0n) return;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_EVERY_MS));
    }
  }

  return {
    acks,
    races,
    prepare,
    open,
    bets: (client, raceId, how) =>
      stream(
        client,
        paced(() => newBet(raceId), how),
      ),
    async bet(client, raceId) {
      const bet = newBet(raceId);
      const { bet: placed } = await answered(`bet ${bet.betId}`, () =>
        client.betting.placeBet(requestOf(bet), timed()),
      );
      acks.answered([{ bet, answer: answerOf(placed?.status ?? BetStatus.UNSPECIFIED) }]);
    },
    close,
    settle,
    askAgain,
    finish,
    checkAccounts,
  };
}

/** Which runner wins follows from the race's name, so that whoever asks again enters the same. */
function winnerOf(raceId: string): number {
  let sum = 0;
  for (const letter of raceId) sum = (sum * 31 + letter.charCodeAt(0)) % 9_973;
  return (sum % RUNNERS) + 1;
}

async function* paced(
  newBet: () => SentBet,
  how: { readonly count: number; readonly perSecond?: number; readonly signal?: AbortSignal },
): AsyncIterable<readonly SentBet[]> {
  const { count, perSecond, signal } = how;
  const begunMs = performance.now();
  for (let sent = 0; sent < count && signal?.aborted !== true; ) {
    const due =
      perSecond === undefined
        ? sent + BETS_PER_MESSAGE_MAX
        : Math.floor(((performance.now() - begunMs) / 1_000) * perSecond) + 1;
    const size = Math.min(due, count) - sent;
    if (size > 0) {
      yield Array.from({ length: Math.min(size, BETS_PER_MESSAGE_MAX) }, newBet);
      sent += Math.min(size, BETS_PER_MESSAGE_MAX);
    }
    if (perSecond !== undefined)
      await new Promise((resolve) => setTimeout(resolve, MESSAGE_EVERY_MS));
  }
}

function timed() {
  return { timeoutMs: CALL_TIMEOUT_MS };
}
