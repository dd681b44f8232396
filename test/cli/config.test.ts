import { describe, expect, it } from 'vitest';
import { ConfigError, isLoopback, readConfig, shardsFor } from '../../src/config.ts';

function errorOf(flags: Record<string, string>, environment: Record<string, string> = {}) {
  try {
    readConfig(flags, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a setting', () => {
  it('has a default', () => {
    expect(readConfig({}, {})).toMatchObject({
      host: '127.0.0.1',
      port: 50_051,
      httpPort: 8_080,
      partitions: 4,
      speed: 60,
      seed: 1,
      insecure: false,
      address: '127.0.0.1:50051',
    });
    expect(readConfig({}, {}).data).toBeUndefined();
    expect(readConfig({}, {}).nats).toBeUndefined();
  });

  it('is read from the environment before the default, and from a flag before both', () => {
    const environment = { FURLONG_HTTP_PORT: '9000', FURLONG_SPEED: '2' };
    expect(readConfig({}, environment)).toMatchObject({ httpPort: 9_000, speed: 2 });
    expect(readConfig({ httpPort: '9001' }, environment)).toMatchObject({
      httpPort: 9_001,
      speed: 2,
    });
  });

  it.each([
    ['0', 'as fast as possible'],
    ['max', 'as fast as possible'],
    ['0.5', 0.5],
    ['3600', 3_600],
  ])('--speed %s is %s', (text, speed) => {
    expect(readConfig({ speed: text }, {}).speed).toBe(speed);
  });

  it('--insecure is a switch, and a word in the environment', () => {
    expect(readConfig({ insecure: true }, {}).insecure).toBe(true);
    expect(readConfig({}, { FURLONG_INSECURE: 'true' }).insecure).toBe(true);
    expect(readConfig({}, { FURLONG_INSECURE: 'false' }).insecure).toBe(false);
  });
});

describe('a value that cannot be used', () => {
  it.each([
    ['port', '65536', '--port is "65536", but must be a whole number from 0 to 65535'],
    ['port', '-1', '--port is "-1"'],
    ['port', '80.5', '--port is "80.5"'],
    ['httpPort', 'http', '--http-port is "http"'],
    ['speed', 'fast', '--speed is "fast", but must be a number up to 3600, or max'],
    ['speed', '3601', '--speed is "3601", but must be at most 3600'],
    ['shards', '0', '--shards is "0", but must be a whole number from 1 to 64'],
    ['partitions', '1025', '--partitions is "1025"'],
    ['wallet', 'localhost', '--wallet is "localhost", but must be host:port'],
    ['nats', 'localhost', '--nats is "localhost", but must be a URL such as nats://127.0.0.1:4222'],
    ['logLevel', 'loud', '--log-level is "loud", but must be one of fatal'],
    ['seed', 'x', '--seed is "x"'],
    ['data', '', '--data is "", but must be not empty'],
    ['address', 'nowhere', '--address is "nowhere", but must be host:port'],
  ])('is named with its flag: %s %s', (name, value, message) => {
    const error = errorOf({ [name]: value });
    expect(error.message).toContain(message);
    expect(error.from).toBe('flag');
  });

  it('is named with its variable where that gave it', () => {
    const error = errorOf({}, { FURLONG_HTTP_PORT: 'x' });
    expect(error.message).toContain('FURLONG_HTTP_PORT is "x"');
    expect(error.from).toBe('environment');
  });
});

it('a FURLONG_ variable that is no setting is refused, but for those of the tests', () => {
  expect(errorOf({}, { FURLONG_PROT: '1' }).message).toContain('FURLONG_PROT is no setting');
  expect(readConfig({}, { FURLONG_TEST_CHROMIUM: '/x', HOME: '/root' }).port).toBe(50_051);
});

it('shards leave a core to the rest, between two and sixteen', () => {
  expect([1, 2, 3, 4, 17, 200].map(shardsFor)).toEqual([2, 2, 2, 3, 16, 16]);
});

it('loopback is what only this machine reaches', () => {
  expect(['127.0.0.1', '127.8.9.10', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'example.com'].some(isLoopback)).toBe(
    false,
  );
});
