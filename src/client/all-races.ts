/** Every race of a server, page by page. */

import type { Race } from '../gen/furlong/racing/v1/racing_pb.ts';
import type { Client } from './client.ts';

const PAGE_SIZE = 100;
/** A server that never ends its list must not hold us for ever. */
const PAGES_MAX = 100;

/** By off time. */
export async function allRaces(racing: Client['racing']): Promise<Race[]> {
  const races: Race[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await racing.listRaces({ pageSize: PAGE_SIZE, pageToken });
    races.push(...answer.races);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  return races;
}
