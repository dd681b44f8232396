/**
 * Dead letters, for operators: listed, sent again, dropped.
 *
 * Invariant: a page never outgrows a message that clients take, whatever the commands are.
 */
import { create } from '@bufbuild/protobuf';
import {
  DeadLetterReason,
  DeadLetterSchema,
  DropDeadLetterResponseSchema,
  type ListDeadLettersRequest,
  ListDeadLettersResponseSchema,
  type OpsService,
  type DeadLetter as ProtoDeadLetter,
  type ReplayOutcome as ProtoOutcome,
  ReplayDeadLetterResponseSchema,
  ReplayOutcomeSchema,
  ReplayResult,
} from '../gen/furlong/ops/v1/ops_pb.ts';
import {
  DEAD_LETTERS,
  type DeadLetter,
  type DeadLetterAnswer,
  type DeadLetterQuery,
  deadLettersOf,
  type OperatorCommand,
  placeOf,
  type ReplayOutcome,
} from '../runtime/dead-letter.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { clip, type Failure, failure, isFailure } from './failure.ts';
import { gatherWhole } from './gather.ts';
import { pageSize, pageToken, positionIn } from './page.ts';
import type { UnaryHandlers } from './rpc.ts';

type Handlers = Pick<
  UnaryHandlers<typeof OpsService>,
  'listDeadLetters' | 'replayDeadLetter' | 'dropDeadLetter'
>;

/** With 20 KiB each at most, far from the 4 MiB of a message. */
const PAGE = { usual: 50, max: 100 };

const COMMAND_MAX_BYTES = 16 * 1024;

const LIST = 'dead-letters';

export function createDeadLetters(router: Router): Handlers {
  /** What became of it, where it was sent again and was not taken. */
  async function order(
    command: OperatorCommand,
    timeoutMs: number,
  ): Promise<{ readonly outcome: ReplayOutcome | undefined } | Failure> {
    const { letter } = command;
    const place = placeOf(letter);
    if (place === undefined) return failure('unknown-dead-letter', { letter });
    const query = { kind: 'replayed', letter } as const;
    const to = deadLettersOf(place.partition);
    const answer = await ask(router, to, { command, query }, { timeoutMs, context: { letter } });
    if (isFailure(answer)) return answer;
    if (answer.kind !== 'replayed') throw new Error(`${to.address} answered ${answer.kind}`);
    return answer;
  }

  return {
    listDeadLetters: (request, { timeoutMs }) => list(router, request, timeoutMs),

    async replayDeadLetter({ deadLetterId: letter, operator: by }, { atMs, timeoutMs }) {
      const replayed = await order({ kind: 'replay-letter', letter, by, atMs }, timeoutMs);
      if (isFailure(replayed)) return replayed;
      // Of one that was taken nothing is left to say more.
      const { outcome = { kind: 'taken', detail: '', atMs } as const } = replayed;
      return create(ReplayDeadLetterResponseSchema, { outcome: outcomeOf(outcome) });
    },

    async dropDeadLetter({ deadLetterId: letter, operator: by, reason: why }, time) {
      const { atMs, timeoutMs } = time;
      const dropped = await order({ kind: 'drop-letter', letter, by, why, atMs }, timeoutMs);
      return isFailure(dropped) ? dropped : create(DropDeadLetterResponseSchema);
    },
  };
}

async function list(router: Router, request: ListDeadLettersRequest, timeoutMs: number) {
  const size = pageSize(request.pageSize, PAGE);
  if (typeof size === 'object') return size;
  const position = positionIn(LIST, request.pageToken);
  if (typeof position === 'object') return position;
  const after = position === undefined ? undefined : placeOf(position);
  const query = { kind: 'letters', after, limit: size + 1 } as const;
  const answers = await gatherWhole<DeadLetterQuery, DeadLetterAnswer>(
    router,
    DEAD_LETTERS,
    query,
    timeoutMs,
  );
  if (isFailure(answers)) return answers;
  const letters = answers
    .flatMap((it) => (it.kind === 'letters' ? it.letters : []))
    .sort((a, b) => rankOf(a) - rankOf(b));
  const page = letters.slice(0, size);
  const last = page.at(-1);
  return create(ListDeadLettersResponseSchema, {
    deadLetters: page.map(letterOf),
    nextPageToken: last !== undefined && letters.length > size ? pageToken(LIST, last.id) : '',
  });
}

/** By partition, then number: these are few, and those fewer than 10¹². */
function rankOf({ id }: DeadLetter): number {
  const { partition = 0, number = 0 } = placeOf(id) ?? {};
  return partition * 1e12 + number;
}

function letterOf(letter: DeadLetter): ProtoDeadLetter {
  const { id, from, to, commandId, detail, attempts, replays, replaying, outcome } = letter;
  const command = JSON.stringify(letter.command);
  return create(DeadLetterSchema, {
    id,
    from: from ?? '',
    to,
    commandId,
    command: clip(command, COMMAND_MAX_BYTES),
    commandBytes: BigInt(Buffer.byteLength(command)),
    reason: letter.reason === 'threw' ? DeadLetterReason.THREW : DeadLetterReason.REJECTED,
    detail,
    attempts,
    firstMs: BigInt(letter.firstMs),
    keptMs: BigInt(letter.keptMs),
    replays,
    replaying,
    ...(outcome === undefined ? {} : { outcome: outcomeOf(outcome) }),
  });
}

const RESULTS: Readonly<Record<ReplayOutcome['kind'], ReplayResult>> = {
  taken: ReplayResult.TAKEN,
  rejected: ReplayResult.REJECTED,
  threw: ReplayResult.THREW,
  'actor-quarantined': ReplayResult.ACTOR_QUARANTINED,
};

function outcomeOf({ kind, detail, atMs }: ReplayOutcome): ProtoOutcome {
  return create(ReplayOutcomeSchema, { result: RESULTS[kind], detail, atMs: BigInt(atMs) });
}
