/** A tournament held with the verbs alone, on a server of this process: the wiring, once through. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type System, startSystem } from '../../src/system.ts';
import { STARTS_MS } from './support/examples.ts';
import { type FakeClient, playVerb } from './support/stage.ts';

const dir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
let system: System;
let client: Client;

beforeAll(async () => {
  const any = { host: '127.0.0.1', port: 0 };
  system = await startSystem({
    dataDir: join(dir, 'data'),
    partitions: 1,
    shards: 1,
    grpc: any,
    http: any,
    nats: undefined,
    pageDir: 'web/dist',
    logLevel: 'warn',
  });
  client = connectClient(system.grpcAddress);
}, STARTS_MS);

afterAll(async () => {
  client?.close();
  await system?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function told(argv: string, code = 0) {
  // The verb closes its client; this one is the test's.
  const { close: _, ...rest } = client;
  const played = await playVerb(argv.split(' '), {
    client: rest as unknown as FakeClient,
    terminal: false,
  });
  expect([argv, played.stderr, played.code]).toEqual([argv, expect.any(String), code]);
  const lines = played.stdout.trimEnd().split('\n');
  return lines.map((line) => (line === '' ? undefined : JSON.parse(line)));
}

/** Asked again until the machine is there: its steps follow one another at once, but one by one. */
async function untilPhase(phase: string): Promise<void> {
  await expect.poll(async () => (await told('board info t'))[0].phase).toBe(phase);
}

const STEWARDS = '--operator jo --authorised-by kim --reason checked';

it(
  'is created, played, closed, made official and paid',
  async () => {
    for (const player of ['ann', 'ben', 'cat'])
      await told(`account open ${player} --request ${player}`);
    const prizes = join(dir, 'prizes.json');
    writeFileSync(prizes, '[{"places":{"from_place":1,"to_place":2,"amount_cents":5000}}]');
    await told(
      `board create t --rules multiplier-best-5@1 --divisions gold --team-best 1 --late-window 0 --prizes ${prizes}`,
    );
    await told('board join t ann --division gold --team reds');
    for (const player of ['ben', 'cat']) await told(`board join t ${player}`);

    const file = join(dir, 'events.ndjson');
    const lines = ['ann 300', 'ben 200', 'cat 100', 'zoe 100'].map((it, at) => {
      const [player, win] = it.split(' ');
      const told = { kind: 'event', event_uuid: `e${at}`, player, game: 'slot', stake: 100 };
      return JSON.stringify({ ...told, win: Number(win), time_ms: Date.now() - 1_000 });
    });
    writeFileSync(file, lines.join('\n'));
    const tally = (await told(`board ingest t ${file}`, 1)).at(-1);
    expect(tally).toMatchObject({ counts: { accepted: 3, refused: 1 }, counted: 3 });
    expect((await told(`board ingest t ${file}`, 1)).at(-1)).toMatchObject({
      counts: { accepted: 0, duplicate: 3, refused: 1 },
    });

    const [position] = await told(`board position t ben --token ${tally.token}`);
    expect(position).toMatchObject({ standing: { rank: '2', score: '158' }, stale: false });
    const [board] = await told('board show t');
    expect(board.standings.map(({ playerId }: { playerId: string }) => playerId)).toEqual([
      ...['ann', 'ben', 'cat'],
    ]);
    expect((await told('board show t --division gold'))[0].players).toBe('1');
    expect((await told('board cut-offs t --places 1'))[0].cutOffs).toMatchObject([
      { score: '200' },
    ]);
    expect((await told('board teams t'))[0].teams).toMatchObject([{ team: 'reds', score: '200' }]);
    const [changed] = await told('board change-rules t win-curve-best-5@1 --reason other');
    expect(changed).toMatchObject({ diff: { players: '3' }, tournament: { rulesVersion: 2 } });

    await told('board close t --reason over');
    await untilPhase('review');
    expect((await told('board late t'))[0].events).toEqual([]);
    const [{ snapshots }] = await told('board snapshots t');
    await told(`board roll-back t ${snapshots.at(-1).number} ${STEWARDS}`);
    await told(`board replay-aside t ${STEWARDS}`, 1);
    await told('board hold t ben --for kyc --reason passport');
    // A roll-back is a change, even one to what was: the standings are published again.
    await untilPhase('review');
    await told(`board official t ${STEWARDS}`);
    await untilPhase('paying');
    await expect
      .poll(async () =>
        (await told('board awards t'))[0].awards.map((it: { status: string }) => it.status),
      )
      .toEqual(['granted', 'held']);
    await told('board release t ben --reason seen');
    await told(`board deny t ben ${STEWARDS}`, 1);
    await told(`board correct t ${STEWARDS}`, 1);
    await expect
      .poll(async () => (await told('account awards ann'))[0].awards)
      .toMatchObject([{ awardId: 't.1.1', amountCents: '5000' }]);
    const [report] = await told('board report t');
    expect(report).toMatchObject({ results: [{ version: 1, awardedCents: 10_000 }] });
    expect(report.left).toMatchObject({ 'known-id': 3, 'unknown-player': 2 });
    const [sets] = await told('board rule-sets');
    expect(sets.scoringRuleSets.length).toBeGreaterThan(20);
    expect((await told('board rule-set places-best-1@1'))[0].id).toBe('places-best-1@1');
  },
  STARTS_MS,
);
