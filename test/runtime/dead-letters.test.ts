import { describe, expect, test } from 'vitest';
import {
  type DeadLetterCommand,
  type KeepLetter,
  placeOf,
  type ReplayOutcome,
} from '../../src/runtime/dead-letter.ts';
import {
  DEAD_LETTER_BYTES_MAX,
  DEAD_LETTERS_MAX,
  deadLetters,
  isGivenUp,
  isQuarantined,
  REPLAYS_MAX,
} from '../../src/runtime/dead-letters.ts';
import { given } from '../support/scenario.ts';

const delivered: KeepLetter = {
  kind: 'keep-letter',
  from: 'player/ann',
  to: 'race/r1',
  commandId: '3-7-0',
  command: { kind: 'register-bet' },
  reason: 'rejected',
  detail: '{"reason":"no"}',
  attempts: 1,
  firstMs: 10,
  atMs: 20,
  outgoing: 6,
};
const { outgoing: _, ...outside } = delivered;
const thrown: KeepLetter = {
  ...outside,
  from: undefined,
  to: 'player/ann',
  commandId: 'bet-1',
  reason: 'threw',
  detail: 'Error: a defect',
  attempts: 3,
};
const letter = {
  id: '3.1',
  from: 'player/ann',
  to: 'race/r1',
  commandId: '3-7-0',
  command: { kind: 'register-bet' },
  reason: 'rejected',
  detail: '{"reason":"no"}',
  attempts: 1,
  firstMs: 10,
  keptMs: 20,
} as const;
const none = given(deadLetters, '3');
const replay = { kind: 'replay-letter', letter: '3.1', by: 'ann', atMs: 30 } as const;
const drop = { kind: 'drop-letter', letter: '3.1', by: 'ann', why: 'by hand', atMs: 40 } as const;
const end = (kind: ReplayOutcome['kind'], detail = '') =>
  ({ kind: 'end-replay', letter: '3.1', outcome: { kind, detail, atMs: 35 } }) as const;
const all = { kind: 'letters', after: undefined, limit: 10_000 } as const;

function lettersIn(of: typeof none) {
  const answer = of.answer(all);
  return answer?.kind === 'letters' ? answer.letters : [];
}

describe('what is given up', () => {
  test('is kept under a number of its partition, with all that there is to know', () => {
    none.when(delivered).yields({ kind: 'letter-kept', letter, outgoing: 6 });
    const both = none.after(delivered, thrown);
    const fresh = { replays: 0, outcome: undefined, replaying: false };
    expect(lettersIn(both)).toEqual([
      { ...letter, ...fresh },
      {
        id: '3.2',
        from: undefined,
        to: 'player/ann',
        commandId: 'bet-1',
        command: { kind: 'register-bet' },
        reason: 'threw',
        detail: 'Error: a defect',
        attempts: 3,
        firstMs: 10,
        keptMs: 20,
        ...fresh,
      },
    ]);
  });

  test('twice is kept once', () => {
    none
      .after(delivered)
      .when({ ...delivered, atMs: 99 })
      .yields();
    none
      .after(thrown)
      .when({ ...thrown, attempts: 9 })
      .yields();
  });

  test('keeps so much of its stack, and no more', () => {
    const long = none.after({ ...thrown, detail: 'x'.repeat(10_000) });
    expect(lettersIn(long)[0]?.detail).toBe('x'.repeat(4_096));
  });

  test('from outside is in quarantine until it is taken or dropped', () => {
    const quarantined = (of: typeof none) => isQuarantined(of.state, 'player/ann', 'bet-1');
    const kept = none.after(thrown);
    expect(quarantined(none)).toBe(false);
    expect(quarantined(kept)).toBe(true);
    expect(isQuarantined(kept.state, 'player/ann', 'bet-2')).toBe(false);
    expect(isQuarantined(kept.state, 'player/bob', 'bet-1')).toBe(false);
    expect(quarantined(kept.after(replay))).toBe(true);
    expect(quarantined(kept.after(replay, end('threw')))).toBe(true);
    expect(quarantined(kept.after(replay, end('taken')))).toBe(false);
    expect(quarantined(kept.after(drop))).toBe(false);
    expect(lettersIn(kept.after(drop, thrown)).map(({ id }) => id)).toEqual(['3.2']);
  });

  test('by a sender is not sent again, even when its letter is gone, until the cursor is past', () => {
    const gone = none.after(delivered, drop);
    expect(isGivenUp(gone.state, '3-7-0')).toBe(true);
    gone.when(delivered).yields();
    const later = (outgoing: number) =>
      gone.after({ ...delivered, commandId: '3-9-0', outgoing }).state;
    expect(isGivenUp(later(6), '3-7-0')).toBe(true);
    expect(isGivenUp(later(7), '3-7-0')).toBe(false);
    expect(isGivenUp(later(7), '3-9-0')).toBe(true);
  });
});

