import { describe, expect, it } from 'vitest';
import { isDone, scheduleOf, takesBets } from '../../src/day/schedule.ts';
import { RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { programme, raceOf } from './support/sha-tin.ts';

const steps = scheduleOf(programme);

describe('the schedule', () => {
  it('opens, closes, judges and pays every race, in the order of time', () => {
    expect(steps).toEqual(steps.toSorted((a, b) => a.atMs - b.atMs));
    for (const race of programme.races) {
      const own = steps.filter((step) => step.race === race && step.kind !== 'scratch');
      expect(own.map(({ kind }) => kind)).toEqual(['open', 'close', 'result', 'official']);
    }
  });

  it('closes each race at its off', () => {
    for (const { kind, atMs, race } of steps) if (kind === 'close') expect(atMs).toBe(race.offMs);
  });

  it('withdraws the horse of race 9 while betting is on, and no other', () => {
    const scratches = steps.filter(({ kind }) => kind === 'scratch');
    expect(scratches).toMatchObject([{ runner: 15, race: { number: 9 } }]);
    expect(scratches[0]?.atMs).toBeLessThan(raceOf(9).offMs);
  });
});

describe('what the server has done already', () => {
  const done = (phase: RacePhase, scratched: number[] = []) =>
    steps
      .filter((step) => step.race.number === 9 && isDone(step, { phase, scratched }))
      .map(({ kind }) => kind);

  it.each([
    ['declared', RacePhase.DECLARED, []],
    ['open', RacePhase.OPEN, ['open']],
    ['suspended', RacePhase.SUSPENDED, ['open']],
    ['closed', RacePhase.CLOSED, ['open', 'close']],
    ['run', RacePhase.RUN, ['open', 'close']],
    ['provisional', RacePhase.PROVISIONAL, ['open', 'scratch', 'close', 'result']],
    ['under inquiry', RacePhase.UNDER_INQUIRY, ['open', 'scratch', 'close', 'result']],
    ['official', RacePhase.OFFICIAL, ['open', 'scratch', 'close', 'result', 'official']],
    ['paid', RacePhase.PAID, ['open', 'scratch', 'close', 'result', 'official']],
    ['void', RacePhase.VOID, ['open', 'scratch', 'close', 'result', 'official']],
  ] as const)('is not asked for again of a race that is %s', (_name, phase, kinds) => {
    expect(done(phase)).toEqual(kinds);
  });

  it('has an answer for every phase of the contract, and is never guessed for another', () => {
    const phases = Object.values(RacePhase).filter((it) => typeof it === 'number');
    for (const phase of phases) expect(() => done(phase)).not.toThrow();
    const later = (Math.max(...phases) + 1) as RacePhase;
    expect(() => done(later)).toThrow(`phase ${later}`);
  });

  it('is a withdrawal too', () => {
    expect(done(RacePhase.OPEN, [15])).toEqual(['open', 'scratch']);
  });

  it('takes bets until the close', () => {
    expect(takesBets({ phase: RacePhase.OPEN, scratched: [] })).toBe(true);
    for (const phase of [RacePhase.CLOSED, RacePhase.RUN, RacePhase.UNDER_INQUIRY]) {
      expect(takesBets({ phase, scratched: [] })).toBe(false);
    }
  });
});
