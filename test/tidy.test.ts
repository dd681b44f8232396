/** The laws of this repository. docs/ARCHITECTURE.md says why; this file says no. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';

/** Who may import whom: the longest prefix of a file decides, and what is not listed is forbidden. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/runtime/actor.ts': [],
  'src/runtime/': ['src/runtime/'],
  'src/actors/': ['src/actors/', 'src/gen/', 'src/runtime/actor.ts', '@bufbuild/protobuf'],
  'src/gateway/': [
    'src/gateway/',
    'src/actors/',
    'src/gen/',
    'src/runtime/actor.ts',
    'src/runtime/router.ts',
    'src/runtime/crew.ts',
    'src/runtime/clock.ts',
    // The notary as a port: receipts are asked for through the front door.
    'src/runtime/tlog/notary-line.ts',
    // What an operator says to the runtime's own records.
    'src/runtime/dead-letter.ts',
    '@bufbuild/protobuf',
  ],
  'src/edge/': [
    'src/edge/',
    'src/gen/',
    'src/runtime/bus/bus.ts',
    'src/runtime/clock.ts',
    '@bufbuild/protobuf',
  ],
  // Prices without a server: a document in, an answer out.
  'src/pricing/': ['src/pricing/', 'src/actors/'],
  // Ranks without a server: a contest and its events in, standings out.
  'src/standings/': ['src/standings/', 'src/actors/'],
  // Auditors read what the log is. They let no actor decide: a replay only folds what is recorded.
  'src/audit/': [
    'src/audit/',
    'src/actors/',
    'src/gen/',
    'src/runtime/actor.ts',
    'src/runtime/data-dir.ts',
    'src/runtime/log/',
    'src/runtime/own-kinds.ts',
    'src/runtime/state-hash.ts',
    'src/runtime/thrown.ts',
    '@bufbuild/protobuf',
    'src/runtime/tlog/',
  ],
  // Lists for a vault, from the log as auditors read it.
  'src/archive/': [
    'src/archive/',
    'src/audit/entries.ts',
    'src/audit/records.ts',
    'src/actors/ticket.ts',
    'src/actors/units.ts',
    'src/actors/upcasting.ts',
    'src/runtime/data-dir.ts',
    'src/runtime/log/',
    'src/runtime/thrown.ts',
  ],
  // Copies what the logs are, and has auditors judge what it makes of a copy.
  'src/backup/': [
    'src/backup/',
    'src/audit/verify.ts',
    'src/actors/software.ts',
    'src/runtime/data-dir.ts',
    'src/runtime/delivery-id.ts',
    'src/runtime/log/',
    'src/runtime/thrown.ts',
  ],
  // The race day is a stranger to the server: it knows the contract and comes through the door.
  'src/day/': [
    'src/day/',
    'src/gen/',
    'src/client/',
    'src/actors/',
    'src/runtime/clock.ts',
    '@bufbuild/protobuf',
  ],
  // What a stranger needs to talk to a server: the contract, and nothing of the inside.
  'src/client/': ['src/client/', 'src/gen/', '@bufbuild/protobuf'],
  // A wallet outside: what players' actors ask of it, and one to try it with. Its server reads and
  // checks what comes as the gateway does, its client calls as any stranger would.
  'src/wallet/': [
    'src/wallet/',
    'src/actors/wallet.ts',
    'src/client/client.ts',
    'src/gateway/failure.ts',
    'src/gateway/rpc.ts',
    'src/gateway/validate.ts',
    'src/gen/',
    'src/runtime/calls.ts',
    'src/runtime/clock.ts',
    'src/runtime/log/files.ts',
    '@bufbuild/protobuf',
  ],
  'src/cli/': [
    'src/cli/',
    'src/client/',
    'src/day/',
    'src/gen/',
    'src/pricing/',
    'src/standings/',
    'src/archive/reconcile.ts',
    'src/archive/write.ts',
    'src/backup/backup.ts',
    'src/backup/doctor.ts',
    'src/backup/manifest.ts',
    'src/backup/restore.ts',
    'src/audit/bounds.ts',
    'src/audit/export.ts',
    'src/audit/replay.ts',
    'src/audit/verify.ts',
    'src/audit/receipt.ts',
    'src/audit/report-checks.ts',
    'src/audit/report-day.ts',
    'src/audit/report-race.ts',
    'src/audit/report-stamp.ts',
    'src/audit/report-unclaimed.ts',
    'src/actors/shape.ts',
    'src/actors/software.ts',
    'src/actors/units.ts',
    'src/runtime/clock.ts',
    'src/runtime/log/log.ts',
    'src/runtime/thrown.ts',
    'src/wallet/server.ts',
    'src/config.ts',
    'src/system.ts',
    '@bufbuild/protobuf',
  ],
  'src/gen/': ['src/gen/', '@bufbuild/protobuf'],
  'src/config.ts': [],
  'src/thread-messages.ts': ['src/runtime/crew.ts', 'src/runtime/threads.ts'],
  'src/part.ts': ['src/runtime/', 'src/thread-messages.ts'],
  'src/steering.ts': ['src/runtime/crew.ts', 'src/thread-messages.ts'],
  'src/rule-files.ts': ['src/runtime/thrown.ts'],
  'src/crew-links.ts': ['src/runtime/', 'src/thread-messages.ts'],
  // One for each thread, where what it serves and the runtime meet.
  'src/parts/': [
    'src/parts/',
    'src/runtime/',
    'src/actors/catalogue.ts',
    'src/actors/receipts.ts',
    'src/actors/rule-book.ts',
    'src/actors/scoring/book.ts',
    'src/actors/software.ts',
    'src/edge/server.ts',
    'src/gateway/server.ts',
    'src/wallet/client.ts',
    'src/crew-links.ts',
    'src/steering.ts',
    'src/thread-messages.ts',
  ],
  'src/system.ts': [
    'src/runtime/',
    'src/part.ts',
    'src/rule-files.ts',
    'src/steering.ts',
    'src/thread-messages.ts',
  ],
  'src/main.ts': ['src/'],
  'src/worker.ts': ['src/'],
  // A job thread computes: no storage, no wire, no shard comes with it.
  'src/job-worker.ts': ['src/actors/jobs.ts', 'src/runtime/job-thread.ts'],
};

/** What touches the world enters by one file each. */
const DOORS: Record<string, readonly string[]> = {
  // A log is for ever and a snapshot may go at any time: files by different rules, a door each.
  'better-sqlite3': ['src/runtime/log/database.ts', 'src/runtime/snapshots/sqlite.ts'],
  'node:worker_threads': ['src/runtime/threads.ts'],
  '@nats-io/transport-node': ['src/runtime/bus/nats.ts'],
  pino: ['src/runtime/pino.ts'],
  piscina: ['src/runtime/piscina.ts'],
  '@grpc/grpc-js': ['src/gateway/server.ts', 'src/client/client.ts', 'src/wallet/server.ts'],
  '@grpc/reflection': ['src/gateway/reflection.ts'],
  'grpc-health-check': ['src/gateway/health.ts'],
  '@bufbuild/protovalidate': ['src/gateway/validate.ts'],
  'uwebsockets-glibc236': ['src/edge/uws.ts'],
  'uwebsockets-glibc238': ['src/edge/uws.ts'],
  commander: ['src/cli/program.ts'],
  zod: ['src/config.ts'],
};

