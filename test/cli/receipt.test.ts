/** Receipts on the command line: asked for until there is one, made from files, checked in words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src/gateway/failure.ts';
import { statusOf } from '../../src/gateway/rich-error.ts';
import { GetReceiptResponseSchema } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { ListTreesResponseSchema } from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { StatusSchema } from '../../src/gen/google/rpc/status_pb.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import { DAY, logOf } from '../audit/story.ts';
import { createQuickClock } from '../day/support/quick-clock.ts';
import { signLog } from '../support/sign-log.ts';
import { type FakeClient, playVerb } from './support/stage.ts';

async function signedDay(): Promise<string> {
  const dir = logOf(DAY);
  await signLog(dir);
  return dir;
}

/** As grpc-js rejects. */
function refusedWith(...[reason, details]: Parameters<typeof failure>): Error {
  const status = statusOf(failure(reason, details));
  const bytes = Buffer.from(toBinary(StatusSchema, status));
  const metadata = { get: () => [bytes] };
  return Object.assign(new Error(status.message), { code: status.code, metadata });
}

describe('furlong bet receipt', () => {
  const argv = ['bet', 'receipt', 'b1', '--player', 'ann'];

  /** Refuses so often, then answers. */
  function serverThat(refuses: readonly Error[]) {
    const left = [...refuses];
    const asked: unknown[] = [];
    const getReceipt = async (request: unknown) => {
      asked.push(request);
      const refusal = left.shift();
      if (refusal !== undefined) throw refusal;
      return create(GetReceiptResponseSchema, { receipt: 'line 1\n\nline 3\n' });
    };
    return { asked, client: { betting: { getReceipt } } as FakeClient };
  }
  const unsigned = () => refusedWith('receipt-unsigned', { bet: 'b1' });

  test('prints the text as it is, also where programs read', async () => {
    const { client, asked } = serverThat([]);
    const played = await playVerb(argv, { client, terminal: false });
    expect(played).toMatchObject({ code: 0, stdout: 'line 1\n\nline 3\n' });
    expect(asked).toEqual([{ playerId: 'ann', betId: 'b1' }]);
  });

  test('asks again until the log is signed', async () => {
    const { client, asked } = serverThat([unsigned(), refusedWith('notary-away'), unsigned()]);
    const clock = createQuickClock();
    const played = await playVerb(argv, { client, clock });
    expect(played.code).toBe(0);
    expect(asked).toHaveLength(4);
    expect(clock.waits).toEqual([2_000, 5_000, 2_000]);
    expect(played.stderr.match(/is not signed with this bet in it yet/g)).toHaveLength(1);
  });

  test('gives up in time, with the code for trying again', async () => {
    const { client, asked } = serverThat(Array.from({ length: 50 }, unsigned));
    const clock = createQuickClock();
    const played = await playVerb([...argv, '--wait', '5'], { client, clock });
    expect(played.code).toBe(75);
    expect(asked).toHaveLength(3);
    expect(played.stderr).toContain('bet b1 is in no signed tree yet');
    const none = serverThat([unsigned()]);
    expect(await playVerb([...argv, '--wait', '0'], { client: none.client })).toMatchObject({
      code: 75,
    });
    expect(none.asked).toHaveLength(1);
  });

  test('says at once what waiting does not mend', async () => {
    const { client, asked } = serverThat([
      refusedWith('bet-not-in-pool', { bet: 'b1', player: 'ann', status: 'refused' }),
    ]);
    const played = await playVerb(argv, { client });
    expect(played.code).toBe(1);
    expect(played.stderr).toContain('bet b1 is refused: only a bet that its race registered');
    expect(asked).toHaveLength(1);
  });
});

