/** An edge's thread: WebSocket and page in front, the bus behind. */
import { openEdge } from '../edge/server.ts';
import { systemClock } from '../runtime/clock.ts';
import type { EdgeBoot } from '../thread-messages.ts';
import type { Part, Surroundings } from './part.ts';

export async function startEdgePart(
  { host, port, pageDir }: EdgeBoot,
  { bus, telemetry }: Surroundings,
): Promise<Part> {
  const edge = await openEdge({ bus, clock: systemClock, host, port, pageDir, log: telemetry });
  return { port: edge.port, hear() {}, stop: edge.close };
}
