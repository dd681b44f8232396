/**
 * `furlong board`: tournaments. The verbs by what they are for:
 *
 *   board-terms.ts      create, join, info               board-events.ts     ingest
 *   board-standings.ts  show, watch                      board-report.ts     report
 *   board-positions.ts  position, cut-offs, teams        board-rule-sets.ts  rule-sets, rule-set, ...
 *   board-lists.ts      late, snapshots, awards          board-replay.ts     replay, without a server
 *   board-orders.ts     close, official, correct, ...
 */
import { ingest } from './board-events.ts';
import { listVerbs } from './board-lists.ts';
import { orderVerbs } from './board-orders.ts';
import { positionVerbs } from './board-positions.ts';
import { boardReplay } from './board-replay.ts';
import { report } from './board-report.ts';
import { ruleSetVerbs } from './board-rule-sets.ts';
import { standingsVerbs } from './board-standings.ts';
import { termsVerbs } from './board-terms.ts';
import type { Verb } from './verb.ts';

export const boardVerbs: readonly Verb[] = [
  ...standingsVerbs,
  ...positionVerbs,
  ...termsVerbs,
  ingest,
  ...listVerbs,
  report,
  ...orderVerbs,
  ...ruleSetVerbs,
  boardReplay,
];
