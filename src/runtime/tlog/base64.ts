/** Base 64 as RFC 4648 section 4 has it, and in one way only: what else decodes is refused. */

/** @throws RangeError */
export function bytesFromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new RangeError(`${JSON.stringify(text.slice(0, 80))} is not base 64`);
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
