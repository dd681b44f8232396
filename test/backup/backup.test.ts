// A backup and what may happen to it, each as somebody with the files in hand could do it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { backUp } from '../../src/backup/backup.ts';
import {
  CorruptBackupError,
  type Manifest,
  type ManifestFile,
  manifestText,
  parseManifest,
} from '../../src/backup/manifest.ts';
import { restore } from '../../src/backup/restore.ts';
import { holdLock } from '../../src/runtime/log/database.ts';
import { CorruptLogError } from '../../src/runtime/log/log.ts';
import { append, changed, DAY, deposited, logOf, PLAYERS, RACES } from '../audit/story.ts';

let clockMs = Date.UTC(2026, 10, 21, 17, 45, 30, 123);
const now = () => clockMs++;

describe('a backup', () => {
  test('is restored to the last record, and verifies', () => {
    const { dir, to, place } = stage();
    const { manifest, records } = backUp(dir, { to, now });
    expect(manifest.id).toMatch(/^20261121T1745301\d\dZ$/);
    const restored = restore(place, { from: to });
    expect(restored.verification).toMatchObject({
      records: DAY.length,
      faults: [],
      rest: 'at-rest',
    });
    expect(records).toBe(DAY.length);
    expect(verifyLog(place)).toEqual(verifyLog(dir));
    expect(readFileSync(join(place, 'furlong.json'))).toEqual(
      readFileSync(join(dir, 'furlong.json')),
    );
  });

  test('of a log that goes on afterwards is what it was', () => {
    const { dir, to, place } = stage();
    const before = verifyLog(dir).partitions;
    backUp(dir, { to, now });
    append(dir, PLAYERS, [deposited('ann', 5)]);
    restore(place, { from: to });
    expect(verifyLog(place).partitions).toEqual(before);
  });

  test('adds to its store only what has changed', () => {
    const { dir, to } = stage();
    const first = backUp(dir, { to, now });
    expect(first.addedBytes).toBe(first.sizeBytes);
    expect(backUp(dir, { to, now }).addedBytes).toBe(0);
    append(dir, PLAYERS, [deposited('ann', 5)]);
    const third = backUp(dir, { to, now });
    const players = third.manifest.files.find(({ path }) => path === 'log/p-000.sqlite');
    expect(third.addedBytes).toBe(players?.sizeBytes);
  });

  test('is one of several: each is restored by its id, and the last where none is said', () => {
    const { dir, to, place } = stage();
    const { id } = backUp(dir, { to, now }).manifest;
    append(dir, PLAYERS, [deposited('ann', 5)]);
    backUp(dir, { to, now });
    expect(restore(place, { from: to }).verification.records).toBe(DAY.length + 1);
    expect(restore(`${place}-first`, { from: to, id }).verification.records).toBe(DAY.length);
    expect(() => restore(`${place}-none`, { from: to, id: 'x' })).toThrow(
      /holds no backup x: it has/,
    );
  });

  test('has the lists of accepted bets', () => {
    const { dir, to, place } = stage();
    mkdirSync(join(dir, 'archive', '2026-11-20'), { recursive: true });
    const list = join('archive', '2026-11-20', 'bets.ndjson.gz');
    writeFileSync(join(dir, list), 'whatever it is');
    writeFileSync(join(dir, `${list}.new`), 'half of it');
    backUp(dir, { to, now });
    restore(place, { from: to });
    expect(readFileSync(join(place, list), 'utf8')).toBe('whatever it is');
    expect(existsSync(join(place, `${list}.new`))).toBe(false);
  });

  test('has those of an archive that is kept in a folder of its own', () => {
    const { dir, to, place } = stage();
    const list = join('archive', 'vault', '2026-11-20', 'bets.ndjson.gz');
    mkdirSync(dirname(join(dir, list)), { recursive: true });
    writeFileSync(join(dir, list), 'whatever it is');
    backUp(dir, { to, now });
    restore(place, { from: to });
    expect(readFileSync(join(place, list), 'utf8')).toBe('whatever it is');
  });

  test('is refused of a log that is not what was written, and leaves no manifest', () => {
    const { dir, to } = stage();
    flip(join(dir, 'log', 'p-001.sqlite'), 'steward');
    expect(() => backUp(dir, { to, now })).toThrow(CorruptLogError);
    expect(manifestsIn(to)).toEqual([]);
  });

  test.each(['', 'log', 'backups/daily'])('is never kept in the data directory, at %j', (at) => {
    const { dir } = stage();
    const before = readdirSync(dir, { recursive: true }).sort();
    expect(() => backUp(dir, { to: join(dir, at), now })).toThrow('is in the data directory');
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  });

  test('is kept beside the data directory, whatever its name begins with', () => {
    const { dir } = stage();
    expect(backUp(dir, { to: `${dir}-backups`, now }).records).toBe(DAY.length);
    expect(backUp(dir, { to: join(dir, '..', '..backups'), now }).records).toBe(DAY.length);
  });

  test('is refused while another one is written to the same place', () => {
    const { dir, to } = stage();
    backUp(dir, { to, now });
    const release = holdLock(join(to, 'lock'));
    expect(() => backUp(dir, { to, now })).toThrow(/is in use by another backup/);
    release?.();
    backUp(dir, { to, now });
  });

  test('that was interrupted before its manifest is none, and the next one clears it away', () => {
    const { dir, to, place } = stage();
    const { id } = backUp(dir, { to, now }).manifest;
    // All that a kill at any moment can leave.
    renameSync(join(to, `${id}.json`), join(to, `${id}.json.new`));
    writeFileSync(join(to, 'files', 'partition-0.new'), 'half a log');
    expect(() => restore(place, { from: to })).toThrow(/holds no whole backup/);
    expect(existsSync(place)).toBe(false);
    backUp(dir, { to, now });
    expect(names(to)).toEqual([expect.stringMatching(/Z\.json$/), 'files', 'lock']);
    expect(names(join(to, 'files')).filter((it) => it.endsWith('.new'))).toEqual([]);
    restore(place, { from: to });
  });

  test('mends a stored file that was damaged since', () => {
    const { dir, to, place } = stage();
    const { manifest } = backUp(dir, { to, now });
    spoil(to, manifest.files[0]?.sha256);
    backUp(dir, { to, now });
    restore(place, { from: to });
  });
});

