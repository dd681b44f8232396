// The smallest actor that does all that actors do: it counts, once per id, passes on what it is
// told to, waits, refuses, and fails.
import {
  type ActorKind,
  type Address,
  accept,
  type Outgoing,
  reject,
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
