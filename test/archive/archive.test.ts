/** A day's list of accepted bets: whole, the same each time, and held against the log bet by bet. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AcceptedBet } from '../../src/archive/accepted-bets.ts';
import { draftList, listPath, readList } from '../../src/archive/bet-list.ts';
import { reconcile } from '../../src/archive/reconcile.ts';
import { writeList } from '../../src/archive/write.ts';
import { FIRST_DAY_MS, FULL_DAY, played } from '../audit/days.ts';
import {
  append,
  changed,
  confirmed,
  DAY,
  logOf,
  PLAYERS,
  RACES,
  registered,
  reserved,
  type Told,
  toldOf,
} from '../audit/story.ts';
import type { LogEntry } from '../support/scenario.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const [FIRST, SECOND] = ['2026-08-02', '2026-08-03'];
const OVER_MS = FIRST_DAY_MS + DAY_MS + MINUTE_MS;
const full = played(FULL_DAY);

describe('a list', () => {
  test('has every bet that was accepted on the day, in order, with its terms', async () => {
    const { dataDir, archive } = stage();
    const { path, end, outcome } = await writeList({
      dataDir,
      archive,
      day: FIRST,
      nowMs: OVER_MS,
    });
    const { bets, head, faults } = await read(path);
    expect({ outcome, faults }).toEqual({ outcome: 'written', faults: [] });
    expect(head?.day).toBe(FIRST);
    const accepted = full.filter(({ event }) => event.kind === 'bet-registered');
    expect(bets.map((it) => it.bet)).toEqual(
      accepted.map(({ event }) => 'bet' in event && event.bet),
    );
    expect(end).toMatchObject({ bets: accepted.length, complete: true });
    expect(end.costCents).toBe(bets.reduce((all, it) => all + it.cost_cents, 0));
    expect(bets[0]).toEqual({
      bet: 'b1',
      player: 'ann',
      race: 'r1',
      pool: 'win',
      formula: 'combined',
      legs: [[1]],
      picks: 0,
      alternates: [],
      flexi: 100,
      stake_cents: 1_000,
      combinations: 1,
      cost_cents: 1_000,
      channel: 'online',
      ticket: 1,
      time: expect.stringMatching(/^2026-08-02T0\d:\d\d:00.000Z$/),
      partition: RACES,
      position: expect.any(Number),
    });
  });

  test('has its bets by the day of their records, up to the last millisecond of it', async () => {
    const last = FIRST_DAY_MS + DAY_MS - 1;
    const dataDir = logOf(
      story([
        ['b1', last],
        ['b2', last + 1],
      ]),
    );
    const archive = join(dataDir, 'archive');
    for (const [day, bet] of [
      [FIRST, 'b1'],
      [SECOND, 'b2'],
    ] as const) {
      const { path } = await writeList({ dataDir, archive, day, nowMs: OVER_MS + DAY_MS });
      expect((await read(path)).bets.map((it) => it.bet)).toEqual([bet]);
      expect(await reconcile({ dataDir, archive, day })).toMatchObject({ reconciled: true });
    }
  });

  test('is the same each time, and once complete is left as it is', async () => {
    const { dataDir, archive } = stage();
    const options = { dataDir, archive, day: FIRST, nowMs: OVER_MS };
    const { path } = await writeList(options);
    const bytes = readFileSync(path);
    expect(await writeList({ ...options, nowMs: OVER_MS + DAY_MS })).toMatchObject({
      outcome: 'kept',
    });
    expect(readFileSync(path)).toEqual(bytes);
    rmSync(path);
    await writeList(options);
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('says that it is not complete while the day is not over, and is then written anew', async () => {
    const { dataDir, archive } = stage();
    const options = { dataDir, archive, day: FIRST };
    const early = await writeList({ ...options, nowMs: OVER_MS - 1 });
    expect(early.end.complete).toBe(false);
    expect(await reconcile(options)).toMatchObject({
      reconciled: false,
      missing: [],
      faults: [expect.stringContaining('is not complete: it was written before the day was over')],
    });
    const late = await writeList({ ...options, nowMs: OVER_MS });
    expect(late).toMatchObject({ outcome: 'written', end: { complete: true } });
    expect(await reconcile(options)).toMatchObject({ reconciled: true });
  });

  test('that is complete and not what the log says is not written over', async () => {
    const { dataDir, archive } = stage();
    const options = { dataDir, archive, day: FIRST, nowMs: OVER_MS };
    const { path } = await writeList(options);
    await plant(path, (bets) => bets.slice(1));
    const planted = readFileSync(path);
    expect(await writeList(options)).toMatchObject({ outcome: 'differs' });
    writeFileSync(path, planted.subarray(0, -20));
    expect(await writeList(options)).toMatchObject({
      outcome: 'differs',
      faults: [expect.any(String)],
    });
    expect(readFileSync(path)).toEqual(planted.subarray(0, -20));
  });
});

describe('a list is not believed', () => {
  const texts = async (change: (lines: string[]) => readonly string[]) => {
    const { dataDir, archive } = stage();
    const { path } = await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
    writeFileSync(path, gzipSync(`${change(lines).join('\n')}\n`));
    const found = await reconcile({ dataDir, archive, day: FIRST });
    return { faults: found.faults, reconciled: found.reconciled };
  };
  const cases: readonly [
    name: string,
    change: (lines: string[]) => readonly string[],
    words: string,
  ][] = [
    [
      'with a stake changed',
      (it) => it.with(1, it[1]?.replace('"stake_cents":1000', '"stake_cents":1001') ?? ''),
      'line 2 is not what was written',
    ],
    ['with a line dropped', (it) => it.toSpliced(2, 1), 'line 3 is not what was written'],
    [
      'with a line twice',
      (it) => it.toSpliced(2, 0, it[1] ?? ''),
      'line 3 is not what was written',
    ],
    [
      'with two lines swapped',
      (it) => it.toSpliced(1, 2, it[2] ?? '', it[1] ?? ''),
      'line 2 is not what was written',
    ],
    [
      'of another day',
      (it) => it.with(0, it[0]?.replace(FIRST, SECOND) ?? ''),
      'line 2 is not what was written',
    ],
    ['without its end', (it) => it.slice(0, -1), 'its last line is missing'],
    ['with something after its end', (it) => [...it, it[1] ?? ''], 'comes after the last one'],
    ['that is another file', () => ['{}'], 'line 1 is not the first of a list furlong.bets.v1'],
    ['that is no JSON', () => ['bets'], 'line 1 is no line of a list'],
    ['that is empty', () => [], 'line 1 is no line of a list'],
  ];

  test.each(cases)('%s', async (_, change, words) => {
    const { faults, reconciled } = await texts(change);
    expect(reconciled).toBe(false);
    expect(faults[0]).toContain(words);
  });

  test('with a byte of the file changed, whichever it is', async () => {
    const { dataDir, archive } = stage();
    const { path } = await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    const whole = readFileSync(path);
    // The ten bytes of gzip's head hold nothing of the list.
    for (let at = 10; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      expect((await readList(path)).faults, `byte ${at}`).not.toEqual([]);
    }
  });

  test('with a line that says the same in other characters', async () => {
    const { dataDir, archive } = stage();
    const { path } = await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    const text = gunzipSync(readFileSync(path)).toString();
    for (const [from, to] of [
      ['"cost_cents":', '"cost_cents":9999900,"cost_cents":'],
      ['":', '": '],
    ] as const) {
      writeFileSync(path, gzipSync(text.replace(from, to)));
      expect((await readList(path)).faults).not.toEqual([]);
    }
    writeFileSync(path, gzipSync(text));
    expect((await readList(path)).faults).toEqual([]);
  });

  test('that is not there', async () => {
    const { dataDir, archive } = stage();
    const found = await reconcile({ dataDir, archive, day: FIRST });
    expect(found).toMatchObject({ reconciled: false, list: undefined });
    expect(found.missing).toHaveLength(found.accepted);
    expect(found.faults).toEqual([expect.stringContaining('is not there')]);
  });

  test('of another data directory', async () => {
    const [one, other] = [stage(), stage()];
    const { path } = await writeList({ ...one, day: FIRST, nowMs: OVER_MS });
    const there = await writeList({ ...other, day: FIRST, nowMs: OVER_MS });
    renameSync(path, there.path);
    expect((await reconcile({ ...other, day: FIRST })).faults).toEqual([
      expect.stringContaining('is of 2026-08-02 and data directory'),
    ]);
  });
});

describe('reconciling finds', () => {
  test('nothing in a list as it was written, and the same totals for each pool', async () => {
    const { dataDir, archive } = await written();
    const found = await reconcile({ dataDir, archive, day: FIRST });
    expect(found).toMatchObject({
      reconciled: true,
      missing: [],
      extra: [],
      differing: [],
      faults: [],
      moving: [],
    });
    expect(found.totals.map(({ race, pool }) => `${race}/${pool}`)).toEqual(
      expect.arrayContaining(['r1/win', 'r1/place', 'r1/double', 'r2/win']),
    );
    for (const { listed, accepted } of found.totals) expect(listed).toEqual(accepted);
  });

  test('a bet that was accepted and is not listed', async () => {
    const { dataDir, archive, path } = await written();
    let dropped = '';
    await plant(path, (bets) => {
      dropped = `${bets[2]?.player}/${bets[2]?.bet}`;
      return bets.toSpliced(2, 1);
    });
    const found = await reconcile({ dataDir, archive, day: FIRST });
    expect(found).toMatchObject({ reconciled: false, extra: [], differing: [], faults: [] });
    expect(found.missing).toEqual([
      expect.stringMatching(
        new RegExp(
          `^bet ${dropped}, 100 cents in r1/win, is accepted by record \\d+ of partition 1, and not listed$`,
        ),
      ),
    ]);
  });

  test('a bet that is listed and was never accepted, and one that is listed twice', async () => {
    const { dataDir, archive, path } = await written();
    await plant(path, (bets) => {
      const [first] = bets;
      if (first === undefined) throw new Error('no bet');
      return [...bets, { ...first, bet: 'b99' }, first];
    });
    const found = await reconcile({ dataDir, archive, day: FIRST });
    expect(found.extra).toEqual([
      'bet ann/b99 is listed, and no race registered it on 2026-08-02',
      'bet ann/b1 is listed twice',
    ]);
    expect(found.reconciled).toBe(false);
  });

  const fields: readonly [keyof AcceptedBet, unknown][] = [
    ['race', 'r2'],
    ['pool', 'place'],
    ['formula', 'unit'],
    ['legs', [[2]]],
    ['picks', 1],
    ['alternates', [3]],
    ['flexi', 50],
    ['stake_cents', 999],
    ['combinations', 2],
    ['cost_cents', 999],
    ['channel', 'kiosk'],
    ['ticket', 7],
    ['time', '2026-08-02T00:00:00.000Z'],
    ['partition', 2],
    ['position', 1],
  ];
  test.each(fields)('a bet that is listed with another %s', async (name, value) => {
    const { dataDir, archive, path } = await written();
    await plant(path, ([first, ...rest]) => [{ ...first, [name]: value } as AcceptedBet, ...rest]);
    const found = await reconcile({ dataDir, archive, day: FIRST });
    expect(found.differing).toEqual([
      expect.stringMatching(new RegExp(`^bet ann/b1 is listed with ${name} .+ for .+$`)),
    ]);
    expect({ reconciled: found.reconciled, missing: found.missing, extra: found.extra }).toEqual({
      reconciled: false,
      missing: [],
      extra: [],
    });
  });

  test('a bet that its player was told is accepted, and that is in no pool', async () => {
    const { dataDir, archive } = await written((log) =>
      log.filter(({ event }) => !(event.kind === 'bet-registered' && event.bet === 'b6')),
    );
    const { missing, reconciled } = await reconcile({ dataDir, archive, day: FIRST });
    expect(missing).toEqual([
      'bet ann/b6 is accepted as its player has it, in no pool, and not listed',
    ]);
    expect(reconciled).toBe(false);
  });

  test('a bet that is in a pool with other terms than its player reserved', async () => {
    const dataDir = logOf([
      ...onDay(
        changed(
          'registered ann/b1'.replace('registered', 'bet-registered'),
          registered('ann', 'b1', 300),
        ),
      ),
    ]);
    const archive = join(dataDir, 'archive');
    await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    expect((await reconcile({ dataDir, archive, day: FIRST })).differing).toEqual([
      'bet ann/b1 is registered with stake_cents 300 for 200, cost_cents 300 for 200 of its player',
    ]);
  });

  test('a bet in a pool that its player never reserved, or did not confirm', async () => {
    const dataDir = logOf(
      onDay(
        DAY.filter(
          ({ name }) =>
            !/^(stake-reserved ann\/b1|bet-confirmed (ann|bob)\/b1)$/.test(
              name.replace('stake-reserved', 'stake-reserved'),
            ),
        ),
      ),
    );
    const archive = join(dataDir, 'archive');
    await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    expect((await reconcile({ dataDir, archive, day: FIRST })).faults).toEqual([
      'bet ann/b1 is in a pool, and its player never reserved it',
      'bet bob/b1 is in a pool, and its player did not confirm it',
    ]);
  });

  test('what is on its way only in a log that is at rest', async () => {
    const dataDir = logOf(onDay(DAY.filter(({ name }) => name !== 'bet-confirmed bob/b1')));
    const archive = join(dataDir, 'archive');
    append(dataDir, RACES, [], { outgoing: 0, bus: 0 });
    await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
    expect(await reconcile({ dataDir, archive, day: FIRST })).toMatchObject({
      reconciled: true,
      moving: ['bet bob/b1 is in a pool, and its player did not confirm it'],
    });
  });
});

test('a bet that was reserved long before it was registered has its terms found', async () => {
  const early = FIRST_DAY_MS - 10 * DAY_MS;
  const dataDir = logOf([{ ...reserved('ann', 'b1', 200), atMs: early }]);
  // Each day a segment of its own, so that the reservation lies days before what is read first.
  for (let day = 9; day >= 0; day--) {
    append(dataDir, PLAYERS, [
      { ...reserved('bob', `d${day}`, 200), atMs: FIRST_DAY_MS - day * DAY_MS },
    ]);
  }
  append(dataDir, RACES, [{ ...registered('ann', 'b1', 200), atMs: FIRST_DAY_MS + 5 }]);
  append(dataDir, PLAYERS, [{ ...confirmed('ann', 'b1'), atMs: FIRST_DAY_MS + 6 }]);
  const archive = join(dataDir, 'archive');
  await writeList({ dataDir, archive, day: FIRST, nowMs: OVER_MS });
  expect(await reconcile({ dataDir, archive, day: FIRST })).toMatchObject({
    reconciled: true,
    accepted: 1,
  });
});

function stage(log: readonly LogEntry[] = full) {
  const dataDir = logOf(log.map((entry, index) => toldOf(entry, FIRST_DAY_MS + index * MINUTE_MS)));
  const archive = mkdtempSync(join(tmpdir(), 'furlong-archive-'));
  onTestFinished(() => rmSync(archive, { recursive: true }));
  return { dataDir, archive };
}

async function written(change: (log: readonly LogEntry[]) => readonly LogEntry[] = (log) => log) {
  const it = stage(change(full));
  const { path } = await writeList({ ...it, day: FIRST, nowMs: OVER_MS });
  expect(path).toBe(listPath(it.archive, FIRST));
  return { ...it, path };
}

async function read(path: string) {
  const bets: AcceptedBet[] = [];
  const list = await readList(path, (bet) => bets.push(bet));
  return { ...list, bets };
}

/** Somebody who can make the hashes right again: a list whole in itself, with other bets in it. */
async function plant(
  path: string,
  change: (bets: AcceptedBet[]) => readonly AcceptedBet[],
): Promise<void> {
  const { head, end, bets } = await read(path);
  if (head === undefined || end === undefined) throw new Error('no list');
  const draft = await draftList(path, { head, bets: change(bets), complete: end.complete });
  draft.keep();
}

function onDay(told: readonly Told[]): Told[] {
  return told.map((it, index) => ({ ...it, atMs: FIRST_DAY_MS + index }));
}

/** Bets that are reserved, registered and confirmed at one time each. */
function story(bets: readonly (readonly [bet: string, atMs: number])[]): Told[] {
  return bets.flatMap(([bet, atMs]) =>
    [reserved('ann', bet, 200), registered('ann', bet, 200), confirmed('ann', bet)].map((it) => ({
      ...it,
      atMs,
    })),
  );
}
