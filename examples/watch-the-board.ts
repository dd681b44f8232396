/**
 * Follows a tournament's ranking with the official Centrifuge client:
 * `node examples/watch-the-board.ts [ws://host:port] [tournament]`, Ctrl-C to end.
 *
 * First comes a snapshot of all rows, then only what changed. A dropped connection is taken up
 * where it was; when too much was missed a snapshot comes again.
 */
import { Centrifuge } from 'centrifuge';

interface Row {
  readonly key: string;
  readonly rank: number;
  readonly alias: string;
  readonly score: number;
}

type Update =
  | { readonly kind: 'snapshot'; readonly rows: readonly Row[] }
  | {
      readonly kind: 'delta';
      readonly upserts: readonly Row[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'heartbeat' | 'state' };

const [url = 'ws://127.0.0.1:8080', tournament = 'sha-tin-day'] = process.argv.slice(2);

const board = new Map<string, Row>();

function apply(update: Update | undefined): void {
  if (update?.kind === 'snapshot') {
    board.clear();
    for (const row of update.rows) board.set(row.key, row);
  } else if (update?.kind === 'delta') {
    for (const row of update.upserts) board.set(row.key, row);
    for (const key of update.removed) board.delete(key);
  } else return;
  const top = [...board.values()].sort((a, b) => a.rank - b.rank).slice(0, 3);
  console.log(
    top.map(({ rank, alias, score }) => `${rank} ${alias} ${score}`).join(' | ') || 'empty',
  );
}

const centrifuge = new Centrifuge(`${url}/connection/websocket`);
const subscription = centrifuge.newSubscription(`board:${tournament}`);
subscription.on('subscribed', ({ data }) => apply(data));
subscription.on('publication', ({ data }) => apply(data));
subscription.on('error', ({ error }) => console.error(error.message));
subscription.subscribe();
centrifuge.connect();
