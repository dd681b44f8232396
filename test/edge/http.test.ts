import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isOriginAllowed } from '../../src/edge/origin.ts';
import { openEdge } from '../../src/edge/server.ts';
import { loadUws } from '../../src/edge/uws.ts';
import { startEdge } from './support/edge.ts';

function builtPage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'furlong-page-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'dist', 'assets'), { recursive: true });
  writeFileSync(join(directory, 'secret.txt'), 'not yours');
  writeFileSync(join(directory, 'dist', 'index.html'), '<h1>Furlong</h1>');
  writeFileSync(join(directory, 'dist', 'assets', 'index-BkY2x1_9.js'), 'export {};');
  return join(directory, 'dist');
}

describe('the page', () => {
  test('is served with its type, and asked for again each time unless its name holds its hash', async () => {
    const edge = await startEdge({ pageDir: builtPage() });
    const index = await fetch(`${edge.http}/`);
    expect(await index.text()).toBe('<h1>Furlong</h1>');
    expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(index.headers.get('cache-control')).toBe('no-cache');
    const script = await fetch(`${edge.http}/assets/index-BkY2x1_9.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  test('is not sent again to who has it', async () => {
    const edge = await startEdge({ pageDir: builtPage() });
    const etag = (await fetch(`${edge.http}/`)).headers.get('etag') ?? '';
    const again = await fetch(`${edge.http}/`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('tells its length to HEAD', async () => {
    const edge = await startEdge({ pageDir: builtPage() });
    const head = await fetch(`${edge.http}/index.html`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '16']);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/nothing',
    '//etc/passwd',
  ])('has nothing at %s', async (path) => {
    const edge = await startEdge({ pageDir: builtPage() });
    expect(await rawGet(edge.port, path)).toMatch(/^HTTP\/1.1 404 /);
  });

  test('is missed with a sentence that says what to do, and found once it is built', async () => {
    const pageDir = join(builtPage(), 'later');
    const edge = await startEdge({ pageDir });
    const missing = await fetch(`${edge.http}/`);
    expect([missing.status, await missing.text()]).toEqual([
      503,
      'the page has not been built: run `npm run web`, then load this again\n',
    ]);
    mkdirSync(pageDir);
    writeFileSync(join(pageDir, 'index.html'), 'here now');
    expect(await (await fetch(`${edge.http}/`)).text()).toBe('here now');
  });

  test('takes no other method', async () => {
    const edge = await startEdge({ pageDir: builtPage() });
    const response = await fetch(`${edge.http}/`, { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

/** A path exactly as written, which `fetch` would tidy. */
function rawGet(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  });
}

describe('health', () => {
  test('is up, and stale since the bus was lost', async () => {
    const edge = await startEdge();
    const health = async () => (await fetch(`${edge.http}/healthz`)).json();
    expect(await health()).toEqual({ status: 'up' });
    edge.bus.setLink('down');
    expect(await health()).toEqual({ status: 'stale', staleSince: edge.clock.now() });
    edge.bus.setLink('up');
    expect(await health()).toEqual({ status: 'up' });
  });
});

describe('an origin', () => {
  test.each([
    ['', undefined, true],
    ['http://localhost:5173', undefined, true],
    ['http://127.0.0.1:8080', undefined, true],
    ['http://[::1]:8080', undefined, true],
    ['https://evil.example', undefined, false],
    ['http://localhost.evil.example', undefined, false],
    ['http://127.0.0.1.evil.example', undefined, false],
    ['null', undefined, false],
    ['', ['https://tote.example'], true],
    ['https://tote.example', ['https://tote.example'], true],
    ['https://TOTE.example', ['https://tote.example'], true],
    ['https://tote.example.evil.example', ['https://tote.example'], false],
    ['http://localhost:5173', ['https://tote.example'], false],
  ])('%j with %j allowed: %s', (origin, allowed, expected) => {
    expect(isOriginAllowed(origin, allowed)).toBe(expected);
  });

  test('that is not allowed gets 403 and its own name, and no socket', async () => {
    const edge = await startEdge();
    const answer = await upgrade(edge.port, 'https://evil.example');
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain('origin "https://evil.example" is not allowed');
    expect(await upgrade(edge.port, 'http://localhost:5173')).toMatch(/^HTTP\/1.1 101 /);
  });
});

describe('an edge', () => {
  test('takes no more connections than it is told to, in all and from one address', async () => {
    const few = await startEdge({ connectionsMax: 1 });
    expect(await upgrade(few.port)).toMatch(/^HTTP\/1.1 101 /);
    expect(await upgrade(few.port)).toMatch(/^HTTP\/1.1 503 .*more than 1 connections\n/s);
    const fair = await startEdge({ connectionsPerAddressMax: 1 });
    expect(await upgrade(fair.port)).toMatch(/^HTTP\/1.1 101 /);
    expect(await upgrade(fair.port)).toMatch(/^HTTP\/1.1 429 .*more than 1 connections from 127/s);
  });

  test('refuses a port that is taken, naming it', async () => {
    const { port, bus, clock } = await startEdge();
    const log = { info: () => {}, warn: () => {} };
    const second = openEdge({ bus, clock, host: '127.0.0.1', port, pageDir: '/nowhere', log });
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
  });
});

test('without a binary for this machine the reason names Node and the C library', () => {
  const load = (name: string) => {
    throw new Error(`no ${name}`);
  };
  expect(() => loadUws(load)).toThrow(
    /^uWebSockets.js has no binary for Node 22\.\d+\.\d+ on \w+-\w+ with (glibc [\d.]+|another C library|no glibc)/,
  );
});

/** Asks for a WebSocket and gives the beginning of the answer; the socket stays until the end. */
function upgrade(port: number, origin?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('data', (bytes) => resolve(bytes.toString()));
    socket.write(
      [
        'GET /connection/websocket HTTP/1.1',
        'host: localhost',
        'connection: Upgrade',
        'upgrade: websocket',
        'sec-websocket-version: 13',
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
        ...(origin === undefined ? [] : [`origin: ${origin}`]),
        '\r\n',
      ].join('\r\n'),
    );
  });
}
