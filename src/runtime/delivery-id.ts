/**
 * The id of a command that followed from an event: which record it is due to. It names the command
 * for the receiver, and stays in its record as the cause, so that from the logs alone it can be told
 * what came of what.
 *
 * A client may give its own command an id that reads like one. Whoever follows causes must come to no
 * harm by one that is false.
 */

export interface DeliveryId {
  /** Of the sender. */
  readonly partition: number;
  /** Of the record that made the command due. */
  readonly position: number;
  /** Among the commands of that record, from 0. */
  readonly index: number;
}

/** No safe integer has more digits. */
const PATTERN = /^(\d{1,4})-([1-9]\d{0,15})-(\d{1,9})$/;

export function deliveryId({ partition, position, index }: DeliveryId): string {
  return `${partition}-${position}-${index}`;
}

/** Undefined where the cause is no delivery: a client's command, a job's, a pulse. */
export function deliveryOf(cause: string): DeliveryId | undefined {
  const [, partition, position, index] = PATTERN.exec(cause) ?? [];
  if (partition === undefined || position === undefined || index === undefined) return undefined;
  return { partition: Number(partition), position: Number(position), index: Number(index) };
}
