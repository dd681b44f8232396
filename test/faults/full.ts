/**
 * A full disk: a small file system, a ballast that leaves little of it, and bets until no more fit.
 * The failed commit has an unknown outcome, so the server ends with a reason; it may not start as
 * long as nothing can be written; what is there can still be read and verified; and once there is
 * space it starts and accepts again, and nothing that was acknowledged is lost.
 */
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLog } from '../../src/audit/verify.ts';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, problem, type Stage, see, seeMost } from './harness/fault.ts';
import { type Image, makeImage } from './harness/image.ts';
import { createMeeting, type Meeting, Unanswered } from './harness/meeting.ts';
import { type Server, StartFailed, startServer } from './harness/server.ts';

const IMAGE_BYTES = 64 * 1024 * 1024;
/** What the ballast leaves. */
const FREE_BYTES = { least: 100_000, most: 600_000 };
const BETS_MAX = 20_000;
const FILL_TIMEOUT_MS = 30_000;
const ACCEPTS_WITHIN_MS = 5_000;

export const full: Fault = {
  name: 'full',
  about: 'a disk that is full, and has space again',
  rounds: 10,
  run: fullRounds,
  controls: [
    {
      name: 'goes on after the error',
      patch: 'swallow-errors.patch',
      rounds: 1,
      mustFind: ['tooLate', 'lost'],
      run: fullRounds,
    },
  ],
};

async function fullRounds(stage: Stage): Promise<void> {
  const { dir, tree, tally, random, rounds } = stage;
  const image = makeImage(dir, 'ext4', IMAGE_BYTES);
  image.mount();
  const dataDir = join(image.path, 'data');
  const acks = openAcks(join(dir, 'acks'));
  const meeting = createMeeting({ acks, tally, random, name: 'f' });
  const start = () => startServer({ tree, dataDir, shards: 1, partitions: 2 });
  const run = async (first: Server, now: (server: Server) => Server) => {
    let server = first;
    await meeting.prepare(server.client);
    for (; tally.rounds < rounds; tally.rounds++) {
      await fillOnce(stage, { server, image, meeting });
      verifyWhileFull(dataDir, stage);
      await startWhileFull(start, stage);
      const spaceAtMs = performance.now();
      rmSync(join(image.path, 'ballast'));
      server = now(await start());
      const raceId = `again-${tally.rounds}`;
      await meeting.open(server.client, raceId);
      await meeting.bet(server.client, raceId);
      const tookMs = performance.now() - spaceAtMs;
      seeMost(tally, 'longest from space to a bet in ms', tookMs);
      if (tookMs > ACCEPTS_WITHIN_MS)
        problem(tally, `accepted a bet only ${Math.round(tookMs)} ms after there was space`);
      await meeting.finish(server.client);
      stage.say(`full: ${tally.rounds + 1} of ${rounds}`);
    }
    return server;
  };
  try {
    await audited({ dataDir, acks, tally, meeting }, await start(), run);
  } finally {
    image.unmount();
  }
}

async function fillOnce(
  { tally, random }: Stage,
  {
    server,
    image,
    meeting,
  }: { readonly server: Server; readonly image: Image; readonly meeting: Meeting },
): Promise<void> {
  const raceId = `r${tally.rounds}`;
  await meeting.open(server.client, raceId);
  layBallast(image, random.whole(FREE_BYTES.least, FREE_BYTES.most));
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), FILL_TIMEOUT_MS);
  await meeting
    .bets(server.client, raceId, { count: BETS_MAX, perSecond: 1_000, signal: stop.signal })
    .catch((error: unknown) => {
      if (!(error instanceof Unanswered)) throw error;
    });
  clearTimeout(late);
  const ending = await Promise.race([
    server.ended,
    new Promise<undefined>((resolve) => setTimeout(resolve, 2_000, undefined)),
  ]);
  if (ending === undefined) {
    problem(tally, 'the disk is full, and the server goes on', 'tooLate');
    await server.kill();
    return;
  }
  if (!/full|I\/O|space/i.test(server.stderr()))
    problem(tally, `ends without a reason: ${server.stderr()}`);
  see(tally, `ended with ${ending.code}`);
}

/** Bytes of no meaning, until so many are free. */
function layBallast(image: Image, leave: number): void {
  const file = openSync(join(image.path, 'ballast'), 'w');
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(image.path);
      if (bavail * bsize <= leave + block.length) return;
      writeSync(file, block);
    }
  } finally {
    closeSync(file);
  }
}

/** Reading writes nothing, so it must go on. */
function verifyWhileFull(dataDir: string, { tally }: Stage): void {
  const { faults } = verifyLog(dataDir);
  for (const fault of faults) problem(tally, `log verify on the full disk: ${fault}`);
  see(tally, 'verified while full');
}

/** It may start or say why not; it must not hang, nor take a bet it loses. */
async function startWhileFull(start: () => Promise<Server>, { tally }: Stage): Promise<void> {
  try {
    const server = await start();
    see(tally, 'started while full');
    await server.kill();
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    if (!/full|I\/O|space/i.test(error.message))
      problem(tally, `refuses to start without a reason: ${error.message}`);
    see(tally, 'refused to start while full');
  }
}
