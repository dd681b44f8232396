/**
 * One shard: some partitions, and the turns in which their actors work.
 *
 *   requests → inbox ─ turn: decide, evolve ─> stage ─ commit, fsync ─> gate opens:
 *                                                     replies · deliveries · bus
 *
 * Law: nothing that a turn has to say leaves before everything that it decided is on disk; not
 * even a refusal or a look, since they may rest on what is not there yet. While one commit runs,
 * the next group gathers; there is no timer. A failed commit has an unknown outcome: the shard
 * stops, and whoever restarts it replays the log.
 *
 * Partitions come and go between turns: `adopt` takes one over as the log has it, `release` lets one
 * go with nothing of it under way. Whoever asks for an actor of a partition that is not here hears
 * `moved`, and nothing was begun.
 */
import { type Address, type AnyActorKind, type BusQuestion, kindIn, type Lane } from './actor.ts';
import { createAnnouncer } from './announcer.ts';
import { createAnswers } from './answers.ts';
import type { Bus } from './bus/bus.ts';
import { answerBusQuestions } from './bus-questions.ts';
import type { CallRunner } from './calls.ts';
import type { Clock } from './clock.ts';
import { deadLettersOf } from './dead-letter.ts';
import { isGivenUp, lettersOf } from './dead-letters.ts';
import { createDeliveries } from './deliveries.ts';
import { createDueCalls } from './due-calls.ts';
import { createDueJobs, type JobCounts } from './due-jobs.ts';
import { createGatherings } from './gatherings.ts';
import { createHeldQuestions } from './held-questions.ts';
import { createInbox } from './inbox.ts';
import type { JobRunner } from './jobs.ts';
import type { Cursors } from './log/log.ts';
import type { Cell, Consequence, Partition } from './partition.ts';
import { partitionOf } from './placement.ts';
import { createPoison } from './poison.ts';
import { createPulses } from './pulses.ts';
import { SHOWN_MAX } from './quarantine.ts';
import { type Random, systemRandom } from './random.ts';
import type { PartitionState, ShardPort } from './router.ts';
import { oldestOf, type Stuck } from './stuck.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import { createTimers } from './timers.ts';
import type { Ask, Request, Response } from './wire.ts';

/** Bounds the wait of the last in a group, and the size of one commit. */
export const TURN_MAX = 512;

/** A turn that has taken so long ends: whoever is next waits for one commit, not for all before him. */
const TURN_MAX_MS = 5;

/** How often questions that nobody waits for any more are dropped. */
const SWEEP_MS = 250;

/** Of a turn, while a partition's actors are saved to be handed over. */
const SAVE_SLICE_MS = 3;

/** Between two slices: a hand-off has time, and the bets have not. */
const SAVE_PAUSE_MS = 12;

/** Each round saves what changed during the one before it. */
const SAVE_ROUNDS = 2;

/** How long stopping saves actors, which the next start would otherwise replay. */
const SAVE_ALL_MS = 5_000;

/** A shard that has nothing to write still saves how far its readers have got. */
const SAVE_CURSORS_EVERY_MS = 1_000;

export interface Shard {
  readonly name: string;
  /** Serves other shards and gateways. */
  serve(request: Request, respond: (response: Response) => void): void;
  /** Serves a partition from now on, as its log has it. */
  adopt(partition: Partition): void;
  /** Partitions have other owners now, or there is another way to them. */
  ownersChanged(): void;
  /** Saves a partition's actors while it serves, so that whoever adopts it has little to replay. */
  prepare(partition: number): Promise<void>;
  /**
   * Lets go of a partition: what was accepted is on disk, who still waits hears `moved`. Its files are
   * closed when somebody else has them. Undefined where it is not here.
   * @returns The position at which its log ends.
   */
  release(partition: number): number | undefined;
  readonly jobs: JobCounts;
  /** Calls to services outside that are not answered yet. */
  readonly calls: { readonly open: number };
  /** Tells the jobs to stop, answers what has been accepted, saves the cursors, closes the logs. */
  stop(): Promise<void>;
}

interface Waiting {
  readonly request: Request;
  readonly respond: (response: Response) => void;
}