describe('a restore refuses, and leaves nothing behind,', () => {
  test('where something is already', () => {
    const { dir, to, place } = stage();
    backUp(dir, { to, now });
    mkdirSync(place);
    expect(() => restore(place, { from: to })).toThrow(/is there already/);
    expect(names(place)).toEqual([]);
  });

  test('a stored file with one byte changed, whichever it is', () => {
    const { dir, to, place } = stage();
    const { manifest } = backUp(dir, { to, now });
    for (const { path, sha256 } of manifest.files) {
      const whole = readFileSync(join(to, 'files', sha256));
      spoil(to, sha256);
      expect(() => restore(place, { from: to })).toThrow(`${path} is not what was backed up`);
      writeFileSync(join(to, 'files', sha256), whole);
    }
    expect(names(join(place, '..'))).not.toContain('restored');
    expect(names(join(place, '..'))).not.toContain('restored.restoring');
    restore(place, { from: to });
  });

  test('a stored file that is gone', () => {
    const { dir, to, place } = stage();
    const { manifest } = backUp(dir, { to, now });
    rmSync(join(to, 'files', manifest.files[1]?.sha256 ?? ''));
    expect(() => restore(place, { from: to })).toThrow('log/p-001.sqlite is gone from the backup');
    expect(existsSync(place)).toBe(false);
  });

  test('a manifest with any one character changed', () => {
    const { dir, to } = stage();
    const { id } = backUp(dir, { to, now }).manifest;
    const text = readFileSync(join(to, `${id}.json`), 'utf8');
    // Spaces and line ends mean nothing.
    const marks = [...text.matchAll(/\S/g)].map(({ index }) => index);
    for (const at of marks) {
      const other = text[at] === '1' ? '2' : '1';
      const wrong = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => parseManifest(wrong, 'm'), `${at}`).toThrow(CorruptBackupError);
    }
    expect(() => parseManifest(text.slice(0, -10), 'm')).toThrow('m is no manifest');
    expect(parseManifest(text, 'm')).toMatchObject({ id });
  });

  test('a manifest that was sealed again with a path elsewhere, and writes nothing there', () => {
    const { to, place } = sealedAgain((it) => [{ ...it, path: '../outside/x' }, it]);
    expect(() => restore(place, { from: to })).toThrow(
      'names "../outside/x", which no backup writes',
    );
    expect(names(join(place, '..'))).toEqual(['backups']);
  });

  test('a manifest that was sealed again with what no backup writes', () => {
    const { manifest } = sealedAgain((it) => [it]);
    const [first, ...others] = manifest.files;
    const withFirst = (change: object) => ({ files: [{ ...first, ...change }, ...others] });
    const PATHS = [
      '../bets.ndjson.gz',
      '/etc/x',
      'archive/../../bets.ndjson.gz',
      'archive/../bets.ndjson.gz',
      'archive//bets.ndjson.gz',
      'archive\\..\\bets.ndjson.gz',
      'archive/2026-11-20/../p-000-0000000000000001.sqlite',
      'archive/2026-11-20/p-000-1.sqlite',
      'log/../furlong.json',
      'log/p-00.sqlite',
      'log/p-000.sqlite-wal',
      'tlog/key',
      'furlong.json\n',
      '',
      7,
    ];
    const HASHES = ['../x', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`, 7];
    for (const wrong of [
      ...PATHS.map((path) => withFirst({ path })),
      ...HASHES.map((sha256) => withFirst({ sha256 })),
      withFirst({ sizeBytes: -1 }),
      { files: [first, ...manifest.files] },
      { files: {} },
      { files: [undefined] },
      { partitions: [{}] },
      { dataId: 7 },
    ]) {
      const text = manifestText({ ...manifest, ...(wrong as object) });
      expect(() => parseManifest(text, 'm'), text).toThrow(CorruptBackupError);
    }
    expect(parseManifest(manifestText(manifest), 'm')).toEqual(manifest);
  });

  test('a manifest under another name', () => {
    const { dir, to, place } = stage();
    const { id } = backUp(dir, { to, now }).manifest;
    renameSync(join(to, `${id}.json`), join(to, '20270101T000000000Z.json'));
    expect(() => restore(place, { from: to })).toThrow(`is the manifest of ${id}`);
  });

  test('books that have faults, unless it is told to restore them', () => {
    const dir = logOf(changed('bet-confirmed ann/b1'));
    const { to, place } = stage();
    backUp(dir, { to, now });
    expect(() => restore(place, { from: to })).toThrow(
      /is what was backed up, and does not verify: /,
    );
    expect(existsSync(place)).toBe(false);
    const { verification } = restore(place, { from: to, despiteFaults: true });
    expect(verification.faults).toEqual(verifyLog(dir).faults);
    expect(verification.faults).not.toEqual([]);
  });

  test('a store that holds no backup', () => {
    const { place } = stage();
    expect(() => restore(place, { from: join(place, 'nowhere') })).toThrow(/holds no whole backup/);
  });
});

describe('what a restore made', () => {
  test('takes the place of what an earlier try left', () => {
    const { dir, to, place } = stage();
    backUp(dir, { to, now });
    mkdirSync(`${place}.restoring`);
    writeFileSync(join(`${place}.restoring`, 'furlong.json'), '{}');
    restore(place, { from: to });
    expect(existsSync(`${place}.restoring`)).toBe(false);
  });

  test('can be written, also from a store that cannot', () => {
    const { dir, to, place } = stage();
    const { manifest } = backUp(dir, { to, now });
    for (const { sha256 } of manifest.files) chmodSync(join(to, 'files', sha256), 0o444);
    restore(place, { from: to });
    append(place, RACES, []);
    append(place, PLAYERS, [deposited('ann', 5)]);
    expect(verifyLog(place)).toMatchObject({ records: DAY.length + 1, faults: [] });
  });
});

function stage() {
  const root = mkdtempSync(join(tmpdir(), 'furlong-backup-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return { dir: logOf(DAY), to: join(root, 'backups'), place: join(root, 'restored') };
}

/** A backup whose manifest somebody wrote anew, with something else for its first file. */
function sealedAgain(change: (file: ManifestFile) => ManifestFile[]) {
  const { dir, to, place } = stage();
  const { manifest } = backUp(dir, { to, now });
  const files = manifest.files.flatMap((it, index) => (index === 0 ? change(it) : [it]));
  const changed: Manifest = { ...manifest, files };
  writeFileSync(join(to, `${manifest.id}.json`), manifestText(changed));
  return { to, place, manifest };
}

function names(dir: string): string[] {
  return readdirSync(dir).sort();
}

function manifestsIn(to: string): string[] {
  return names(to).filter((it) => it.endsWith('.json'));
}

function spoil(to: string, sha256: string | undefined): void {
  const path = join(to, 'files', sha256 ?? '');
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function flip(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
