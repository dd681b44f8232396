/**
 * What a verb is: a name, what it takes, and what it does in a scene. Verbs know neither the
 * command line's library nor the process; tests play them in a scene of their own.
 */

import type { Client } from '../client/client.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../runtime/clock.ts';
import type { startSystem } from '../system.ts';
import { type ExitCode, UsageError } from './exit.ts';
import type { Output } from './output.ts';

export interface Verb {
  /** One word, or more: `race close`. */
  readonly name: string;
  readonly about: string;
  /** What the group's name alone means: `bet` is `bet place`. */
  readonly ofGroup?: boolean;
  /** In order: `<race>` must be there, `[race]` may. */
  readonly takes?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Shown below its help. */
  readonly examples?: readonly string[];
  /**
   * Runs until it is told to stop, and then finishes in order. Any other verb just ends where a
   * signal finds it: what it asked for is safe to ask again.
   */
  readonly lasting?: boolean;
  readonly run: (input: Input, scene: Scene) => Promise<ExitCode>;
}

export interface Argument {
  readonly name: string;
  readonly about: string;
}

export interface Option {
  /** `--stake <units>`; a switch without a value; `--no-day` turns `day` off. */
  readonly flags: string;
  readonly about: string;
  readonly required?: boolean;
}

export interface Input {
  readonly taken: readonly string[];
  /** By the option's name in camel case. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

export interface Scene {
  readonly output: Output;
  /** With the verb's flags in it. */
  readonly config: Config;
  /** Of a lasting verb: aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** To the address of the configuration, unless told another. Closed when the verb ends. */
  readonly connect: (address?: string) => Client;
  readonly startSystem: typeof startSystem;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Who acts, by `OPERATOR` or `STEWARD`. */
export function actorOf(input: Input, role: 'operator' | 'steward'): string {
  return optionalText(input, role) ?? 'cli';
}

/** The value of a required option or argument: the command line has seen that it is there. */
export function textOf(input: Input, name: string): string {
  const value = input.flags[name];
  if (typeof value === 'string') return value;
  throw new UsageError(`--${name} is missing`);
}

export function optionalText(input: Input, name: string): string | undefined {
  const value = input.flags[name];
  return typeof value === 'string' ? value : undefined;
}

export function takenAt(input: Input, index: number): string {
  const value = input.taken[index];
  if (value !== undefined) return value;
  throw new UsageError(`argument ${index + 1} is missing`);
}

/** Of every verb that talks to a server. */
export const ADDRESS: Option = {
  flags: '--address <host:port>',
  about: 'the server (FURLONG_ADDRESS; default 127.0.0.1:50051)',
};

export const OPERATOR: Option = {
  flags: '--operator <name>',
  about: 'who does it, for the record (default cli)',
};

export const STEWARD: Option = {
  flags: '--steward <name>',
  about: 'who does it, for the record (default cli)',
};
