/** What the address of the page remembers, so that it can be reloaded, kept and passed on. */

/** The tournament that `furlong dev` plays. */
const DEFAULT_BOARD = 'sha-tin-day';

export interface Address {
  readonly board: string;
  readonly player: string | undefined;
  /** The race somebody picked; absent while the page follows the next to go. */
  readonly race: string | undefined;
  readonly lang: string | undefined;
}

export function readAddress(search: string): Address {
  const params = new URLSearchParams(search);
  const read = (name: keyof Address) => params.get(name)?.trim() || undefined;
  return {
    board: read('board') ?? DEFAULT_BOARD,
    player: read('player'),
    race: read('race'),
    lang: read('lang'),
  };
}

/** `search` with some of it said anew, or no more where a change is undefined. */
export function withAddress(search: string, changes: Partial<Address>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}