describe('from the files', () => {
  test('a receipt is written, and proven in words with the public key alone', async () => {
    const dir = await signedDay();
    const keys = join(dir, 'keys');
    const file = join(dir, 'b1.tlog-proof');
    const printed = await playVerb(['log', 'key', '--data', dir], { terminal: false });
    expect(printed.stdout.trim().split('\n')).toHaveLength(3);
    writeFileSync(keys, printed.stdout);

    const argv = ['bet', 'receipt', 'b1', '--player', 'ann', '--data', dir, '--out', file];
    expect(await playVerb(argv)).toMatchObject({ code: 0, stdout: '' });
    const proven = await playVerb(['receipt', 'verify', file, '--key', keys]);
    expect(proven.code).toBe(0);
    const said = proven.stdout.replaceAll(/ +/g, ' ');
    for (const words of ['bet b1', 'player ann', 'race, pool r1, win', 'runners 1', 'stake ']) {
      expect(said).toContain(words);
    }
    expect(said).toContain('proven: this bet is in its pool');

    const [, vkey = ''] = printed.stdout.split('\n');
    const json = await playVerb(['receipt', 'verify', file, '--key', vkey, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ proven: true, bet: { bet: 'b1' } });

    const [other = ''] = printed.stdout.split('\n');
    writeFileSync(keys, `# of the house\n${printed.stdout}`);
    expect(await playVerb(['receipt', 'verify', file, '--key', keys])).toEqual(proven);
    writeFileSync(keys, `of the house\n${printed.stdout}`);
    const strange = await playVerb(['receipt', 'verify', file, '--key', keys]);
    expect(strange).toMatchObject({ code: 2, stdout: '' });
    expect(strange.stderr).toContain('"of the house", no key');
    writeFileSync(keys, printed.stdout);
    const unproven = await playVerb(['receipt', 'verify', file, '--key', other]);
    expect(unproven).toMatchObject({ code: 65, stdout: '' });
    expect(unproven.stderr).toContain('this proves nothing');

    writeFileSync(file, readFileSync(file, 'utf8').replace('index ', 'index 1'));
    expect(await playVerb(['receipt', 'verify', file, '--key', keys])).toMatchObject({ code: 65 });
  });

  test('any record is proven by its place', async () => {
    const own = await signedDay();
    const { stdout: vkeys } = await playVerb(['log', 'key', '--data', own]);
    writeFileSync(join(own, 'keys'), vkeys);
    const at = (position: string) =>
      playVerb(['log', 'proof', '--data', own, '--partition', '0', '--position', position]);
    const { stdout } = await at('1');
    writeFileSync(join(own, 'proof'), stdout);
    const argv = ['receipt', 'verify', join(own, 'proof'), '--key', join(own, 'keys')];
    const proven = await playVerb(argv);
    expect(proven.stdout).toContain('proven: this record is in the log');
    expect(proven.stdout).toMatch(/deposited of player\/\w+/);
    const none = await at('12');
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('record 12 of partition 0 is not in the log');
    const away = ['log', 'proof', '--data', own, '--partition', '9', '--position', '1'];
    expect(await playVerb(away)).toMatchObject({ code: 2, stdout: '' });
    const early = ['log', 'proof', '--data', logOf(DAY), '--partition', '0', '--position', '1'];
    const unsigned = await playVerb(early);
    expect(unsigned).toMatchObject({ code: 75, stdout: '' });
    expect(unsigned.stderr).toContain('not among the 0 records that were signed');
  });

  test('what is not there is said, with what to do', async () => {
    const unsigned = logOf(DAY);
    const key = await playVerb(['log', 'key', '--data', unsigned]);
    expect(key).toMatchObject({ code: 1, stdout: '' });
    expect(key.stderr).toContain('was never signed: start its server once');
    const nowhere = await playVerb(['log', 'key', '--data', join(unsigned, 'nowhere')]);
    expect(nowhere.stderr).toContain('holds no furlong log');
    const bet = ['bet', 'receipt', 'b9', '--player', 'ann', '--data', await signedDay()];
    expect(await playVerb(bet)).toMatchObject({ code: 1 });
    const file = ['receipt', 'verify', join(unsigned, 'nowhere'), '--key', 'x'];
    expect(await playVerb(file)).toMatchObject({ code: 2 });
  });

  test('the key is rotated', async () => {
    const own = await signedDay();
    const before = await playVerb(['log', 'key', '--data', own]);
    const rotated = await playVerb(['log', 'key', '--data', own, '--rotate']);
    expect(rotated.stdout.trim().split('\n')).toHaveLength(6);
    for (const vkey of before.stdout.trim().split('\n')) expect(rotated.stdout).toContain(vkey);
    expect(await playVerb(['log', 'key', '--data', own])).toEqual(rotated);
    const { release } = openDataDir(own, 1);
    const inUse = await playVerb(['log', 'key', '--data', own, '--rotate']);
    release();
    expect(inUse).toMatchObject({ code: 1, stdout: '' });
    expect(inUse.stderr).toContain('stop its server first');
  });
});

describe('furlong log verify --checkpoint', () => {
  test('compares the log with what was kept elsewhere', async () => {
    const dir = await signedDay();
    const keys = join(dir, 'keys');
    writeFileSync(keys, (await playVerb(['log', 'key', '--data', dir])).stdout);
    const checkpoint = join(dir, 'tlog/p-001/checkpoint');
    const argv = ['log', 'verify', '--data', dir, '--checkpoint', checkpoint];
    expect(await playVerb([...argv, '--key', keys])).toMatchObject({ code: 0 });
    const alone = await playVerb(['log', 'verify', '--data', dir, '--key', keys]);
    expect(alone).toMatchObject({ code: 2, stdout: '' });

    const other = await signedDay();
    const kept = ['log', 'verify', '--data', other, '--checkpoint', checkpoint, '--key', keys];
    const stranger = await playVerb(kept);
    expect(stranger.code).toBe(65);
    expect(stranger.stdout).toContain('is of another log');

    expect((await playVerb(argv)).code).toBe(2);
    writeFileSync(keys, (await playVerb(['log', 'key', '--data', other])).stdout);
    const unsigned = await playVerb([...argv, '--key', keys]);
    expect(unsigned.code).toBe(65);
    expect(unsigned.stderr).toContain('is no checkpoint of that key');
  });
});

describe('furlong ops trees', () => {
  const tree = { partition: 1, origin: 'o', size: 1_200n, lag: 7n, trouble: '' };
  const answering = (...trees: object[]) => ({
    client: {
      ops: { listTrees: async () => create(ListTreesResponseSchema, { trees }) },
    } as FakeClient,
  });

  test('shows how far each log is signed', async () => {
    const signTime = timestampFromMs(1_000);
    const played = await playVerb(['ops', 'trees'], answering({ ...tree, signTime }));
    expect(played.code).toBe(0);
    expect(played.stdout).toMatch(/1 +1,200 +7 +1970-01-01T00:00:01.000Z +none/);
  });

  test('ends with 1 where one is not signed any more', async () => {
    const played = await playVerb(['ops', 'trees'], answering({ ...tree, trouble: 'full disk' }));
    expect(played.code).toBe(1);
    expect(played.stdout).toMatch(/never +full disk/);
  });
});
