/**
 * Bytes that a live ticket takes, packed and as plain objects: a million of them, ten a player, each
 * case in a process of its own. Also how fast they come in and how fast they are read.
 *
 *   node bench/ticket-memory.ts
 */
import { execFileSync } from 'node:child_process';
import { argv, execPath, memoryUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Combination, eachCombination } from '../src/actors/formula.ts';
import { createTicketTable, type NewTicket } from '../src/actors/ticket-table.ts';
import { betId, cents, playerId, runnerNumber } from '../src/actors/units.ts';

const TICKETS = 1_000_000;
const PLAYERS = 100_000;

const RUNNERS = Array.from({ length: 18 }, (_, index) => runnerNumber(index + 1));
const QUINTE: Combination = { kind: 'runners', picks: 5, ordered: true };

const CASES: Record<string, () => void> = {
  'five legs, packed': () => packed(fiveLegs),
  'Quinté+, packed': () => packed(quinte),
  'five legs, objects': () => objects(fiveLegs),
};

const [, , name] = argv;
if (name !== undefined) CASES[name]?.();
else {
  for (const it of Object.keys(CASES)) {
    const file = fileURLToPath(import.meta.url);
    execFileSync(execPath, ['--expose-gc', file, it], { stdio: 'inherit' });
  }
}

function packed(make: (n: number) => NewTicket): void {
  const warm = createTicketTable();
  for (let n = 0; n < 10_000; n++) warm.push(make(n));
  const before = measured();
  const table = createTicketTable();
  const startedMs = performance.now();
  let slowestMs = 0;
  for (let n = 0; n < TICKETS; n++) {
    const ticket = make(n);
    const pushedMs = performance.now();
    table.push(ticket);
    slowestMs = Math.max(slowestMs, performance.now() - pushedMs);
  }
  const pushingMs = performance.now() - startedMs;
  report(before, () => [
    `made and pushed in ${pushingMs.toFixed(0)} ms, slowest push ${slowestMs.toFixed(1)} ms`,
    timed('stakes summed', () => {
      let sum = 0;
      for (let index = 0; index < table.size; index++) sum += table.costAt(index);
      return sum;
    }),
    timed('selections read', () => {
      const into = table.selectionAt(0);
      let sum = 0;
      for (let index = 0; index < table.size; index++) {
        sum += table.selectionAt(index, into).legs.length;
      }
      return sum;
    }),
    timed('shared', () => table.share().size),
    ...(make === quinte
      ? [
          timed('read, and each combination visited', () => {
            const into = table.selectionAt(0);
            let visits = 0;
            for (let index = 0; index < table.size; index++) {
              eachCombination(table.selectionAt(index, into), QUINTE, () => {
                visits += 1;
              });
            }
            return visits;
          }),
        ]
      : []),
  ]);
}

/** What they would be without: an array, and a map by player and bet. */
function objects(make: (n: number) => NewTicket): void {
  const before = measured();
  const tickets: NewTicket[] = [];
  const byKey = new Map<string, number>();
  for (let n = 0; n < TICKETS; n++) {
    const ticket = make(n);
    byKey.set(`${ticket.player}/${ticket.bet}`, tickets.push(ticket));
  }
  report(before, () => [`${tickets.length} tickets, ${byKey.size} keys`]);
}

/** One to three runners a leg, no two tickets alike. */
function fiveLegs(n: number): NewTicket {
  let rest = n;
  let combinations = 1;
  const legs = Array.from({ length: 5 }, (_, leg) => {
    const first = rest % 16;
    rest = Math.floor(rest / 16);
    const runners = RUNNERS.slice(first, first + 1 + ((n + leg) % 3));
    combinations *= runners.length;
    return runners;
  });
  return { ...ticketOf(n), formula: 'legs', legs, combinations };
}

/** Strides over a prime number of runners: five different ones. */
function quinte(n: number): NewTicket {
  const runners = Array.from({ length: 5 }, (_, index) =>
    runnerNumber(1 + ((n + index * (1 + (n % 16))) % 17)),
  );
  return { ...ticketOf(n), formula: 'unit', legs: [runners], combinations: 1 };
}

function ticketOf(n: number) {
  const scrambled = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return {
    bet: betId(`${scrambled}-1f0c-4b7e-9a51-${n.toString(16).padStart(12, '0')}`),
    player: playerId(`player-${n % PLAYERS}`),
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: cents(200),
    channel: n % 3 === 0 ? 'shop' : 'online',
    atMs: 1_790_000_000_000 + n,
  };
}

function measured() {
  globalThis.gc?.();
  globalThis.gc?.();
  return memoryUsage();
}

function report(
  before: NodeJS.MemoryUsage /** Asked after measuring, so that what it speaks of is still alive. */,
  lines: () => readonly string[],
): void {
  const after = measured();
  const perTicket = (...parts: (keyof NodeJS.MemoryUsage)[]) => {
    const bytes = parts.reduce((sum, part) => sum + after[part] - before[part], 0);
    return (bytes / TICKETS).toFixed(1);
  };
  const live = perTicket('heapUsed', 'arrayBuffers');
  console.log(`${name}: ${live} bytes a ticket live`);
  console.log(
    `  buffers ${perTicket('arrayBuffers')}, heap ${perTicket('heapUsed')}, rss ${perTicket('rss')}`,
  );
  for (const line of lines()) console.log(`  ${line}`);
}

function timed(what: string, run: () => number): string {
  const startedMs = performance.now();
  const result = run();
  return `${what} in ${(performance.now() - startedMs).toFixed(1)} ms (${result})`;
}
