/** Log lines of the runtime, as a dependency: ids and counts, never what an actor holds. */

export interface Telemetry {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export const silent: Telemetry = { info() {}, warn() {}, error() {} };
