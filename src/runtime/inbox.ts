/**
 * What waits for the turns of a shard: a mailbox for each actor, in three lanes.
 *
 *   control     what must not wait for others: stop the betting on a race, look where things are
 *   command     everything that somebody waits for
 *   background  jobs, pulses, gathering: gets its share, and the rest of the time
 *
 * Invariants: what one actor gets in one lane leaves in order of arrival. While others wait in a lane,
 * no actor gets more than `QUANTUM` in a row. Control goes first, but for one in `OTHERS_EVERY`; of
 * what else is taken, background gets one in `BACKGROUND_EVERY`: so nothing waits for ever.
 */
import type { Address, Lane } from './actor.ts';
import { createFifo, type Fifo } from './fifo.ts';

/** Long enough to share a commit, short enough that a hot race delays no player by a turn. */
export const QUANTUM = 32;

/** Of what is no control: enough that a settlement ends under load, too little to be felt. */
export const BACKGROUND_EVERY = 8;

/** However much control there is: a loop that looks or suspends must not stop the bets of others. */
export const OTHERS_EVERY = 32;

/** Of a shard; what is more is refused before anything is begun. */
export const INBOX_MAX = 65_536;

/** Of an actor: four thousand bets a second for four seconds, and no single one fills the inbox. */
export const MAILBOX_MAX = 16_384;

/** What is of no one actor shares one mailbox. */
type Owner = Address | '';

export interface Inbox<Item> {
  readonly length: number;
  /** False, and nothing is kept, where the shard or the actor has too much waiting already. */
  offer(owner: Owner, lane: Lane, item: Item): boolean;
  /** Past the bounds: for those who have few under way and wait for the answer. */
  push(owner: Owner, lane: Lane, item: Item): void;
  /** Whose turn it is. */
  take(): Item | undefined;
}

interface Mailbox<Item> {
  readonly owner: Owner;
  readonly items: Fifo<Item>;
  /** Taken since it was its turn. */
  taken: number;
}

export function createInbox<Item>(): Inbox<Item> {
  const lanes: Readonly<Record<Lane, LaneOfMailboxes<Item>>> = {
    control: createLane(),
    command: createLane(),
    background: createLane(),
  };
  let length = 0;
  let untilBackground = BACKGROUND_EVERY;
  let untilOthers = OTHERS_EVERY;

  function push(owner: Owner, lane: Lane, item: Item): void {
    lanes[lane].push(owner, item);
    length++;
  }

  function next(): Item | undefined {
    untilOthers--;
    const urgent = untilOthers > 0 ? lanes.control.take() : undefined;
    if (urgent !== undefined) return urgent;
    untilOthers = OTHERS_EVERY;
    return nextOfOthers() ?? lanes.control.take();
  }

  function nextOfOthers(): Item | undefined {
    const { command, background } = lanes;
    untilBackground--;
    if (untilBackground > 0) return command.take() ?? background.take();
    untilBackground = BACKGROUND_EVERY;
    return background.take() ?? command.take();
  }

  return {
    get length() {
      return length;
    },
    offer(owner, lane, item) {
      if (length >= INBOX_MAX || lanes[lane].lengthOf(owner) >= MAILBOX_MAX) return false;
      push(owner, lane, item);
      return true;
    },
    push,
    take() {
      const item = next();
      if (item !== undefined) length--;
      return item;
    },
  };
}

interface LaneOfMailboxes<Item> {
  push(owner: Owner, item: Item): void;
  take(): Item | undefined;
  lengthOf(owner: Owner): number;
}

/** Mailboxes that hold something, in the order of their turns. */
function createLane<Item>(): LaneOfMailboxes<Item> {
  const mailboxes = new Map<Owner, Mailbox<Item>>();
  const turns = createFifo<Mailbox<Item>>();
  /** Whose turn it is; in `turns` no more. */
  let current: Mailbox<Item> | undefined;

  return {
    push(owner, item) {
      let mailbox = mailboxes.get(owner);
      if (mailbox === undefined) {
        mailbox = { owner, items: createFifo(), taken: 0 };
        mailboxes.set(owner, mailbox);
        turns.push(mailbox);
      }
      mailbox.items.push(item);
    },
    take() {
      current ??= turns.shift();
      if (current === undefined) return undefined;
      const item = current.items.shift();
      current.taken++;
      if (current.items.length === 0) {
        mailboxes.delete(current.owner);
        current = undefined;
      } else if (current.taken >= QUANTUM) {
        current.taken = 0;
        turns.push(current);
        current = undefined;
      }
      return item;
    },
    lengthOf: (owner) => mailboxes.get(owner)?.items.length ?? 0,
  };
}
