/**
 * A router without threads, log or bus: the real deciders in one Map, and what follows from their
 * events delivered at once. Tests bend it: hold an actor's answers back, or make it say why not.
 */
import { KINDS } from '../../../src/actors/catalogue.ts';
import type {
  Address,
  AnyActorKind,
  Failed,
  Reply,
  Unanswered,
} from '../../../src/runtime/actor.ts';
import { OWN_KINDS } from '../../../src/runtime/own-kinds.ts';
import type { Router } from '../../../src/runtime/router.ts';
import { oldestOf, type Stuck } from '../../../src/runtime/stuck.ts';

export interface FakeRouter extends Router {
  /** Every ask: 'player/alice place-bet b1 decided-bet'; the id of a command is its cause. */
  readonly asked: string[];
  /** From now on the address says only this; undefined lets it answer again. */
  bend(address: Address, how: Unanswered | Failed | 'throw' | undefined): void;
  /** Commands that follow from events to this address wait, until released. */
  hold(address: Address): void;
  release(address: Address): void;
  /** What waits for an answer. */
  waiting: Stuck[];
  /** Partitions that a gather does not hear from. */
  missing: number[];
  /** Actors that cannot be replayed. */
  quarantined: Address[];
  /** Resolves when the next ask has arrived. */
  nextAsk(): Promise<void>;
}

interface Cell {
  readonly kind: AnyActorKind;
  state: unknown;
  version: number;
  readonly waiting: (() => void)[];
}

export function createFakeRouter(): FakeRouter {
  const cells = new Map<Address, Cell>();
  const bent = new Map<Address, Unanswered | Failed | 'throw'>();
  const held = new Map<Address, unknown[]>();
  const arrivals: (() => void)[] = [];

  function cellOf(address: Address): Cell {
    const found = cells.get(address);
    if (found !== undefined) return found;
    const [name = '', id = ''] = address.split('/');
    const kind = [...KINDS, ...OWN_KINDS].find((it) => it.kind === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    const cell: Cell = { kind, state: kind.decider.initial(id), version: 0, waiting: [] };
    cells.set(address, cell);
    return cell;
  }

  /** The rejection, if any. */
  function carryOut(address: Address, command: unknown): object | undefined {
    const cell = cellOf(address);
    const { decider, follow } = cell.kind;
    const decision = decider.decide(cell.state, command);
    if (!decision.ok) return decision.rejection;
    for (const event of decision.events) {
      cell.state = decider.evolve(cell.state, event);
      cell.version++;
    }
    for (const event of decision.events) {
      for (const { to, command: next } of follow(address.split('/')[1] ?? '', event)) {
        const waiting = held.get(to);
        if (waiting === undefined) carryOut(to, next);
        else waiting.push(next);
      }
    }
    for (const look of cell.waiting.splice(0)) look();
    return undefined;
  }

  const router: FakeRouter = {
    asked: [],
    missing: [],
    waiting: [],
    quarantined: [],
    bend(address, how) {
      if (how === undefined) bent.delete(address);
      else bent.set(address, how);
    },
    hold: (address) => void held.set(address, []),
    release(address) {
      const commands = held.get(address) ?? [];
      held.delete(address);
      for (const command of commands) carryOut(address, command);
    },
    nextAsk: () => new Promise((resolve) => arrivals.push(resolve)),

    ask({ address }, what, { id }) {
      const { command, query } = what as { command?: Named; query?: Named };
      const asked = [address, ...(command ? [command.kind, id] : []), query?.kind];
      router.asked.push(asked.join(' '));
      for (const arrived of arrivals.splice(0)) arrived();
      const how = bent.get(address);
      if (how === 'throw') return Promise.reject(new Error('a secret of the house'));
      if (how !== undefined) return Promise.resolve(replyOf(how));
      const rejection = command === undefined ? undefined : carryOut(address, command);
      if (rejection !== undefined) return Promise.resolve(untyped({ kind: 'rejected', rejection }));
      const cell = cellOf(address);
      return new Promise((resolve) => {
        const look = () => {
          const answer = query && cell.kind.decider.answer(cell.state, query);
          if (query !== undefined && answer === undefined) cell.waiting.push(look);
          else resolve(untyped({ kind: 'accepted', version: cell.version, answer }));
        };
        look();
      });
    },

    async gather(kind, query) {
      const answers = [...cells]
        .filter(([address, { version }]) => address.startsWith(`${kind}/`) && version > 0)
        .map(([address, cell]) => ({
          id: address.slice(kind.length + 1),
          answer: cell.kind.decider.answer(cell.state, query),
        }));
      return { answers, missing: router.missing, quarantined: router.quarantined };
    },

    async whereIs(address) {
      if (bent.has(address)) return undefined;
      return { partition: 3, shard: 'shard-1', version: cells.get(address)?.version ?? 0 };
    },

    stuck: async (query) => ({
      stuck: oldestOf(router.waiting, query),
      missing: router.missing.map((partition) => `shard-${partition}`),
    }),

    async partitions() {
      const counts = { epoch: 2, position: 10, actors: 4, outgoing: 1, deadLetters: 0 };
      const quarantined = router.quarantined.map((address) => ({
        address,
        position: 7,
        error: 'Error: what it threw',
        version: 2,
      }));
      return [
        {
          partition: 3,
          shard: 'shard-1',
          headHash: 'ab12',
          ...counts,
          timers: { named: 5, failing: 1 },
          quarantined: quarantined.length,
          quarantinedActors: quarantined,
        },
      ];
    },
  };
  return router;
}

interface Named {
  readonly kind: string;
}

function replyOf(how: Unanswered | Failed): Reply<never, never> {
  switch (how) {
    case 'command-threw':
    case 'quarantined':
    case 'actor-quarantined':
      return { kind: 'failed', why: how };
    default:
      return { kind: 'unanswered', why: how };
  }
}

/** The catalogue has forgotten the types; the asker's ref knows them. */
function untyped(reply: Reply<object, unknown>): Reply<never, never> {
  return reply as Reply<never, never>;
}
