/**
 * Actors without a machine: given what happened, when a command comes, what it yields.
 *
 * Every judgement is made twice on a state that is photographed before and after, so that a
 * decider that changes anything, or its mind, fails; every event passes through its bytes, and
 * states pass through their snapshots.
 */
import { expect } from 'vitest';
import { KINDS } from '../../src/actors/catalogue.ts';
import type { OperatorEvent } from '../../src/actors/operator.ts';
import type { PlayerEvent } from '../../src/actors/player-events.ts';
import type { RaceEvent } from '../../src/actors/race-events.ts';
import type { TicketReader } from '../../src/actors/ticket-table.ts';
import type { TournamentEvent } from '../../src/actors/tournament-events.ts';
import type { ActorKind, Address, AnyActorKind, Decision, Job } from '../../src/runtime/actor.ts';
import { decodeState, encodeState } from '../../src/runtime/snapshots/state-bytes.ts';

export interface Given<Command, Event, State, Rejection, Query, Answer> {
  readonly state: State;
  readonly history: readonly Event[];
  when(command: Command): Outcome<Event, Rejection>;
  /** The same, with the events of further commands, none of which is refused. */
  after(...commands: readonly Command[]): Given<Command, Event, State, Rejection, Query, Answer>;
  answer(query: Query): Answer | undefined;
}

interface Outcome<Event, Rejection> {
  readonly events: readonly Event[];
  yields(...events: readonly Event[]): void;
  refuses(rejection: Rejection): void;
}

/** `given(race, 'r1', event, …)`. */
export function given<C, Event extends { readonly kind: string }, S, R, Q, A>(
  kind: ActorKind<C, Event, S, R, Q, A>,
  id: string,
  ...history: readonly Event[]
): Given<C, Event, S, R, Q, A> {
  const state = throughSnapshot(kind, id, replay(kind, id, history));
  return {
    state,
    history,
    when(command) {
      const decision = judge(kind, state, command);
      return {
        events: decision.ok ? decision.events : [],
        yields: (...events) => expect(decision).toEqual({ ok: true, events }),
        refuses: (rejection) => expect(decision).toEqual({ ok: false, rejection }),
      };
    },
    after: (...commands) => given(kind, id, ...history, ...eventsOf(kind, id, history, commands)),
    answer: (query) => surviving(kind.decider.answer(state, query)),
  };
}

function replay<C, Event, S, R, Q, A>(
  kind: ActorKind<C, Event, S, R, Q, A>,
  id: string,
  history: readonly Event[],
): S {
  let state = kind.decider.initial(id);
  for (const event of history) state = kind.decider.evolve(state, throughBytes(kind, event));
  return state;
}

function eventsOf<C, Event, S, R, Q, A>(
  kind: ActorKind<C, Event, S, R, Q, A>,
  id: string,
  history: readonly Event[],
  commands: readonly C[],
): Event[] {
  const events: Event[] = [];
  let state = replay(kind, id, history);
  for (const command of commands) {
    const decision = kind.decider.decide(state, command);
    if (!decision.ok) {
      throw new Error(`refused ${JSON.stringify(command)}: ${JSON.stringify(decision.rejection)}`);
    }
    for (const event of decision.events) {
      events.push(event);
      state = kind.decider.evolve(state, throughBytes(kind, event));
    }
  }
  return events;
}

/** The decision, proven to have changed neither state nor command, and to be made again the same. */
function judge<C, Event, S, R, Q, A>(
  kind: ActorKind<C, Event, S, R, Q, A>,
  state: S,
  command: C,
): Decision<Event, R> {
  const before = photograph(state);
  const commandBefore = photograph(command);
  const decision = kind.decider.decide(state, command);
  expect(photograph(state), 'the state after decide').toEqual(before);
  expect(photograph(command), 'the command after decide').toEqual(commandBefore);
  expect(kind.decider.decide(state, command), 'decided again').toEqual(decision);
  if (decision.ok) for (const event of decision.events) throughBytes(kind, event);
  return decision;
}

function throughBytes<C, Event, S, R, Q, A>(
  kind: ActorKind<C, Event, S, R, Q, A>,
  event: Event,
): Event {
  const read = kind.decode(kind.encode(event));
  expect(read, 'the event as read back').toEqual(event);
  return read;
}

/** Frozen, as bytes, and thawed again: nothing can tell it from what it was. */
function throughSnapshot<C, E, State, R, Q, A>(
  kind: ActorKind<C, E, State, R, Q, A>,
  id: string,
  state: State,
): State {
  const { snapshot } = kind;
  if (snapshot === undefined) throw new Error(`${kind.kind} has no snapshot`);
  const bytes = stateBytes(kind, state);
  const thawed = snapshot.thaw(id, decodeState(bytes, snapshot.words));
  expect(stateBytes(kind, thawed).equals(bytes), 'the bytes of the thawed state').toBe(true);
  return thawed;
}

function stateBytes({ snapshot }: AnyActorKind, state: unknown): Buffer {
  return Buffer.concat(encodeState(snapshot?.freeze(state), snapshot?.words));
}

/** A copy that later changes do not reach. What closures hide is looked at through what they say. */
export function photograph(value: unknown): unknown {
  if (value instanceof Map) return { map: [...value].map(photograph) };
  if (value instanceof Set) return { set: [...value].map(photograph) };
  if (Array.isArray(value)) return value.map(photograph);
  if (typeof value !== 'object' || value === null) return value;
  if (isRanking(value)) return value.page(1, value.size).map(photograph);
  if (isTickets(value)) return Array.from({ length: value.size }, (_, at) => value.at(at));
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, photograph(it)]));
}

function isRanking(value: object): value is {
  readonly size: number;
  page(fromRank: number, limit: number): readonly unknown[];
} {
  return 'rankOf' in value && 'page' in value;
}

