/**
 * The files of one partition's tree, as far as the tree needs them. A port: on disk in service, in
 * memory in tests, where a write can be the last one.
 *
 * Paths are relative, with `/`. What is not durable may be lost with the power, whole or in part, and
 * must be made again from the log; a crash of the process alone loses nothing that returned.
 */
export interface TreeFiles {
  /** Undefined where there is no such file. */
  read(path: string): Buffer | undefined;
  /** Some bytes of a file, fewer at its end. */
  readAt(path: string, offset: number, length: number): Buffer;
  /** Bytes; undefined where there is no such file. */
  sizeOf(path: string): number | undefined;
  /** The whole file at once: whoever reads sees the one before or this one. */
  replace(path: string, bytes: Uint8Array, options: { readonly durable: boolean }): void;
  /** At the end of a file, made where it is not; durable when it returns. */
  append(path: string, bytes: Uint8Array): void;
  /** Cuts a file off; durable when it returns. */
  truncate(path: string, size: number): void;
  /** A file or a folder, if it is there. */
  remove(path: string): void;
}
