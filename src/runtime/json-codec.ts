/** Bytes of the runtime's own records: JSON with a version, `v`, which a reader checks. */

export function jsonCodec<Event extends object>(version: number) {
  return {
    encode: (event: Event): Uint8Array => Buffer.from(JSON.stringify({ v: version, ...event })),
    decode(bytes: Uint8Array): Event {
      const { v, ...event } = JSON.parse(Buffer.from(bytes).toString()) as Event & { v?: number };
      if (v !== version) throw new Error(`version ${v}, this furlong reads ${version}`);
      // Written by `encode`, of the same version.
      return event as unknown as Event;
    },
  };
}