describe('the bound', () => {
  const next = { ...delivered, commandId: '3-5000-0' };

  test('refuses one letter more than there is room for, and loses none of those it has', () => {
    const it = start();
    for (let position = 1; position < DEAD_LETTERS_MAX; position++) {
      expect(it.says({ ...delivered, commandId: `3-${position}-0` }).ok).toBe(true);
    }
    expect(it.says(next).ok).toBe(true);
    const late = { ...delivered, commandId: '3-5001-0' };
    expect(it.says(late)).toEqual({
      ok: false,
      rejection: { reason: 'dead-letters-full', maximum: DEAD_LETTERS_MAX },
    });
    expect(it.says(next)).toEqual({ ok: true, events: [] });
    expect(it.state.kept.size).toBe(DEAD_LETTERS_MAX);
    expect(it.says(drop).ok).toBe(true);
    expect(it.says(late)).toMatchObject({
      events: [{ letter: { id: `3.${DEAD_LETTERS_MAX + 1}` } }],
    });
  });

  test('of bytes counts what is kept now', () => {
    const it = start();
    const command = 'x'.repeat(DEAD_LETTER_BYTES_MAX / 2);
    it.says({ ...delivered, command });
    expect(it.says({ ...delivered, commandId: '3-8-0', command }).ok).toBe(true);
    expect(it.says(next)).toMatchObject({ rejection: { reason: 'dead-letters-full' } });
    it.says(drop);
    expect(it.says(next).ok).toBe(true);
  });

  /** The kind itself, without the photographs of `given`: it holds too much here. */
  function start() {
    const { initial, decide, evolve } = deadLetters.decider;
    let state = initial('3');
    return {
      get state() {
        return state;
      },
      says(command: DeadLetterCommand) {
        const decision = decide(state, command);
        if (decision.ok) for (const event of decision.events) state = evolve(state, event);
        return decision;
      },
    };
  }
});

describe('a letter', () => {
  const kept = none.after(delivered);
  const under = kept.after(replay);

  test('is sent again to whom it was sent, under its first id', () => {
    const { events } = kept.when(replay);
    expect(events).toEqual([
      {
        kind: 'replay-begun',
        letter: '3.1',
        to: 'race/r1',
        commandId: '3-7-0',
        command: { kind: 'register-bet' },
        by: 'ann',
        atMs: 30,
      },
    ]);
    expect(events.flatMap((event) => deadLetters.follow('3', event))).toEqual([
      {
        to: 'race/r1',
        command: { kind: 'register-bet' },
        replay: { letter: '3.1', commandId: '3-7-0' },
      },
    ]);
  });

  test('that is on its way is not sent twice, nor dropped, and has no outcome yet', () => {
    under.when(replay).yields();
    under.when(drop).refuses({ reason: 'dead-letter-under-way', letter: '3.1' });
    expect(under.answer({ kind: 'replayed', letter: '3.1' })).toBeUndefined();
    expect(lettersIn(under)).toMatchObject([{ replays: 1, replaying: true, outcome: undefined }]);
  });

  test('that was taken is gone', () => {
    const taken = under.after(end('taken'));
    expect(lettersIn(taken)).toEqual([]);
    expect(taken.answer({ kind: 'replayed', letter: '3.1' })).toEqual({
      kind: 'replayed',
      outcome: undefined,
    });
    taken.when(replay).refuses({ reason: 'unknown-dead-letter', letter: '3.1' });
    taken.when(drop).refuses({ reason: 'unknown-dead-letter', letter: '3.1' });
    taken.when(end('threw')).yields();
  });

  test('that was not taken stays, with what became of it', () => {
    const again = under.after(end('rejected', '"no"'));
    const outcome = { kind: 'rejected', detail: '"no"', atMs: 35 };
    expect(lettersIn(again)).toMatchObject([{ replays: 1, replaying: false, outcome }]);
    expect(again.answer({ kind: 'replayed', letter: '3.1' })).toEqual({
      kind: 'replayed',
      outcome,
    });
    again.when(end('taken')).yields(); // Said twice: it is not under way.
    expect(lettersIn(again.after(replay))).toMatchObject([{ replays: 2, outcome: undefined }]);
  });

  test('is sent again so often, and not once more', () => {
    const rounds = Array.from({ length: REPLAYS_MAX - 1 }, () => [replay, end('threw')]).flat();
    const nearly = kept.after(...rounds);
    expect(nearly.when(replay).events).toHaveLength(1);
    const spent = nearly.after(replay, end('threw'));
    spent.when(replay).refuses({ reason: 'too-many-replays', letter: '3.1', maximum: REPLAYS_MAX });
    expect(spent.when(drop).events).toHaveLength(1);
  });

  test('is dropped under a name and with a reason', () => {
    kept.when(drop).yields({
      kind: 'letter-dropped',
      letter: '3.1',
      by: 'ann',
      why: 'by hand',
      atMs: 40,
    });
    expect(lettersIn(kept.after(drop))).toEqual([]);
  });
});

describe('a page of letters', () => {
  const three = none.after(delivered, { ...delivered, commandId: '3-8-0' }, thrown);
  const ids = (after: { partition: number; number: number } | undefined, limit: number) => {
    const answer = three.answer({ kind: 'letters', after, limit });
    return answer?.kind === 'letters' ? answer.letters.map(({ id }) => id) : [];
  };

  test('begins after the place that was seen last, in any partition', () => {
    expect(ids(undefined, 2)).toEqual(['3.1', '3.2']);
    expect(ids({ partition: 3, number: 1 }, 2)).toEqual(['3.2', '3.3']);
    expect(ids({ partition: 3, number: 3 }, 2)).toEqual([]);
    expect(ids({ partition: 2, number: 9 }, 1)).toEqual(['3.1']);
    expect(ids({ partition: 4, number: 1 }, 9)).toEqual([]);
  });

  test.each(['', '3', '3.', '.1', '3.1.2', 'x.1', '3-1', '3.-1'])('%j is no id', (text) => {
    expect(placeOf(text)).toBeUndefined();
  });

  test('a place is of a partition and a number', () => {
    expect(placeOf('3.17')).toEqual({ partition: 3, number: 17 });
  });
});
