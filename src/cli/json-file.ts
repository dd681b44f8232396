/**
 * JSON or text that a verb is given: a file, or `-` for stdin. Read whole, up to the most its reader takes.
 */
import { createReadStream } from 'node:fs';
import { messageOf } from '../runtime/thrown.ts';
import { EXIT, Refused, UsageError } from './exit.ts';

export interface JsonSource {
  /** As problems name it: the path, or stdin. */
  readonly name: string;
  readonly data: unknown;
}

/**
 * @throws UsageError for a file that cannot be read, Refused (65) for one that is larger or no JSON.
 */
export async function readJson(
  file: string,
  { maxBytes }: { readonly maxBytes: number },
): Promise<JsonSource> {
  const name = file === '-' ? 'stdin' : file;
  return { name, data: parsed(await readText(file, { maxBytes }), name) };
}

/** @throws As `readJson`, but for what it holds. */
export async function readText(
  file: string,
  { maxBytes }: { readonly maxBytes: number },
): Promise<string> {
  const name = file === '-' ? 'stdin' : file;
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) break;
      chunks.push(bytes);
    }
  } catch (error) {
    // A file that is not there is the user's to mend; its message names it.
    throw new UsageError(messageOf(error), { cause: error });
  }
  if (size > maxBytes) {
    throw new Refused(`${name} is larger than ${maxBytes} bytes`, EXIT.badData);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = messageOf(error);
    throw new Refused(`${name} is not JSON: ${why}`, EXIT.badData);
  }
}
