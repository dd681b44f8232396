/** From a terminal's bet to a viewer's screen: gRPC in, actors, bus, edge, a page in a browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type System, startSystem } from '../../src/system.ts';
import { launchChromium } from '../support/chromium.ts';
import { describeWithTool } from '../support/tools.ts';

const RACE = 'whole-1';
const SEEN_WITHIN_MS = 10_000;

describeWithTool('chromium', 'a viewer of the whole machine', (executablePath) => {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-whole-'));
  const pageDir = join(dir, 'page');
  let system: System;
  let client: Client;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await build({ root: 'web', logLevel: 'warn', build: { outDir: pageDir, emptyOutDir: true } });
    system = await startSystem({
      dataDir: join(dir, 'data'),
      partitions: 4,
      shards: 2,
      grpc: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      nats: undefined,
      pageDir,
      logLevel: 'warn',
    });
    client = connectClient(system.grpcAddress);
    await prepare();
    browser = await launchChromium(executablePath);
    const context = await browser.newContext({ locale: 'en-GB' });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    page = await context.newPage();
    await page.goto(`http://${system.httpAddress}/?player=bob`);
    await page.locator('.race').first().waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    client?.close();
    await system?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('sees the money of a bet in the pool without a reload', async () => {
    await bet('ann', 'a1', 1);
    await page.getByRole('row', { name: /^Win 1 20\.00/ }).waitFor();
    await bet('bob', 'b1', 2);
    await page.getByRole('row', { name: /^Win 2 40\.00/ }).waitFor();
  });

  test('sees the ranking move and the own position when the race is paid', async () => {
    await client.racing.closeRace({ raceId: RACE, steward: 'test' });
    const order = [{ runners: [2] }, { runners: [1] }, { runners: [3] }];
    await client.racing.enterResult({ raceId: RACE, order, steward: 'test' });
    await client.racing.makeOfficial({ raceId: RACE, steward: 'test' });
    // Two stakes of 20.00 less 15.6 % on one winner: 1.688, broken to 1.60.
    await page.getByRole('row', { name: /1 .*Bob.* 160 1/ }).waitFor();
    expect(await page.locator('.ranking tbody tr').first().textContent()).toContain('Bob');
    await page.getByText('160 points').waitFor();
  });

  async function prepare(): Promise<void> {
    await client.racing.declareRace({
      raceId: RACE,
      title: 'The whole way',
      offTime: { seconds: 4_000_000_000n },
      runners: [1, 2, 3].map((number) => ({ number, name: `horse ${number}` })),
      pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
      steward: 'test',
    });
    await client.racing.openRace({ raceId: RACE, steward: 'test' });
    await client.tournaments.createTournament({
      tournamentId: 'sha-tin-day',
      title: 'The day',
      raceIds: [RACE],
      bestOf: 3,
      operator: 'test',
    });
    for (const [playerId, alias] of [
      ['ann', 'Ann'],
      ['bob', 'Bob'],
    ] as const) {
      await client.accounts.openAccount({ requestId: 'o', playerId, alias });
      await client.accounts.deposit({ requestId: 'd', playerId, amountCents: 100_000n });
      await client.tournaments.joinTournament({ tournamentId: 'sha-tin-day', playerId });
    }
  }

  async function bet(playerId: string, betId: string, runner: number): Promise<void> {
    await client.betting.placeBet({
      betId,
      playerId,
      raceId: RACE,
      poolId: 'win',
      legs: [{ runners: [runner] }],
      stakeCents: 2_000n,
    });
  }
});
