/**
 * What `furlong board replay` reads: a contest as JSON, and its events as lines of JSON, in any order.
 * docs/BOARDS.md is its guide, docs/board-contest.schema.json and docs/board-event.schema.json are
 * its schemas.
 */

import { SCORING_SHAPE, type ScoringRuleSet, STAKE_MAX } from '../actors/scoring/rule-set.ts';
import {
  described,
  flag,
  type JsonSchema,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  text,
  union,
  whole,
} from '../actors/shape.ts';

export interface ContestDocument {
  readonly $schema?: string;
  readonly title?: string;
  readonly tournament: string;
  readonly rules: ScoringRuleSet;
  readonly opensMs?: number;
  readonly closesMs?: number;
  readonly lateMs?: number;
  readonly duplicateWindowMs?: number;
  readonly entries?: 'open' | 'listed';
  readonly seed?: string;
  readonly games?: readonly string[];
}

export type EventLine = EntryLine | ContestEvent;

export interface EntryLine {
  readonly kind: 'entry';
  readonly player: string;
  readonly region?: string;
  readonly division?: string;
}

export interface ContestEvent {
  readonly kind: 'event';
  readonly event_uuid: string;
  readonly player: string;
  readonly game: string;
  readonly stake?: number;
  readonly win?: number;
  readonly time_ms: number;
  readonly received_ms?: number;
  readonly sequence?: number;
  readonly outcome?: string;
  readonly place?: number;
  readonly provider?: string;
  readonly bonus?: boolean;
}

/** Half the safe integers: a sum of two is one. */
const TIME_MAX = 4_000_000_000_000_000;
const WINDOW_MAX_MS = 366 * 86_400_000;
const SEQUENCE_MAX = 4_000_000_000_000;
const PLACE_MAX = 10_000;
const GAMES_MAX = 10_000;

const id = (most: number) => text(most);
const timeMs = described(
  'Milliseconds since 1970, or since the opening: the same for all of a contest',
  whole(0, TIME_MAX),
);

export const CONTEST_SHAPE: Shape<ContestDocument> = object<ContestDocument>({
  $schema: optional(text(500)),
  title: optional(text(500)),
  tournament: id(64),
  rules: SCORING_SHAPE,
  opensMs: optional(described('What happened before is refused; absent: 0', timeMs)),
  closesMs: optional(described('What happened then or later is refused', timeMs)),
  lateMs: optional(
    described(
      'What was received so long after the close still counts; what is later is late',
      whole(0, WINDOW_MAX_MS),
    ),
  ),
  duplicateWindowMs: optional(
    described(
      'Of two events with the same player, game, stake and win within it the later is a duplicate',
      whole(0, WINDOW_MAX_MS),
    ),
  ),
  entries: optional(
    described(
      'open: whoever has an event is in; listed: only who has a line of kind entry',
      oneOf(['open', 'listed']),
    ),
  ),
  games: optional(
    described('The programme: what reachedBy game goes by', list(id(64), [1, GAMES_MAX])),
  ),
  seed: optional(described('Of the draw that tells apart those that are level', text(200))),
});

export const LINE_SHAPE: Shape<EventLine> = union<EventLine>('kind', {
  entry: object<EntryLine>({
    kind: oneOf(['entry']),
    player: id(64),
    region: optional(described('What the rules’ switches go by', id(64))),
    division: optional(id(64)),
  }),
  event: object<ContestEvent>({
    kind: oneOf(['event']),
    event_uuid: id(64),
    player: id(64),
    game: id(64),
    stake: optional(whole(0, STAKE_MAX)),
    win: optional(whole(0, STAKE_MAX)),
    time_ms: timeMs,
    received_ms: optional(timeMs),
    sequence: optional(
      described('Tells apart what happened in the same millisecond', whole(0, SEQUENCE_MAX)),
    ),
    outcome: optional(text(64)),
    place: optional(whole(1, PLACE_MAX)),
    provider: optional(id(64)),
    bonus: optional(flag()),
  }),
});

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** What docs/board-contest.schema.json holds. */
export function contestSchema(): JsonSchema {
  return {
    $schema: DIALECT,
    title: 'A contest to rank',
    description: 'The rules that `furlong board replay` reads. See docs/BOARDS.md.',
    ...CONTEST_SHAPE.schema,
  };
}

/** What docs/board-event.schema.json holds. */
export function eventSchema(): JsonSchema {
  return {
    $schema: DIALECT,
    title: 'A line of events',
    description: 'What `furlong board replay` reads, line by line. See docs/BOARDS.md.',
    ...LINE_SHAPE.schema,
  };
}
