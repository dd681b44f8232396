import { expect, test } from 'vitest';
import { startEdge } from './support/edge.ts';
import { board } from './support/published.ts';
import { openReader, type Reader } from './support/reader.ts';

const deltas = 100;

/** Some 150 kB of rows, every one of them changed. */
function heavy(version: number) {
  const scores: Record<string, number> = {};
  for (let entry = 1; entry <= 400; entry += 1) scores['x'.repeat(100 + entry)] = version;
  return board('cup', version, scores);
}

test('a socket that stops reading gets no queue but, once it reads again, a fresh snapshot', async () => {
  const edge = await startEdge({ epoch: 'e1', tickMs: 1 });
  edge.tell(heavy(1));
  const slow = await openReader(edge.port);
  const brisk = await openReader(edge.port);
  for (const { say, lines } of [slow, brisk]) {
    say('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"board:cup"}}');
    expect(await lines.next()).toContain('"connect"');
    expect(JSON.parse(await lines.next()).subscribe.offset).toBe(1);
  }

  slow.pause();
  for (let version = 2; version <= deltas; version += 1) {
    edge.tell(heavy(version));
    expect((await nextPush(brisk)).pub?.offset).toBe(version);
  }

  slow.resume();
  let offset = 1;
  for (;;) {
    const { pub, unsubscribe } = await nextPush(slow, () => edge.clock.turn(1));
    if (unsubscribe) {
      expect(unsubscribe).toEqual({ code: 2500, reason: 'insufficient state' });
      break;
    }
    offset += 1;
    expect(pub?.offset).toBe(offset);
  }
  expect(offset).toBeLessThan(deltas);

  // As a client library does: from the position it stood at.
  slow.say(
    `{"id":3,"subscribe":{"channel":"board:cup","recover":true,"epoch":"e1","offset":${offset}}}`,
  );
  const reply = JSON.parse(await slow.lines.next());
  expect(reply.subscribe).toMatchObject({ recovered: false, offset: deltas });
  expect(reply.subscribe.data.rows[0].score).toBe(deltas);
});

interface PushLine {
  readonly push?: {
    readonly pub?: { readonly offset?: number };
    readonly unsubscribe?: unknown;
  };
}

/** The next delta or end of a subscription, with `meanwhile` done at each turn until it is there. */
async function nextPush(reader: Reader, meanwhile: () => void = () => {}) {
  for (;;) {
    let line: string | undefined;
    const arrival = reader.lines.next().then((arrived) => {
      line = arrived;
    });
    while (line === undefined) {
      meanwhile();
      await Promise.race([arrival, new Promise(setImmediate)]);
    }
    const { push } = JSON.parse(line) as PushLine;
    if (push?.unsubscribe !== undefined || push?.pub?.offset !== undefined) return push;
  }
}
