/**
 * What happens around every call, in this order: draining refuses it, a request that could not be
 * read refuses it, a deadline that has passed refuses it, the contract's rules refuse it; then the
 * handler works, and whatever it says or throws becomes one answer.
 *
 * Invariant: a call is answered once, and nothing of our insides is in the answer: a defect is
 * logged under a reference, and the caller gets the reference.
 */
import { randomUUID } from 'node:crypto';
import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { Clock } from '../runtime/clock.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import type { Gate } from './gate.ts';
import type { CallTime } from './rpc.ts';
import type { Validator } from './validate.ts';

/** Of a call whose client set no deadline. */
const DEFAULT_TIMEOUT_MS = 2_000;

/** However patient a client is: past this, it is told to ask again. */
const TIMEOUT_MAX_MS = 30_000;

export interface Log {
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface Dispatch {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly validator: Validator;
  readonly log: Log;
}

/** A handler whose types the service's descriptor has checked already. */
export type AnyHandler = (input: Message, time: CallTime) => Promise<Message | Failure>;

interface UnaryCall {
  readonly request: object;
  getDeadline(): Date | number;
}

export type Answer = (answer: Message | Failure) => void;

export function unary(
  dispatch: Dispatch,
  method: DescMethod,
  handle: AnyHandler,
): (call: UnaryCall, answer: Answer) => void {
  const { gate, clock, validator } = dispatch;
  const { input } = method;
  return (call, answer) => {
    if (!gate.enter()) return answer(failure('draining'));
    const settle = (outcome: Message | Failure) => {
      gate.leave();
      answer(outcome);
    };
    try {
      const { request } = call;
      if (isFailure(request)) return settle(request);
      const atMs = clock.now();
      const timeoutMs = timeoutOf(call.getDeadline(), atMs);
      if (timeoutMs <= 0) return settle(failure('deadline-expired', { lateMs: -timeoutMs }));
      // What was read without failing is the method's own input.
      const message = request as Message;
      const refused = validator.check(input, message);
      if (refused !== undefined) return settle(refused);
      handle(message, { atMs, timeoutMs }).then(settle, (error: unknown) =>
        settle(defect(dispatch, method, error)),
      );
    } catch (error) {
      settle(defect(dispatch, method, error));
    }
  };
}

/** What is left until `deadline`; the default where the client set none. */
export function timeoutOf(deadline: Date | number, atMs: number): number {
  const untilMs = typeof deadline === 'number' ? deadline : deadline.getTime();
  if (untilMs === Number.POSITIVE_INFINITY) return DEFAULT_TIMEOUT_MS;
  return Math.min(untilMs - atMs, TIMEOUT_MAX_MS);
}

export function defect(
  { log }: Pick<Dispatch, 'log'>,
  method: DescMethod,
  error: unknown,
): Failure {
  const reference = randomUUID().slice(0, 8);
  log.error('defect', { reference, rpc: `${method.parent.typeName}/${method.name}`, err: error });
  return failure('defect', { reference });
}
