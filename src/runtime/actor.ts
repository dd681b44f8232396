/**
 * What an actor is. The one file that both sides of the house import: the runtime, which knows
 * nothing of betting, and the actors, which know nothing else of the runtime.
 *
 * An actor is judgement and memory only: no clock, no randomness, no I/O, no identity.
 * After Jérémie Chassaing, "Functional Event Sourcing Decider" (2021).
 */

/** `kind/id`, such as `player/42`. */
export type Address = `${string}/${string}`;

/** The kind's name in an address; of what is none, nothing a kind is called. */
export function kindIn(address: string): string {
  return address.slice(0, address.indexOf('/'));
}

/** The actor's id in an address. */
export function idIn(address: string): string {
  return address.slice(address.indexOf('/') + 1);
}

/** How a request queues: see runtime/inbox.ts. */
export type Lane = 'control' | 'command' | 'background';

interface Decider<Command, Event, State, Rejection, Query, Answer> {
  /** A fresh state, before the first event. Owned by the caller. */
  readonly initial: (id: string) => State;
  /** Judges one command; never changes `state`. A throw is a defect, not an answer. */
  readonly decide: (state: State, command: Command) => Decision<Event, Rejection>;
  /** Folds one event. Total over every event ever written; no rules in it. May reuse `state`. */
  readonly evolve: (state: State, event: Event) => State;
  /**
   * Reads. `undefined` means "not yet": the runtime holds the question and asks again after the
   * actor's next change, until the asker's deadline.
   */
  readonly answer: (state: State, query: Query) => Answer | undefined;
}

/** The facts to record (none, if the command was a repeat), or the reason there are none. */
export type Decision<Event, Rejection> =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly rejection: Rejection };

export function accept<Event>(...events: readonly Event[]): Decision<Event, never> {
  return { ok: true, events };
}

export function reject<Rejection>(rejection: Rejection): Decision<never, Rejection> {
  return { ok: false, rejection };
}

/** A command that follows from an event, for another actor (or the same one). */
export interface Outgoing {
  readonly to: Address;
  readonly command: unknown;
}

/** What the world may see: bytes for one subject of the bus. */
export interface Publication {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/**
 * All that a shard needs to serve one kind of actor.
 *
 * `follow` is the process side: the commands that an event makes due. Each is delivered at least
 * once, so whoever receives it must take a repeat for a repeat. It sees the event alone, so that
 * recovery can ask it again.
 */
export interface ActorKind<Command, Event, State, Rejection, Query, Answer> {
  readonly kind: string;
  readonly decider: Decider<Command, Event, State, Rejection, Query, Answer>;
  /** What a command must not wait for; `command`, if left out. */
  readonly lane?: (command: Command) => Lane;
  readonly encode: (event: Event) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Event;
  readonly follow: (id: string, event: Event) => readonly Outgoing[];
  /**
   * Facts for the bus, one per event at most, at least once each. Facts of one subject and turn
   * are concatenated, so their bytes must be a protobuf message of repeated fields.
   */
  readonly fact?: (id: string, event: Event) => Publication | undefined;
  /**
   * What the actor looks like now, for the bus: conflated, the last one counts.
   * @param atMs When it was looked at, epoch milliseconds.
   */
  readonly views?: (id: string, state: State, seen: Seen) => readonly Publication[];
  /** Between two looks at the kind's views at least; 100, if left out. The first goes out at once. */
  readonly viewsEveryMs?: number;
  /**
   * Work that is due now, in the state as it is: asked after each change and at the start, so that
   * a crash forgets nothing. Each has a key that is unique in the actor's life; one that is under
   * way is not begun again. Asked often: it hands out what the state holds, and builds nothing large.
   */
  readonly jobs?: (id: string, state: State) => readonly Job[];
  /**
   * Questions to services outside that are due now, in the state as it is: asked after each change
   * and at the start, as `jobs` are, and for the same reason.
   */
  readonly calls?: (id: string, state: State) => readonly Call[];
  /**
   * The command that an answer to one of `calls` is. Given at least once, so the actor must take a
   * repeat for a repeat; when it has taken it, it names the call no more.
   * @param atMs When the answer came, epoch milliseconds.
   * @throws Error where the service answered what makes no sense: then it is asked again.
   */
  readonly callAnswered?: (call: Call, outcome: CallOutcome, atMs: number) => Command;
  /** What waits for another actor's word, for people who look; built when somebody asks. */
  readonly waits?: (id: string, state: State) => Iterable<Wait>;
  /**
   * Commands that the actor wants at a time, in the state as it is: asked after each change and at
   * the start, so that a crash forgets nothing. Each has a key that is unique among the actor's, and
   * is fired from its time on until the actor names it no more, so the actor must take a repeat for
   * a repeat. Asked often: it hands out what the state holds.
   */
  readonly timers?: (id: string, state: State) => readonly Timer[];
  /**
   * What the actor does after changes, at a bounded rate; its own events are no such change. Lost
   * at a crash: each actor of the kind is asked once after the start.
   */
  readonly pulse?: Pulse<State, Command>;
  /**
   * How the state is kept beside the log, so that a start need not fold every event again. A
   * partition keeps snapshots only where all of its kinds have one.
   */
  readonly snapshot?: Snapshot<State>;
  /**
   * Whether the actor may leave memory until somebody asks for it again. Not asked of kinds with
   * views or a pulse, nor while the actor names a job or somebody waits for its answer.
   */
  readonly idle?: (state: State) => boolean;
}

export interface Snapshot<State> {
  /** Changes with what `freeze` makes or `evolve` remembers; what has another is thrown away. */
  readonly version: number;
  /** Texts that most states have, such as names of fields: each is written as a number. */
  readonly words?: readonly string[];
  /**
   * Plain data (state-bytes.ts) from which `thaw` makes a state that nothing can tell from this one.
   * It is read at once, but for long runs of bytes: those must not change for as long as they live.
   */
  readonly freeze: (state: State) => unknown;
  /** @param plain As `freeze` made it; owned by the callee. */
  readonly thaw: (id: string, plain: unknown) => State;
}

/** A command of an actor to itself, not before its time. */
export interface Timer {
  readonly key: string;
  /** Epoch milliseconds, UTC. */
  readonly atMs: number;
  readonly command: unknown;
  /** The command gets a field `atMs`: when it is fired, which a stop can make much later than `atMs`. */
  readonly stamped?: boolean;
}

/** A long computation, off the shard: it yields commands for the actor that it is due for. */
export interface Job {
  readonly key: string;
  /** Which function of the job table. */
  readonly name: string;
  /** Structured-cloneable; a SharedArrayBuffer in it is shared, not copied. */
  readonly input: unknown;
}

/**
 * What jobs compute, by name: the commands for the job's actor, in order. Begun again from the
 * first after a failure or a crash, so the actor must take a repeat for a repeat.
 */
export type JobTable = Readonly<Record<string, (input: unknown) => Iterable<unknown>>>;

/** A question to a service outside: asked until it is answered, and due as long as the actor names it. */
export interface Call {
  /** Unique in the actor's life; stands for one content. */
  readonly key: string;
  readonly service: string;
  /** Plain data: it travels as JSON. */
  readonly request: unknown;
  /** Epoch milliseconds. After it nothing is asked any more, and the outcome is `expired`. */
  readonly deadlineAtMs?: number;
  /** Since when it is due, where the actor knows it: epoch milliseconds. */
  readonly sinceMs?: number;
}

/** `expired` says nothing of what the service did. */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'expired' };