export function startShard(options: {
  readonly name: string;
  readonly partitions: readonly Partition[];
  /** Of the whole log. */
  readonly partitionCount: number;
  readonly kinds: readonly AnyActorKind[];
  /** The shard of each partition but the own ones. */
  readonly peers: (partition: number) => ShardPort | undefined;
  readonly questions: readonly BusQuestion[];
  readonly bus: Bus;
  /** Closed by whoever opened it, after the shard has stopped. */
  readonly jobs: JobRunner;
  /** Absent: no service outside can be called, and what is due waits. */
  readonly calls?: CallRunner | undefined;
  readonly clock: Clock;
  /** The machine's, if left out. */
  readonly random?: Random;
  readonly telemetry: Telemetry;
  /** Runs work after what has arrived meanwhile is in the inbox. */
  readonly soon: (work: () => void) => void;
  /** Told once, of a failure that memory cannot be trusted after. */
  readonly onFatal: (cause: unknown) => void;
}): Shard {
  const { name, partitionCount, peers, bus, clock, telemetry, soon, onFatal } = options;
  const { random = systemRandom } = options;
  const own = new Map<number, Partition>();
  /** Let go of, and perhaps not anybody's yet. */
  const released: Partition[] = [];
  const kinds = new Map(options.kinds.map((it) => [it.kind, it]));
  const inbox = createInbox<Waiting>();
  let turnDue = false;
  /** What can wait had something to do in the last turn, and has more. */
  let tended = false;
  let phase: 'serving' | 'stopping' | 'crashed' = 'serving';
  /** Held back until the turn's commit. */
  let gate: (() => void)[] = [];
  /** Held back until the gate is open: they show what has left. */
  let looks: (() => void)[] = [];
  const held = createHeldQuestions(clock);
  const gatherings = createGatherings(own, (cell, query) => {
    const look = answers.lookAt(cell, query);
    return look.kind === 'answer' ? look : undefined;
  });
  /** Partitions that this turn's answers rest on. */
  const consulted = new Set<Partition>();

  const announcer = createAnnouncer({
    bus,
    clock,
    telemetry,
    allCells,
    factsOf: (partition, span) => own.get(partition)?.factsOf(span) ?? [],
    onUnreadable: crash,
  });
  const deliveries = createDeliveries({
    clock,
    random,
    telemetry,
    send(request, onResponse) {
      const partition = request.kind === 'ask' ? partitionOf(request.to, partitionCount) : -1;
      const peer = own.has(partition) ? undefined : peers(partition);
      if (peer === undefined) sendToSelf(request, onResponse);
      else peer.send(request, onResponse);
    },
    streamAt,
    isGivenUp(partition, id) {
      const letters = lettersOf(own.get(partition));
      return letters !== undefined && isGivenUp(letters, id);
    },
  });
  const poison = createPoison({
    clock,
    telemetry,
    keep(partition, id, command) {
      const to = deadLettersOf(partition.number).address;
      const cell = partition.cellOf(to);
      const ask: Ask = { kind: 'ask', to, id, deadlineMs: Infinity, command, owed: true };
      return cell !== undefined && answers.carryOut(partition, cell, ask) === undefined;
    },
  });
  const jobs = createDueJobs({ runner: options.jobs, clock, random, telemetry, send: sendToSelf });
  const timers = createTimers({
    clock,
    random,
    telemetry,
    partitionOf: (address) => partitionOf(address, partitionCount),
    send: sendToSelf,
  });
  const calls = createDueCalls({
    runner: options.calls,
    clock,
    random,
    telemetry,
    send: sendToSelf,
  });
  const pulses = createPulses({ clock, telemetry, send: sendToSelf });

  const answers = createAnswers({
    clock,
    telemetry,
    held,
    poison,
    say: (work) => gate.push(work),
    onEvents(partition, cell, consequences, ask) {
      gate.push(() => {
        letOut(partition, cell, consequences);
        pulses.changed(cell, ask);
      });
    },
  });

  /** Past the bound of the inbox: whoever sends so has few under way, and waits for the answer. */
  function sendToSelf(request: Request, respond: (response: Response) => void): void {
    inbox.push(ownerOf(request), laneOf(request), { request, respond });
    dueTurn();
  }

  function dueTurn(): void {
    if (turnDue || phase === 'crashed') return;
    turnDue = true;
    soon(turn);
  }

  function serve(request: Request, respond: (response: Response) => void): void {
    if (phase === 'crashed') respond({ kind: 'unanswered', why: 'crashed' });
    else if (phase === 'stopping') respond({ kind: 'unanswered', why: 'stopping' });
    else if (inbox.offer(ownerOf(request), laneOf(request), { request, respond })) dueTurn();
    else respond({ kind: 'unanswered', why: 'overload' });
  }

  function ownerOf(request: Request): Address | '' {
    return request.kind === 'ask' ? request.to : '';
  }

  function laneOf(request: Request): Lane {
    if (request.kind !== 'ask') return request.kind === 'gather' ? 'background' : 'control';
    if (request.lane !== undefined) return request.lane;
    if (request.command === undefined) return 'command';
    const kind = kinds.get(kindIn(request.to));
    try {
      return kind?.lane?.(request.command) ?? 'command';
    } catch {
      // What no lane can be made of, `decide` judges: it is refused there, and said.
      return 'command';
    }
  }

  function turn(): void {
    turnDue = false;
    if (phase === 'crashed') return;
    try {
      answerSome();
      if (gatherings.length > 0) {
        for (const partition of own.values()) consulted.add(partition);
        gatherings.step((say) => gate.push(say));
      }
      answers.askHeldAgain();
      for (const partition of consulted) {
        if (partition.hasStaged) commit(partition);
        // A refusal, a repeat, a look: true only as long as nobody else owns the partition.
        else partition.log.ensureOwned();
      }
      consulted.clear();
      openGate();
      tend();
    } catch (cause) {
      crash(cause);
      return;
    }
    if (inbox.length > 0 || gatherings.length > 0 || tended) dueTurn();
  }

  /** As many of the inbox as fit into one turn. */
  function answerSome(): void {
    const begunMs = clock.now();
    for (let taken = 0; taken < TURN_MAX; taken++) {
      const waiting = inbox.take();
      if (waiting === undefined) return;
      answer(waiting.request, waiting.respond);
      if (clock.now() - begunMs >= TURN_MAX_MS) return;
    }
  }

  function openGate(): void {
    const words = [...gate, ...looks];
    gate = [];
    looks = [];
    for (const say of words) say();
    announcer.flush();
    jobs.flush();
    calls.flush();
    timers.flush();
  }

  /** From here on, memory is ahead of the disk: nothing is said, and no cursor saved. */
  function crash(cause: unknown): void {
    if (phase === 'crashed') return;
    phase = 'crashed';
    gate = [];
    looks = [];
    cancelSweep();
    cancelSave();
    jobs.stop();
    calls.stop();
    timers.stop();
    pulses.stop();
    deliveries.stop();
    announcer.abandon();
    onFatal(cause);
  }

  function answer(request: Request, respond: (response: Response) => void): void {
    switch (request.kind) {
      case 'ask':
        answerAsk(request, respond);
        return;
      case 'gather':
        gatherings.begin(request.actorKind, request.query, respond);
        return;
      case 'where': {
        const partition = partitionOf(request.to, partitionCount);
        const owned = own.get(partition);
        if (owned === undefined) {
          respond({ kind: 'moved' });
          return;
        }
        const found = owned.quarantined.get(request.to) ?? owned.cellOf(request.to);
        const { version = 0 } = found ?? {};
        gate.push(() => respond({ kind: 'where', where: { partition, shard: name, version } }));
        return;
      }
      case 'stuck': {
        const stuck = oldestOf(allStuck(), request);
        gate.push(() => respond({ kind: 'stuck', stuck }));
        return;
      }
      case 'call':
        telemetry.error('a shard was asked to call a service outside', { shard: name });
        respond({ kind: 'unanswered', why: 'crashed' });
        return;
      default:
        looks.push(() =>
          respond({ kind: 'partitions', partitions: [...own.values()].map(stateOf) }),
        );
    }
  }

  function tend(): void {
    tended = false;
    for (const partition of own.values()) if (partition.tend(clock.now(), held.has)) tended = true;
  }

  function answerAsk(ask: Ask, respond: (response: Response) => void): void {
    // Nobody waits any more, so nobody would learn what happened: do not let it happen.
    if (ask.deadlineMs <= clock.now()) {
      respond({ kind: 'unanswered', why: 'deadline' });
      return;
    }
    const partition = own.get(partitionOf(ask.to, partitionCount));
    if (partition === undefined) {
      respond({ kind: 'moved' });
      return;
    }
    const cell = partition.cellOf(ask.to);
    const refusal = poison.refusalOf(partition, ask);
    if (refusal !== undefined) {
      gate.push(() => respond(refusal));
      return;
    }
    if (cell === undefined) {
      telemetry.error('a shard was asked for an actor of no kind', { shard: name, to: ask.to });
      respond({ kind: 'unanswered', why: 'crashed' });
      return;
    }
    consulted.add(partition);
    answers.answer(partition, cell, { ask, respond });
  }

  function letOut(partition: Partition, cell: Cell, consequences: readonly Consequence[]): void {
    for (const { position, outgoing, fact } of consequences) {
      deliveries.add(partition.number, position, outgoing);
      announcer.tell(partition.number, position, fact);
    }
    announcer.changed(cell);
    jobs.changed(cell);
    calls.changed(cell);
    timers.changed(cell);
  }

  function commit(partition: Partition): void {
    partition.commit(cursorsOf(partition));
  }

  /** As of before this commit: what is staged has not been sent or told. */
  function cursorsOf({ number, log }: Partition): Cursors {
    const { position } = log.head();
    return {
      outgoing: deliveries.cursor(number, position),
      bus: announcer.cursor(number, position),
    };
  }

  /** Of a partition that is not here, nobody asks. Asked between turns, on another one's stack. */
  function streamAt(partition: number, position: number): Address | undefined {
    try {
      for (const { stream } of own.get(partition)?.log.read(position - 1) ?? []) {
        return stream as Address; // every record was written with one
      }
    } catch (cause) {
      crash(cause);
    }
    return undefined;
  }

  function stateOf(partition: Partition): PartitionState {
    const { number, log, actors, quarantined } = partition;
    const { position, hash } = log.head();
    return {
      partition: number,
      shard: name,
      epoch: log.epoch,
      position,
      headHash: Buffer.from(hash).toString('hex'),
      actors,
      outgoing: deliveries.outstanding(number),
      deadLetters: lettersOf(partition)?.kept.size ?? 0,
      timers: timers.countsOf(number),
      quarantined: quarantined.size,
      quarantinedActors: [...quarantined.values()].slice(0, SHOWN_MAX),
    };
  }

  function* allCells(): Iterable<Cell> {
    for (const partition of own.values()) yield* partition.cells.values();
  }

  function* allStuck(): Iterable<Stuck> {
    yield* calls.stuck();
    yield* jobs.stuck();
    yield* timers.stuck();
    yield* deliveries.stuck();
    for (const cell of allCells()) yield* waitsOf(cell);
  }

  /** Changes nothing, so a throw in it harms nobody but those who look. */
  function* waitsOf({ address, id, kind, state }: Cell): Iterable<Stuck> {
    try {
      for (const it of kind.waits?.(id, state) ?? []) yield { address, attempts: 1, ...it };
    } catch (cause) {
      const fields = { address, cause: stackOf(cause) };
      telemetry.error('an actor threw when asked what it waits for', fields);
    }
  }

  function sweep(): void {
    held.expire();
    // A turn tends what can wait; where nobody asks for one, this does.
    try {
      if (!turnDue && phase !== 'crashed') tend();
    } catch (cause) {
      crash(cause);
      return;
    }
    if (tended) dueTurn();
    cancelSweep = clock.after(SWEEP_MS, sweep);
  }
  let cancelSweep = clock.after(SWEEP_MS, sweep);

  function saveCursors(): void {
    try {
      for (const partition of own.values()) saveCursorsOf(partition);
    } catch (cause) {
      crash(cause);
      return;
    }
    cancelSave = clock.after(SAVE_CURSORS_EVERY_MS, saveCursors);
  }

  function saveCursorsOf(partition: Partition): void {
    const now = cursorsOf(partition);
    const saved = partition.log.cursors();
    if (now.outgoing !== saved.outgoing || now.bus !== saved.bus) partition.log.append([], now);
  }

  let cancelSave = clock.after(SAVE_CURSORS_EVERY_MS, saveCursors);

  const endQuestions = answerBusQuestions({
    questions: options.questions,
    bus,
    telemetry,
    ownerOf: (address) =>
      phase === 'crashed' ? undefined : own.get(partitionOf(address, partitionCount)),
  });

  function adopt(partition: Partition): void {
    const { number, log, pending, cells, quarantined } = partition;
    own.set(number, partition);
    for (const { address, position, error } of quarantined.values()) {
      const fields = { address, partition: number, position, cause: error };
      telemetry.error('an actor cannot be replayed: it is in quarantine, the rest goes on', fields);
    }
    const from = log.cursors().bus + 1;
    const to = log.head().position;
    announcer.adopt(number, from > to ? undefined : { from, to });
    for (const { position, outgoing } of pending) deliveries.add(number, position, outgoing);
    for (const cell of cells.values()) {
      jobs.changed(cell);
      calls.changed(cell);
      timers.changed(cell);
      pulses.changed(cell);
      // What the owner before could not show any more, nobody would see before the next change.
      announcer.changed(cell);
    }
    jobs.flush();
    calls.flush();
    timers.flush();
  }

  async function prepare(number: number): Promise<void> {
    for (let round = 0; round < SAVE_ROUNDS; round++) {
      for (let saved = false; !saved; ) {
        // Between two turns; what is asked meanwhile is answered in them.
        await new Promise<void>((resolve) => void clock.after(SAVE_PAUSE_MS, resolve));
        saved = phase !== 'serving' || (own.get(number)?.saveAll(clock, SAVE_SLICE_MS) ?? true);
      }
    }
  }

  /** Between turns, where nothing is staged and the gate is empty. */
  function release(number: number): number | undefined {
    const partition = own.get(number);
    if (partition === undefined || phase === 'crashed') return undefined;
    try {
      saveCursorsOf(partition);
    } catch (cause) {
      crash(cause);
      return undefined;
    }
    own.delete(number);
    consulted.delete(partition);
    const isIn = ({ address }: { readonly address: Address }) =>
      partitionOf(address, partitionCount) === number;
    jobs.release(isIn);
    for (const cell of partition.cells.values()) calls.forget(cell);
    timers.release(number);
    pulses.release(isIn);
    deliveries.release(number);
    announcer.release(number, isIn);
    held.answerAll({ kind: 'moved' }, (address) => isIn({ address }));
    gatherings.abandon();
    const { position } = partition.log.head();
    released.push(partition);
    return position;
  }

  function ownersChanged(): void {
    closeReleased();
    deliveries.sendMovedAgain();
  }

  function closeReleased(): void {
    for (const partition of released.splice(0)) partition.close();
  }

  for (const partition of options.partitions) adopt(partition);

  return {
    name,
    serve,
    adopt,
    ownersChanged,
    prepare,
    release,
    jobs: jobs.counts,
    calls,
    async stop() {
      if (phase === 'serving') phase = 'stopping';
      jobs.stop();
      calls.stop();
      timers.stop();
      pulses.stop();
      cancelSweep();
      cancelSave();
      while ((inbox.length > 0 || gatherings.length > 0) && phase !== 'crashed') turn();
      deliveries.stop();
      endQuestions();
      held.answerAll({ kind: 'unanswered', why: 'stopping' }, () => true);
      if (phase !== 'crashed') await announcer.stop();
      if (phase !== 'crashed') saveCursors();
      cancelSave();
      closeReleased();
      for (const partition of own.values()) {
        if (phase !== 'crashed') partition.saveAll(clock, SAVE_ALL_MS / own.size);
        partition.close();
      }
    },
  };
}
