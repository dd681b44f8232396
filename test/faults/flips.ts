/**
 * Damage to the files of a data directory: single bytes and bits flipped, tails cut off, pages
 * swapped. Each is found at the start or by `log verify`, or changes nothing: never served silently.
 *
 *   refused at the start · found by log verify · cache discarded · SILENT
 *   harmless: every record, cursor and actor is what it was
 *
 * In this process and over copies, through the code that the server opens a log with.
 */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Catalogue from '../../src/actors/catalogue.ts';
import type * as Software from '../../src/actors/software.ts';
import type * as Verify from '../../src/audit/verify.ts';
import type { Address } from '../../src/runtime/actor.ts';
import type * as DataDir from '../../src/runtime/data-dir.ts';
import type * as Sqlite from '../../src/runtime/log/sqlite.ts';
import type * as PartitionModule from '../../src/runtime/partition.ts';
import type * as Snapshots from '../../src/runtime/snapshots/sqlite.ts';
import type * as StateBytes from '../../src/runtime/snapshots/state-bytes.ts';
import { openAcks } from './harness/acks.ts';
import { type Fault, problem, type Stage, see } from './harness/fault.ts';
import { createMeeting } from './harness/meeting.ts';
import type { Random } from './harness/random.ts';
import { type Server, startServer } from './harness/server.ts';

const PAGE_BYTES = 4_096;
const BETS = 60;
const SAY_EVERY = 500;
/** The files are copied anew now and then, in case a run leaves something behind. */
const FRESH_EVERY = 200;

export const flips: Fault = {
  name: 'flips',
  about: 'bytes and bits flipped, tails cut off and pages swapped in the files',
  rounds: 10_000,
  run: flipRounds,
  controls: [
    {
      name: 'believes what it reads',
      patch: 'believe-the-disk.patch',
      rounds: 400,
      mustFind: ['silent'],
      run: flipRounds,
    },
  ],
};

async function flipRounds(stage: Stage): Promise<void> {
  const { dir, tally, random, rounds } = stage;
  const original = join(dir, 'original');
  await makeOriginal(stage, original);
  const look = await lookerOf(stage.tree);
  const copy = join(dir, 'copy');
  const files = readFilesIn(original);
  restore(copy, files);
  const before = look(copy);
  if (before.kind !== 'served')
    throw new Error(`the log is not served before anything is damaged: ${before.why}`);
  for (; tally.rounds < rounds; tally.rounds++) {
    if (tally.rounds % FRESH_EVERY === 0) rmSync(copy, { recursive: true, force: true });
    restore(copy, files);
    const damage = drawDamage(files, random);
    damage.do(copy);
    const after = look(copy);
    const kind = folderOf(damage.file);
    if (after.kind !== 'served') {
      see(tally, `${kind}: ${after.kind}`);
      // A cache is never a reason: what is wrong with it is discarded, and the log read again.
      if (kind === 'snapshots')
        problem(tally, `${damage.what} of ${damage.file}: ${after.kind}: ${after.why}`);
    } else if (after.answers === before.answers)
      see(tally, `${kind}: ${after.discarded ? 'cache discarded' : 'harmless'}`);
    else {
      see(tally, `${kind}: SILENT`);
      problem(tally, `${damage.what} of ${damage.file} is served as if it were not`, 'silent');
    }
    if (tally.rounds % SAY_EVERY === SAY_EVERY - 1)
      stage.say(`flips: ${tally.rounds + 1} of ${rounds}, ${tally.silent} silent`);
  }
}

/** `log`, `archive`, `snapshots`; the directory's own files by their names. */
function folderOf(file: string): string {
  return file.split(/[\\/]/)[0] ?? file;
}

