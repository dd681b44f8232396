/**
 * An I/O error at the N-th sync or write, for N from 1 on: after it nothing is acknowledged, the
 * process exits within a second with code 74 and a reason, and the next start has all that was
 * acknowledged. After a failed fsync Linux may drop the dirty pages and report success the next
 * time; so the first error must be the last word.
 */
import { join } from 'node:path';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, problem, type Stage, see, seeMost } from './harness/fault.ts';
import { inject, type SystemCall } from './harness/injection.ts';
import { createMeeting, type Meeting, Unanswered } from './harness/meeting.ts';
import { type Server, startServer } from './harness/server.ts';

/** EX_IOERR of sysexits.h. */
const EXIT_CODE = 74;
const EXIT_WITHIN_MS = 1_000;
/** Until the error is seen to have had its effect, or none. */
const WAIT_MS = 6_000;
const BETS_PER_SECOND = 350;
const BETS_MAX = 2_000;
const ERRORS: readonly { readonly call: SystemCall; readonly what: string }[] = [
  { call: 'fsync', what: 'error=EIO' },
  { call: 'pwrite64', what: 'error=EIO' },
  { call: 'pwrite64', what: 'error=ENOSPC' },
];

export const eio: Fault = {
  name: 'eio',
  about: 'a sync or a write that fails with an I/O error',
  rounds: 60,
  run: errorRounds,
  controls: [
    {
      name: 'goes on after the error',
      patch: 'swallow-errors.patch',
      rounds: 1,
      mustFind: ['tooLate'],
      run: errorRounds,
    },
  ],
};

async function errorRounds(stage: Stage): Promise<void> {
  const { dir, tree, tally, random, rounds } = stage;
  const dataDir = join(dir, 'data');
  const acks = openAcks(join(dir, 'acks'));
  const meeting = createMeeting({ acks, tally, random, name: 'e' });
  const start = () => startServer({ tree, dataDir, shards: 1, partitions: 2 });
  await audited({ dataDir, acks, tally, meeting }, await start(), async (first, now) => {
    let server = first;
    await meeting.prepare(server.client);
    for (; tally.rounds < rounds; tally.rounds++) {
      await failOnce(stage, server, meeting);
      await server.kill();
      server = now(await start());
      await meeting.finish(server.client);
      if (tally.rounds % 10 === 9) stage.say(`eio: ${tally.rounds + 1} of ${rounds}`);
    }
    return server;
  });
}

async function failOnce({ dir, tally }: Stage, server: Server, meeting: Meeting): Promise<void> {
  const raceId = `r${tally.rounds}`;
  await meeting.open(server.client, raceId);
  const kind = ERRORS[tally.rounds % ERRORS.length];
  if (kind === undefined) return;
  const number = Math.floor(tally.rounds / ERRORS.length) + 1;
  const logFile = join(dir, 'strace.log');
  const injection = await inject(server.pid, { ...kind, when: `${number}` }, logFile);
  const stop = new AbortController();
  const bets = meeting
    .bets(server.client, raceId, {
      count: BETS_MAX,
      perSecond: BETS_PER_SECOND,
      signal: stop.signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof Unanswered)) throw error;
    });
  const failedAtMs = await untilMade(injection.wasMade);
  const ending = await Promise.race([server.ended, pause(WAIT_MS)]);
  stop.abort();
  const name = `${kind.what} at ${kind.call} ${number}`;
  if (failedAtMs === undefined) problem(tally, `${name} was never made: nothing was tested`);
  else judge({ name, failedAtMs, ending, server, meeting, tally });
  await server.kill();
  await bets;
  await injection.detach();
  see(tally, `${kind.what} at ${kind.call}`);
}

function judge(it: {
  readonly name: string;
  readonly failedAtMs: number;
  readonly ending: Awaited<Server['ended']> | undefined;
  readonly server: Server;
  readonly meeting: Meeting;
  readonly tally: Stage['tally'];
}): void {
  const { name, failedAtMs, ending, server, meeting, tally } = it;
  // Sent after the error and yet acknowledged: what was on its way before may have been committed.
  for (const { betId, answer, sentAtMs } of meeting.acks.bets.values()) {
    if (sentAtMs <= failedAtMs || answer === undefined) continue;
    problem(tally, `${name}: bet ${betId} was sent and acknowledged after it`, 'tooLate');
  }
  if (ending === undefined) {
    problem(tally, `${name}: the server did not end within ${WAIT_MS} ms`);
    return;
  }
  const tookMs = ending.atMs - failedAtMs;
  seeMost(tally, 'longest way to the exit in ms', tookMs);
  if (tookMs > EXIT_WITHIN_MS) problem(tally, `${name}: ended ${Math.round(tookMs)} ms after it`);
  if (ending.code !== EXIT_CODE) {
    const how = ending.signal ?? ending.code;
    problem(tally, `${name}: ended with ${how}, not ${EXIT_CODE}: ${server.stderr().trim()}`);
  }
  if (!/I\/O|disk|full/i.test(server.stderr())) problem(tally, `${name}: gives no reason`);
}

/** When it was seen in strace's log, by `performance.now()`. */
async function untilMade(wasMade: () => boolean): Promise<number | undefined> {
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until) {
    if (wasMade()) return performance.now();
    await pause(5);
  }
  return undefined;
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined);
  });
}
