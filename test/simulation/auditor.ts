/**
 * Who looks on, and trusts nobody: sees what the disks hold, what the clients are answered and what
 * the bus is told, and keeps the books a second time. Every check is a sentence that must hold; the
 * first that does not ends the run.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { KINDS } from '../../src/actors/catalogue.ts';
import type { Operator } from '../../src/actors/operator.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import type { Player } from '../../src/actors/player-state.ts';
import type { Race } from '../../src/actors/race-state.ts';
import { createLedger, type LedgerReport, missingIn } from '../../src/audit/ledger.ts';
import { toldBy } from '../../src/audit/records.ts';
import { RegisteredBetsSchema } from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import { openPartition, type Partition } from '../../src/runtime/partition.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import { type Bets, createBets } from './bets.ts';
import type { Disk, Written } from './disk.ts';
import { createHolds, type Holds } from './holds.ts';
import type { Machine } from './machine.ts';
import { createPoints } from './points.ts';
import { createPrices } from './prices.ts';
import { createPrizes } from './prizes.ts';
import { createShadow, type Shadow } from './shadow.ts';

export interface Finding {
  readonly invariant: string;
  readonly what: string;
}

export interface Auditor {
  opened(partition: number, epoch: number): void;
  written(written: Written): void;
  published(subject: string, bytes: Uint8Array): void;
  /** @returns What is on disk of the actor when it is asked. */
  asked(request: Request): number;
  /** @param known What `asked` gave: nobody is told of an older time than that. */
  answered(request: Request, response: Response, known: number): void;
  /** Whether nobody has opened the partition since. */
  isNewest(partition: Partition): boolean;
  count(what: string): void;
  /** From now on an owner may find out that it is none. */
  expectFences(): void;
  fenced(name: string): void;
  /** From now on snapshots may be found wrong. */
  expectHarm(): void;
  readonly snapshotsHarmed: boolean;
  /** What a shard that is about to die had in memory. */
  remember(partitions: readonly Partition[]): void;
  /** What its log makes of it. */
  replayed(partition: Partition): void;
  /** After each step: cheap, and nothing where nothing was written. */
  look(): void;
  /** Memory against disk, now and then. */
  compare(machine: Machine): void;
  /** When nothing moves any more. */
  conclude(machine: Machine): void;
  find(invariant: string, what: string): void;
  /** What the wallet does is told to these. */
  readonly holds: Holds;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<string, number>>;
}

interface PartitionSeen {
  epoch: number;
  position: number;
  outgoing: number;
  bus: number;
  /** Facts that the bus must have once its cursor is there. */
  readonly facts: { readonly position: number; readonly fact: string }[];
  readonly shadow: Shadow;
}

/** The books are added up after so many records at the latest. */
const REPORT_EVERY = 8;

