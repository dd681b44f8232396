import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  DeadLetterReason,
  DeadLetterSchema,
  ListDeadLettersResponseSchema,
  ListPartitionsResponseSchema,
  ReplayDeadLetterResponseSchema,
  ReplayResult,
} from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { createTurnedClock } from '../support/turned-clock.ts';
import { playVerb } from './support/stage.ts';

const NOW_MS = 1_800_000_000_000;
const letter = create(DeadLetterSchema, {
  id: '3.17',
  from: 'race/r6',
  to: 'tournament/day',
  commandId: '3-900-0',
  command: '{"kind":"count-bet"}',
  commandBytes: 20n,
  reason: DeadLetterReason.THREW,
  detail: 'Error: a defect\n    at decide',
  attempts: 3,
  keptMs: BigInt(NOW_MS - 7_200_000),
  replays: 1,
  outcome: { result: ReplayResult.REJECTED, detail: '"no"', atMs: 5n },
});

function serving(method: string, answer: unknown) {
  const asked: unknown[] = [];
  const call = async (request: unknown) => {
    asked.push(request);
    return answer;
  };
  return { client: { ops: { [method]: call } }, asked, clock: createTurnedClock(NOW_MS) };
}

describe('furlong ops dead-letters', () => {
  it('shows what waits: since when, from whom, to whom, why, and what a replay gave', async () => {
    const answer = create(ListDeadLettersResponseSchema, { deadLetters: [letter] });
    const { asked, ...stage } = serving('listDeadLetters', answer);
    const { code, stdout } = await playVerb(['ops', 'dead-letters'], stage);
    expect(code).toBe(0);
    expect(asked).toEqual([{ pageSize: 100, pageToken: '' }]);
    const [, row = ''] = stdout.split('\n');
    expect(row.split(/ {2,}/)).toEqual([
      '3.17',
      '2 h',
      'race/r6',
      'tournament/day',
      '3-900-0',
      'threw 3 times',
      '1',
      'refused',
    ]);
  });

  it('shows commands and stacks where it is asked to, and where there is more', async () => {
    const answer = create(ListDeadLettersResponseSchema, {
      deadLetters: [letter],
      nextPageToken: 'next',
    });
    const { asked, ...stage } = serving('listDeadLetters', answer);
    const argv = ['ops', 'dead-letters', 'list', '--full', '--page', 'this'];
    const { stdout } = await playVerb(argv, stage);
    expect(asked).toMatchObject([{ pageToken: 'this' }]);
    expect(stdout).toContain('command (20 bytes): {"kind":"count-bet"}\n');
    expect(stdout).toContain('      at decide\n');
    expect(stdout).toContain('replayed: refused "no"\n');
    expect(stdout).toContain('furlong ops dead-letters --page next\n');
  });

  it('says so where there is none, and gives programs the empty list', async () => {
    const answer = create(ListDeadLettersResponseSchema);
    const { stdout } = await playVerb(['ops', 'dead-letters'], serving('listDeadLetters', answer));
    expect(stdout).toBe('no dead letters\n');
    const json = await playVerb(
      ['ops', 'dead-letters', '--json'],
      serving('listDeadLetters', answer),
    );
    expect(JSON.parse(json.stdout)).toEqual({ deadLetters: [], nextPageToken: '' });
  });

  it.each([
    [ReplayResult.TAKEN, 0, '3.17 was taken, and is gone\n'],
    [ReplayResult.THREW, 1, '3.17 was not taken: threw\n  why\n'],
    [ReplayResult.ACTOR_QUARANTINED, 1, '3.17 was not taken: its actor is in quarantine\n  why\n'],
  ])('sends one again, and ends with what became of it', async (result, code, said) => {
    const answer = create(ReplayDeadLetterResponseSchema, { outcome: { result, detail: 'why' } });
    const { asked, ...stage } = serving('replayDeadLetter', answer);
    const argv = ['ops', 'dead-letters', 'replay', '3.17', '--operator', 'ann'];
    expect(await playVerb(argv, stage)).toMatchObject({ code, stdout: said });
    expect(asked).toEqual([{ deadLetterId: '3.17', operator: 'ann' }]);
  });

  it('drops one with a reason, and not without', async () => {
    const { asked, ...stage } = serving('dropDeadLetter', {});
    const argv = ['ops', 'dead-letters', 'drop', '3.17'];
    expect(await playVerb(argv, stage)).toMatchObject({ code: 2 });
    expect(asked).toEqual([]);
    const played = await playVerb([...argv, '--reason', 'paid by hand'], stage);
    expect(played).toMatchObject({ code: 0, stdout: '3.17 is dropped\n' });
    expect(asked).toEqual([{ deadLetterId: '3.17', operator: 'cli', reason: 'paid by hand' }]);
  });

  it('has its own help', async () => {
    const { code, stdout } = await playVerb(['ops', 'dead-letters', '--help']);
    expect(code).toBe(0);
    for (const word of ['list', 'replay', 'drop']) expect(stdout).toContain(word);
  });
});

describe('furlong ops partitions', () => {
  it('shows failing timers, and the actors that cannot be replayed', async () => {
    const answer = create(ListPartitionsResponseSchema, {
      partitions: [
        {
          partition: 2,
          shard: 'shard-0',
          timers: 12_000n,
          failingTimers: 3n,
          quarantined: 2n,
          quarantinedActors: [
            { address: 'player/ann', position: 71n, error: 'Error: no such event\n  at x' },
          ],
        },
      ],
    });
    const { stdout } = await playVerb(['ops', 'partitions'], serving('listPartitions', answer));
    expect(stdout).toContain('12,000, 3 failing');
    expect(stdout).toContain(
      'player/ann cannot be replayed: record 71 of 2: Error: no such event\nand 1 more of 2\n',
    );
  });
});
