/**
 * The engine without network, beside raw better-sqlite3 group commits of the same bytes.
 *
 * One thread, one shard, every partition a file, fsync on: bets go the whole way (reserved,
 * registered, confirmed: three records, three commits), many in flight. Each round notes what it
 * wrote in each transaction; then the same number of bytes is inserted in the same transactions,
 * with nothing around it. Figures are medians of the pairs, with their spread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { playerRef } from '../src/actors/player.ts';
import { ruleSetById } from '../src/actors/pools/rule-sets.ts';
import { raceRef } from '../src/actors/race.ts';
import type { RaceCommand } from '../src/actors/race-events.ts';
import { betId, cents, playerId, poolId, raceId, runnerNumber } from '../src/actors/units.ts';
import type { EventLog, NewRecord } from '../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog } from '../src/runtime/log/sqlite.ts';
import type { Router } from '../src/runtime/router.ts';
import { asking, expectAccepted, startInProcess } from './in-process.ts';
import { latencies, median, type Sample, spread } from './measure.ts';

export interface EngineBenchOptions {
  readonly rounds: number;
  readonly betsPerRound: number;
  readonly partitions: number;
  readonly players: number;
  /** Bets open at once. */
  readonly window: number;
}

/** What one transaction wrote: to which partition, and how much for each record. */
interface Transaction {
  readonly partition: number;
  readonly recordBytes: readonly number[];
}

interface Round {
  readonly bets: Sample;
  readonly recordsPerTransaction: number;
  readonly recordRate: number;
  readonly rawRate: number;
}

const RACE = raceId('r1');
const POOL = poolId('win');
const STAKE = cents(200);
const RUNNERS = 12;

/** Position, version and time, and the hash of the chain. */
const FIXED_BYTES = 3 * 8 + 32;

