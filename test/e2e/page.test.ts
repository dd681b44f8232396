// The live page in a browser, fed by the edge that will serve it. What is waited for is always
// something that a viewer would see.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { accessibilityViolations, launchChromium } from '../support/chromium.ts';
import { describeWithTool } from '../support/tools.ts';
import {
  board,
  DEAD_HEAT_RACE,
  NEXT_RACE,
  nextOdds,
  nextRace,
  playMeeting,
  SCORES,
} from '../web/meeting.ts';
import { openRaceDay, type RaceDay } from '../web/race-day.ts';

/** Beyond the edge's heartbeat, by which the page follows its clock. */
const SEEN_WITHIN_MS = 10_000;

describeWithTool('chromium', 'the live page', (executablePath) => {
  let pageDir: string;
  let browser: Browser;
  let day: RaceDay;
  let startedAtMs: number;

  beforeAll(async () => {
    pageDir = mkdtempSync(join(tmpdir(), 'furlong-page-'));
    const outDir = { outDir: pageDir, emptyOutDir: true };
    await build({ root: 'web', logLevel: 'warn', build: outDir });
    browser = await launchChromium(executablePath);
  });

  afterAll(async () => {
    await browser.close();
    rmSync(pageDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    day = await openRaceDay({ pageDir });
    startedAtMs = Date.now();
    playMeeting(day, startedAtMs);
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await day.close();
  });

  async function open(
    search = '',
    options: BrowserContextOptions = {},
    { awaited = '.ranking tbody tr', script = '' } = {},
  ): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    const page = await context.newPage();
    await page.addInitScript(script);
    await page.goto(`${day.url}${search}`);
    await page.locator(awaited).first().waitFor();
    return page;
  }

  it('lists the races and shows the next to go', async () => {
    const page = await open();
    expect(await page.locator('.race').count()).toBe(6);
    const chosen = page.locator('.race[aria-current="true"]');
    expect(await chosen.getAttribute('data-race')).toBe(NEXT_RACE);
    expect(await page.getByRole('heading', { level: 2, name: 'Lion Rock Sprint' }).count()).toBe(1);
  });

  it('moves on to the next race when this one closes, unless another was picked', async () => {
    const page = await open();
    day.race(nextRace(startedAtMs, { phase: 'closed' }));
    await page.getByRole('heading', { level: 2, name: 'Kowloon Mile' }).waitFor();
    await page.locator(`[data-race="${NEXT_RACE}"]`).click();
    await page.getByRole('heading', { level: 2, name: 'Lion Rock Sprint' }).waitFor();
    day.race(nextRace(startedAtMs, { phase: 'provisional', order: [{ runners: [7] }] }));
    await page.getByText('Provisional result').waitFor();
    expect(new URL(page.url()).searchParams.get('race')).toBe(NEXT_RACE);
  });

  it('moves the odds without being loaded again, and says which way', async () => {
    const page = await open();
    const price = runner(page, 'Golden Ratio').locator('.probable').first();
    await price.waitFor();
    const before = await textOf(price);
    await page.evaluate('globalThis.sameDocument = true');
    day.odds(nextOdds({ 7: 900_000 }));
    await runner(page, 'Golden Ratio').getByText('shortened from').first().waitFor();
    expect(await textOf(price)).not.toBe(before);
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('counts down by the time of the server, not of the device', async () => {
    await day.close();
    const aheadMs = 3 * 60 * 60_000;
    day = await openRaceDay({ pageDir, aheadMs });
    playMeeting(day, Date.now() + aheadMs);
    const page = await open();
    const timer = page.getByRole('timer');
    await timer.waitFor();
    const first = seconds(await textOf(timer));
    expect(first).toBeGreaterThan(4 * 60);
    expect(first).toBeLessThanOrEqual(4 * 60 + 31);
    // A second, and a look of the page's clock: more than a poll waits if not told.
    await expect
      .poll(async () => seconds(await textOf(timer)), { timeout: SEEN_WITHIN_MS })
      .toBeLessThan(first);
  });

  it('counts down to the end of the ranking’s phase, where it ends by itself', async () => {
    const ending = { phaseUntilMs: BigInt(startedAtMs + 5 * 60_000) };
    day.board({ ...board(SCORES), ...ending });
    const page = await open();
    const note = page.locator('.board .note');
    await expect
      .poll(() => textOf(note), { timeout: SEEN_WITHIN_MS })
      .toMatch(/^1,284 players · Open · ends in 4:\d\d$/);
    day.board({ ...board(SCORES), phase: 'review' });
    await expect
      .poll(() => textOf(note), { timeout: SEEN_WITHIN_MS })
      .toBe('1,284 players · Provisional, under review');
  });

  it.each([
    { how: 'which the browser does', script: '' },
    { how: 'where the browser does not', script: 'delete Element.prototype.moveBefore' },
  ])(
    'moves the ranking, tells the move in words, and keeps the focus on its row, $how',
    async ({ script }) => {
      const page = await open('', {}, { script });
      expect(await aliases(page)).toEqual([
        'Quick Otter',
        'Blue Lantern',
        'Señor Tote',
        'Paddock Poet',
        'Étoile du Soir',
        'Rail Bird',
        'Late Mail',
        'Mudlark',
      ]);
      expect(await page.locator('.ranking .place').allInnerTexts()).toContain('3=');
      const rival = page.getByRole('button', { name: 'Mudlark' });
      await rival.focus();
      day.board(board(SCORES.with(7, 2_000)));
      await row(page, 'Mudlark').getByText('up 7 places').waitFor();
      expect((await aliases(page)).slice(0, 3)).toEqual(['Mudlark', 'Quick Otter', 'Blue Lantern']);
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Mudlark');
    },
  );

  it('shows the position of the player that is entered, and asks again when it may change', async () => {
    let rank = 5n;
    const row = () => ({ rank, entry: 5n, alias: 'Étoile du Soir', score: 1_420n });
    day.positions((player) =>
      player === 'p-1007' ? { found: true, row: row(), players: 1_284n, toNext: 190n } : undefined,
    );
    const page = await open();
    const position = page.getByRole('region', { name: 'Your position' });
    await position.getByLabel('Player').fill('p-1007');
    await position.getByLabel('Player').press('Enter');
    await position.getByText('5th').waitFor();
    await position.getByText('of 1,284').waitFor();
    await position.getByText('190 points to the next place').waitFor();
    expect(new URL(page.url()).searchParams.get('player')).toBe('p-1007');
    expect(await textOf(page.locator('.ranking .own'))).toContain('you');

    rank = 2n;
    day.board(board(SCORES.with(4, 1_700)));
    await position.getByText('2nd').waitFor();

    await position.getByLabel('Player').fill('nobody');
    await position.getByRole('button', { name: 'Show' }).click();
    await position.getByText('nobody has not entered this tournament.').waitFor();
  });

  it('shows a dead heat as one place shared, with its dividends', async () => {
    const page = await open(`?race=${DEAD_HEAT_RACE}`);
    const arrival = page.getByRole('table', { name: 'Official result' });
    expect(await arrival.locator('tbody :is(th, td)').allInnerTexts()).toEqual([
      ...['1=', '3', 'Copper Kite', '2.35', '1.25'],
      ...['1=', '10', 'Jade Comet', '11.80', '3.10'],
      ...['3', '2', 'Brisk Harbour', '', '1.90'],
    ]);
    await page.getByText('3+10 / 4 / 7 / 1 / 9').waitFor();
  });

  it('strikes a withdrawn runner through and says so', async () => {
    const page = await open();
    const withdrawn = runner(page, 'Evening Standard');
    expect(await textOf(withdrawn.locator('s'))).toBe('Evening Standard');
    expect(await textOf(withdrawn)).toContain('Withdrawn');
    expect(await withdrawn.locator('.probable').count()).toBe(0);
  });

  it('shows what the guaranteed pool will share out', async () => {
    const page = await open();
    const pools = page.getByRole('table', { name: 'Pools' });
    await pools.getByText('10,802.31').waitFor();
    expect(await textOf(pools)).toContain('10,000.00 guaranteed');
  });

  it('shows which pairs would pay least, and as of when', async () => {
    const page = await open();
    const pairs = page.getByRole('table', { name: 'quinella: probable dividends for 1 staked' });
    await pairs.waitFor();
    const rows = await pairs.locator('tbody tr').allInnerTexts();
    expect(rows.map((it) => it.split(/\s*\t\s*/))[0]).toEqual(['2 – 3', '7.70']);
    expect(await textOf(pairs)).toContain('As of');
    // A pair has no price for one runner.
    const runners = page.getByRole('table', { name: 'Runners' });
    expect(await textOf(runners.locator('thead'))).not.toContain('quinella');
    const pools = page.getByRole('table', { name: 'Pools' });
    expect(await textOf(pools)).toContain('7,000.00');
  });

  it('speaks French when asked to', async () => {
    const page = await open('?lang=fr');
    await page.getByRole('heading', { name: 'Courses', exact: true }).waitFor();
    await page.getByText('En direct').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    expect(await textOf(runner(page, 'Evening Standard'))).toContain('Non-partant');
    await page
      .getByRole('table', { name: 'Masses' })
      .getByText(/^10\s802,31$/)
      .waitFor();
  });

  it('says that it is cut off, and catches up when the edge is back', async () => {
    const page = await open();
    const link = page.locator('.link');
    await page.getByRole('timer').waitFor();
    expect(await textOf(link)).toContain('Live');
    await day.stopEdge();
    await link.getByText(/^Reconnecting, stale since \d\d:\d\d:\d\d$/).waitFor();
    expect((await aliases(page))[0]).toBe('Quick Otter');
    day.board(board(SCORES.with(1, 2_500)));
    await day.startEdge();
    await link.getByText('Live').waitFor({ timeout: 15_000 });
    await expect
      .poll(async () => (await aliases(page))[0], { timeout: 15_000 })
      .toBe('Blue Lantern');
  });

  it('says since when the edge itself has been cut off', async () => {
    const page = await open();
    const link = page.locator('.link');
    day.link('down');
    await link.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor();
    day.link('up');
    await link.getByText('Live').waitFor();
  });

  it('stands still while it is paused', async () => {
    day.positions(() => ({ found: true, row: { rank: 5n, entry: 5n }, players: 1_284n }));
    const page = await open('?player=p-1007');
    const position = page.getByRole('region', { name: 'Your position' });
    await position.getByText('of 1,284').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('the figures stand still').waitFor();
    day.positions(() => ({ found: true, row: { rank: 6n, entry: 5n }, players: 1_285n }));
    day.board(board(SCORES.with(1, 2_500)));
    // The viewer's own position follows a ranking that has arrived, and is not shown yet.
    await position.getByText('of 1,285').waitFor();
    expect((await aliases(page))[0]).toBe('Quick Otter');
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect
      .poll(async () => (await aliases(page))[0], { timeout: SEEN_WITHIN_MS })
      .toBe('Blue Lantern');
  });

  it('shows a tournament that is announced after the page was opened', async () => {
    const page = await open('?board=evening', {}, { awaited: '.note' });
    await page.getByText('There is no tournament of this name.').waitFor();
    day.board({ ...board(SCORES), tournamentId: 'evening', title: 'Evening Cup' });
    await page.getByRole('heading', { name: 'Evening Cup' }).waitFor();
    expect(await page.getByText('There is no tournament of this name.').count()).toBe(0);
  });

  it('tells a screen reader what changed, all in one breath', async () => {
    const page = await open();
    await page.getByRole('timer').waitFor();
    day.board(board(SCORES.with(1, 2_500)));
    day.race(nextRace(startedAtMs, { phase: 'suspended' }));
    const said = page.getByRole('status');
    await said.getByText('Lion Rock Sprint: Betting suspended.').waitFor();
    expect(await textOf(said)).toContain('Blue Lantern leads with 2,500.');
    expect(await page.locator('[aria-live]').count()).toBe(1);
  });

  it('is reached and worked by keyboard alone', async () => {
    const page = await open();
    for (let presses = 0; presses < 10; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await focusedRace(page)) === DEAD_HEAT_RACE) break;
    }
    expect(await focusedRace(page)).toBe(DEAD_HEAT_RACE);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 2, name: 'Pearl River Handicap' }).waitFor();
    expect(await focusedRace(page)).toBe(DEAD_HEAT_RACE);
  });

  it.each([
    { looks: 'by day', search: '', options: { colorScheme: 'light' as const } },
    { looks: 'by night', search: '?lang=fr', options: { colorScheme: 'dark' as const } },
    {
      looks: 'with a result, on a phone',
      search: `?race=${DEAD_HEAT_RACE}`,
      options: { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' as const },
    },
  ])('has no accessibility violations $looks', async ({ search, options }) => {
    const page = await open(search, options);
    await page
      .locator('.link')
      .getByText(/^(Live|En direct)$/)
      .waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    const overflowPx =
      'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflowPx)).toBe(0);
  });
});

function runner(page: Page, name: string): Locator {
  return page.locator('.runners tbody tr').filter({ hasText: name });
}

function row(page: Page, alias: string): Locator {
  return page.locator('.ranking tbody tr').filter({ hasText: alias });
}

/** As it is seen, hidden text left out. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.allInnerTexts()).join('\n');
}

function aliases(page: Page): Promise<string[]> {
  return page.locator('.ranking .alias').allInnerTexts();
}

function focusedRace(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement?.dataset.race');
}

function seconds(countdown: string): number {
  const [minutes = Number.NaN, rest = Number.NaN] = countdown.split(':').map(Number);
  return minutes * 60 + rest;
}
