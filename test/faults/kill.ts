/**
 * kill −9: at each numbered system call of the life of a race, and at random moments under load.
 *
 *   a life: deposit → open → bets → close → result → official → settled → paid
 *
 * Odd rounds count calls: the N-th sync, the N-th write to a file, the N-th write of any thread,
 * from 1 up to the last that a life has, then from 1 again; so every commit is hit before and after.
 * Even rounds kill at a random moment of a burst. The page cache survives a kill: this proves the
 * order of things (log before answer, recovery of what was under way), not the disk.
 */
import { join } from 'node:path';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, type Stage, see, seeMost } from './harness/fault.ts';
import { type Injection, inject, type SystemCall } from './harness/injection.ts';
import { createMeeting, type Meeting, Unanswered } from './harness/meeting.ts';
import { type Server, startServer } from './harness/server.ts';

/** One directory for so many kills: a longer log would only make restarts slower. */
const KILLS_PER_DIRECTORY = 50;
const CALLS: readonly SystemCall[] = ['fsync', 'pwrite64', 'write'];
/** Of a life that is killed at a call: one at a time, so that each has commits of its own. */
const BETS_OF_A_LIFE = 3;
const BETS_OF_A_BURST = 400;
const BURST_MAX_MS = 900;
const SETTLE_AFTER = 0.3;

/** Which call is next. */
interface Step {
  call: number;
  number: number;
}

export const kill: Fault = {
  name: 'kill',
  about: 'kill -9 at every step of the life of a race, and at random under load',
  rounds: 1_000,
  run: killRounds,
  controls: [
    {
      name: 'answers before the commit',
      patch: 'answer-before-commit.patch',
      rounds: 6,
      mustFind: ['lost'],
      run: killRounds,
    },
  ],
};

async function killRounds(stage: Stage): Promise<void> {
  const step: Step = { call: 0, number: 1 };
  for (let done = 0; done < stage.rounds; done += KILLS_PER_DIRECTORY) {
    const kills = Math.min(KILLS_PER_DIRECTORY, stage.rounds - done);
    await killOneDirectory(stage, `d${done}`, kills, step);
    stage.say(`kill: ${stage.tally.rounds} of ${stage.rounds} kills, ${stage.tally.lost} lost`);
  }
}

async function killOneDirectory(
  stage: Stage,
  name: string,
  kills: number,
  step: Step,
): Promise<void> {
  const { dir, tree, tally, random } = stage;
  const dataDir = join(dir, name);
  const acks = openAcks(join(dir, `${name}.acks`));
  const meeting = createMeeting({ acks, tally, random, name });
  const start = () => startServer({ tree, dataDir, shards: 1, partitions: 2 });
  await audited({ dataDir, acks, tally, meeting }, await start(), async (first, now) => {
    let server = first;
    await meeting.prepare(server.client);
    for (let round = 0; round < kills; round++) {
      const raceId = `${name}-r${round}`;
      if (tally.rounds % 2 === 0) await killAtRandom(stage, server, meeting, raceId);
      else await killAtCall(stage, server, meeting, raceId, step);
      tally.rounds++;
      server = now(await start());
      seeMost(tally, 'longest restart in ms', server.startMs);
      await meeting.finish(server.client);
    }
    return server;
  });
}

async function killAtRandom(
  { tally, random }: Stage,
  server: Server,
  meeting: Meeting,
  raceId: string,
): Promise<void> {
  await meeting.open(server.client, raceId);
  const settles = random.next() < SETTLE_AFTER;
  const delayMs = random.whole(0, BURST_MAX_MS);
  const life = untilUnanswered(async () => {
    await meeting.bets(server.client, raceId, {
      count: BETS_OF_A_BURST,
      perSecond: settles ? 2_000 : 450,
    });
    await meeting.settle(server.client, raceId);
  });
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  await server.kill();
  await life;
  see(tally, 'at random');
}

async function killAtCall(
  { dir, tally }: Stage,
  server: Server,
  meeting: Meeting,
  raceId: string,
  step: Step,
): Promise<void> {
  const call = CALLS[step.call % CALLS.length] ?? 'fsync';
  const what = { call, what: 'signal=SIGKILL', when: `${step.number}` };
  const injection: Injection = await inject(server.pid, what, join(dir, 'strace.log'));
  const phase = { name: 'open' };
  const life = untilUnanswered(async () => {
    await meeting.open(server.client, raceId);
    phase.name = 'bets';
    for (let bet = 0; bet < BETS_OF_A_LIFE; bet++) await meeting.bet(server.client, raceId);
    phase.name = 'close';
    await meeting.close(server.client, raceId);
    phase.name = 'settlement';
    await meeting.settle(server.client, raceId);
  });
  if (await life) {
    // The life has fewer calls of this kind: the next kind is counted from 1.
    await injection.detach();
    await server.kill();
    see(tally, 'after the last call');
    step.call++;
    step.number = 1;
    return;
  }
  await server.ended;
  see(tally, `at a ${call} during ${phase.name}`);
  step.number++;
}

/** @returns Whether all was answered; what is not is what the round is about. */
async function untilUnanswered(life: () => Promise<void>): Promise<boolean> {
  try {
    await life();
    return true;
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    return false;
  }
}
