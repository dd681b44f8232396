/** `furlong backup` and `furlong restore`: what is said, in which form, with which code. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { changed, DAY, logOf } from '../audit/story.ts';
import { playVerb } from './support/stage.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 17, 45, 30, 123), after: () => () => {} };
const ID = '20261121T174530123Z';

describe('furlong backup', () => {
  it('says what it copied, for people', async () => {
    const { data, to } = stage();
    const { code, stdout, stderr } = await playVerb(['backup', '--data', data, '--to', to], {
      clock,
    });
    expect(code).toBe(0);
    expect(stdout).toContain(`backup ${ID}: ${DAY.length} records, 4 files`);
    expect(stdout).toContain('everything on disk at 2026-11-21T17:45:30.123Z is in it');
    expect(stderr).toContain('log/p-000.sqlite: copied');
    expect((await playVerb(['backup', '--data', data, '--to', to])).stdout).toContain(
      'of which 0 were not in',
    );
  });

  it('says it as JSON for programs', async () => {
    const { data, to } = stage();
    const { stdout } = await playVerb(['backup', '--data', data, '--to', to, '--json'], { clock });
    expect(JSON.parse(stdout)).toMatchObject({
      id: ID,
      records: DAY.length,
      partitions: [{ partition: 0, position: 11, outgoing: 11 }, { position: 8 }, { position: 2 }],
    });
  });

  it.each([
    ['2 without a directory', ['--to', 'x'], 2, '--data DIR'],
    ['2 without a place', ['--data', 'x'], 2, "required option '--to <dir>'"],
    ['1 where there is no log', ['--data', 'x', '--to', 'y'], 1, 'x holds no furlong log'],
  ])('ends with %s', async (_, argv, code, words) => {
    const played = await playVerb(['backup', ...argv]);
    expect(played).toMatchObject({ code, stdout: '' });
    expect(played.stderr).toContain(words);
  });

  it('ends with 65 where a log is not what was written', async () => {
    const { data, to } = stage();
    spoil(join(data, 'log', 'p-001.sqlite'), 'steward');
    const { code, stderr } = await playVerb(['backup', '--data', data, '--to', to]);
    expect(code).toBe(65);
    expect(stderr).toContain('is not what was written');
  });
});

describe('furlong restore', () => {
  it('makes the directory again, and says until when it is', async () => {
    const { data, to, place } = await backedUp();
    const { code, stdout } = await playVerb(['restore', '--from', to, '--data', place]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${place} is restored from ${ID}: ${DAY.length} records verified`);
    expect(stdout).toContain('bets acknowledged since are not in it');
    const verify = ['log', 'verify', '--json', '--data'];
    expect((await playVerb([...verify, place])).stdout).toBe(
      (await playVerb([...verify, data])).stdout,
    );
  });

  it('says it as JSON for programs', async () => {
    const { to, place } = await backedUp();
    const { stdout } = await playVerb([
      'restore',
      '--from',
      to,
      '--id',
      ID,
      '--data',
      place,
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, id: ID, records: DAY.length, faults: [] });
  });

  it('ends with 65 and leaves nothing where a stored file was changed', async () => {
    const { to, place } = await backedUp();
    const [file = ''] = readdirSync(join(to, 'files'));
    spoil(
      join(to, 'files', file),
      readFileSync(join(to, 'files', file))
        .subarray(0, 9)
        .toString('latin1'),
    );
    const { code, stderr } = await playVerb(['restore', '--from', to, '--data', place]);
    expect(code).toBe(65);
    expect(stderr).toContain('is not what was backed up');
    expect(existsSync(place)).toBe(false);
    expect(existsSync(`${place}.restoring`)).toBe(false);
  });

  it('ends with 65 where the books have faults, and restores them only when told to', async () => {
    const { to, place } = await backedUp(logOf(changed('bet-confirmed ann/b1')));
    const refused = await playVerb(['restore', '--from', to, '--data', place]);
    expect(refused.code).toBe(65);
    expect(existsSync(place)).toBe(false);
    const done = await playVerb(['restore', '--from', to, '--data', place, '--despite-faults']);
    expect(done.code).toBe(65);
    expect(done.stdout).toContain('and its books have faults:');
    expect(existsSync(place)).toBe(true);
  });

  it('ends with 1 where something is there already, and where there is no backup', async () => {
    const { to, place } = await backedUp();
    mkdirSync(place);
    const there = await playVerb(['restore', '--from', to, '--data', place]);
    expect(there).toMatchObject({ code: 1, stdout: '' });
    expect(there.stderr).toContain('is there already');
    const none = await playVerb(['restore', '--from', place, '--data', `${place}-2`]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('holds no whole backup');
  });
});

function stage(data = logOf(DAY)) {
  const root = mkdtempSync(join(tmpdir(), 'furlong-cli-backup-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return { data, to: join(root, 'backups'), place: join(root, 'restored') };
}

async function backedUp(data?: string) {
  const it = stage(data);
  const { code } = await playVerb(['backup', '--data', it.data, '--to', it.to], { clock });
  expect(code).toBe(0);
  return it;
}

function spoil(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text, 0, 'latin1');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
