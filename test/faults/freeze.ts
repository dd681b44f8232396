/**
 * The serving process is stopped (SIGSTOP) in the middle of writing, a second one takes over its
 * directory, and the first is let go (SIGCONT): it must be fenced. Its next append fails, it ends
 * with a reason, and nothing that it acknowledges afterwards was decided by it: there is one writer.
 *
 * Stopped inside a commit, it holds SQLite's write lock: then the second says so, names the process
 * to end, and starts once that has ended.
 */
import { join } from 'node:path';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, problem, type Stage, see, seeMost } from './harness/fault.ts';
import { createMeeting, type Meeting, Unanswered } from './harness/meeting.ts';
import { type Server, StartFailed, startServer } from './harness/server.ts';

const BETS_PER_SECOND = 350;
const BETS_MAX = 1_000;
const STOP_AFTER_MS = { least: 100, most: 900 };
/** Of the first, once it is asked to write. */
const ENDS_WITHIN_MS = 5_000;
const LATE_BETS = 30;
const QUIET_BETS = 40;
/** Its notary would notice too; what is asked here is whether its log does. */
const UNSIGNED_S = '3600';

export const freeze: Fault = {
  name: 'freeze',
  about: 'SIGSTOP in the middle of writing, a take-over, and SIGCONT',
  rounds: 20,
  run: freezeRounds,
  controls: [
    {
      name: 'writes without asking whose the log is',
      patch: 'write-unfenced.patch',
      rounds: 1,
      mustFind: ['tooLate'],
      run: freezeRounds,
    },
  ],
};

async function freezeRounds(stage: Stage): Promise<void> {
  const { dir, tree, tally, random, rounds } = stage;
  const dataDir = join(dir, 'data');
  const acks = openAcks(join(dir, 'acks'));
  const meeting = createMeeting({ acks, tally, random, name: 'z' });
  const start = (...args: string[]) =>
    startServer({ tree, dataDir, args: ['--sign-every', UNSIGNED_S, ...args] });
  await audited({ dataDir, acks, tally, meeting }, await start(), async (first, now) => {
    let server = first;
    await meeting.prepare(server.client);
    for (; tally.rounds < rounds; tally.rounds++) {
      server = now(await freezeOnce(stage, { first: server, meeting, start }));
      await meeting.finish(server.client);
      stage.say(`freeze: ${tally.rounds + 1} of ${rounds}`);
    }
    return server;
  });
}

interface Freezing {
  readonly first: Server;
  readonly meeting: Meeting;
  readonly start: (...args: string[]) => Promise<Server>;
}

/** @returns The server that has the directory now. */
async function freezeOnce(stage: Stage, { first, meeting, start }: Freezing): Promise<Server> {
  const { tally, random } = stage;
  const raceId = `r${tally.rounds}`;
  await meeting.open(first.client, raceId);
  const stop = new AbortController();
  // Every third time nothing is under way: then no commit is cut in two, and it can be taken over.
  if (tally.rounds % 3 === 0) await meeting.bets(first.client, raceId, { count: QUIET_BETS });
  const count = tally.rounds % 3 === 0 ? 0 : BETS_MAX;
  const bets = meeting
    .bets(first.client, raceId, {
      count,
      perSecond: BETS_PER_SECOND,
      signal: stop.signal,
    })
    .catch(unlessUnanswered);
  await pause(random.whole(STOP_AFTER_MS.least, STOP_AFTER_MS.most));
  first.signal('SIGSTOP');
  stop.abort();
  const second = await takeOver(tally, first, start);
  if (!first.isAlive()) {
    await bets;
    return second;
  }
  // In odd rounds the first is let go before anybody else has written after its last record.
  if (tally.rounds % 2 === 1) await meeting.bet(second.client, raceId);
  const takenOverAtMs = performance.now();
  const known = new Set([...meeting.acks.bets.keys()]);
  first.signal('SIGCONT');
  await meeting
    .bets(first.client, raceId, { count: LATE_BETS, perSecond: BETS_PER_SECOND })
    .catch(unlessUnanswered);
  const ending = await Promise.race([first.ended, pause(ENDS_WITHIN_MS)]);
  for (const { betId, answer } of meeting.acks.bets.values()) {
    if (known.has(betId) || answer === undefined) continue;
    problem(
      tally,
      `bet ${betId} was acknowledged by a process that had lost the directory`,
      'tooLate',
    );
  }
  if (ending === undefined) {
    problem(
      tally,
      `the first process goes on ${ENDS_WITHIN_MS} ms after it was let go: ${first.stderr().trim().slice(0, 2_000)}`,
      'tooLate',
    );
    await first.kill();
  } else {
    seeMost(tally, 'longest way to the end in ms', ending.atMs - takenOverAtMs);
    if (!/epoch \d+, not \d+|position \d+, not \d+/.test(first.stderr()))
      problem(tally, `the first process ended without the reason: ${first.stderr().trim()}`);
    if (ending.code === null)
      problem(tally, `the first process died of ${ending.signal}: ${first.stderr().trim()}`);
    see(tally, `fenced, ended with ${ending.code}`);
  }
  await bets;
  return second;
}

async function takeOver(
  tally: Stage['tally'],
  first: Server,
  start: (...args: string[]) => Promise<Server>,
): Promise<Server> {
  try {
    return await start('--take-over');
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    const named = error.message.includes(`process ${first.pid}`);
    if (!named || !/middle of a commit/.test(error.message)) throw error;
    see(tally, 'stopped inside a commit, and said so');
    await first.kill();
    return start();
  }
}

function unlessUnanswered(error: unknown): void {
  if (!(error instanceof Unanswered)) throw error;
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined);
  });
}
