/**
 * Lines of events, as docs/board-event.schema.json has them: from a file, or `-` for stdin. Read as
 * they come, so that a stream that never ends can be read.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { sentenceOf } from '../actors/shape.ts';
import { messageOf } from '../runtime/thrown.ts';
import { type EventLine, LINE_SHAPE } from '../standings/document.ts';
import { EXIT, Refused, UsageError } from './exit.ts';

const LINE_MAX = 64 * 1024;

export interface NumberedLine {
  readonly line: EventLine;
  /** Says where it is, and why it cannot be used. */
  readonly refused: (why: string) => Refused;
}

/** @throws UsageError for a file that cannot be read, Refused (65) that names the first bad line. */
export async function* readEventLines(file: string): AsyncIterable<NumberedLine> {
  const name = file === '-' ? 'stdin' : file;
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (text === '') continue;
      const at = number;
      const refused = (why: string) => new Refused(`${name}: line ${at}: ${why}`, EXIT.badData);
      yield { line: lineOf(text, refused), refused };
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function lineOf(text: string, refused: NumberedLine['refused']): EventLine {
  if (text.length > LINE_MAX) throw refused(`longer than ${LINE_MAX} characters`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw refused(`not JSON: ${messageOf(error)}`);
  }
  const problem = LINE_SHAPE.problemIn(data, '');
  if (problem !== undefined) throw refused(sentenceOf(problem));
  return data as EventLine; // the shape has judged all of it
}
