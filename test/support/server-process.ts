/** `furlong serve` as a process of its own, to talk to, to stop, and to kill. */
import { type FurlongProcess, startFurlong } from './furlong-process.ts';

export interface ServerProcess extends FurlongProcess {
  readonly grpcAddress: string;
  readonly httpAddress: string;
}

/** @param port Of gRPC; 0 for any that is free. */
export async function startServerProcess(
  dataDir: string,
  port = 0,
  args: readonly string[] = ['--partitions', '4', '--shards', '2'],
): Promise<ServerProcess> {
  const listening = ['--port', `${port}`, '--http-port', '0'];
  const server = await startFurlong(['serve', '--data', dataDir, ...listening, ...args]);
  return {
    ...server,
    grpcAddress: server.told('grpcAddress'),
    httpAddress: server.told('httpAddress'),
  };
}
