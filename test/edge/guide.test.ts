// docs/EDGE.md, held to what the edge does.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BACKLOG_BYTES_MAX } from '../../src/edge/audience.ts';
import { HISTORY_DELTAS_MAX, HISTORY_LENGTH_MAX, ROWS_MAX } from '../../src/edge/channel.ts';
import { CHANNELS_MAX } from '../../src/edge/feed.ts';
import { BOARD_TICK_MS } from '../../src/edge/pace.ts';
import { endings, errors } from '../../src/edge/protocol.ts';
import { jsonCodec } from '../../src/edge/protocol-json.ts';
import { HEARTBEAT_SECONDS, TICK_MS } from '../../src/edge/server.ts';
import {
  COMMANDS_BURST_MAX,
  COMMANDS_PER_SECOND_MAX,
  RPC_BURST_MAX,
  RPC_PER_SECOND_MAX,
  SUBSCRIPTIONS_MAX,
} from '../../src/edge/session.ts';
import {
  BACKLOG_BYTES_HARD_MAX,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  IDLE_SECONDS_MAX,
} from '../../src/edge/sockets.ts';
import { plainClient, startEdge } from './support/edge.ts';
import { odds } from './support/published.ts';
import { digestOnPage } from './support/table.ts';

/** With the cells of its tables as wide as what they say. */
const guide = readFileSync(new URL('../../docs/EDGE.md', import.meta.url), 'utf8').replaceAll(
  / +\|/g,
  ' |',
);

function linesOf(fence: string): string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${fence}\n([^]*?)^\`\`\``, 'gm'))].flatMap(
    ([, block = '']) => block.trim().split('\n'),
  );
}

describe('the guide', () => {
  test.each(linesOf('jsonl client'))('shows a command that the edge understands: %s', (line) => {
    const [command] = jsonCodec.decode(new TextEncoder().encode(line));
    expect(command?.kind).not.toBe('unknown');
  });

  test.each(linesOf('jsonl server'))('shows JSON that stays as it is when parsed: %s', (line) => {
    expect(JSON.stringify(JSON.parse(line))).toBe(line);
  });

  test('shows a conversation word for word as the edge has it', async () => {
    const edge = await startEdge({ epoch: 'e1' });
    edge.tell(odds('r1', 1, { 3: 500 }));
    const { send, lines } = await plainClient(edge.endpoint);
    const said: string[] = [];
    for (const line of linesOf('text')) {
      if (line.startsWith('→ ')) {
        send(line.slice(2));
        said.push(line);
        continue;
      }
      if (line.includes('"push"')) edge.tell(odds('r1', 2, { 3: 800 }));
      said.push(`← ${await lines.next()}`);
    }
    expect(said).toEqual(linesOf('text'));
    expect(said.length).toBeGreaterThan(6);
  });

  test('shows how to compute the digest that the edge sends', () => {
    const source = linesOf('js').join('\n');
    const start = source.indexOf('function digestOf');
    const digestOf = new Function(`${source.slice(start)}\nreturn digestOf;`)();
    const rows = new Map([
      ['win/3', { key: 'win/3', name: 'Épée' }],
      ['win', { key: 'win', grossCents: 5 }],
    ]);
    expect(digestOf(rows)).toBe(digestOnPage(rows.values()));
  });

  test('lists every code', () => {
    const codes = [...Object.values(errors), ...Object.values(endings)].map((code) =>
      typeof code === 'function' ? code('').code : code.code,
    );
    for (const code of codes)
      expect(guide).toMatch(new RegExp(`^\\| ${code} |"code":${code}\\b`, 'm'));
  });

  test.each([
    ['commands', `${COMMANDS_BURST_MAX} at once, then ${COMMANDS_PER_SECOND_MAX} a second`],
    ['calls', `${RPC_BURST_MAX} at once, then ${RPC_PER_SECOND_MAX} a second`],
    ['subscriptions of a connection', `${SUBSCRIPTIONS_MAX}`],
    [
      'connections',
      `${grouped(CONNECTIONS_MAX)}; ${grouped(CONNECTIONS_PER_ADDRESS_MAX)} from one`,
    ],
    ['waiting in a socket', `${BACKLOG_BYTES_MAX / 1024} KiB`],
    [
      'history of a channel',
      `${HISTORY_DELTAS_MAX} deltas, ${grouped(HISTORY_LENGTH_MAX)} characters`,
    ],
    ['silence', `${IDLE_SECONDS_MAX} s`],
    ['channels', grouped(CHANNELS_MAX)],
    ['races on the card', `${ROWS_MAX};`],
  ])('tells the limit of %s', (what, limit) => {
    expect(guide).toContain(`| ${what} | ${limit}`);
  });

  test('tells how often things happen, and when an asker is too slow to be answered', () => {
    expect(guide).toContain(`a board every ${BOARD_TICK_MS} ms at most`);
    expect(guide).toContain(`odds and races every ${TICK_MS}`);
    expect(guide).toContain(`\`heartbeat\`, every ${HEARTBEAT_SECONDS} s`);
    expect(guide).toContain(`${BACKLOG_BYTES_HARD_MAX / 1024 ** 2} MiB are waiting`);
  });
});

function grouped(number: number): string {
  return number.toLocaleString('en');
}