export function createAuditor(partitions: number): Auditor {
  const findings: Finding[] = [];
  const counts: Record<string, number> = {};
  const ledger = createLedger();
  const bets: Bets = createBets(find);
  const holds = createHolds(find);
  const points = createPoints(find);
  const prices = createPrices(find);
  const prizes = createPrizes(find);
  const seen = Array.from(
    { length: partitions },
    (): PartitionSeen => ({
      epoch: 0,
      position: 0,
      outgoing: 0,
      bus: 0,
      facts: [],
      shadow: createShadow(),
    }),
  );
  const versions = new Map<string, number>();
  const heard = new Set<string>();
  /** What the last owner of each partition had in memory; nobody changes it any more. */
  const memories = new Map<number, Partition>();
  let unreported = 0;
  let fencesExpected = false;
  let snapshotsHarmed = false;

  function count(what: string, howMany = 1): void {
    counts[what] = (counts[what] ?? 0) + howMany;
  }

  function find(invariant: string, what: string): void {
    findings.push({ invariant, what });
  }

  function written(it: Written): void {
    const { partition, epoch, owner, position, batch, outgoing, bus } = it;
    const known = seen[partition];
    if (known === undefined) return;
    const where = `partition ${partition}, record ${position}, by ${owner} of epoch ${epoch}`;
    if (epoch !== known.epoch) find('one owner at a time', `${where}, and ${known.epoch} is open`);
    if (position !== known.position + 1) {
      find('positions have no gap', `${where}, after ${known.position}`);
    }
    for (const { stream, version, bytes } of batch) {
      known.position++;
      const before = versions.get(stream) ?? 0;
      if (version !== before + 1) find('versions have no gap', `${where}: ${stream} ${version}`);
      versions.set(stream, version);
      if (partitionOf(stream, partitions) !== partition && !isOwn(stream)) {
        find('an actor lives in one partition', `${where}: ${stream}`);
      }
      const told = toldBy(stream, bytes);
      ledger.add(told);
      bets.add(told);
      holds.add(told);
      points.add(stream, bytes);
      prizes.add(stream, bytes);
      known.shadow.add(stream, bytes);
      prices.add(told);
      if (told.of === 'race' && told.event.kind === 'bet-registered') {
        const fact = `${told.id}/${told.event.pool}/${told.event.ticket}`;
        known.facts.push({ position: known.position, fact });
      }
    }
    count('records', batch.length);
    unreported += batch.length;
    if (outgoing < known.outgoing || bus < known.bus) {
      find('cursors do not go back', `${where}: ${outgoing} and ${bus}`);
    }
    if (outgoing > known.position || bus > known.position) {
      find('cursors speak of what is there', `${where}: ${outgoing} and ${bus}`);
    }
    known.outgoing = outgoing;
    known.bus = bus;
    while (known.facts[0] !== undefined && known.facts[0].position <= bus) {
      const fact = known.facts.shift()?.fact ?? '';
      if (!heard.has(fact)) find('the bus has what its cursor says', `${where}: bet ${fact}`);
    }
  }

  function answered(request: Request, response: Response, known: number): void {
    if (request.kind !== 'ask' || response.kind === 'unanswered') return;
    count('answers');
    if (response.kind === 'accepted') {
      const { version } = response;
      const there = versions.get(request.to) ?? 0;
      if (version > there) {
        const what = `${request.to} answers ${request.id} from version ${version}, ${there} is there`;
        find('what is answered is on disk', what);
      }
      if (version < known) {
        const what = `${request.to} answers ${request.id} from version ${version}, ${known} was there`;
        find('nobody is told of an older time', what);
      }
    }
    const command = request.command as PlayerCommand | undefined;
    if (request.to.startsWith('player/') && command?.kind === 'place-bet') {
      bets.answered(command.ticket, response);
    }
  }

  function reportOf(): LedgerReport {
    unreported = 0;
    count('reports of the books');
    const report = ledger.report();
    const missing = missingIn(report.books);
    if (missing !== 0) find('money is conserved', `${missing} cents are missing`);
    for (const fault of report.faults) find('the second ledger has no fault', fault);
    return report;
  }

  return {
    findings,
    counts,
    find,
    holds,
    written,
    answered,
    asked: (request) => (request.kind === 'ask' ? (versions.get(request.to) ?? 0) : 0),
    isNewest: ({ number, log }) => log.epoch === seen[number]?.epoch,
    count,
    expectFences() {
      fencesExpected = true;
    },
    expectHarm() {
      snapshotsHarmed = true;
    },
    get snapshotsHarmed() {
      return snapshotsHarmed;
    },
    fenced(name) {
      if (!fencesExpected) find('nobody is fenced but by a rival', name);
    },
    opened(partition, epoch) {
      const known = seen[partition];
      if (known === undefined) return;
      if (epoch <= known.epoch) find('epochs grow', `partition ${partition}: ${epoch}`);
      known.epoch = epoch;
    },
    published(subject, bytes) {
      if (!subject.startsWith('furlong.bets.')) return;
      for (const { raceId, poolId, ticket } of fromBinary(RegisteredBetsSchema, bytes).bets) {
        heard.add(`${raceId}/${poolId}/${ticket}`);
      }
    },
    remember(lost) {
      for (const partition of lost) {
        // One that was fenced is not what the disk says, and somebody else is.
        if (partition.log.epoch !== seen[partition.number]?.epoch) continue;
        memories.set(partition.number, partition);
      }
    },
    replayed(partition) {
      count('replays');
      const { position } = partition.log.head();
      const known = seen[partition.number];
      if (position !== known?.position) {
        find('what was written stays', `partition ${partition.number} ends at ${position}`);
      }
      if (known === undefined) return;
      const memory = memories.get(partition.number);
      memories.delete(partition.number);
      if (memory !== undefined) compareStates(memory);
      compareStates(partition);
      const { actors } = known.shadow;
      if (partition.actors !== actors) {
        find('replay is what was live', `${partition.actors} actors are ${actors}`);
      }
    },
    look() {
      if (unreported >= REPORT_EVERY) reportOf();
    },
    compare(machine) {
      for (const disk of machine.disks) compareMemory(machine, disk);
    },
    conclude(machine) {
      const report = reportOf();
      const { unmatched, wallet } = report;
      const open = [...unmatched, ...wallet.waiting, ...holds.unsettled(machine.wallet)];
      const due = [...bets.unsettled(), ...points.missing(), ...prizes.unsettled()];
      for (const fault of [...open, ...due]) {
        find('everything settles', fault);
      }
      count('holds captured', wallet.captured);
      count('holds voided', wallet.voided);
      count('credits', wallet.credits);
      for (const { facts } of seen) {
        for (const { fact } of facts) {
          if (!heard.has(fact)) find('every bet is told to the world', `bet ${fact}`);
        }
      }
      for (const disk of machine.disks) {
        if (!compareMemory(machine, disk)) find('everything settles', 'a partition has no owner');
      }
      const replayed = machine.disks.map((disk) => openPartition(disk.copy(), KINDS));
      for (const partition of replayed) compareStates(partition);
      compareBooks(replayed, report);
    },
  };

  /** @returns Whether there is an owner whose memory is alive. */
  function compareMemory(machine: Machine, disk: Disk): boolean {
    const live = machine.ownerOf(disk.partition);
    if (live === undefined) return false;
    count('replays');
    compareStates(live);
    return true;
  }

  /** Those in memory, and what the log makes of them. */
  function compareStates({ number, cells }: Partition): void {
    for (const difference of seen[number]?.shadow.differences(cells) ?? []) {
      find('replay is what was live', `partition ${number}, ${difference}`);
    }
  }

  /** What the actors believe to have, against what the log says. */
  function compareBooks(live: readonly Partition[], { books }: LedgerReport): void {
    const own = { free: 0, held: 0, unclaimed: 0, inPools: 0, house: 0 };
    for (const { cells } of live) {
      for (const { kind, state } of cells.values()) {
        // Each kind has its own states.
        if (kind.kind === 'player') {
          const { free, held, unclaimed } = state as Player;
          own.free += free;
          own.held += held;
          own.unclaimed += unclaimed;
        } else if (kind.kind === 'race') {
          for (const { money } of (state as Race).pools.values()) own.inPools += money;
        } else if (kind.kind === 'operator') {
          const { takeout, breakage, reserve, unclaimed, awards } = state as Operator;
          own.house += takeout + breakage + reserve + unclaimed - awards;
        }
      }
    }
    const { free, held, unclaimed, inPools, takeout, breakage, reserve } = books;
    const house = takeout + breakage + reserve + books.houseUnclaimed - books.houseAwards;
    const expected = { free, held, unclaimed, inPools, house };
    if (JSON.stringify(own) === JSON.stringify(expected)) return;
    const what = `actors ${JSON.stringify(own)}, log ${JSON.stringify(expected)}`;
    find('actors have what the log says', what);
  }
}

/** Streams of the runtime live where their partition is. */
function isOwn(stream: string): boolean {
  return !KINDS.some(({ kind }) => stream.startsWith(`${kind}/`));
}