/** Runs it all and returns lines for people: a Markdown table. */
export async function benchEngine(options: EngineBenchOptions): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-bench-'));
  try {
    const engine = await startEngine(dir, options);
    const raw = openRaw(dir, options.partitions);
    const rounds: Round[] = [];
    // The first is for the compiler's and the disk's warming up, and does not count.
    for (let number = 0; number <= options.rounds; number++) {
      const round = await runRound(number, { engine, raw, options });
      if (number > 0) rounds.push(round);
      progress(
        `engine: round ${number} of ${options.rounds}: ${Math.round(round.bets.rate)} bets/s, ` +
          `${Math.round(round.recordRate)} records/s, raw ${Math.round(round.rawRate)}`,
      );
    }
    raw.close();
    await engine.stop();
    return table(rounds, options);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

type Engine = Awaited<ReturnType<typeof startEngine>>;
type Raw = ReturnType<typeof openRaw>;

async function runRound(
  number: number,
  it: { readonly engine: Engine; readonly raw: Raw; readonly options: EngineBenchOptions },
): Promise<Round> {
  const { engine, raw, options } = it;
  engine.transactions.length = 0;
  const begunMs = performance.now();
  const bets = await placeBets(engine.router, `b${number}`, options);
  const engineMs = performance.now() - begunMs;
  const transactions = engine.transactions.filter(({ recordBytes }) => recordBytes.length > 0);
  const records = transactions.reduce((sum, { recordBytes }) => sum + recordBytes.length, 0);
  const rawBegunMs = performance.now();
  raw.write(transactions);
  const rawMs = performance.now() - rawBegunMs;
  return {
    bets,
    recordsPerTransaction: records / transactions.length,
    recordRate: (records / engineMs) * 1_000,
    rawRate: (records / rawMs) * 1_000,
  };
}

async function startEngine(dir: string, { partitions: count, players }: EngineBenchOptions) {
  const transactions: Transaction[] = [];
  const logs = Array.from({ length: count }, (_, number) => {
    const path = join(dir, `p-${number}.sqlite`);
    createSqliteLog(path, number, 'bench');
    const log = openSqliteLog(path, number, 'bench');
    return noting(log, transactions);
  });
  const engine = startInProcess(logs);
  progress(`engine: ${players} accounts and a race`);
  await prepare(engine.router, players);
  return { ...engine, transactions };
}

/** The same log, with a note of what was written in each transaction. */
function noting(log: EventLog, transactions: Transaction[]): EventLog {
  return {
    ...log,
    append(batch, cursors) {
      transactions.push({ partition: log.partition, recordBytes: batch.map(sizeBytes) });
      log.append(batch, cursors);
    },
  };
}

function sizeBytes({ stream, cause, bytes }: NewRecord): number {
  return FIXED_BYTES + stream.length + cause.length + bytes.length;
}

async function prepare(router: Router, players: number): Promise<void> {
  const ruleSet = ruleSetById('simple-gagnant-pmu@1');
  if (ruleSet === undefined) throw new Error('the rule set is not there');
  const ordered = { by: 'bench', atMs: 0 };
  const orders: readonly RaceCommand[] = [
    {
      kind: 'declare-race',
      title: 'bench',
      offAtMs: 0,
      runners: Array.from({ length: RUNNERS }, (_, index) => ({
        number: runnerNumber(index + 1),
        name: `horse ${index + 1}`,
      })),
      pools: [{ id: POOL, ruleSet, legs: [], guarantee: cents(0) }],
      ...ordered,
    },
    { kind: 'open-race', ...ordered },
  ];
  for (const command of orders) {
    expectAccepted(await router.ask(raceRef(RACE), { command }, asking(command.kind)));
  }
  const amount = cents(100_000_000_000);
  await Promise.all(
    Array.from({ length: players }, async (_, index) => {
      const to = playerRef(playerId(`p${index}`));
      const account = { kind: 'open-account', request: 'o', alias: `p${index}`, atMs: 0 } as const;
      expectAccepted(await router.ask(to, { command: account }, asking(`o${index}`)));
      const deposit = { kind: 'deposit', request: 'd', amount, atMs: 0 } as const;
      expectAccepted(await router.ask(to, { command: deposit }, asking(`d${index}`)));
    }),
  );
}

async function placeBets(
  router: Router,
  prefix: string,
  { betsPerRound, players, window }: EngineBenchOptions,
): Promise<Sample> {
  const times = latencies();
  const begunMs = performance.now();
  let next = 0;
  const terminals = Array.from({ length: window }, async () => {
    for (let number = next++; number < betsPerRound; number = next++) {
      const askedMs = performance.now();
      await placeBet(router, `${prefix}-${number}`, number % players);
      times.add(performance.now() - askedMs);
    }
  });
  await Promise.all(terminals);
  return times.sample(performance.now() - begunMs);
}

async function placeBet(router: Router, name: string, owner: number): Promise<void> {
  const ticket = {
    bet: betId(name),
    player: playerId(`p${owner}`),
    race: RACE,
    pool: POOL,
    formula: 'combined',
    legs: [[runnerNumber((owner % RUNNERS) + 1)]],
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: STAKE,
    combinations: 1,
    cost: STAKE,
    channel: 'online',
  } as const;
  const reply = await router.ask(
    playerRef(ticket.player),
    {
      command: { kind: 'place-bet', ticket, atMs: 0 },
      query: { kind: 'decided-bet', bet: ticket.bet },
    },
    asking(name),
  );
  const answer = expectAccepted(reply);
  if (answer?.kind !== 'bet' || answer.bet.status.kind !== 'registered') {
    throw new Error(`bet ${name} was not registered: ${JSON.stringify(answer)}`);
  }
}

/** As plain as it can be made: a file for each partition, one column, one commit a transaction. */
function openRaw(dir: string, count: number) {
  const files = Array.from({ length: count }, (_, number) => {
    const db = new Database(join(dir, `raw-${number}.sqlite`));
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec('CREATE TABLE record (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
    const insert = db.prepare('INSERT INTO record (bytes) VALUES (?)');
    const write = db.transaction((records: readonly Uint8Array[]) => {
      for (const bytes of records) insert.run(bytes);
    });
    return { db, write };
  });
  return {
    write(transactions: readonly Transaction[]) {
      for (const { partition, recordBytes } of transactions) {
        files[partition]?.write(recordBytes.map((size) => Buffer.allocUnsafe(size)));
      }
    },
    close() {
      for (const { db } of files) db.close();
    },
  };
}

function table(rounds: readonly Round[], options: EngineBenchOptions): string[] {
  const { betsPerRound, partitions, window } = options;
  const row = (name: string, values: readonly number[], digits: number) =>
    `| ${name} | ${median(values).toFixed(digits)} | ${spread(values, digits)} |`;
  return [
    `${betsPerRound} bets a round, ${window} in flight, ${partitions} partitions, one thread, ` +
      `fsync on; median of ${rounds.length} pairs`,
    '',
    '| What | Median | Range |',
    '| --- | --- | --- |',
    row(
      'durable bets/s',
      rounds.map(({ bets }) => bets.rate),
      0,
    ),
    row(
      'p50 ms',
      rounds.map(({ bets }) => bets.p50Ms),
      1,
    ),
    row(
      'p99 ms',
      rounds.map(({ bets }) => bets.p99Ms),
      1,
    ),
    row(
      'records a transaction',
      rounds.map((it) => it.recordsPerTransaction),
      0,
    ),
    row(
      'engine records/s',
      rounds.map((it) => it.recordRate),
      0,
    ),
    row(
      'raw records/s',
      rounds.map((it) => it.rawRate),
      0,
    ),
    row(
      'engine beside raw',
      rounds.map((it) => it.recordRate / it.rawRate),
      2,
    ),
  ];
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
