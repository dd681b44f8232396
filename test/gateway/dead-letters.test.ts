import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeadLetterReason, ReplayResult } from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import {
  type DeadLetterCommand,
  deadLettersOf,
  type KeepLetter,
} from '../../src/runtime/dead-letter.ts';
import { openWorld, refusalOf, type World } from './support/gateway.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const delivered: KeepLetter = {
  kind: 'keep-letter',
  from: 'race/r1',
  to: 'tournament/t1',
  commandId: '0-7-0',
  command: { kind: 'count-bet', text: 'é'.repeat(3) },
  reason: 'rejected',
  detail: '{"reason":"no"}',
  attempts: 1,
  firstMs: 10,
  atMs: 20,
  outgoing: 6,
};

/** As a shard would. */
function tell(partition: number, command: DeadLetterCommand) {
  const { address } = deadLettersOf(partition);
  return world.router.ask({ address }, { command }, { id: 'by the runtime', timeoutMs: 1_000 });
}

function keep(partition: number, commandId: string, more: Partial<KeepLetter> = {}) {
  return tell(partition, { ...delivered, commandId, ...more });
}

describe('dead letters', () => {
  test('are none where nothing was given up', async () => {
    expect(await world.client.ops.listDeadLetters({})).toMatchObject({
      deadLetters: [],
      nextPageToken: '',
    });
  });

  test('are listed with all that there is to know, by partition, the oldest first', async () => {
    await keep(10, '10-1-0');
    await keep(2, '2-1-0');
    await keep(2, 'bet-1', { from: undefined, reason: 'threw', attempts: 3 });
    const { deadLetters } = await world.client.ops.listDeadLetters({});
    expect(deadLetters.map(({ id }) => id)).toEqual(['2.1', '2.2', '10.1']);
    expect(deadLetters[0]).toMatchObject({
      id: '2.1',
      from: 'race/r1',
      to: 'tournament/t1',
      commandId: '2-1-0',
      command: '{"kind":"count-bet","text":"ééé"}',
      commandBytes: 36n,
      reason: DeadLetterReason.REJECTED,
      detail: '{"reason":"no"}',
      attempts: 1,
      firstMs: 10n,
      keptMs: 20n,
      replays: 0,
      replaying: false,
    });
    expect(deadLetters[0]?.outcome).toBeUndefined();
    expect(deadLetters[1]).toMatchObject({ from: '', reason: DeadLetterReason.THREW, attempts: 3 });
  });

  test('come in pages that miss none and repeat none', async () => {
    const ids: string[] = [];
    let pageToken = '';
    do {
      const page = await world.client.ops.listDeadLetters({ pageSize: 2, pageToken });
      ids.push(...page.deadLetters.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(ids).toEqual(['2.1', '2.2', '10.1']);
    expect(await refusalOf(world.client.ops.listDeadLetters({ pageToken: 'x' }))).toMatchObject({
      reason: 'BAD_PAGE_TOKEN',
    });
  });

  test('show so much of a large command, and its size', async () => {
    await keep(30, '30-1-0', { command: 'x'.repeat(100_000) });
    const { deadLetters } = await world.client.ops.listDeadLetters({});
    const last = deadLetters.at(-1);
    expect(last?.commandBytes).toBe(100_002n);
    expect(last?.command.length).toBe(16 * 1024);
  });

  test('are not half a list: a shard that does not answer is named', async () => {
    world.router.missing = [7];
    expect(await refusalOf(world.client.ops.listDeadLetters({}))).toMatchObject({
      reason: 'PARTS_MISSING',
    });
    world.router.missing = [];
  });
});

describe('a replay', () => {
  test('is answered when its outcome is known, and not before', async () => {
    await keep(4, '4-1-0');
    const arrived = world.router.nextAsk();
    let answered = false;
    const replayed = world.client.ops
      .replayDeadLetter({ deadLetterId: '4.1', operator: 'ann' })
      .finally(() => {
        answered = true;
      });
    await arrived;
    const { deadLetters } = await world.client.ops.listDeadLetters({});
    expect(deadLetters.find(({ id }) => id === '4.1')).toMatchObject({ replaying: true });
    expect(answered).toBe(false);
    const outcome = { kind: 'rejected', detail: '"no"', atMs: 35 } as const;
    await tell(4, { kind: 'end-replay', letter: '4.1', outcome });
    expect(await replayed).toMatchObject({
      outcome: { result: ReplayResult.REJECTED, detail: '"no"', atMs: 35n },
    });
  });

  test('that was taken says so, and the letter is gone', async () => {
    const arrived = world.router.nextAsk();
    const replayed = world.client.ops.replayDeadLetter({ deadLetterId: '4.1', operator: 'ann' });
    await arrived;
    const outcome = { kind: 'taken', detail: '', atMs: 36 } as const;
    await tell(4, { kind: 'end-replay', letter: '4.1', outcome });
    expect(await replayed).toMatchObject({ outcome: { result: ReplayResult.TAKEN } });
    const again = world.client.ops.replayDeadLetter({ deadLetterId: '4.1', operator: 'ann' });
    expect(await refusalOf(again)).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_DEAD_LETTER',
      facts: { letter: '4.1' },
    });
  });

  test.each([
    ['an operator', { deadLetterId: '4.1', operator: '' }, 'operator'],
    ['an id of a letter', { deadLetterId: 'x', operator: 'ann' }, 'dead_letter_id'],
  ])('needs %s', async (_, request, field) => {
    expect(await refusalOf(world.client.ops.replayDeadLetter(request))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [field],
    });
  });
});

describe('a drop', () => {
  test('takes the letter away, under a name and with a reason', async () => {
    await keep(5, '5-1-0');
    const request = { deadLetterId: '5.1', operator: 'ann', reason: 'paid by hand' };
    await world.client.ops.dropDeadLetter(request);
    expect(await refusalOf(world.client.ops.dropDeadLetter(request))).toMatchObject({
      reason: 'UNKNOWN_DEAD_LETTER',
    });
  });

  test.each([
    ['operator', { operator: '', reason: 'x' }],
    ['reason', { operator: 'ann', reason: '' }],
  ])('needs its %s', async (field, more) => {
    const request = { deadLetterId: '2.1', ...more };
    expect(await refusalOf(world.client.ops.dropDeadLetter(request))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [field],
    });
  });

  test('of one on its way is refused', async () => {
    await keep(6, '6-1-0');
    await tell(6, { kind: 'replay-letter', letter: '6.1', by: 'ann', atMs: 1 });
    const request = { deadLetterId: '6.1', operator: 'ann', reason: 'x' };
    expect(await refusalOf(world.client.ops.dropDeadLetter(request))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'DEAD_LETTER_UNDER_WAY',
    });
  });
});
