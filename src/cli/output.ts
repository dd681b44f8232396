/**
 * What a verb says, and how: tables for people on a terminal, one JSON value a line for programs.
 *
 * Invariant: results go to stdout and nothing else does; progress and errors go to stderr.
 */
import { type DescMessage, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export interface Output {
  readonly json: boolean;
  /** A result, in both forms; only the one asked for is made. */
  readonly show: (result: Result) => void;
  /** A result in the form that was asked for, whoever reads it. */
  readonly lines: (lines: readonly string[]) => void;
  /** The same of very many lines, at the pace of whoever reads them. */
  readonly flow: (lines: Iterable<string>) => Promise<void>;
  /** A result for people alone; programs get nothing. */
  readonly say: (line: string) => void;
  /** Progress. */
  readonly note: (line: string) => void;
  readonly error: (line: string) => void;
  /** Shows a picture in place of the one before, where that is possible. */
  readonly redraw: (result: Result) => void;
  readonly style: (style: Style, text: string) => string;
}

export interface Result {
  readonly json: () => JsonValue;
  readonly human: () => readonly string[];
}

export interface OutputOptions {
  readonly stdout: (text: string) => void;
  /** Resolves when whoever reads stdout has caught up, and a turn later at least. */
  readonly drained?: (() => Promise<void>) | undefined;
  readonly stderr: (text: string) => void;
  readonly json: boolean;
  readonly style: (style: Style, text: string) => string;
}

/** Written at a time where there is no end of lines. */
const FLOW_CHARACTERS = 64 * 1024;

const CLEAR_SCREEN = '\x1b[2J\x1b[H';

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, json, style, drained = async () => {} } = options;
  const print = (result: Result) => {
    const lines = json ? [JSON.stringify(result.json())] : result.human();
    stdout(lines.map((line) => `${line}\n`).join(''));
  };
  return {
    json,
    style,
    show: print,
    lines: (lines) => stdout(lines.map((line) => `${line}\n`).join('')),
    async flow(lines) {
      let text = '';
      try {
        for (const line of lines) {
          text += `${line}\n`;
          if (text.length < FLOW_CHARACTERS) continue;
          stdout(text);
          text = '';
          await drained();
        }
      } finally {
        // Also what came before a line that could not be made.
        stdout(text);
      }
    },
    say: (line) => {
      if (!json) stdout(`${line}\n`);
    },
    note: (line) => stderr(`${line}\n`),
    error: (line) => stderr(`${style('red', 'furlong:')} ${line}\n`),
    redraw: (result) => {
      if (!json) stdout(CLEAR_SCREEN);
      print(result);
    },
  };
}

/** ProtoJSON with every field in it: a program must not guess what an absent zero means. */
export function messageJson<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): JsonValue {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** Lines of a table: columns two spaces apart, as wide as their widest cell. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Output['style'],
): string[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const gap = ' '.repeat((widths[at] ?? 0) - widthOf(cell));
        return align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [style('bold', line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** `name  value` lines, the values in one column. */
export function fieldLines(
  fields: readonly (readonly [string, string])[],
  style: Output['style'],
): string[] {
  const width = Math.max(...fields.map(([name]) => widthOf(name)));
  return fields.map(([name, value]) => `${style('dim', name.padEnd(width))}  ${value}`);
}

/** Columns on a terminal: East Asian wide characters take two (UAX #11, the ranges we meet). */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