const WORLDLY = /\b(Date|Math\.random|performance|process|setTimeout|setInterval|fetch|console)\b/;
/** Time and chance come in as arguments, so that a simulation has both in its hands. */
const TIME = /\b(Date\.now|performance|hrtime|setTimeout|setInterval)\b|\bDate\(\s*\)|node:timers/;
const TIMED = ['src/runtime/', 'src/gateway/', 'src/edge/'];
const CLOCK = 'src/runtime/clock.ts';

const CHANCE = /\b(Math\.random|random(UUID|Bytes|Int|Fill|FillSync)|getRandomValues|webcrypto)\b/;
const CHANCES = [
  'src/runtime/random.ts',
  // The id of a data directory must be unlike any other's, whatever seed a test runs under.
  'src/runtime/data-dir.ts',
];

const NODE_MAY = [
  'src/runtime/',
  'src/gateway/',
  'src/edge/',
  'src/cli/',
  'src/day/',
  'src/archive/',
  'src/backup/',
  // The reference wallet's journal.
  'src/wallet/journal.ts',
  'src/system.ts',
  'src/part.ts',
  'src/rule-files.ts',
  'src/main.ts',
];

describe('the laws of the house', () => {
  for (const file of globSync('src/**/*.ts')) {
    const code = withoutComments(readFileSync(file, 'utf8'));

    test(`${file} imports only what it may`, () => {
      const law = lawOf(file);
      for (const target of importsOf(file, code)) {
        expect(mayImport(file, law, target), `${file} → ${target}`).toBe(true);
      }
    });

    if (file.startsWith('src/actors/')) {
      test(`${file} is pure`, () => expect(code).not.toMatch(WORLDLY));
    }
    if (TIMED.some((it) => file.startsWith(it)) && file !== CLOCK) {
      test(`${file} reads time by the clock it is given`, () => expect(code).not.toMatch(TIME));
    }
    if (file.startsWith('src/runtime/') && !CHANCES.includes(file)) {
      test(`${file} has chance from src/runtime/random.ts`, () => expect(code).not.toMatch(CHANCE));
    }
    if (file !== 'src/config.ts' && !file.startsWith('src/gen/')) {
      test(`${file} leaves the environment to src/config.ts`, () =>
        expect(code).not.toMatch(/\bprocess\.env\b/));
    }
    if (!file.startsWith('src/gen/')) {
      test(`${file} says in its first lines what it is`, () =>
        expect(readFileSync(file, 'utf8')).toMatch(/^(#!.*\n)?\/\*\*/));
    }
  }

  test('docs/ARCHITECTURE.md names every folder of src', () => {
    const page = readFileSync('docs/ARCHITECTURE.md', 'utf8');
    for (const folder of globSync('src/*/'))
      expect(page).toContain(`${folder}/`.replace('//', '/'));
  });

  test('README.md shows the two commands', () => {
    const page = readFileSync('README.md', 'utf8');
    expect(page).toContain('npm start');
    expect(page).toContain('npm test');
  });

  test('nothing tracked names a path of one machine', () => {
    for (const pattern of [
      'src/**/*.ts',
      'test/**/*.ts',
      'web/src/**/*.{ts,tsx,css}',
      'web/*.ts',
      'bench/**/*.ts',
      'examples/**/*.{ts,md,csv}',
      'proto/furlong/**/*.proto',
      'docs/**/*.md',
      'scripts/*',
      '.ci/*',
      '*.md',
    ]) {
      const files = globSync(pattern);
      expect(files, pattern).not.toEqual([]);
      for (const file of files) {
        expect(readFileSync(file, 'utf8'), file).not.toMatch(
          /(?<![\w"/])\/(root|home\/[a-z]+|work)\//,
        );
      }
    }
  });
});

function lawOf(file: string): readonly string[] {
  const prefix = Object.keys(MAY_IMPORT)
    .filter((it) => file.startsWith(it))
    .sort((a, b) => b.length - a.length)[0];
  const law = prefix === undefined ? undefined : MAY_IMPORT[prefix];
  if (law === undefined) throw new Error(`${file} lives in no known folder`);
  return law;
}

function mayImport(file: string, law: readonly string[], target: string): boolean {
  const door = Object.keys(DOORS).find((it) => target === it || target.startsWith(`${it}/`));
  if (door !== undefined) return DOORS[door]?.includes(file) ?? false;
  if (target.startsWith('node:')) return NODE_MAY.some((it) => file.startsWith(it));
  return law.some(
    (it) =>
      target === it ||
      target.startsWith(it.endsWith('/') ? it : `${it}/`) ||
      (it.endsWith('/') && target.startsWith(it)),
  );
}

function importsOf(file: string, code: string): string[] {
  // Not where it is the end of a text, such as '--from'.
  const specifiers = code.matchAll(/(?:(?<!['"-])\bfrom|\bimport\s*\(?)\s*['"]([^'"]+)['"]/g);
  return [...specifiers].map(([, to = '']) => (to.startsWith('.') ? join(dirname(file), to) : to));
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '');
}
