/** `furlong board replay`, as people and programs run it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardReplay } from '../../src/cli/board-replay.ts';
import { contestSchema, eventSchema } from '../../src/standings/document.ts';
import { runExample, STARTS_MS } from './support/examples.ts';
import { playVerb } from './support/stage.ts';

const EXAMPLES = ['icpc-world-finals-49', 'first-come'];

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-board-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

const contest = (rest: object = {}) =>
  written(
    'contest.json',
    JSON.stringify({
      tournament: 't',
      rules: { id: 'r@1', points: { kind: 'multiplier' }, draw: true },
      seed: 's',
      ...rest,
    }),
  );

const EVENT = { kind: 'event', event_uuid: 'e1', player: 'ann', game: 'g', stake: 100, win: 300 };
const LINE = JSON.stringify({ ...EVENT, time_ms: 5 });

const replayed = (rules: string, events: string, terminal = true) =>
  playVerb(['board', 'replay', '--rules', rules, events], { terminal });

describe('furlong board replay', () => {
  it('refuses a player who is entered with two regions', async () => {
    const entries = ['fr', 'de'].map(
      (region) => `{"kind":"entry","player":"ann","region":"${region}"}`,
    );
    const played = await replayed(contest(), written('twice.ndjson', entries.join('\n')));
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain('player ann has two entries that are not the same');
  });

  it('shows a table on a terminal, with what does not count and why', async () => {
    const events = written(
      'events.ndjson',
      `${LINE}\n\n{"kind":"entry","player":"ben"}\n${LINE}\n`,
    );
    const played = await replayed(contest(), events);
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(played.stdout).toBe(`tournament  t
rules       r@1
entrants    2
events      1 accepted, 1 duplicate, 0 late, 0 refused
seed        SHA-256 043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89

rank  player  score  counted
   1  ann       200        1
   2  ben         0        0

does not count  why
e1              duplicate
`);
  });

  it('gives programs one JSON value, the same for any order of lines', async () => {
    const lines = readFileSync('examples/boards/first-come.ndjson', 'utf8').trimEnd().split('\n');
    const backwards = written('backwards.ndjson', lines.toReversed().join('\n'));
    const rules = 'examples/boards/first-come.json';
    const { stdout, code } = await replayed(rules, 'examples/boards/first-come.ndjson', false);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ entrants: 27, events: { accepted: 117 } });
    expect((await replayed(rules, backwards, false)).stdout).toBe(stdout);
  });

  it.each([
    ['not JSON', `${LINE}\n{`, 'line 2: not JSON: '],
    ['a negative stake', LINE.replace('100', '-1'), 'line 1: stake is not a whole number from 0'],
    ['no time', JSON.stringify(EVENT), 'line 1: time_ms is missing'],
    ['a field it does not know', LINE.replace('game', 'gam'), 'line 1: gam is not a field'],
    ['another kind', '{"kind":"bet"}', 'line 1: kind is not one of entry, event: "bet"'],
  ])('refuses %s, and shows nothing', async (_what, text, says) => {
    const played = await replayed(contest(), written('bad.ndjson', text));
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it('refuses rules that are none, by the field', async () => {
    const events = written('one.ndjson', LINE);
    const unknown = { id: 'r@1', points: { kind: 'luck' } };
    const played = await replayed(contest({ rules: unknown }), events);
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain('rules.points.kind is not one of multiplier, ');
    const bonus = { id: 'r@1', points: { kind: 'multiplier' }, bonusPermille: 501 };
    expect((await replayed(contest({ rules: bonus }), events)).stderr).toContain(
      'rules.bonusPermille is not a whole number from 0 to 500: 501',
    );
  });

  it.each([
    [[], 'say by which rules: --rules FILE'],
    [['--rules', 'x.json'], 'say which events: a file, or - for stdin'],
    [['--schema', 'all'], '--schema is "all", but must be rules or event'],
    [['--rules', 'no-such.json', 'x'], 'no-such.json'],
  ])('says how it is asked: %j', async (args, says) => {
    const played = await playVerb(['board', 'replay', ...args]);
    expect(played).toMatchObject({ code: 2, stdout: '' });
    expect(played.stderr).toContain(says);
  });

  it('says which events are not there', async () => {
    const played = await replayed(contest(), join(dir, 'nothing.ndjson'));
    expect(played.code).toBe(2);
    expect(played.stderr).toContain('nothing.ndjson');
  });
});

describe('the examples of its help', () => {
  it.each(boardReplay.examples ?? [])(
    '%s',
    (example) => {
      const said = runExample(example);
      expect(() => JSON.parse(said)).not.toThrow();
    },
    STARTS_MS,
  );
});

describe('its schemas', () => {
  it.each([
    ['rules', 'docs/board-contest.schema.json', contestSchema],
    ['event', 'docs/board-event.schema.json', eventSchema],
  ])('%s are what the file holds', async (which, file, schema) => {
    const held = JSON.parse(readFileSync(file, 'utf8'));
    expect(held).toEqual(schema());
    const { stdout } = await playVerb(['board', 'replay', '--schema', which], { terminal: false });
    expect(JSON.parse(stdout)).toEqual(held);
  });

  it.each(EXAMPLES)('describe %s', (name) => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    const [rules, event] = [ajv.compile(contestSchema()), ajv.compile(eventSchema())];
    expect(rules(JSON.parse(readFileSync(`examples/boards/${name}.json`, 'utf8')))).toBe(true);
    const lines = readFileSync(`examples/boards/${name}.ndjson`, 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => !event(JSON.parse(line)))).toEqual([]);
    expect(event({ ...JSON.parse(LINE), stake: -1 })).toBe(false);
  });
});
