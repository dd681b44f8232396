/** `furlong serve`: the server alone, on a data directory that stays. */
import { isLoopback } from '../config.ts';
import { EXIT, UsageError } from './exit.ts';
import { RULES, withRules } from './rules.ts';
import { openSystem, SERVER_OPTIONS, untilStopped } from './server.ts';
import type { Scene, Verb } from './verb.ts';

export const serve: Verb = {
  name: 'serve',
  about: 'run the server until SIGTERM, which drains it',
  lasting: true,
  options: [
    { flags: '--data <dir>', about: 'where the logs are, made where it is not (FURLONG_DATA)' },
    { flags: '--host <address>', about: 'to listen on (FURLONG_HOST; default 127.0.0.1)' },
    ...SERVER_OPTIONS,
    RULES,
    {
      flags: '--take-over',
      about: 'past a process that has the directory and does not respond; the log fences it',
    },
    { flags: '--insecure', about: 'listen on a public address without TLS and identity' },
  ],
  examples: ['furlong serve --data ./data --port 50051'],
  async run({ flags }, scene) {
    const { config, output, signal } = scene;
    const { data, host, insecure } = config;
    if (data === undefined) throw new UsageError('say where the logs are: --data DIR');
    if (!isLoopback(host) && !insecure) {
      throw new UsageError(
        `--host ${host} can be reached from other machines, and TLS and identity are not there yet: use 127.0.0.1, or add --insecure where the network itself is trusted`,
      );
    }
    const system = await openSystem(data, withTakeOver(withRules(scene), flags.takeOver === true));
    const { grpcAddress, httpAddress } = system;
    output.show({
      json: () => ({ grpcAddress, httpAddress, dataDir: data }),
      human: () => [
        `gRPC  ${grpcAddress}`,
        `page  http://${httpAddress}/`,
        `data  ${data}`,
        'Ctrl-C drains and stops.',
      ],
    });
    try {
      await untilStopped(system, signal);
    } finally {
      output.note('stopping: what was taken is answered first');
      await system.stop();
    }
    output.note('stopped');
    return EXIT.ok;
  },
};

function withTakeOver<Started extends Pick<Scene, 'startSystem'>>(
  scene: Started,
  takeOver: boolean,
): Started {
  return { ...scene, startSystem: (options) => scene.startSystem({ ...options, takeOver }) };
}
