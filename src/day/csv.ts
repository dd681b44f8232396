/**
 * Comma-separated values, strictly: every row has every column, quotes only around a whole value,
 * and whatever is wrong is told with file, line and value.
 */

export interface Row {
  /** From 1, the heading included. */
  readonly line: number;
  /** By the heading's name. */
  readonly get: (column: string) => string;
  /** @throws DataError that names file, line, column and value. */
  readonly fail: (column: string, what: string) => never;
}

/** The data is not what it must be; the message says where. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

export interface CsvFile {
  /** For messages only. */
  readonly name: string;
  readonly text: string;
}

/** @throws DataError for another heading, a missing value or a stray quote. */
export function parseCsv(file: CsvFile, columns: readonly string[]): Row[] {
  const [heading, ...lines] = file.text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (heading !== columns.join(',')) {
    throw new DataError(`${file.name}:1: the heading is ${heading}, not ${columns.join(',')}`);
  }
  return lines.map((text, index) => {
    const line = index + 2;
    const values = valuesOf(text);
    if (values?.length !== columns.length) {
      throw new DataError(`${file.name}:${line}: not ${columns.length} values: ${text}`);
    }
    const byColumn = new Map(columns.map((column, at) => [column, values[at] ?? '']));
    const get = (column: string): string => {
      const value = byColumn.get(column);
      if (value === undefined) throw new Error(`${file.name} has no column ${column}`);
      return value;
    };
    const fail = (column: string, what: string): never => {
      throw new DataError(
        `${file.name}:${line}: ${column} ${what}: ${JSON.stringify(get(column))}`,
      );
    };
    return { line, get, fail };
  });
}

/** Undefined where a quote stands inside a value or is never closed. */
function valuesOf(text: string): string[] | undefined {
  const values: string[] = [];
  let rest = text;
  for (;;) {
    const found = /^(?:"([^"]*)"|([^",]*))(,|$)/.exec(rest);
    if (!found) return undefined;
    values.push(found[1] ?? found[2] ?? '');
    if (found[3] === '') return values;
    rest = rest.slice(found[0].length);
  }
}
