import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type System, SystemFailure, type SystemOptions } from '../../src/system.ts';
import { playVerb, type StageOptions } from './support/stage.ts';

const dir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
let started: SystemOptions[];
let stops: number;
let die: (failure: SystemFailure) => void;

beforeEach(() => {
  started = [];
  stops = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A system that is only said to be there. */
async function startSystem(options: SystemOptions): Promise<System> {
  started.push(options);
  return {
    grpcAddress: '127.0.0.1:1111',
    httpAddress: '127.0.0.1:2222',
    failed: new Promise((resolve) => {
      die = resolve;
    }),
    stop: async () => {
      stops++;
    },
  };
}

/** Plays a lasting verb, and sends the signal once it has said `until`. */
function playUntil(until: string, argv: readonly string[], options: StageOptions = {}) {
  const stop = new AbortController();
  return playVerb([...argv, '--port', '0', '--http-port', '0'], {
    startSystem,
    catchSignals: () => stop.signal,
    onSaid: (text) => {
      if (text.includes(until)) stop.abort('SIGINT');
    },
    ...options,
  });
}

describe('furlong dev', () => {
  it('tells its addresses, stops in order at a signal, and removes temporary data', async () => {
    const played = await playUntil('127.0.0.1:2222', ['dev', '--no-day']);
    expect(played.code).toBe(0);
    expect(played.stdout).toContain('page  http://127.0.0.1:2222/\ngRPC  127.0.0.1:1111\n');
    expect(stops).toBe(1);
    const dataDir = started[0]?.dataDir ?? '';
    expect(played.stderr).toContain(`the data in ${dataDir} was temporary and is gone`);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('keeps data that it was given, and says how to go on', async () => {
    const played = await playUntil('127.0.0.1:2222', ['dev', '--no-day', '--data', dir]);
    expect(started[0]?.dataDir).toBe(dir);
    expect(played.stderr).toContain(`go on with npm start -- --data ${dir}`);
  });

  it('passes on what it was told', async () => {
    const options = [
      '--shards',
      '3',
      '--partitions',
      '5',
      '--nats',
      'nats://a:1',
      '--wallet',
      'w:1',
      '--sign-every',
      '2',
    ];
    await playUntil('127.0.0.1:2222', ['dev', '--no-day', ...options]);
    expect(started[0]).toMatchObject({
      shards: 3,
      partitions: 5,
      nats: 'nats://a:1',
      wallet: 'w:1',
      grpc: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      logLevel: 'warn',
      signEveryMs: 2_000,
    });
    expect(started[0]?.pageDir).toMatch(/web\/dist$/);
  });

  it.each([
    ['--port', (port: number) => ['--port', `${port}`, '--http-port', '0']],
    ['--http-port', (port: number) => ['--port', '0', '--http-port', `${port}`]],
  ])('says that the port of %s is taken, and what to do', async (option, portsOf) => {
    const squatter = createServer();
    const port = await new Promise<number>((resolve) => {
      squatter.listen(0, '127.0.0.1', () => {
        const address = squatter.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    try {
      const played = await playVerb(['dev', '--no-day', ...portsOf(port)], { startSystem });
      expect(played).toMatchObject({ code: 1, stdout: '' });
      expect(played.stderr).toContain(
        `port ${port} is taken: stop what listens there, or choose another with ${option}`,
      );
      expect(started).toEqual([]);
    } finally {
      squatter.close();
    }
  });

  it.each([
    ['io', 74],
    ['fenced', 1],
    ['defect', 1],
  ] as const)('ends when a part of the server dies of %s, with %i', async (kind, code) => {
    const played = await playVerb(['dev', '--no-day', '--port', '0', '--http-port', '0'], {
      startSystem,
      onSaid: (text) => {
        if (text.includes('127.0.0.1:2222'))
          die(new SystemFailure('shard-0', { kind, reason: 'disk full' }));
      },
    });
    expect(played.code).toBe(code);
    expect(played.stderr).toContain('a part of the server died: shard-0: disk full');
    expect(stops).toBe(1);
  });

  it('says why the server cannot start, and leaves no data behind', async () => {
    let dataDir = '';
    const played = await playVerb(['dev', '--port', '0', '--http-port', '0'], {
      startSystem: (options) => {
        dataDir = options.dataDir;
        return Promise.reject(new Error('shard-0: no SQLite'));
      },
    });
    expect(played).toMatchObject({ code: 1, stdout: '' });
    expect(played.stderr).toContain('the server cannot start: shard-0: no SQLite');
    expect(played.stderr).not.toContain('stopped');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('invites nobody to go on with a directory that it could not start in', async () => {
    const played = await playVerb(['dev', '--data', dir, '--port', '0', '--http-port', '0'], {
      startSystem: () => Promise.reject(new Error(`${dir} is in use`)),
    });
    expect(played).toMatchObject({ code: 1, stdout: '' });
    expect(played.stderr).toContain(`the server cannot start: ${dir} is in use`);
    expect(played.stderr).not.toMatch(/stopped|go on with/);
  });

  it('listens on this machine alone', async () => {
    const played = await playVerb(['dev'], { environment: { FURLONG_HOST: '0.0.0.0' } });
    expect(played.code).toBe(2);
    expect(played.stderr).toContain('dev listens on 127.0.0.1 alone');
  });
});

describe('furlong serve', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5'])(
    'refuses %s, and says what is missing',
    async (host) => {
      const played = await playVerb(['serve', '--data', dir, '--host', host], { startSystem });
      expect(played.code).toBe(2);
      expect(played.stderr).toContain('TLS and identity are not there yet');
      expect(started).toEqual([]);
    },
  );

  it('listens there all the same with --insecure', async () => {
    const argv = ['serve', '--data', dir, '--host', '0.0.0.0', '--insecure'];
    expect((await playUntil('127.0.0.1:2222', argv)).code).toBe(0);
    expect(started[0]?.grpc.host).toBe('0.0.0.0');
  });

  it('tells programs its addresses in JSON, drains at a signal and keeps its data', async () => {
    const argv = ['serve', '--data', dir];
    const played = await playUntil('127.0.0.1:2222', argv, { terminal: false });
    expect(JSON.parse(played.stdout)).toEqual({
      grpcAddress: '127.0.0.1:1111',
      httpAddress: '127.0.0.1:2222',
      dataDir: dir,
    });
    expect(played).toMatchObject({ code: 0 });
    expect(stops).toBe(1);
  });
});
