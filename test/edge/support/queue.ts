// What happens, in order, for a test to await one by one.
export interface Queue<Item> {
  push(item: Item): void;
  /** The next item, now or once there is one. */
  next(): Promise<Item>;
  /** Items that nobody asked for yet. */
  waiting(): readonly Item[];
}

export function createQueue<Item>(): Queue<Item> {
  const items: Item[] = [];
  const takers: ((item: Item) => void)[] = [];
  return {
    push(item) {
      const taker = takers.shift();
      if (taker) taker(item);
      else items.push(item);
    },
    next() {
      const [item] = items;
      if (item === undefined) return new Promise((resolve) => takers.push(resolve));
      items.shift();
      return Promise.resolve(item);
    },
    waiting: () => items,
  };
}
