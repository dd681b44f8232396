// The smallest actor that does all that actors do: it counts, once per id, passes on what it is
// told to, waits, refuses, and fails.
import {
  type ActorKind,
  type Address,
  accept,
  type Call,
  type Job,
  type JobTable,
  type Outgoing,
  plainSnapshot,
  reject,
  type Timer,
} from '../../src/runtime/actor.ts';

export type CounterCommand =
  /** `passOn`: who is to add the same afterwards. */
  | {
      readonly kind: 'add';
      readonly id: string;
      readonly by: number;
      readonly passOn?: readonly Address[];
    }
  /** As many events as `times`. */
  | { readonly kind: 'repeat'; readonly id: string; readonly times: number }
  | { readonly kind: 'fail' };

export interface CounterAdded {
  readonly id: string;
  readonly by: number;
  readonly passOn: readonly Address[];
}

export interface Counter {
  readonly total: number;
  /** In the order in which they came. */
  readonly ids: readonly string[];
}

export type CounterQuery =
  | { readonly kind: 'total' }
  /** Not answered before the total is reached. */
  | { readonly kind: 'reached'; readonly total: number }
  | { readonly kind: 'fail' };

/** The most that a counter takes at once. */
export const BY_MAX = 1_000;

export const counter: ActorKind<
  CounterCommand,
  CounterAdded,
  Counter,
  { readonly reason: 'too-much'; readonly maximum: number },
  CounterQuery,
  number
> = {
  kind: 'counter',
  decider: {
    initial: () => ({ total: 0, ids: [] }),
    decide(state, command) {
      switch (command.kind) {
        case 'fail':
          throw new Error('a defect in decide');
        case 'repeat':
          return accept(
            ...Array.from({ length: command.times }, (_, index) => ({
              id: `${command.id}.${index}`,
              by: 1,
              passOn: [],
            })),
          );
        default: {
          const { id, by, passOn = [] } = command;
          if (state.ids.includes(id)) return accept();
          if (by > BY_MAX) return reject({ reason: 'too-much', maximum: BY_MAX });
          return accept({ id, by, passOn });
        }
      }
    },
    evolve: ({ total, ids }, { id, by }) => ({ total: total + by, ids: [...ids, id] }),
    answer(state, query) {
      if (query.kind === 'fail') throw new Error('a defect in answer');
      if (query.kind === 'reached' && state.total < query.total) return undefined;
      return state.total;
    },
  },
  encode: (event) => Buffer.from(JSON.stringify(event)),
  // Written by `encode` above.
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as CounterAdded,
  follow: (self, event) =>
    event.passOn.map((to): Outgoing => ({ to, command: passedOn(self, event) })),
  fact: (self, { id }) => ({ subject: `added.${self}`, bytes: Buffer.from(`${id};`) }),
  views: (self, { total }, { version }) => [
    { subject: `seen.${self}`, bytes: Buffer.from(`${total}@${version}`) },
  ],
};

/** What a counter tells another one to do; the id is the same however often it is told. */
function passedOn(self: string, { id, by }: CounterAdded): CounterCommand {
  return { kind: 'add', id: `${self}:${id}`, by };
}

/** A counter that counts by jobs: the id `begin:name:key:times` makes one due, `end:key` ends it. */
export const workingCounter: typeof counter = {
  ...counter,
  jobs: (_, { ids }) =>
    ids
      .flatMap((id): readonly Job[] => {
        const [verb, name = '', key = '', times] = id.split(':');
        if (verb !== 'begin') return [];
        return [{ key, name, input: { key, times: Number(times) } satisfies Counting }];
      })
      .filter(({ key }) => !ids.includes(`end:${key}`)),
};

interface Counting {
  readonly key: string;
  readonly times: number;
}

