/**
 * One process of the machine: the real crew over simulated shard threads, and a gateway thread with
 * the real router. It ends when its crew says that it cannot go on, or where the power is cut.
 */
import { type Crew, startCrew } from '../../src/runtime/crew.ts';
import { createOwners } from '../../src/runtime/owners.ts';
import { createRouter, type Router, type ShardPort } from '../../src/runtime/router.ts';
import { createThread, freeze, type Thread } from './kernel.ts';
import type { End } from './network.ts';
import {
  auditedTelemetry,
  createLinks,
  type ShardThread,
  type Surroundings,
  startShardThread,
} from './shard-thread.ts';

export interface Process {
  readonly router: Router;
  /** Undefined until it has started. */
  crew(): Crew<End> | undefined;
  /** Threads that live. */
  shards(): readonly ShardThread[];
  /** Stands still, all of it. */
  freeze(forUs: number): void;
  /** Everything at once, wherever it stands. */
  end(why: string): void;
}

export function startProcess(
  { shards: names, onEnd }: { readonly shards: readonly string[]; readonly onEnd: () => void },
  surroundings: Surroundings,
): Process {
  const { kernel, network, auditor, disks } = surroundings;
  const main = createThread('main');
  const gateway = createThread('gateway');
  const shards = new Set<ShardThread>();
  let crew: Crew<End> | undefined;
  let ended = false;

  const owners = createOwners(disks.map(() => ''));
  const links = createLinks(
    owners,
    undefined,
    (port): ShardPort => ({
      shard: port.shard,
      send(request, onResponse) {
        const known = auditor.asked(request);
        port.send(request, (response) => {
          auditor.answered(request, response, known);
          onResponse(response);
        });
      },
    }),
  );
  const router = createRouter(owners, kernel.clockOf(gateway));
  const tell = (label: string, work: () => void) =>
    network.post({ from: main, to: gateway }, label, work);

  kernel.after(1, { thread: main, label: 'starts the crew' }, () => {
    const starting = startCrew<End>({
      shards: names,
      partitions: disks.length,
      clock: kernel.clockOf(main),
      telemetry: auditedTelemetry('main', auditor),
      start(name, partitions, table) {
        const shard = startShardThread({ name, main, table }, partitions, surroundings);
        shards.add(shard);
        auditor.count('threads');
        return shard;
      },
      openChannel: network.openChannel,
      onFatal: ({ shard, reason }) => end(`${shard}: ${reason}`),
    });
    void starting.then(
      (started) => {
        crew = started;
        started.join({
          name: 'gateway',
          connect: (member, end) =>
            tell(`${member} joins`, () => links.connect(member, end.attach(gateway))),
          disconnect: (member) => tell(`${member} leaves`, () => links.disconnect(member)),
          place: (table, version) => tell(`table ${version}`, () => owners.place(table, version)),
        });
      },
      (cause) => end(String(cause)),
    );
  });

  function threads(): Thread[] {
    return [main, gateway, ...[...shards].map(({ thread }) => thread)];
  }

  function end(why: string): void {
    if (ended) return;
    ended = true;
    kernel.note(`the process ends: ${why}`);
    for (const shard of shards) shard.kill('its process ends');
    for (const thread of [main, gateway]) {
      thread.alive = false;
      network.died(thread);
    }
    onEnd();
  }

  return {
    router,
    crew: () => crew,
    shards: () => [...shards].filter(({ thread }) => thread.alive),
    freeze(forUs) {
      for (const thread of threads()) freeze(thread, kernel.nowUs + forUs);
    },
    end,
  };
}
