/** First in, first out, in constant time: an array whose head moves, dropped in pieces. */

/** Taken items are dropped from the array when there are so many, and no fewer than are left. */
const DROP_AT = 1_024;

export interface Fifo<Item> {
  readonly length: number;
  push(item: Item): void;
  shift(): Item | undefined;
  /** Keeps those that pass, in their order. */
  keep(passes: (item: Item) => boolean): void;
}

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let head = 0;

  return {
    get length() {
      return items.length - head;
    },
    push(item) {
      items.push(item);
    },
    shift() {
      if (head === items.length) return undefined;
      const item = items[head];
      items[head] = undefined;
      head++;
      if (head === items.length) {
        items.length = 0;
        head = 0;
      } else if (head >= DROP_AT && head * 2 >= items.length) {
        items.splice(0, head);
        head = 0;
      }
      return item;
    },
    keep(passes) {
      // Before the head, and only there, is what was taken.
      items = items.slice(head).filter((item) => passes(item as Item));
      head = 0;
    },
  };
}
