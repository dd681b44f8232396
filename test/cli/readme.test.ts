/** What the documents tell people to type is what the program takes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/program.ts';
import { allVerbs } from '../../src/cli/verbs.ts';

const VERBS = await allVerbs();
const PAGES = ['README.md', 'docs/OPERATING.md'];

function commandsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const typed = text.matchAll(/(?:npm run furlong -- |npm start -- |`furlong )([^`#\n]+)/g);
  return [...typed].map(([whole, words = '']) =>
    whole.startsWith('npm start') ? `dev ${words.trim()}` : words.trim(),
  );
}

describe.each(PAGES)('%s', (page) => {
  const commands = commandsOf(page).filter((it) => it !== 'help');

  test('shows commands', () => expect(commands.length).toBeGreaterThan(2));

  test.each(commands)('`furlong %s` is one that the program takes', (command) => {
    let complained = '';
    const parsed = parseArguments(command.split(/\s+/), VERBS, {
      stdout: () => {},
      stderr: (text) => {
        complained += text;
      },
    });
    expect(complained).toBe('');
    expect(parsed.kind).not.toBe('said');
  });
});
