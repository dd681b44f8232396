/**
 * A power cut: the data is on a loop-mounted ext4 or XFS that is shut down without a flush while
 * paced bets come in; then the server is killed, the file system mounted again (its journal
 * replays), the server started, and everything asked again. Acknowledgements are on another disk.
 *
 * Paced, since at full speed nearly every cut falls into an fsync, and proves little. Not covered:
 * what a drive's own cache reorders or loses, and torn sectors.
 */
import { join } from 'node:path';
import { openAcks } from './harness/acks.ts';
import { audited } from './harness/audited.ts';
import { type Fault, problem, type Stage, see, seeMost, type Tally } from './harness/fault.ts';
import { type FileSystem, type Image, makeImage } from './harness/image.ts';
import { createMeeting, type Meeting, Unanswered } from './harness/meeting.ts';
import { type Server, StartFailed, startServer } from './harness/server.ts';
import { tool } from './harness/tools.ts';

const KINDS: readonly FileSystem[] = ['ext4', 'xfs'];
/** XFS is not made smaller than 300 MB. */
const IMAGE_BYTES = 400 * 1024 * 1024;
const CUTS_PER_DIRECTORY = 10;
const BETS_PER_SECOND = 350;
const BETS_MAX = 2_000;
const CUT_AFTER_MS = { least: 150, most: 1_500 };

type Environment = Readonly<Record<string, string>>;

export const power: Fault = {
  name: 'power',
  about: 'power cut: a loop-mounted ext4 and XFS shut down without flush, paced',
  rounds: 100,
  run: (stage) => cutRounds(stage, {}),
  controls: [
    {
      name: 'synchronous=NORMAL',
      patch: 'synchronous-normal.patch',
      rounds: 6,
      mustFind: ['lost'],
      run: (stage) => cutRounds(stage, {}),
    },
    {
      name: 'eatmydata',
      rounds: 2,
      mustFind: ['lost'],
      run: (stage) => cutRounds(stage, { LD_PRELOAD: tool('libeatmydata') }),
    },
  ],
};

async function cutRounds(stage: Stage, env: Environment): Promise<void> {
  const images = KINDS.map((kind) => makeImage(stage.dir, kind, IMAGE_BYTES));
  for (let directory = 0; stage.tally.rounds < stage.rounds; directory++) {
    const image = images[directory % images.length];
    if (image === undefined) return;
    // A short run cuts both file systems as well.
    const share = Math.ceil(stage.rounds / images.length);
    const cuts = Math.min(CUTS_PER_DIRECTORY, share, stage.rounds - stage.tally.rounds);
    await cutOneDirectory(stage, image, { name: `d${directory}`, cuts, env });
    stage.say(`power: ${stage.tally.rounds} of ${stage.rounds} cuts, ${stage.tally.lost} lost`);
  }
}

async function cutOneDirectory(
  stage: Stage,
  image: Image,
  { name, cuts, env }: { readonly name: string; readonly cuts: number; readonly env: Environment },
): Promise<void> {
  const { dir, tree, tally, random } = stage;
  image.mount();
  const dataDir = join(image.path, name);
  const acks = openAcks(join(dir, `${name}.acks`));
  const meeting = createMeeting({ acks, tally, random, name });
  const start = () => startServer({ tree, dataDir, env });
  const run = async (first: Server, now: (server: Server) => Server) => {
    let server = first;
    await meeting.prepare(server.client);
    for (let cut = 0; cut < cuts; cut++) {
      await cutOnce(stage, { server, image, meeting, raceId: `${name}-r${cut}` });
      tally.rounds++;
      server = now(await restarted(start, tally));
      seeMost(tally, 'longest restart in ms', server.startMs);
      await meeting.finish(server.client);
    }
    return server;
  };
  try {
    await audited({ dataDir, acks, tally, meeting }, await start(), run);
  } finally {
    image.unmount();
  }
}

/** With no sync, what is left may be no log at all: then all that was acknowledged is gone. */
async function restarted(start: () => Promise<Server>, tally: Tally): Promise<Server> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof StartFailed) problem(tally, `after a cut ${error.message}`, 'lost');
    throw error;
  }
}

interface Cut {
  readonly server: Server;
  readonly image: Image;
  readonly meeting: Meeting;
  readonly raceId: string;
}

async function cutOnce({ random, tally }: Stage, it: Cut): Promise<void> {
  const { server, image, meeting, raceId } = it;
  await meeting.open(server.client, raceId);
  const bets = meeting
    .bets(server.client, raceId, { count: BETS_MAX, perSecond: BETS_PER_SECOND })
    .catch((error: unknown) => {
      if (!(error instanceof Unanswered)) throw error;
    });
  const delayMs = random.whole(CUT_AFTER_MS.least, CUT_AFTER_MS.most);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  image.cut();
  await server.kill();
  await bets;
  image.unmount();
  image.mount();
  see(tally, `on ${image.path.includes('xfs') ? 'xfs' : 'ext4'}`);
}