/** Something of an actor's that another actor has not answered. */
export interface Wait {
  /** One word: `bet`. */
  readonly kind: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly why: string;
}

interface Pulse<State, Command> {
  /** Between two pulses of one actor at least, and after a change at most. */
  readonly everyMs: number;
  /**
   * Undefined where there is nothing to do.
   * @param atMs Epoch milliseconds.
   */
  readonly command: (state: State, atMs: number) => Command | undefined;
  /** Whether a pulse left something for the next one, which is then due without a change. */
  readonly again?: (state: State) => boolean;
}

export interface Seen {
  /** Events folded into the state so far: grows with every change. */
  readonly version: number;
  readonly atMs: number;
}

/** Of a state that is plain data already. */
export function plainSnapshot<State>(
  version: number,
  words: readonly string[] = [],
): Snapshot<State> {
  // What comes back is what was given: the store has checked its hash.
  return { version, words, freeze: (state) => state, thaw: (_, plain) => plain as State };
}

// A catalogue holds kinds whose types differ; each pairs its own codec with its own decider, so
// inside one kind the types agree and outside nobody looks.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyActorKind = ActorKind<any, any, any, any, any, any>;

/** A question that may come in over the bus, for whoever owns the actor that is asked. */
export interface BusQuestion {
  readonly subject: string;
  /** Undefined for bytes that make no sense: nobody answers them. */
  readonly parse: (
    bytes: Uint8Array,
  ) => { readonly to: Address; readonly query: unknown } | undefined;
  readonly reply: (answer: unknown, version: number) => Uint8Array;
}

/** An actor's address and, in its type alone, what it takes and how it answers. */
export interface Ref<Command, Rejection, Query, Answer> {
  readonly address: Address;
  readonly protocol?: (command: Command, query: Query) => { r: Rejection; a: Answer };
}

export type Reply<Rejection, Answer> =
  /** The command (if any) is on disk; `answer` is of the question asked with it (if any). */
  | { readonly kind: 'accepted'; readonly version: number; readonly answer: Answer | undefined }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  /** The outcome is unknown, or nothing was begun; asking again with the same ids is safe. */
  | { readonly kind: 'unanswered'; readonly why: Unanswered }
  /** Nothing was begun, for a defect that asking again does not mend. */
  | { readonly kind: 'failed'; readonly why: Failed };

export type Unanswered = 'deadline' | 'overload' | 'stopping' | 'crashed';

/**
 * `command-threw`: at this command, its actor did. `quarantined`: it did so too often, and an
 * operator has to look at the command first. `actor-quarantined`: the actor cannot be replayed.
 */
export type Failed = 'command-threw' | 'quarantined' | 'actor-quarantined';

/** Closes an exhaustive switch: a case added but not handled fails to compile. */
export function unreachable(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}
