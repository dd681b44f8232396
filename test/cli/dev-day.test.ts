/** What `furlong dev` says of the day, and what it gives to paste. */
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { dayLine } from '../../src/cli/day-lines.ts';
import { afterwards, pastesOf } from '../../src/cli/paste.ts';
import { PoolSchema, RaceSchema } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { raceOf } from '../day/support/sha-tin.ts';

const win = {
  runner: 3,
  oursHundredths: 1_085,
  publishedHundredths: 1_060,
  expected: { low: 0, high: 1 },
  isExpected: true,
};
const now = create(RaceSchema, { pools: [{ poolId: 'win', grossCents: 7_953_000n }] });
const bigFive = (outcomes: readonly string[]) =>
  create(PoolSchema, {
    poolId: 'big5',
    price: { dividends: outcomes.map((outcome) => ({ outcome, dividendHundredths: 200_000n })) },
  });

describe('a line of the day', () => {
  it.each([
    [
      'the money at the off',
      { kind: 'closed', race: raceOf(6), now },
      'race 6 is off: win 79,530.00',
    ],
    [
      'the published dividend beside ours',
      {
        kind: 'official',
        race: raceOf(6),
        now,
        wins: [win, { ...win, runner: 10, publishedHundredths: undefined }],
      },
      'race 6 is official: 3 pays 10.85 (published 10.60); 10 pays 10.85 (not published)',
    ],
    [
      'a dividend that chance does not explain',
      { kind: 'official', race: raceOf(6), now, wins: [{ ...win, isExpected: false }] },
      'race 6 is official: 3 pays 10.85 (published 10.60, further off than chance allows)',
    ],
    [
      'who is withdrawn',
      { kind: 'scratched', race: raceOf(9), runner: 15 },
      'race 9: 15 騰達勇士 (K376) is withdrawn, its bets are given back',
    ],
    [
      'the five-race bet',
      { kind: 'multi-leg-paid', race: raceOf(7), pool: bigFive(['1/8/5/4/7']) },
      'big5 of race 7: 1/8/5/4/7 pays 2,000.00',
    ],
    [
      'the five-race bet that nobody had',
      { kind: 'multi-leg-paid', race: raceOf(7), pool: bigFive([]) },
      'big5 of race 7: nobody had it, it goes to the reserve',
    ],
    [
      'the end',
      { kind: 'day-over', placed: 33_600, refused: 2 },
      'the day is over: 33,600 bets placed, 2 refused',
    ],
  ] as const)('tells %s', (_what, event, line) => {
    expect(dayLine(event)).toBe(line);
  });
});

describe('what to paste next', () => {
  const guest = { httpAddress: '127.0.0.1:8080', raceId: 'r11', runner: 4, playerId: 'demo' };

  it('bets on the open race, by CLI, grpcurl and buf alike', () => {
    const lines = pastesOf({ ...guest, grpcAddress: '127.0.0.1:50051' }).map(({ line }) => line);
    expect(lines[0]).toBe(
      'npm run furlong -- bet --player demo --race r11 --pool win --runners 4 --stake 10.00',
    );
    const sent = /-d '(\{.*?\})' /;
    const [byGrpcurl, byBuf] = [lines[1], lines[2]].map((line) => sent.exec(line ?? '')?.[1] ?? '');
    expect(byBuf).toBe(byGrpcurl);
    expect(JSON.parse(byBuf ?? '')).toMatchObject({ race_id: 'r11', legs: [{ runners: [4] }] });
    expect(lines[3]).toContain('ws://127.0.0.1:8080/connection/websocket');
    expect(lines[3]).toContain('odds:r11');
  });

  it('names the address where it is not the default', () => {
    const lines = pastesOf({ ...guest, grpcAddress: '127.0.0.1:7' }).map(({ line }) => line);
    expect(lines[0]).toContain('--stake 10.00 --address 127.0.0.1:7');
    expect(afterwards({ grpcAddress: '127.0.0.1:7' })).toContain(
      '  npm run furlong -- race show sha-tin-r6 --address 127.0.0.1:7',
    );
  });
});
