/**
 * A run on one data directory, and the full audit at its end, whatever became of the run: a control
 * may leave a log that the server no longer serves, and what it lost must be counted all the same.
 */
import type { Acks } from './acks.ts';
import { auditLog } from './audit.ts';
import { NotRun, problem, type Tally } from './fault.ts';
import type { Meeting } from './meeting.ts';
import type { Server } from './server.ts';

export async function audited(
  it: {
    readonly dataDir: string;
    readonly acks: Acks;
    readonly tally: Tally;
    readonly meeting: Meeting;
  },
  first: Server,
  /** @returns The server that runs at its end, with every race paid. */
  run: (first: Server, now: (server: Server) => Server) => Promise<Server>,
): Promise<void> {
  const { dataDir, acks, tally, meeting } = it;
  let server = first;
  const now = (other: Server) => {
    server = other;
    return other;
  };
  try {
    now(await run(first, now));
    await meeting.checkAccounts(server.client);
  } catch (error) {
    if (error instanceof NotRun) throw error;
    problem(tally, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await server.stop();
  try {
    auditLog(dataDir, acks, tally);
  } catch (error) {
    problem(tally, `the log cannot be audited: ${error instanceof Error ? error.message : error}`);
  }
  tally.acknowledged += acks.acknowledged;
  acks.close();
}
