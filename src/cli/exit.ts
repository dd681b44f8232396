/**
 * How the program ends. Codes from 64 on are those of BSD's sysexits.h; signals give 128 plus
 * their number, as a shell does.
 */
import { messageOf } from '../runtime/thrown.ts';

export const EXIT = {
  ok: 0,
  /** The server refused, or something failed. */
  failed: 1,
  /** What was asked is not a command, or a value in it is not one. */
  usage: 2,
  /** Data is not what it must be: a log that does not verify, a pool that cannot be priced. */
  badData: 65,
  unreachable: 69,
  /** A log could not be written: nothing was acknowledged after it. */
  ioError: 74,
  /** Nothing is wrong; later it may work. */
  tryAgain: 75,
  badConfig: 78,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `Exit codes:
    0  done
    1  refused by the server, or failed
    2  not a command, or a value in it is not one
   65  the data is bad: a log that does not verify, a pool that cannot be priced
   69  no server answers
   74  a log could not be written: nothing was acknowledged after it; see the disk, start again
   75  the server is busy or the outcome is unknown: run the same again, with the same id
   78  the configuration is bad
  130  stopped by SIGINT (Ctrl-C) before it was done
  143  stopped by SIGTERM before it was done`;

/** The request itself is wrong: told in one sentence, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It cannot be done, and the sentence says why and what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = EXIT.failed) {
    super(message);
    this.code = code;
  }
}

/**
 * What does not let itself be read is the finding, not a defect of the reader.
 *
 * @param finding What it comes to, such as `x.json cannot be shown`; why is put behind it.
 * @throws Refused (65)
 */
export function reading<Result>(finding: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Refused(`${finding}: ${messageOf(error)}`, EXIT.badData);
  }
}
