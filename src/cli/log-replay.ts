/** `furlong log replay`: what everything, or one actor, was at a position or a time. */
import type { JsonValue } from '@bufbuild/protobuf';
import { UnknownPartitionError } from '../audit/bounds.ts';
import { type Replay, replayLog } from '../audit/replay.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { BOUND_HELP, parseBound } from './log-bounds.ts';
import { dataOf, isUnreadable } from './log-data.ts';
import { fieldLines, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount } from './values.ts';
import { optionalText, type Verb } from './verb.ts';

const ADDRESS = /^[a-z-]{1,32}\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}(@\d{1,6})?$/;

export const logReplay: Verb = {
  name: 'log replay',
  about:
    'play the log again up to a position or a time: books, counts, a hash of all states, one actor',
  options: [
    {
      flags: '--data <dir>',
      about: 'the data directory; a server may have it open (FURLONG_DATA)',
    },
    { flags: '--to <where>', about: `up to there, included: ${BOUND_HELP}; the head if left out` },
    { flags: '--actor <address>', about: 'an actor to show, such as race/r1 or player/ann' },
  ],
  examples: [
    'furlong log replay --data data --to 2026-11-21T17:45:00Z',
    'furlong log replay --data data --to 2026-11-20 --actor race/sha-tin-r6',
    'furlong log replay --data data --to 0:1200,1:985 --json | jq -r .stateHash',
  ],
  async run(input, { config, output }) {
    const dir = dataOf(config);
    const to = optionalText(input, 'to');
    const actor = optionalText(input, 'actor');
    if (actor !== undefined && !ADDRESS.test(actor)) {
      throw new UsageError(`--actor is ${JSON.stringify(actor)}, but must be such as race/r1`);
    }
    const found = played(() =>
      replayLog(dir, {
        to: to === undefined ? undefined : parseBound(to, '--to', 'to'),
        actor,
        onProgress: (records) => output.note(`${formatCount(records)} records played`),
      }),
    );
    if (actor !== undefined && found.actor === undefined) {
      throw new Refused(`nothing had happened to ${actor} by then`);
    }
    output.show({ json: () => jsonOf(found), human: () => replayLines(found, output) });
    return found.faults.length === 0 ? EXIT.ok : EXIT.badData;
  },
};

function played(replay: () => Replay): Replay {
  try {
    return replay();
  } catch (cause) {
    if (cause instanceof UnknownPartitionError) throw new UsageError(cause.message);
    if (!isUnreadable(cause)) throw cause;
    throw new Refused(cause.message, EXIT.badData);
  }
}

/** Plain values all through; what is undefined is left out, and the actor null where none is asked for. */
function jsonOf(found: Replay): JsonValue {
  const ok = found.faults.length === 0;
  return JSON.parse(JSON.stringify({ ok, ...found, actor: found.actor ?? null }));
}

function replayLines(found: Replay, { style }: Output): string[] {
  const { records, partitions, actors, bets, books, funds, stateHash, actor, faults } = found;
  const right = { align: 'right' } as const;
  return [
    ...tableLines(
      [{ title: 'partition', ...right }, { title: 'record', ...right }, { title: 'decided at' }],
      partitions.map(({ position, atMs }, partition) => [
        String(partition),
        formatCount(position),
        position === 0 ? '' : new Date(atMs).toISOString(),
      ]),
      style,
    ),
    '',
    `actors: ${countsOf(actors)}`,
    `bets:   ${countsOf(bets)}`,
    '',
    ...fieldLines(
      [
        ...Object.entries(books).map(
          ([name, cents]) => [wordsOf(name), formatAmount(cents)] as const,
        ),
        ...funds.map(({ fund, cents }) => [`fund ${fund}`, formatAmount(cents)] as const),
      ],
      style,
    ),
    '',
    ...(actor === undefined
      ? []
      : [
          style('bold', `${actor.address}, version ${actor.version}`),
          ...JSON.stringify(actor.picture, undefined, 2).split('\n'),
          `hash of ${actor.address}: ${actor.hash}`,
          '',
        ]),
    `hash of all states: ${stateHash}`,
    faults.length === 0
      ? style(
          'green',
          `${formatCount(records)} records played: the books add up, as the actors have them too`,
        )
      : style('red', `${formatCount(records)} records played, and this is wrong:`),
    ...faults.map((fault) => `  ${fault}`),
  ];
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${formatCount(count)} ${wordsOf(name)}`)
    .join(', ');
}

/** `inPools` → `in pools` */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
