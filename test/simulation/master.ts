/**
 * Who holds the tournament: feeds it events from outside, again and twice, changes its rules, rolls it
 * back, closes it, makes it official, holds and corrects; as people do, at any moment.
 */
import { canonicalJson } from '../../src/actors/canonical-json.ts';
import type { PlayerAnswer } from '../../src/actors/player-events.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import type { TournamentAnswer, TournamentCommand } from '../../src/actors/tournament-events.ts';
import { cents, playerId } from '../../src/actors/units.ts';
import { createTournament, ingest, outsideEvent } from '../support/tournaments.ts';
import type { Door } from './door.ts';
import { type Kernel, MS, SECOND } from './kernel.ts';
import { TOURNAMENT } from './programme.ts';

const BEST = 3;
/** Before the last race: what comes after it on that does not count. */
const CLOSES_US = 3.5 * SECOND;
const PLAYERS = ['p0', 'p1', 'p2'];
/** A second each: an official result waits for every race that was bet on. */
const PATIENCE = 60;

const prize = { from: 0, to: 0, topPermille: 0, shares: [], division: '' };

export const TOURNAMENT_CREATION = createTournament({
  races: ['r1', 'r2'],
  bestOf: BEST,
  terms: {
    lateMs: 1_500,
    duplicateWindowMs: 20,
    prizes: [
      { ...prize, kind: 'places', from: 1, to: 2, amount: cents(7_001) },
      { ...prize, kind: 'percentile', topPermille: 500, amount: cents(501) },
    ],
  },
});

/** Until the result is official, or he gives up. */
export async function holdTournament(options: {
  readonly kernel: Kernel;
  readonly door: Door;
}): Promise<void> {
  const { kernel, door } = options;
  const random = kernel.chanceFor('tournament master');
  const address = `tournament/${TOURNAMENT}` as const;
  const sent: Parameters<typeof ingest>[0][number][] = [];
  let orders = 0;

  async function tell(what: () => TournamentCommand): Promise<boolean> {
    const id = `master-${orders++}`;
    const answer = await door.ask(address, () => ({ command: what() }), { id });
    return answer?.kind === 'accepted';
  }

  async function phase(): Promise<string> {
    const query = { kind: 'tournament' };
    const answer = await door.ask(address, () => ({ query }), { id: `look-${orders++}` });
    if (answer?.kind !== 'accepted') return '';
    // It answers the question that came with the ask.
    const told = answer.answer as TournamentAnswer | undefined;
    return told?.kind === 'tournament' ? told.tournament.phase : '';
  }

  const by = () => ({ by: 'master', why: 'so be it', atMs: door.now() });
  const authorised = () => ({ authorisedBy: 'second', ...by() });

  /** Some new, some that came before, some of nobody. */
  async function send(): Promise<void> {
    const events = Array.from({ length: random.between(1, 6) }, () => {
      const known = sent.length > 0 && random.oneIn(3) ? random.pick(sent) : undefined;
      if (known !== undefined) return known;
      const player = random.oneIn(10) ? 'nobody' : random.pick(PLAYERS);
      const event = outsideEvent(player, `e${sent.length}`, {
        game: `slot-${random.below(3)}`,
        win: 100 * random.below(4),
        timeMs: door.now() - random.below(2_000),
        revision: random.oneIn(8) ? 2 : 1,
      });
      sent.push(event);
      return event;
    });
    const isBacklog = random.oneIn(3);
    await tell(() => ingest(events, { batch: `batch-${orders}`, atMs: door.now(), isBacklog }));
  }

  async function meddle(): Promise<void> {
    const rules = canonicalJson(returnPercent(random.between(1, BEST)));
    if (random.oneIn(2)) await tell(() => ({ kind: 'change-rules', rules, ...by() }));
    const snapshot = random.between(1, 3);
    await tell(() => ({ kind: 'take-snapshot', number: 1, atMs: door.now() }));
    await send();
    if (await tell(() => ({ kind: 'roll-back', snapshot, ...authorised() }))) {
      if (random.oneIn(2)) await send();
      await tell(() => ({ kind: 'replay', drop: random.oneIn(3), ...authorised() }));
    }
  }

  while (!door.hurried && kernel.nowUs < CLOSES_US) {
    await door.sleep(random.between(50, 900) * MS);
    if (random.oneIn(8)) await meddle();
    else await send();
  }
  if (random.oneIn(6)) return;
  await tell(() => ({ kind: 'close-tournament', ...by() }));
  await send();
  const held = playerId(random.pick(PLAYERS));
  if (random.oneIn(2)) {
    await tell(() => ({ kind: 'hold-award', player: held, reason: 'kyc', ...by() }));
  }
  for (let tries = 0; tries < PATIENCE; tries++) {
    await door.sleep(SECOND);
    if ((await phase()) !== 'review') continue;
    if (await tell(() => ({ kind: 'make-result-official', ...authorised() }))) break;
  }
  if (random.oneIn(2)) await tell(() => ({ kind: 'release-award', player: held, ...by() }));
  else await tell(() => ({ kind: 'deny-award', player: held, ...authorised() }));
  // Races are corrected meanwhile.
  for (let corrections = 0; corrections < 3; corrections++) {
    await door.sleep(random.between(SECOND, 3 * SECOND));
    if (random.oneIn(2)) await claimAwards(door, random.pick(PLAYERS));
    await tell(() => ({ kind: 'correct-result', ...authorised() }));
  }
}

/** All that a player has. */
export async function claimAwards(door: Door, player: string): Promise<void> {
  const query = () => ({ query: { kind: 'awards', skip: 0, limit: 10 } });
  const id = `awards-${player}-${door.now()}`;
  const answer = await door.ask(`player/${player}`, query, { id });
  if (answer?.kind !== 'accepted') return;
  // It answers the question that came with the ask.
  const told = answer.answer as PlayerAnswer | undefined;
  if (told?.kind !== 'awards') return;
  for (const { award } of told.awards) {
    const command = { kind: 'claim-award', award, by: player, atMs: door.now() } as const;
    await door.ask(`player/${player}`, () => ({ command }), { id: `claim-${award}`, patience: 2 });
  }
}
