/**
 * The door to uWebSockets.js, which is not published on npm under its own name: two versions of
 * one repackaging are installed under aliases, and the first whose binary loads here is used.
 *
 * Everything behind this door is C++: a socket or response touched after its close or abort ends
 * the whole process, and no JavaScript handler sees it.
 */
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  WebSocket,
} from 'uwebsockets-glibc236';

export type App = TemplatedApp;
export type Request = HttpRequest;
export type Response = HttpResponse;
export type Socket<Data> = WebSocket<Data>;

type Uws = typeof import('uwebsockets-glibc236');

/** Newest first. The number is the oldest glibc that its Linux binary accepts. */
const aliases = ['uwebsockets-glibc238', 'uwebsockets-glibc236'] as const;

/** @throws Error when no version has a binary for this Node and this C library. */
export function loadUws(load: (name: string) => unknown = createRequire(import.meta.url)): Uws {
  const refusals: unknown[] = [];
  for (const alias of aliases) {
    try {
      // Both aliases are the same library; the declarations of the older one hold for both.
      return load(alias) as Uws;
    } catch (refusal) {
      refusals.push(refusal);
    }
  }
  throw new Error(
    `uWebSockets.js has no binary for Node ${process.versions.node} on ${process.platform}-${process.arch} with ${cLibrary()}: ` +
      'Node 22 with glibc 2.36 or newer runs it, Node 24 needs glibc 2.38',
    { cause: new AggregateError(refusals) },
  );
}

/**
 * @returns The port, which the system chose when 0 was asked for.
 * @throws Error when the address cannot be listened on.
 */
export async function listen(uws: Uws, app: App, host: string, port: number): Promise<number> {
  // On Linux this library lets a second server share a port, and each gets some of the connections;
  // its exclusive option in turn refuses a port for the minute in which old connections linger. So
  // a plain listener tries the port first.
  await mustBeFree(host, port);
  return new Promise((resolve, reject) => {
    app.listen(host, port, (socket: us_listen_socket | false) => {
      if (socket) resolve(uws.us_socket_local_port(socket));
      else reject(new Error(`cannot listen on ${host}:${port}: it is taken, or not to be had`));
    });
  });
}

function mustBeFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (cause) => {
      reject(
        new Error(`cannot listen on ${host}:${port}: it is taken, or not to be had`, { cause }),
      );
    });
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

function cLibrary(): string {
  if (process.platform !== 'linux') return 'no glibc';
  // Without this the report looks up every peer's name, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const version = report.header?.glibcVersionRuntime;
  return version === undefined ? 'another C library than glibc' : `glibc ${version}`;
}
