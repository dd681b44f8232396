/**
 * What the log makes of the actors, folded a record at a time as it is written: what the disk's
 * bytes say, beside whatever any owner has in memory. Replayed whole only at the end of a day.
 */
import { KINDS } from '../../src/actors/catalogue.ts';
import { OWN_KINDS } from '../../src/runtime/own-kinds.ts';
import type { Partition } from '../../src/runtime/partition.ts';
import { differenceOf } from './difference.ts';

interface Folded {
  state: unknown;
  version: number;
}

export interface Shadow {
  readonly actors: number;
  add(stream: string, bytes: Uint8Array): void;
  /** In words: the first difference of each actor, of those in memory. */
  differences(cells: Partition['cells']): string[];
}

const KIND_OF = new Map([...KINDS, ...OWN_KINDS].map((it) => [it.kind, it]));

export function createShadow(): Shadow {
  const actors = new Map<string, Folded>();

  function fold(stream: string, bytes: Uint8Array): void {
    const slash = stream.indexOf('/');
    const kind = KIND_OF.get(stream.slice(0, slash));
    if (kind === undefined) throw new Error(`${stream} is of no known kind`);
    const known = actors.get(stream);
    const { state, version } = known ?? {
      state: kind.decider.initial(stream.slice(slash + 1)),
      version: 0,
    };
    const next = { state: kind.decider.evolve(state, kind.decode(bytes)), version: version + 1 };
    if (known === undefined) actors.set(stream, next);
    else Object.assign(known, next);
  }

  return {
    get actors() {
      return actors.size;
    },
    add: fold,
    differences: (cells) =>
      [...cells.values()].flatMap(({ address, version, state }) => {
        const { version: there, state: folded } = actors.get(address) ?? {};
        const found = differenceOf({ version, state }, { version: there, state: folded });
        return found === undefined ? [] : [`${address}${found}`];
      }),
  };
}