function isTickets(value: object): value is Pick<TicketReader, 'size' | 'at'> {
  return 'selectionAt' in value && 'indexOf' in value;
}

/**
 * All kinds of actors together, their messages delivered by hand: in any order, any number of
 * times, as a machine with crashes would.
 */
export interface Troupe {
  /** @throws where the actor refuses, unless `mayRefuse`. */
  tell(to: Address, command: unknown, mayRefuse?: 'may-refuse'): boolean;
  /** Delivers one of the messages under way, picked by `choice`; keeps a copy under way or not. */
  deliver(choice: number, keep?: 'keep'): void;
  /** Delivers until nothing is under way, the oldest first. */
  deliverAll(): void;
  readonly underWay: number;
  answer(of: Address, query: unknown): unknown;
  stateOf(address: Address): unknown;
  /** What the actor asks to have computed, in the state that it is in. */
  jobsOf(address: Address): readonly Job[];
  /** Forgets all that the actor knows but what is in the log. */
  crash(address: Address): void;
  /** What actors refused of each other's messages: there should be none. */
  readonly refused: readonly unknown[];
  readonly log: readonly LogEntry[];
}

export type LogEntry =
  | { readonly address: `player/${string}`; readonly event: PlayerEvent }
  | { readonly address: `race/${string}`; readonly event: RaceEvent }
  | { readonly address: `tournament/${string}`; readonly event: TournamentEvent }
  | { readonly address: `operator/${string}`; readonly event: OperatorEvent };

/** No history of these tests needs as many; one that goes on for ever is told from it. */
const DELIVERIES_MAX = 100_000;

/** Events between two passages of an actor through its snapshot, at least. */
const LEAVES_EVERY = 5;

/** @param past What was logged by another troupe, whose messages have all arrived. */
export function createTroupe(past: readonly LogEntry[] = []): Troupe {
  const actors = new Map<
    Address,
    { readonly kind: AnyActorKind; state: unknown; events: number; leavesAt: number }
  >();
  const underWay: { readonly to: Address; readonly command: unknown }[] = [];
  const refused: unknown[] = [];
  const log: LogEntry[] = [];

  function actorAt(address: Address) {
    const known = actors.get(address);
    if (known !== undefined) return known;
    const [name, id = ''] = address.split('/');
    const kind = KINDS.find((it) => it.kind === name);
    if (kind === undefined) throw new Error(`no kind of actor at ${address}`);
    const actor = {
      kind,
      state: kind.decider.initial(id) as unknown,
      events: 0,
      leavesAt: LEAVES_EVERY,
    };
    actors.set(address, actor);
    return actor;
  }

  /** As the bytes on disk have it. */
  function evolve(address: Address, event: unknown): void {
    const actor = actorAt(address);
    const { decider, encode, decode } = actor.kind;
    actor.state = decider.evolve(actor.state, decode(encode(event)));
    actor.events++;
    // As an actor that leaves memory and comes back, now and then.
    if (actor.events >= actor.leavesAt) {
      // Ever less often: a race of thousands of tickets takes its time.
      actor.leavesAt = actor.events + Math.max(LEAVES_EVERY, actor.events / 4);
      actor.state = throughSnapshot(actor.kind, idOf(address), actor.state);
    }
  }

  function remember(entry: LogEntry): void {
    evolve(entry.address, entry.event);
    log.push(entry);
  }
  past.forEach(remember);

  function carryOut(to: Address, command: unknown): Decision<unknown, unknown> {
    const actor = actorAt(to);
    const { decider, follow } = actor.kind;
    const decision = decider.decide(actor.state, command);
    if (!decision.ok) return decision;
    for (const event of decision.events) {
      // The catalogue pairs each address with its own kind of events.
      remember({ address: to, event } as LogEntry);
      underWay.push(...follow(idOf(to), event));
    }
    return decision;
  }

  function deliver(choice: number, keep?: 'keep'): void {
    const index = choice % underWay.length;
    const message = underWay[index];
    if (message === undefined) return;
    if (keep === undefined) underWay.splice(index, 1);
    const decision = carryOut(message.to, message.command);
    if (!decision.ok) refused.push({ ...message, rejection: decision.rejection });
  }

  return {
    tell(to, command, mayRefuse) {
      const decision = carryOut(to, command);
      if (decision.ok || mayRefuse !== undefined) return decision.ok;
      throw new Error(`${to} refused ${JSON.stringify({ command, ...decision })}`);
    },
    deliver,
    deliverAll() {
      for (let count = 0; underWay.length > 0; count++) {
        if (count > DELIVERIES_MAX) throw new Error(`still under way: ${underWay[0]?.to}`);
        deliver(0);
      }
    },
    get underWay() {
      return underWay.length;
    },
    answer: (of, query) => {
      const { kind, state } = actorAt(of);
      return surviving(kind.decider.answer(state, query));
    },
    stateOf: (address) => actorAt(address).state,
    jobsOf(address) {
      const { kind, state } = actorAt(address);
      return kind.jobs?.(idOf(address), state) ?? [];
    },
    crash(address) {
      const { kind, state } = actorAt(address);
      actors.delete(address);
      for (const entry of log) if (entry.address === address) evolve(address, entry.event);
      const replayed = stateBytes(kind, actorAt(address).state);
      expect(replayed.equals(stateBytes(kind, state)), `${address} replayed`).toBe(true);
    },
    refused,
    log,
  };
}

function idOf(address: Address): string {
  return address.slice(address.indexOf('/') + 1);
}

/** Answers travel between threads as JSON: a map or a bigint in one would arrive as something else. */
function surviving<Answer>(answer: Answer): Answer {
  if (answer !== undefined) expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  return answer;
}
