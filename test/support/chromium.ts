/** The door to a browser: Chromium as the tests run it, silent towards everything but the page. */
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** No sandbox: containers rarely allow one, and the only page it loads is ours. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Each as the rule that is broken and the first element that breaks it. */
export async function accessibilityViolations(page: Page): Promise<[string, string][]> {
  await page.evaluate(axe.source);
  // What axe.run resolves to, by its own declarations.
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html ?? '']);
}
