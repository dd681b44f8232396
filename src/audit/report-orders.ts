/** What stewards ordered in a race, each as one line: when, what, by whom, why, with whose leave. */
import type { Order } from '../actors/pools/price.ts';
import type { RaceEvent } from '../actors/race-events.ts';
import { timeOf } from './report-stamp.ts';

export interface OrderLine {
  /** When it was given, by the gateway's clock; when it was recorded, where that is unknown. */
  readonly at: string;
  readonly recordedAt: string;
  /** The record's kind. */
  readonly what: string;
  readonly details: string;
  readonly by: string;
  readonly why: string;
  /** The second steward, of an order that takes two; else empty. */
  readonly authorisedBy: string;
}

/** Undefined for what no steward ordered. */
export function orderLineOf(event: RaceEvent, recordedAt: string): OrderLine | undefined {
  const details = detailsOf(event);
  if (details === undefined || !('by' in event)) return undefined;
  return {
    at: timeOf(event.atMs) || recordedAt,
    recordedAt,
    what: event.kind,
    details,
    by: event.by,
    why: 'why' in event ? (event.why ?? '') : '',
    authorisedBy: 'authorisedBy' in event ? event.authorisedBy : '',
  };
}

function detailsOf(event: RaceEvent): string | undefined {
  switch (event.kind) {
    case 'race-declared':
      return `${event.runners.length} runners, ${event.pools.length} pools`;
    case 'race-opened':
    case 'race-suspended':
    case 'race-run':
    case 'race-voided':
    case 'surface-changed':
      return '';
    case 'runner-scratched':
      return `runner ${event.runner}`;
    case 'race-closed':
      return event.source ?? '';
    case 'result-entered': {
      const out = event.didNotFinish.length === 0 ? '' : `, out ${event.didNotFinish.join(',')}`;
      return `${orderText(event.order)}${out}`;
    }
    case 'race-made-official':
      return `${orderText(event.order)}, run ${event.run || 1}`;
    case 'inquiry-opened': {
      const runners = event.runners.length === 0 ? '' : `, runners ${event.runners.join(',')}`;
      return `${event.sort} ${event.id}${runners}`;
    }
    case 'inquiry-closed':
      return `${event.id}: ${event.ruling}`;
    case 'pool-authorised':
      return `pool ${event.pool}`;
    case 'pricing-reopened':
      return `run ${event.run}`;
    case 'source-removed': {
      const { source, pool, tickets, stakes, evidence } = event;
      return `${source} from pool ${pool}: ${tickets} tickets, ${stakes} cents; evidence: ${evidence}`;
    }
    default:
      return undefined;
  }
}

/** Places from the first, dead-heaters joined by `=`. */
function orderText(order: Order): string {
  return order.map((place) => place.join('=')).join('/');
}
