/**
 * A clock that steps by days, forwards and backwards, during bets, at the close and in the
 * settlement: order comes from positions in the log, so there is no bet after the close, nothing is
 * lost, and a server whose clock went back still answers. Only the clock on the wall is stepped; the
 * monotonic one is the kernel's affair and never steps.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, problem, type Stage, see, seeMost } from './harness/fault.ts';
import { createMeeting, type Meeting } from './harness/meeting.ts';
import { type Server, startServer } from './harness/server.ts';
import { tool } from './harness/tools.ts';

const STEPS_DAYS = [3, -3, -1, 1, -3, 3];
const BETS = 150;
const BETS_PER_SECOND = 350;
/** What a server that is well answers within, with much to spare. */
const ANSWERS_WITHIN_MS = 4_000;

export const clock: Fault = {
  name: 'clock',
  about: 'the clock on the wall stepped by days in both directions',
  rounds: 12,
  run: (stage) => stepRounds(stage),
  controls: [
    {
      name: 'closes by the clock',
      patch: 'close-by-clock.patch',
      // Only a step back after the close can show it, and only to bets that are under way then.
      rounds: 10,
      mustFind: ['afterClose'],
      run: (stage) => stepRounds(stage),
    },
  ],
};

async function stepRounds(stage: Stage): Promise<void> {
  const { dir, tree, tally, random, rounds } = stage;
  const dataDir = join(dir, 'data');
  const timeFile = join(dir, 'clock');
  const set = (days: number) => writeFileSync(timeFile, `${days >= 0 ? '+' : ''}${days}d\n`);
  set(0);
  const env = {
    LD_PRELOAD: tool('libfaketime'),
    FAKETIME_TIMESTAMP_FILE: timeFile,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const acks = openAcks(join(dir, 'acks'));
  const meeting = createMeeting({ acks, tally, random, name: 'c' });
  const start = () => startServer({ tree, dataDir, env });
  await audited({ dataDir, acks, tally, meeting }, await start(), async (first, now) => {
    let server = first;
    await meeting.prepare(server.client);
    await mustFollow(server, meeting, set);
    for (; tally.rounds < rounds; tally.rounds++) {
      const step = STEPS_DAYS[tally.rounds % STEPS_DAYS.length] ?? 3;
      await stepOnce(stage, { server, meeting, step, set });
      // What was written with a clock that was ahead must be read with one that is behind.
      await server.kill();
      server = now(await start());
      await meeting.finish(server.client);
      stage.say(`clock: ${tally.rounds + 1} of ${rounds}`);
    }
    return server;
  });
}

type Set = (days: number) => void;

/** @throws Error where the server does not see the clock that it is shown: nothing would be tested. */
async function mustFollow(server: Server, meeting: Meeting, set: Set): Promise<void> {
  await meeting.open(server.client, 'clock-shown');
  set(30);
  await meeting.bet(server.client, 'clock-shown');
  set(0);
  const bet = [...meeting.acks.bets.values()].at(-1);
  const { bet: told } = await server.client.betting.getBet({
    playerId: bet?.playerId ?? '',
    betId: bet?.betId ?? '',
  });
  const aheadDays = (Number(told?.placeTime?.seconds ?? 0n) - Date.now() / 1_000) / 86_400;
  if (aheadDays < 29 || aheadDays > 31) {
    throw new Error(
      `the server's clock is ${aheadDays} days ahead, not 30: faketime does not work here`,
    );
  }
}

interface StepOnce {
  readonly server: Server;
  readonly meeting: Meeting;
  readonly step: number;
  readonly set: Set;
}

async function stepOnce({ tally }: Stage, { server, meeting, step, set }: StepOnce): Promise<void> {
  const { client } = server;
  const raceId = `r${tally.rounds}`;
  const base = -step;
  set(base);
  await meeting.open(client, raceId);
  // Answered while the clock steps, and after it.
  const bets = meeting.bets(client, raceId, { count: BETS, perSecond: BETS_PER_SECOND });
  await new Promise((resolve) => setTimeout(resolve, (BETS / BETS_PER_SECOND) * 500));
  set(base + step);
  await bets;
  await answersInTime(tally, `a bet after ${step} days`, () => meeting.bet(client, raceId));
  const late = meeting.bets(client, raceId, { count: BETS, perSecond: BETS_PER_SECOND });
  await new Promise((resolve) => setTimeout(resolve, (BETS / BETS_PER_SECOND) * 500));
  await answersInTime(tally, 'the close', () => meeting.close(client, raceId));
  set(base);
  await late;
  // A step forwards is past every deadline: what was under way is unanswered, and asked again.
  const unanswered = [...meeting.acks.bets.values()].filter(({ answer }) => answer === undefined);
  see(tally, 'unanswered at a step', unanswered.length);
  await meeting.askAgain(client);
  await answersInTime(tally, `the settlement, ${-step} days on`, () =>
    meeting.settle(client, raceId),
  );
  see(tally, step > 0 ? 'forwards first' : 'backwards first');
}

async function answersInTime(
  tally: Stage['tally'],
  what: string,
  call: () => Promise<void>,
): Promise<void> {
  const begunMs = performance.now();
  await call();
  const tookMs = performance.now() - begunMs;
  seeMost(tally, 'longest answer after a step in ms', tookMs);
  if (tookMs > ANSWERS_WITHIN_MS) problem(tally, `${what} took ${Math.round(tookMs)} ms`);
}
