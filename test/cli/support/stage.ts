/** A process for the program that keeps what it says, and servers that are not there. */

import { runFurlong, type Stage } from '../../../src/cli/run.ts';
import type { Client } from '../../../src/client/client.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

export interface Played {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test's client has of the real one; whatever else is called fails the test. */
export type FakeClient = {
  readonly [Service in keyof Client]?: Record<string, (request: never) => Promise<unknown>>;
};

export interface StageOptions extends Partial<Omit<Stage, 'connectClient'>> {
  readonly client?: FakeClient;
  readonly onConnect?: (address: string) => void;
  /** Told of everything said, as it is said. */
  readonly onSaid?: (text: string) => void;
}

export async function playVerb(
  argv: readonly string[],
  options: StageOptions = {},
): Promise<Played> {
  const { client = {}, onConnect, onSaid, ...stage } = options;
  const said = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => (text: string) => {
    said[stream] += text;
    onSaid?.(text);
  };
  const code = await runFurlong(argv, {
    environment: {},
    stdout: into('stdout'),
    stderr: into('stderr'),
    terminal: true,
    style: (_style, text) => text,
    catchSignals: () => new AbortController().signal,
    startSystem: () => Promise.reject(new Error('this test starts no server')),
    clock: systemClock,
    newId: () => 'new-id',
    ...stage,
    connectClient: (address) => {
      onConnect?.(address);
      // The verb under test calls nothing but what the test put in.
      return { close: () => {}, ...client } as unknown as Client;
    },
  });
  return { code, ...said };
}

/** A client that keeps what it is asked, and answers with one thing. */
export function answering(service: keyof FakeClient, method: string, answer: unknown) {
  const asked: unknown[] = [];
  const call = async (request: unknown) => {
    asked.push(request);
    return answer;
  };
  return { client: { [service]: { [method]: call } } as FakeClient, asked };
}