/** A day of a server that was stopped in order, so that nothing is left in a write-ahead log. */
async function makeOriginal({ dir, tree, tally, random }: Stage, dataDir: string): Promise<void> {
  const acks = openAcks(join(dir, 'acks'));
  const meeting = createMeeting({ acks, tally, random, name: 'b' });
  const library = process.env.FURLONG_TEST_LIBFAKETIME;
  const runDay = async (day: number) => {
    const env: Record<string, string> =
      library === undefined || day === 0
        ? {}
        : { LD_PRELOAD: library, FAKETIME: `+${day}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
    const server: Server = await startServer({ tree, dataDir, shards: 1, partitions: 2, env });
    try {
      if (day === 0) await meeting.prepare(server.client);
      await meeting.open(server.client, `r${day}`);
      await meeting.bets(server.client, `r${day}`, { count: BETS });
      await meeting.settle(server.client, `r${day}`);
    } finally {
      await server.stop();
    }
  };
  await runDay(0);
  // The next day closes the first one's segment into the archive.
  await runDay(1);
  tally.acknowledged = acks.acknowledged;
  acks.close();
}

type Look =
  | { readonly kind: 'served'; readonly answers: string; readonly discarded: boolean }
  | { readonly kind: 'refused at the start' | 'found by log verify'; readonly why: string };

/** With the code of a tree: a control's believes more than ours. */
async function lookerOf(tree: string): Promise<(dataDir: string) => Look> {
  const load = (path: string) => import(pathToFileURL(join(tree, 'src', path)).href);
  const { readDataDir, snapshotPath } = (await load('runtime/data-dir.ts')) as typeof DataDir;
  const { openSqliteLog } = (await load('runtime/log/sqlite.ts')) as typeof Sqlite;
  const { openPartition, programOf } = (await load(
    'runtime/partition.ts',
  )) as typeof PartitionModule;
  const { verifyLog } = (await load('audit/verify.ts')) as typeof Verify;
  const { KINDS } = (await load('actors/catalogue.ts')) as typeof Catalogue;

  const { SOFTWARE } = (await load('actors/software.ts')) as typeof Software;
  const { openSqliteSnapshots } = (await load('runtime/snapshots/sqlite.ts')) as typeof Snapshots;
  const { encodeState } = (await load('runtime/snapshots/state-bytes.ts')) as typeof StateBytes;
  const program = programOf(SOFTWARE, KINDS);

  /** @returns The hash of every record, every cursor, and what every actor is. */
  function start(dataDir: string, onDiscard: () => void): string {
    const hash = createHash('sha256');
    const { id, logs } = readDataDir(dataDir);
    hash.update(`${id} ${logs.length}`);
    for (const [partition, path] of logs.entries()) {
      const log = openSqliteLog(path, partition, id);
      let snapshots: ReturnType<typeof openSqliteSnapshots> | undefined;
      try {
        const owner = { partition, dataId: id, program, epoch: log.epoch, onDiscard };
        snapshots = openSqliteSnapshots(snapshotPath(dataDir, partition), owner);
        const { cellOf } = openPartition(log, KINDS, { snapshots });
        const streams = new Set<string>();
        for (const { position, stream, version, cause, atMs, bytes } of log.read(0)) {
          streams.add(stream);
          hash.update(`${position} ${stream} ${version} ${cause} ${atMs} `).update(bytes);
        }
        hash.update(JSON.stringify(log.cursors()));
        for (const stream of [...streams].sort()) {
          const cell = cellOf(stream as Address); // every record was written with one
          const plain = cell?.kind.snapshot?.freeze(cell.state);
          hash.update(`${stream} ${cell?.version} `);
          for (const segment of encodeState(plain)) hash.update(segment);
        }
      } finally {
        snapshots?.close();
        log.close();
      }
    }
    return hash.digest('hex');
  }

  /**
   * What is found wrong with a snapshot when its actor is woken ends the shard, with the snapshots
   * discarded; its crew starts it again from the log.
   */
  function startAgain(dataDir: string, onDiscard: () => void, discarded: () => boolean): string {
    try {
      return start(dataDir, onDiscard);
    } catch (error) {
      if (!discarded()) throw error;
      return start(dataDir, onDiscard);
    }
  }

  return (dataDir) => {
    let answers: string;
    let discarded = false;
    const onDiscard = () => {
      discarded = true;
    };
    try {
      answers = startAgain(dataDir, onDiscard, () => discarded);
    } catch (error) {
      return { kind: 'refused at the start', why: wordsOf(error) };
    }
    try {
      const { faults } = verifyLog(dataDir);
      if (faults.length > 0) return { kind: 'found by log verify', why: faults[0] ?? '' };
    } catch (error) {
      return { kind: 'found by log verify', why: wordsOf(error) };
    }
    return { kind: 'served', answers, discarded };
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Files = ReadonlyMap<string, Bytes>;

interface Bytes {
  readonly bytes: Buffer;
  /** A key that others may read is refused. */
  readonly mode: number;
}

/** But for what is made anew at every start, and what only says who runs. */
const NOT_DATA = /(-shm|lock|lock-journal|owner)$/;

function readFilesIn(dir: string): Files {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => relative(dir, join(it.parentPath, it.name)))
    .filter((name) => !NOT_DATA.test(name))
    .sort();
  return new Map(
    names.map((name) => {
      const path = join(dir, name);
      return [name, { bytes: readFileSync(path), mode: statSync(path).mode }];
    }),
  );
}

function restore(dir: string, files: Files): void {
  for (const folder of ['log', 'archive', 'snapshots', 'tlog'])
    rmSync(join(dir, folder), { recursive: true, force: true });
  for (const [name, { bytes, mode }] of files) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), bytes, { mode });
  }
}

interface Damage {
  readonly file: string;
  readonly what: string;
  do(dir: string): void;
}

/** Nine of ten are single bytes; a file is drawn in proportion to its size. */
function drawDamage(files: Files, random: Random): Damage {
  const [file, bytes] = drawFile(files, random);
  const kind = random.next();
  const at = random.whole(0, bytes.length - 1);
  if (kind < 0.8) {
    const by = random.whole(1, 255);
    return altered(file, `byte ${at} ^ ${by}`, bytes, (copy) =>
      copy.writeUInt8(copy.readUInt8(at) ^ by, at),
    );
  }
  if (kind < 0.9) {
    const bit = 1 << random.whole(0, 7);
    return altered(file, `byte ${at} ^ bit ${bit}`, bytes, (copy) =>
      copy.writeUInt8(copy.readUInt8(at) ^ bit, at),
    );
  }
  if (kind < 0.95) {
    return { file, what: `end from byte ${at}`, do: (dir) => truncateSync(join(dir, file), at) };
  }
  const pages = Math.max(1, Math.floor(bytes.length / PAGE_BYTES));
  const [one, other] = [random.whole(0, pages - 1), random.whole(0, pages - 1)];
  return altered(file, `pages ${one} and ${other} swapped`, bytes, (copy) => {
    bytes.copy(copy, one * PAGE_BYTES, other * PAGE_BYTES, (other + 1) * PAGE_BYTES);
    bytes.copy(copy, other * PAGE_BYTES, one * PAGE_BYTES, (one + 1) * PAGE_BYTES);
  });
}

function altered(file: string, what: string, bytes: Buffer, alter: (copy: Buffer) => void): Damage {
  return {
    file,
    what,
    do(dir) {
      const copy = Buffer.from(bytes);
      alter(copy);
      writeFileSync(join(dir, file), copy);
    },
  };
}

function drawFile(files: Files, random: Random): readonly [string, Buffer] {
  let total = 0;
  for (const { bytes } of files.values()) total += bytes.length;
  let left = random.whole(0, total - 1);
  for (const [name, { bytes }] of files) {
    if (left < bytes.length) return [name, bytes];
    left -= bytes.length;
  }
  throw new Error('no file to damage');
}
