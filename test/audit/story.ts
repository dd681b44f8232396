/** A small race day as its events, and logs made of it: real files, and the bytes of the real codecs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { KINDS } from '../../src/actors/catalogue.ts';
import { operatorCodec, playerCodec, raceCodec, tournamentCodec } from '../../src/actors/codec.ts';
import type { OperatorEvent } from '../../src/actors/operator.ts';
import type { PlayerEvent } from '../../src/actors/player-events.ts';
import type { RaceEvent } from '../../src/actors/race-events.ts';
import type { TournamentEvent } from '../../src/actors/tournament-events.ts';
import { betId, cents, playerId, poolId, raceId, runnerNumber } from '../../src/actors/units.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import type { Cursors } from '../../src/runtime/log/log.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import type { LogEntry } from '../support/scenario.ts';

/** Where each kind of actor is: so a bet has its two sides in two files. */
export const PLAYERS = 0;
export const RACES = 1;
export const OTHERS = 2;

export interface Told {
  readonly partition: number;
  readonly stream: string;
  readonly bytes: Uint8Array;
  /** What a test looks for to change it. */
  readonly name: string;
  /** When it was decided; 1 where it does not matter. */
  readonly atMs?: number;
}

const RACE = raceId('r1');
const POOL = poolId('win');
const legs = [[runnerNumber(1)]];
const ordered = { by: 'steward', atMs: 1 };
/** Of a bet on one runner. */
const terms = {
  formula: 'combined',
  picks: 0,
  alternates: [],
  flexi: 100,
  combinations: 1,
  channel: 'online',
} as const;
const refusal = { reason: 'race-not-open', details: {} } as const;

function player(id: string, event: PlayerEvent): Told {
  const bet = 'bet' in event ? `/${event.bet}` : '';
  return {
    partition: PLAYERS,
    stream: `player/${id}`,
    bytes: playerCodec.encode(event),
    name: `${event.kind} ${id}${bet}`,
  };
}

export function race(event: RaceEvent): Told {
  const bet = 'bet' in event ? ` ${event.player}/${event.bet}` : '';
  return {
    partition: RACES,
    stream: `race/${RACE}`,
    bytes: raceCodec.encode(event),
    name: `${event.kind}${bet}`,
  };
}

function house(event: OperatorEvent): Told {
  const bytes = operatorCodec.encode(event);
  return { partition: OTHERS, stream: 'operator/house', bytes, name: event.kind };
}

export function tournament(event: TournamentEvent): Told {
  const bytes = tournamentCodec.encode(event);
  return { partition: OTHERS, stream: 'tournament/sunday', bytes, name: event.kind };
}

export const opened: RaceEvent = { kind: 'race-opened', ...ordered };
const closed: RaceEvent = { kind: 'race-closed', why: 'off', legOf: [], ...ordered };
export const suspended: RaceEvent = { kind: 'race-suspended', why: 'wind', ...ordered };

export function deposited(id: string, amount: number): Told {
  return player(id, { kind: 'deposited', request: 'd', amount: cents(amount), atMs: 1 });
}

export function withdrawn(id: string, amount: number): Told {
  return player(id, { kind: 'withdrawn', request: 'w', amount: cents(amount), atMs: 1 });
}

export function reserved(id: string, bet: string, cost: number): Told {
  const money = { stake: cents(cost), cost: cents(cost) };
  return player(id, {
    kind: 'stake-reserved',
    bet: betId(bet),
    player: playerId(id),
    race: RACE,
    pool: POOL,
    legs,
    ...terms,
    ...money,
    atMs: 1,
    tournaments: [],
  });
}

export function registered(id: string, bet: string, cost: number): Told {
  const money = { stake: cents(cost), cost: cents(cost) };
  const of = { bet: betId(bet), player: playerId(id), pool: POOL };
  return race({ kind: 'bet-registered', ...of, legs, ...terms, ...money, ticket: 1, atMs: 1 });
}

export function confirmed(id: string, bet: string): Told {
  return player(id, { kind: 'bet-confirmed', bet: betId(bet) });
}

export function refused(id: string, bet: string): Told {
  return race({ kind: 'bet-refused', bet: betId(bet), player: playerId(id), refusal });
}

export function released(id: string, bet: string): Told {
  return player(id, { kind: 'stake-released', bet: betId(bet), refusal });
}

const nothing = cents(0);
/** What a price of an earlier version does not tell. */
const OLDER = {
  nonRunners: [],
  starters: 0,
  stage: 0,
  sources: [],
  carryOver: nothing,
  topUp: nothing,
  carriedNet: nothing,
  carriedGross: nothing,
  carriedReserve: nothing,
  shortRoundings: nothing,
  shortDeduction: nothing,
  shortOperator: nothing,
  ruleSet: '',
  day: '',
  software: '',
  fund: '',
  guarantee: nothing,
  voided: false,
  atMs: 0,
};

