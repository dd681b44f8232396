/**
 * The bus, as everything else sees it: subjects and bytes. It tells the world what is already in
 * the log; losing it loses no bet.
 *
 * Promises, kept by test/runtime/bus.contract.ts over every implementation: messages of one
 * publisher reach a subscriber in order; a subscriber gets what was published after `subscribe`
 * returned and `ready` resolved; nothing is delivered after `close` or inside `publish`; a
 * listener that throws takes nobody's message with it. Across a lost link what was not yet
 * confirmed is sent again, in order, so a message may come twice; what others published meanwhile
 * never comes.
 */

export interface BusMessage {
  readonly subject: string;
  /** Independent of what the publisher holds, but shared by the listeners: to read only. */
  readonly bytes: Uint8Array;
}

/** Of one message, by every implementation: what a NATS server takes unless told otherwise. */
export const MESSAGE_BYTES_MAX = 1024 * 1024;

/** After `close`, `publish`, `subscribe`, `respond`, `request` and `ready` fail: 'the bus is closed'. */
export interface Bus {
  /**
   * Copies what it needs: the bytes are the caller's again when it returns.
   * @throws RangeError when `subject` is no subject or the message is over MESSAGE_BYTES_MAX.
   */
  publish(subject: string, bytes: Uint8Array): void;
  /**
   * @param pattern Tokens between dots; `*` stands for one token, a last `>` for one or more.
   * @param listener What it throws is a defect and ends the process, like any uncaught error.
   * @returns What ends the subscription: nothing is delivered once it was called.
   */
  subscribe(pattern: string, listener: (message: BusMessage) => void): () => void;
  /**
   * Resolves when every earlier subscription is in force and every earlier publish has left.
   * While the link is down it waits; it rejects when the bus is closed first, or when something
   * published earlier may be lost: publish it again.
   */
  ready(): Promise<void>;
  /**
   * Asks whoever answers on `subject`; the first answer wins. `undefined` when nobody did in
   * time, which may be known sooner.
   */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>;
  /** Answers requests on `subject`; a listener that gives `undefined` leaves it to others. */
  respond(subject: string, listener: (bytes: Uint8Array) => Uint8Array | undefined): () => void;
  /** Tells when the link to the others is lost or back. The in-process bus never loses it. */
  onLink(listener: (link: 'up' | 'down') => void): void;
  /** What was published leaves first; nothing is delivered once this was called. */
  close(): Promise<void>;
}
