/** What `dev` and `serve` have in common: a system that starts with clear words or not at all. */
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../runtime/thrown.ts';
import type { System } from '../system.ts';
import { EXIT, Refused } from './exit.ts';
import type { Option, Scene } from './verb.ts';

export const SERVER_OPTIONS: readonly Option[] = [
  { flags: '--port <number>', about: 'gRPC (FURLONG_PORT; default 50051)' },
  { flags: '--http-port <number>', about: 'page and WebSocket (FURLONG_HTTP_PORT; default 8080)' },
  { flags: '--nats <url>', about: 'bus over NATS (FURLONG_NATS; default in-process)' },
  {
    flags: '--wallet <host:port>',
    about: 'where players may keep their money (FURLONG_WALLET; default: with the house alone)',
  },
  { flags: '--shards <count>', about: 'threads for actors (FURLONG_SHARDS; default: by cores)' },
  {
    flags: '--partitions <count>',
    about: 'of a new log, fixed for ever (FURLONG_PARTITIONS; default 4)',
  },
  {
    flags: '--sign-every <seconds>',
    about: 'between two signed trees of a log (FURLONG_SIGN_EVERY; default 10)',
  },
  {
    flags: '--resident-actors <count>',
    about: 'in memory, of each partition (FURLONG_RESIDENT_ACTORS; default 250000)',
  },
  { flags: '--log-level <level>', about: 'fatal to trace, on stderr (FURLONG_LOG_LEVEL)' },
];

const PAGE_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** @throws Refused where a port is taken or a part cannot start. */
export async function openSystem(
  dataDir: string,
  { config, startSystem }: Pick<Scene, 'config' | 'startSystem'>,
): Promise<System> {
  const { host, port, httpPort, nats, wallet, shards, partitions } = config;
  const { residentActors, signEvery, logLevel } = config;
  await mustBeFree(host, port, '--port');
  await mustBeFree(host, httpPort, '--http-port');
  try {
    return await startSystem({
      dataDir,
      partitions,
      shards,
      residentMax: residentActors,
      grpc: { host, port },
      http: { host, port: httpPort },
      nats,
      wallet,
      pageDir: PAGE_DIR,
      signEveryMs: signEvery * 1000,
      logLevel,
    });
  } catch (error) {
    const problem = messageOf(error);
    throw new Refused(`the server cannot start: ${problem}`);
  }
}

/** Resolves when asked to stop, or rejects with what a part died of. */
export async function untilStopped(system: System, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const failure = await Promise.race([stopped, system.failed]);
  if (failure === undefined) return;
  const code = failure.kind === 'io' ? EXIT.ioError : EXIT.failed;
  throw new Refused(`a part of the server died: ${failure.message}`, code);
}

/** Told before anything starts, since threads tell it less well. Port 0 is always free. */
async function mustBeFree(host: string, port: number, option: string): Promise<void> {
  if (port === 0) return;
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port }, () => probe.close(() => resolve(undefined)));
  });
  if (problem === undefined) return;
  if (problem.code === 'EADDRINUSE') {
    throw new Refused(
      `port ${port} is taken: stop what listens there, or choose another with ${option}`,
    );
  }
  throw new Refused(`cannot listen on ${host}:${port}: ${problem.message}`, EXIT.badConfig);
}
