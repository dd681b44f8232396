/**
 * From words to an exit code: finds the verb, reads the configuration, plays the verb in its
 * scene, and turns whatever goes wrong into a sentence on stderr.
 */

import type { Client } from '../client/client.ts';
import { type Environment, readConfig } from '../config.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { failureLinesOf } from './failure-lines.ts';
import { createOutput, type Style } from './output.ts';
import { parseArguments } from './program.ts';
import type { Scene } from './verb.ts';
import { verbsFor } from './verbs.ts';

/** What the process is to the program; tests bring their own. */
export interface Stage extends Pick<Scene, 'startSystem' | 'clock' | 'newId'> {
  /** Absent: the process's own. */
  readonly environment?: Environment;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** As Output has it; absent where nobody is slow. */
  readonly drained?: () => Promise<void>;
  /** Whether stdout is a terminal. */
  readonly terminal: boolean;
  readonly style: (style: Style, text: string) => string;
  readonly connectClient: (address: string) => Client;
  /** From now on the first signal aborts it, in place of ending the process. */
  readonly catchSignals: () => AbortSignal;
}

export async function runFurlong(argv: readonly string[], stage: Stage): Promise<ExitCode> {
  const { environment, startSystem, clock, newId } = stage;
  const parsed = parseArguments(argv, await verbsFor(argv), stage);
  if (parsed.kind === 'said') return parsed.code;
  const { verb, input } = parsed;
  const output = createOutput({ ...stage, json: parsed.json || !stage.terminal });

  const clients: Client[] = [];
  let address = '';
  try {
    const config = readConfig(input.flags, environment);
    address = config.address;
    const connect = (to = address) => {
      const client = stage.connectClient(to);
      clients.push(client);
      return client;
    };
    const signal = verb.lasting ? stage.catchSignals() : new AbortController().signal;
    return await verb.run(input, { output, config, signal, connect, startSystem, clock, newId });
  } catch (error) {
    const failure = failureLinesOf(error, address);
    const defect = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const [first = '', ...rest] = failure?.lines ?? [defect];
    output.error(first);
    for (const line of rest) output.note(line);
    return failure?.code ?? EXIT.failed;
  } finally {
    for (const client of clients) client.close();
  }
}