export function priced(amounts: {
  readonly gross: number;
  readonly takeout: number;
  readonly payout: number;
  readonly breakage: number;
  readonly broughtIn?: number;
  readonly carriedOut?: number;
}): Told {
  const { gross, takeout, payout, breakage, broughtIn = 0, carriedOut = 0 } = amounts;
  return race({
    kind: 'pool-priced',
    pool: POOL,
    gross: cents(gross),
    broughtIn: cents(broughtIn),
    takeout: cents(takeout),
    payout: cents(payout),
    breakage: cents(breakage),
    carriedOut: cents(carriedOut),
    refunds: cents(0),
    dividends: [],
    verdict: 'won',
    legs: [],
    order: [],
    ...OLDER,
  });
}

/** Bets as `player/bet`, and what each is paid. */
export function paid(payouts: Readonly<Record<string, number>>): Told {
  const tickets = Object.entries(payouts).map(([name, payout], index) => {
    const [id = '', bet = ''] = name.split('/');
    const of = { bet: betId(bet), player: playerId(id) };
    return { ticket: index + 1, ...of, payout: cents(payout), refund: cents(0) };
  });
  return race({ kind: 'tickets-settled', pool: POOL, tickets, more: false, sort: 'settlement' });
}

/** Of a player's entry. */
export const NOWHERE = { region: '', division: '', team: '', atMs: 0 };

export const poolSettled: Told = race({ kind: 'pool-settled', pool: POOL });

export function booked(id: string, bet: string, payout: number, settlement = 1): Told {
  return player(id, {
    kind: 'bet-settled',
    bet: betId(bet),
    payout: cents(payout),
    refund: cents(0),
    player: playerId(id),
    race: RACE,
    cost: cents(200),
    placedAtMs: 0,
    pool: POOL,
    tournaments: [],
    settlement,
    claimDays: 0,
    atMs: 0,
  });
}

export function posted(takeout: number, breakage: number, fromReserve = 0): Told {
  return house({
    kind: 'pool-posted',
    race: RACE,
    pool: POOL,
    takeout: cents(takeout),
    breakage: cents(breakage),
    fromReserve: cents(fromReserve),
    toReserve: cents(0),
  });
}

/** Two bets of 200 of which one wins 330, one bet refused, 60 for the house and 10 of breakage. */
export const DAY: readonly Told[] = [
  deposited('ann', 1_000),
  deposited('bob', 500),
  withdrawn('bob', 100),
  race(opened),
  reserved('ann', 'b1', 200),
  registered('ann', 'b1', 200),
  confirmed('ann', 'b1'),
  reserved('bob', 'b1', 200),
  registered('bob', 'b1', 200),
  confirmed('bob', 'b1'),
  race(closed),
  reserved('bob', 'b2', 200),
  refused('bob', 'b2'),
  released('bob', 'b2'),
  priced({ gross: 400, takeout: 60, payout: 330, breakage: 10 }),
  paid({ 'ann/b1': 330, 'bob/b1': 0 }),
  poolSettled,
  posted(60, 10),
  booked('ann', 'b1', 330),
  booked('bob', 'b1', 0),
  tournament({
    kind: 'player-joined',
    player: playerId('ann'),
    alias: 'Ann',
    entry: 1,
    ...NOWHERE,
  }),
];

/** The day without what is called so, or with something in its place. */
export function changed(name: string, ...instead: readonly Told[]): Told[] {
  const at = DAY.findIndex((it) => it.name === name);
  if (at < 0) throw new Error(`nothing in the day is called ${name}`);
  return DAY.toSpliced(at, 1, ...instead);
}

/** The day with more right after what is called so. */
export function withMore(name: string, ...more: readonly Told[]): Told[] {
  const found = DAY.find((it) => it.name === name);
  return changed(name, ...(found === undefined ? [] : [found]), ...more);
}

/** What real actors did, as records. */
export function toldOf({ address, event }: LogEntry, atMs: number): Told {
  const kind = KINDS.find((it) => address.startsWith(`${it.kind}/`));
  if (kind === undefined) throw new Error(`no kind of actor at ${address}`);
  const partition = { player: PLAYERS, race: RACES }[kind.kind] ?? OTHERS;
  const name = `${event.kind} ${address}`;
  return { partition, stream: address, bytes: kind.encode(event), name, atMs };
}

/** An empty place that is gone after the test. */
function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-audit-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** A data directory with these events in its log, closed, everything taken. @returns Its path. */
export function logOf(story: readonly Told[]): string {
  const { path, release } = openDataDir(join(tempDir(), 'data'), 3);
  release();
  for (const partition of [PLAYERS, RACES, OTHERS]) append(path, partition, story);
  return path;
}

/** Writes what of the story belongs to the partition; @param cursors At the head if not said. */
export function append(
  dataDir: string,
  partition: number,
  story: readonly Told[],
  cursors?: Cursors,
): void {
  const { id, logs, release } = openDataDir(dataDir, 1);
  const log = openSqliteLog(logs[partition] ?? '', partition, id);
  const versions = new Map<string, number>();
  for (const { stream, version } of log.read(0)) versions.set(stream, version);
  const own = story.filter((it) => it.partition === partition);
  const records = own.map(({ stream, bytes, atMs = 1 }, index) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return { stream, version, cause: `c${index}`, atMs, bytes };
  });
  const position = log.head().position + records.length;
  log.append(records, cursors ?? { outgoing: position, bus: position });
  log.close();
  release();
}
