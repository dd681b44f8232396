/**
 * `node bench/tlog.ts [records]`: what the notary costs: per record, per checkpoint, per proof, and how
 * much of it is only reading the log. On a data directory in the system's temporary directory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { raceCodec } from '../src/actors/codec.ts';
import { receiptKey, receiptKeyOf } from '../src/actors/receipts.ts';
import { betId, cents, playerId, poolId, runnerNumber } from '../src/actors/units.ts';
import { openDataDir } from '../src/runtime/data-dir.ts';
import { openSqliteLog } from '../src/runtime/log/sqlite.ts';
import { originOf } from '../src/runtime/tlog/checkpoint.ts';
import { leafOf } from '../src/runtime/tlog/entry.ts';
import { BATCH_MAX } from '../src/runtime/tlog/notary.ts';
import { openLogSource } from '../src/runtime/tlog/open-notary.ts';
import { openKeys, treeFilesOf } from '../src/runtime/tlog/tlog-dir.ts';
import { openTree } from '../src/runtime/tlog/tree.ts';
import { median } from './measure.ts';

const COMMIT = 512;
const CHECKPOINTS = 100;
const PROOFS = 500;

const records = Number(process.argv[2] ?? 300_000);
const dir = mkdtempSync(join(tmpdir(), 'furlong-bench-'));
try {
  for (const line of measure()) process.stdout.write(`${line}\n`);
} finally {
  rmSync(dir, { recursive: true });
}

function* measure(): Iterable<string> {
  const { id, logs } = openDataDir(dir, 1);
  const log = openSqliteLog(logs[0] ?? '', 0, id);
  let written = 0;
  function write(count: number): void {
    const batch = Array.from({ length: count }, () => record(++written));
    log.append(batch, { outgoing: 0, bus: 0 });
  }
  while (written < records) write(Math.min(COMMIT, records - written));

  const signer = openKeys(dir, 1).current.as(originOf(id, 0));
  const files = treeFilesOf(dir, 0);
  const source = openLogSource(logs[0] ?? '', 0, id);
  const nowMs = 0;

  const readUs = usPer(records, () => {
    for (const _ of source.read(0));
  });
  const hashUs = usPer(records, () => {
    for (const it of source.read(0)) leafOf(it);
  });
  const tree = openTree({ files, signer, retired: [], keyOf: receiptKeyOf }, source);
  const growUs = usPer(records, () => {
    while (tree.grow(source, { max: BATCH_MAX, nowMs }) > 0);
  });
  const seals = Array.from({ length: CHECKPOINTS }, () => {
    write(1);
    const begunMs = performance.now();
    const us = usPer(1, () => tree.grow(source, { max: BATCH_MAX, nowMs }));
    return { us, ms: performance.now() - begunMs };
  });
  const proofs = Array.from({ length: PROOFS }, (_, index) => {
    const number = 1 + ((index * 7_919) % records);
    return usPer(1, () => {
      if (tree.proveKey(source, receiptKey('player-1', betOf(number))) === undefined) {
        throw new Error(`no proof of bet ${number}`);
      }
    });
  });
  const againUs = usPer(records, () =>
    openTree({ files, signer, retired: [], keyOf: receiptKeyOf }, source),
  );
  source.close();
  log.close();

  yield `${records} records of bets, batches of ${BATCH_MAX}, one partition`;
  yield '';
  yield '| What | Processor time, µs |';
  yield '| --- | --- |';
  yield `| read a record | ${readUs.toFixed(2)} |`;
  yield `| read and hash a record | ${hashUs.toFixed(2)} |`;
  yield `| read, hash, tiles, index, checkpoints: a record | ${growUs.toFixed(2)} |`;
  yield `| a checkpoint with one new record, median of ${CHECKPOINTS} | ${median(seals.map(({ us }) => us)).toFixed(0)}; ${median(seals.map(({ ms }) => ms)).toFixed(1)} ms with its four syncs |`;
  yield `| find and prove a bet, median of ${PROOFS} | ${median(proofs).toFixed(0)} |`;
  yield `| open the tree again: a record of the log | ${againUs.toFixed(2)} |`;
}

function usPer(count: number, work: () => void): number {
  const before = cpuUsage();
  work();
  const { user, system } = cpuUsage(before);
  return (user + system) / count;
}

function record(number: number) {
  const bytes = raceCodec.encode({
    kind: 'bet-registered',
    bet: betId(betOf(number)),
    player: playerId('player-1'),
    pool: poolId('win'),
    legs: [[runnerNumber((number % 14) + 1)]],
    stake: cents(200),
    cost: cents(200),
    ticket: number,
    formula: 'combined',
    picks: 0,
    alternates: [],
    flexi: 100,
    combinations: 1,
    channel: 'online',
    atMs: 1_763_740_800_000,
  });
  return {
    stream: 'race/r1',
    version: number,
    cause: `0-${number}-0`,
    atMs: 1_763_740_800_000,
    bytes,
  };
}

/** As long as a UUID. */
function betOf(number: number): string {
  return `bet-${String(number).padStart(32, '0')}`;
}
