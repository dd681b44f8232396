/** Log lines as NDJSON on stderr. The one door to pino; ids and counts, never what is private. */
import pino from 'pino';
import type { Telemetry } from './telemetry.ts';

/** @param thread Which part of the process speaks, such as `shard-0`. */
export function openPinoTelemetry(level: string, thread: string): Telemetry {
  // Synchronous, so that the last words of a crashing thread are on the way before it is gone.
  const logger = pino(
    { level, base: { thread }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}