export const COUNTER_JOBS: JobTable = {
  *count(input) {
    const { key, times } = input as Counting; // made by `jobs` above, like all that follow
    for (let index = 0; index < times; index++) yield add(`${key}.${index}`, 1);
    yield add(`end:${key}`, 0);
  },
  *fail(input) {
    const { key, times } = input as Counting;
    for (let index = 0; index < times; index++) yield add(`${key}.${index}`, 1);
    throw new Error('a defect in a job');
  },
  *refused(input) {
    const { key } = input as Counting;
    yield add(`${key}.0`, BY_MAX + 1);
  },
  /** Yields what its actor throws at. */
  *provoke(): Iterable<CounterCommand> {
    yield { kind: 'fail' };
  },
  /** Comes to its end, and does not say so. */
  *forget(input) {
    const { key } = input as Counting;
    yield add(`${key}.0`, 1);
  },
  *endless(input) {
    const { key } = input as Counting;
    for (let index = 0; ; index++) yield add(`${key}.${index}`, 1);
  },
};

const { views: _, ...unseen } = counter;

/** A counter that may leave memory, unless its total is odd. */
export const leavingCounter: typeof counter = {
  ...unseen,
  snapshot: plainSnapshot(1),
  idle: ({ total }) => total % 2 === 0,
};

/**
 * A counter that asks a service outside: the id `ask:key` makes a call due, `ask:key:ms` one with a
 * deadline; its answer is the id `answer:key:text`, or `expired:key`.
 */
export const callingCounter: typeof counter = {
  ...counter,
  calls: (_, { ids }) =>
    ids
      .flatMap((id): readonly Call[] => {
        const [verb, key = '', deadline] = id.split(':');
        if (verb !== 'ask') return [];
        const deadlineAtMs = deadline === undefined ? {} : { deadlineAtMs: Number(deadline) };
        return [{ key, service: 'oracle', request: { key }, ...deadlineAtMs }];
      })
      .filter(
        ({ key }) => !ids.some((it) => it.startsWith(`answer:${key}:`) || it === `expired:${key}`),
      ),
  callAnswered({ key }, outcome) {
    if (outcome.kind === 'expired') return add(`expired:${key}`, 0);
    if (outcome.answer === 'nonsense') throw new Error('nonsense is no answer');
    if (outcome.answer === 'refused') return add(`answer:${key}:refused`, BY_MAX + 1);
    // Taken, and it changes nothing that matters.
    if (outcome.answer === 'forget') return add('forgotten', 0);
    return add(`answer:${key}:${String(outcome.answer)}`, 0);
  },
};

/**
 * A counter with timers: the id `set:key:ms` makes one due, or moves it; what it is told then ends it,
 * unless the key says otherwise.
 */
export const timedCounter: typeof counter = {
  ...counter,
  timers(_, { ids }) {
    if (ids.includes('broken')) throw new Error('a defect in timers');
    const times = new Map<string, number>();
    for (const id of ids) {
      const [verb, key = '', ms] = id.split(':');
      if (verb === 'set') times.set(key, Number(ms));
      if (verb === 'unset' || id === `fired:${key}:${times.get(key)}`) times.delete(key);
      if (ids.filter((it) => it === 'step.0').length === 3) times.delete('steps');
    }
    return Array.from(times, ([key, atMs]): Timer => ({ key, atMs, command: firedBy(key, atMs) }));
  },
};

function firedBy(key: string, atMs: number): CounterCommand {
  switch (key) {
    case 'throw':
      return { kind: 'fail' };
    case 'refuse':
      return add('refused', BY_MAX + 1);
    /** Takes it, and goes on naming it. */
    case 'deaf':
      return add(`set:deaf:${atMs}`, 0);
    /** Gets on with each, and is done with the third. */
    case 'steps':
      return { kind: 'repeat', id: 'step', times: 1 };
    default:
      return add(`fired:${key}:${atMs}`, 1);
  }
}

export const PULSE_EVERY_MS = 100;

/** A counter that marks the time of each pulse, unless it has counted nothing. */
export const pulsingCounter: typeof counter = {
  ...counter,
  pulse: {
    everyMs: PULSE_EVERY_MS,
    command: ({ total }, atMs) => (total === 0 ? undefined : add(`at:${atMs}`, 0)),
  },
};

function add(id: string, by: number): CounterCommand {
  return { kind: 'add', id, by };
}
