// Where backups are kept: what is on disk before what.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/backup/store.ts';

const synced: string[] = [];
vi.mock('../../src/runtime/log/files.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../../src/runtime/log/files.ts')>();
  const syncPath = (path: string) => {
    synced.push(path);
    real.syncPath(path);
  };
  return { ...real, syncPath };
});

beforeEach(() => {
  synced.length = 0;
});

test('the names of files are on disk before a manifest, also of those that were there before', () => {
  const { path, file, store } = stage();
  store.add(file);
  // A crash after the rename may have come before its sync: nobody can tell from the name.
  synced.length = 0;
  expect(store.add(file).known).toBe(true);
  store.writeManifest('20261121T174530123Z', '{}');
  expect(synced).toEqual([join(path, 'files'), path]);
});

test('what does not pass its check is not kept, and is checked again the next time', () => {
  const { file, store } = stage();
  const refuse = () => {
    throw new Error('not whole');
  };
  for (let time = 1; time <= 2; time++) expect(() => store.add(file, refuse)).toThrow('not whole');
  expect(store.add(file).known).toBe(false);
  expect(store.add(file, refuse).known).toBe(true);
});

function stage() {
  const root = mkdtempSync(join(tmpdir(), 'furlong-store-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const path = join(root, 'backups');
  const file = join(root, 'file');
  writeFileSync(file, 'what is in it');
  const store = openStore(path);
  onTestFinished(() => store.release());
  return { path, file, store };
}
