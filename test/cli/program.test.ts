import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operatorCodec } from '../../src/actors/codec.ts';
import { cents, poolId, raceId } from '../../src/actors/units.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { allVerbs, verbsFor } from '../../src/cli/verbs.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import { playVerb } from './support/stage.ts';

const VERBS = await allVerbs();

describe('help', () => {
  it('tells every exit code, on stdout', async () => {
    for (const argv of [['help'], ['--help']]) {
      const played = await playVerb(argv);
      expect(played).toMatchObject({ code: 0, stderr: '' });
      for (const code of Object.values(EXIT)) {
        expect(played.stdout).toMatch(new RegExp(`^ +${code}  \\S`, 'm'));
      }
    }
  });

  it.each(VERBS.map(({ name }) => name))('of %s says what it is about', async (name) => {
    const verb = VERBS.find((it) => it.name === name);
    const played = await playVerb([...name.split(' '), '--help']);
    expect(played.code).toBe(0);
    // Wrapped to the width of the terminal.
    expect(played.stdout.replaceAll(/\s+/g, ' ')).toContain(verb?.about);
  });
});

it('tells its version', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const told = { code: 0, stdout: `furlong ${version}\n`, stderr: '' };
  expect(await playVerb(['--version'])).toMatchObject(told);
});

it.each(VERBS.map(({ name }) => name))('%s is found by its first word alone', async (name) => {
  const family = await verbsFor(name.split(' '));
  expect(family.map((verb) => verb.name)).toContain(name);
  expect(family.length).toBeLessThan(VERBS.length);
});

describe('what is not a command ends with 2 and says so on stderr', () => {
  it.each([
    ['no verb', [], 'Usage: furlong'],
    ['an unknown verb', ['bett'], "unknown command 'bett'"],
    ['half a verb', ['race'], 'Usage: furlong race'],
    ['an unknown option', ['race', 'list', '--colour'], "unknown option '--colour'"],
    ['a missing option', ['bet', '--player', 'a'], "required option '--race <id>' not specified"],
    ['a missing argument', ['race', 'show'], "missing required argument 'race'"],
    ['one argument too many', ['race', 'show', 'a', 'b'], 'too many arguments'],
    ['a bad flag', ['dev', '--speed', 'fast'], '--speed is "fast"'],
    ['serve without data', ['serve'], '--data DIR'],
    ['verify without data', ['log', 'verify'], '--data DIR'],
  ])('%s', async (_what, argv, message) => {
    const played = await playVerb(argv);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(message);
  });
});

it('a bad variable ends with 78 and is named', async () => {
  const played = await playVerb(['race', 'list'], { environment: { FURLONG_SEED: 'x' } });
  expect(played).toMatchObject({ code: 78, stdout: '' });
  expect(played.stderr).toContain('FURLONG_SEED is "x"');
});

it('a client verb talks to the address of flag, environment or default', async () => {
  const seen: string[] = [];
  const listRaces = async () => ({ races: [], nextPageToken: '' });
  const options = {
    client: { racing: { listRaces } },
    onConnect: (address: string) => seen.push(address),
    environment: { FURLONG_ADDRESS: 'b:2' },
  };
  await playVerb(['race', 'list', '--address', 'a:1'], options);
  await playVerb(['race', 'list'], options);
  await playVerb(['race', 'list'], { ...options, environment: {} });
  expect(seen).toEqual(['a:1', 'b:2', '127.0.0.1:50051']);
});

it('a defect shows its stack and ends with 1', async () => {
  const listRaces = async () => {
    throw new TypeError('a mistake of ours');
  };
  const played = await playVerb(['race', 'list'], { client: { racing: { listRaces } } });
  expect(played.code).toBe(1);
  expect(played.stderr).toMatch(/furlong: TypeError: a mistake of ours\n +at /);
});

describe('log verify', () => {
  const verify = async (fill: (dir: string) => void, ...flags: readonly string[]) => {
    const dir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
    try {
      fill(dir);
      return { dir, ...(await playVerb(['log', 'verify', '--data', dir, ...flags])) };
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  it('ends with 1 where there is no log', async () => {
    const played = await verify(() => {});
    expect(played).toMatchObject({ code: 1, stdout: '' });
    expect(played.stderr).toContain(`${played.dir} holds no furlong log`);
  });

  it('ends with 65 where a directory cannot be read', async () => {
    const played = await verify((dir) => writeFileSync(join(dir, 'furlong.json'), '{}'));
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain(`${played.dir} cannot be verified: `);
  });

  it('ends with 65 where a log cannot be read, and reads the others', async () => {
    const played = await verify((dir) => {
      openDataDir(dir, 2).release();
      writeFileSync(join(dir, 'log', 'p-000.sqlite'), 'nothing that SQLite wrote'.repeat(100));
    });
    expect(played).toMatchObject({ code: 65, stderr: '' });
    expect(played.stdout).toContain('0 records read, and this is wrong:\n  partition 0: ');
    expect(played.stdout).toContain('not every partition could be read to its end');
  });

  it('ends with 65 where a log is gone', async () => {
    const played = await verify((dir) => {
      const { logs, release } = openDataDir(dir, 2);
      release();
      rmSync(logs[1] ?? '');
    });
    expect(played).toMatchObject({ code: 65, stderr: '' });
    expect(played.stdout).toMatch(
      / {2}partition 1: .*p-001\.sqlite is gone, the log of partition 1/,
    );
  });

  it('ends with 0 for a log that holds', async () => {
    const played = await verify((dir) => openDataDir(dir, 2).release());
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(played.stdout).toContain('0 records verified: the chain holds, the books add up');
    expect(played.stdout).not.toContain('not judged');
  });

  it.each([
    ['ends with 0 for a log in use, and says what it does not judge', 0, EXIT.ok],
    ['ends with 65 for the same log at rest', 1, EXIT.badData],
  ])('%s', async (_what, outgoing, code) => {
    const fill = (dir: string) => {
      const { id, logs, release } = openDataDir(dir, 1);
      const log = openSqliteLog(logs[0] ?? '', 0, id);
      const of = { race: raceId('r1'), pool: poolId('win'), takeout: cents(100) };
      const none = { breakage: cents(0), fromReserve: cents(0), toReserve: cents(0) };
      const bytes = operatorCodec.encode({ kind: 'pool-posted', ...of, ...none });
      const record = { stream: 'operator/house', version: 1, cause: 'c', atMs: 1, bytes };
      log.append([record], { outgoing, bus: 1 });
      log.close();
      release();
    };
    const words = 'pool r1/win is posted to the house, and was never priced';
    const played = await verify(fill);
    expect(played).toMatchObject({ code, stderr: '' });
    expect(played.stdout.includes('the log was in use while it was read')).toBe(code === EXIT.ok);
    expect(played.stdout.includes('is not judged')).toBe(code === EXIT.ok);
    expect(played.stdout.includes(words)).toBe(code !== EXIT.ok);

    const json = JSON.parse((await verify(fill, '--json')).stdout);
    const all = ['-100 cents are in transit', words];
    expect(json).toMatchObject(
      code === EXIT.ok
        ? { ok: true, rest: 'moving', faults: [], moving: all }
        : { ok: false, rest: 'at-rest', faults: all, moving: [] },
    );
  });
});
