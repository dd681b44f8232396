/** What every part of the page is handed: the figures, the server's time, and how to say it. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Format } from './format.ts';
import type { Live } from './live.ts';
import type { Messages } from './messages/messages.ts';
import type { ServerClock } from './server-clock.ts';

export interface Page {
  readonly live: Live;
  readonly clock: ServerClock;
  readonly format: Format;
  readonly messages: Messages;
  readonly language: string;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('a part of the page stands outside it');
  return page;
}
