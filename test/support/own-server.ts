/** A server for each test of a file: a process of its own, in a directory that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

export interface OwnServer {
  readonly dataDir: string;
  readonly server: ServerProcess;
  readonly client: Client;
  /** kill −9, unless it is dead, and up again on the same directory with another client. */
  killed(): Promise<void>;
}

export function useOwnServer(name: string, args?: readonly string[]): OwnServer {
  let dataDir: string;
  let server: ServerProcess;
  let client: Client;

  async function start(): Promise<void> {
    server = await startServerProcess(dataDir, 0, args);
    client = connectClient(server.grpcAddress);
  }

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), `furlong-${name}-`));
    await start();
  });

  afterEach(async () => {
    client.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  return {
    get dataDir() {
      return dataDir;
    },
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    async killed() {
      await server.kill();
      client.close();
      await start();
    },
  };
}
