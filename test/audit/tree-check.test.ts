/** A history of checkpoints, compared as the log goes by: held by the piece, its faults counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULTS_MAX } from '../../src/audit/read-log.ts';
import { createTreeCheck, type TreeHead } from '../../src/audit/tree-check.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { originOf } from '../../src/runtime/tlog/checkpoint.ts';
import type { EntryRecord } from '../../src/runtime/tlog/entry.ts';
import { EMPTY_ROOT } from '../../src/runtime/tlog/merkle.ts';
import { openLogSource } from '../../src/runtime/tlog/open-notary.ts';
import { signLog } from '../support/sign-log.ts';
import { append, DAY, logOf, RACES, race, suspended } from './story.ts';

interface Scene {
  readonly dir: string;
  readonly dataId: string;
  /** Of the history. */
  readonly path: string;
}

/** Signed after 8, 9, and 10 records. */
async function signedThrice(): Promise<Scene> {
  const dir = logOf(DAY);
  await signLog(dir);
  for (let more = 0; more < 2; more++) await appendSigned(dir);
  const path = join(dir, 'tlog', 'p-001', 'checkpoints.ndjson');
  return { dir, dataId: readDataDir(dir).id, path };
}

async function appendSigned(dir: string): Promise<void> {
  append(dir, RACES, [race(suspended)]);
  await signLog(dir);
}

function recordsOf({ dir, dataId }: Scene): EntryRecord[] {
  const source = openLogSource(readDataDir(dir).logs[RACES] ?? '', RACES, dataId);
  const records = [...source.read(0)];
  source.close();
  return records;
}

function checkOf({ dir, dataId }: Scene, published: readonly TreeHead[] = []) {
  return createTreeCheck({ dataDir: dir, dataId, partition: RACES, published });
}

function checked(scene: Scene, published: readonly TreeHead[] = []) {
  const check = checkOf(scene, published);
  for (const record of recordsOf(scene)) check.add(record);
  return check.finish();
}

describe('the check of a tree', () => {
  test('reads the history as the log goes by, as far as it went when it began', async () => {
    const scene = await signedThrice();
    const records = recordsOf(scene);
    const check = checkOf(scene);
    await appendSigned(scene.dir);
    for (const record of records) check.add(record);
    expect(check.finish()).toMatchObject({ size: 10, checkpoints: 3, faults: [] });

    const late = checkOf(scene);
    writeFileSync(scene.path, readFileSync(scene.path, 'utf8').replace('"size":9', '"seize":9'));
    for (const record of records) late.add(record);
    expect(late.finish().faults).toContainEqual(expect.stringContaining('is damaged at'));
  });

  test('compares checkpoints that were kept in their place among those of the history', async () => {
    const scene = await signedThrice();
    const origin = originOf(scene.dataId, RACES);
    const kept = [11, 9, 3, 0].map((size) => ({ origin, size, root: EMPTY_ROOT }));
    expect(checked(scene, kept)).toMatchObject({
      checkpoints: 7,
      faults: [
        'partition 1: the first 3 records are not those that were signed',
        'partition 1: the first 9 records are not those that were signed',
        'partition 1: 11 records were signed, and 10 can be read',
      ],
    });
  });

  test('walks a history to its end also where the log lacks what it says', async () => {
    const scene = await signedThrice();
    const check = checkOf(scene);
    for (const record of recordsOf(scene).slice(0, 8)) check.add(record);
    expect(check.finish()).toMatchObject({
      checkpoints: 3,
      faults: ['partition 1: 10 records were signed, and 8 can be read'],
    });
  });

  test('says so much of what is wrong and no more, the gravest first', async () => {
    const scene = await signedThrice();
    const text = readFileSync(scene.path, 'utf8');
    const last = text.split('\n').at(-2) ?? '';
    writeFileSync(scene.path, text + `${last}\n`.repeat(FAULTS_MAX + 5));
    const origin = originOf(scene.dataId, RACES);
    const { faults } = checked(scene, [{ origin, size: 10, root: EMPTY_ROOT }]);
    expect(faults).toHaveLength(FAULTS_MAX);
    expect(faults.slice(0, 2)).toEqual([
      'partition 1: the first 10 records are not those that were signed',
      'partition 1: after a tree of 10 a tree of 10 was signed',
    ]);
  });
});
