/**
 * Settings: the only reader of the environment. A flag goes before its FURLONG_* variable, and
 * that before the default.
 *
 * Invariant: whoever holds a Config holds values in range; what was wrong is told with the name
 * under which the user gave it.
 */
import { z } from 'zod';

/** A value that cannot be used; `from` says whether a flag or the environment gave it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly from: 'flag' | 'environment';

  constructor(message: string, from: 'flag' | 'environment') {
    super(message);
    this.from = from;
  }
}

/** What commander or a test hands in, by setting; anything else in it is not ours. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Actors of one partition share a thread; more shards than partitions would have nothing to do. */
const PARTITIONS_MAX = 1_024;
const SHARDS_MAX = 64;
/** More shards by default would take the cores from gateway and edges. */
const SHARDS_DEFAULT_MAX = 16;
const PORT_MAX = 65_535;
/** An hour in a second; above that, ask for as fast as possible. */
const SPEED_MAX = 3_600;
/** An hour: a receipt that takes longer is none. */
const SIGN_EVERY_MAX_S = 3_600;
const SEED_MAX = 2 ** 31 - 1;

function whole(min: number, max: number) {
  const says = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, says)
    .transform(Number)
    .refine((value) => value >= min && value <= max, says);
}

const text = z.string().min(1, 'not empty');

/** `as fast as possible`, or how many seconds of the day pass in one. */
type Speed = 'as fast as possible' | number;

const speed = z
  .string()
  .regex(/^(max|\d{1,4}(\.\d{1,3})?)$/, `a number up to ${SPEED_MAX}, or max`)
  .transform((value): Speed => {
    const times = value === 'max' ? 0 : Number(value);
    return times === 0 ? 'as fast as possible' : times;
  })
  .refine((value) => typeof value === 'string' || value <= SPEED_MAX, `at most ${SPEED_MAX}`);

const SCHEMA = z.object({
  /** Where the logs are. Undefined: a temporary directory, where the verb allows one. */
  data: text.optional(),
  host: text.default('127.0.0.1'),
  /** gRPC; 0 takes a free one. */
  port: whole(0, PORT_MAX).default(50_051),
  /** Page and WebSocket; 0 takes a free one. */
  httpPort: whole(0, PORT_MAX).default(8_080),
  /** Of the operator's own rule sets, one JSON file each. Undefined: the catalogue alone. */
  rules: text.optional(),
  nats: z
    .string()
    .regex(/^(nats|tls|ws|wss):\/\/\S+$/, 'a URL such as nats://127.0.0.1:4222')
    .optional(),
  /** Where players may keep their money (docs/WALLET.md). Undefined: the house keeps it all. */
  wallet: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'host:port')
    .optional(),
  shards: whole(1, SHARDS_MAX).default(shardsFor(navigator.hardwareConcurrency)),
  partitions: whole(1, PARTITIONS_MAX).default(4),
  /** Seconds between two signed trees of a log, at least. */
  signEvery: whole(1, SIGN_EVERY_MAX_S).default(10),
  speed: speed.default(60),
  seed: whole(0, SEED_MAX).default(1),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('warn'),
  insecure: z
    .enum(['true', 'false'], { error: 'true or false' })
    .transform((value) => value === 'true')
    .default(false),
  /** Of the server that a client verb talks to. */
  address: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'host:port')
    .default('127.0.0.1:50051'),
});

export type Config = z.output<typeof SCHEMA>;
type Setting = keyof Config;

const SETTINGS = Object.keys(SCHEMA.shape).filter((name): name is Setting => name in SCHEMA.shape);

/** One core is for gateway, edge and the operating system. */
export function shardsFor(cores: number): number {
  return Math.min(SHARDS_DEFAULT_MAX, Math.max(2, cores - 1));
}

/** `--http-port` */
function flagOf(setting: Setting): string {
  return `--${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `FURLONG_HTTP_PORT` */
function variableOf(setting: Setting): string {
  return `FURLONG_${setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** @throws ConfigError for the first value that cannot be used, or a variable we do not know. */
export function readConfig(flags: Flags, environment: Environment = process.env): Config {
  refuseUnknown(environment);
  const given: Partial<Record<Setting, string>> = {};
  for (const setting of SETTINGS) {
    const value = flags[setting] ?? environment[variableOf(setting)];
    if (value !== undefined) given[setting] = String(value);
  }
  const parsed = SCHEMA.safeParse(given);
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  const setting = SETTINGS.find((name) => name === issue?.path[0]);
  if (issue === undefined || setting === undefined) throw parsed.error;
  const byFlag = flags[setting] !== undefined;
  const name = byFlag ? flagOf(setting) : variableOf(setting);
  const said = JSON.stringify(given[setting]);
  throw new ConfigError(
    `${name} is ${said}, but must be ${issue.message}`,
    byFlag ? 'flag' : 'environment',
  );
}

/** FURLONG_TEST_* is the tests' own. */
function refuseUnknown(environment: Environment): void {
  const known = new Set(SETTINGS.map(variableOf));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('FURLONG_') || name.startsWith('FURLONG_TEST_') || known.has(name))
      continue;
    throw new ConfigError(
      `${name} is no setting; the environment may have ${[...known].join(', ')}`,
      'environment',
    );
  }
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
