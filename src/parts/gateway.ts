/** A gateway's thread: gRPC in front, the ways to the shards behind. */
import { createRuleBook } from '../actors/rule-book.ts';
import { createScoringBook } from '../actors/scoring/book.ts';
import { createCrewLinks } from '../crew-links.ts';
import { openGateway } from '../gateway/server.ts';
import { systemClock } from '../runtime/clock.ts';
import { createOwners } from '../runtime/owners.ts';
import { createRouter } from '../runtime/router.ts';
import { openBroadcast } from '../runtime/threads.ts';
import { askNotary } from '../runtime/tlog/notary-line.ts';
import { createSteering } from '../steering.ts';
import { type GatewayBoot, notaryLineOf } from '../thread-messages.ts';
import type { Part, Surroundings } from './part.ts';

/** Where only the thread's own memory can be lost by waiting longer. */
const DRAIN_MS = 10_000;

export async function startGatewayPart(
  boot: GatewayBoot,
  { telemetry, tell }: Surroundings,
): Promise<Part> {
  const { name, host, port, rules, scoringRules, partitions, hasWallet } = boot;
  const owners = createOwners(Array.from({ length: partitions }, () => ''));
  const links = createCrewLinks(owners);
  const steering = createSteering(tell);
  const gateway = await openGateway({
    router: createRouter(owners, systemClock),
    steering,
    clock: systemClock,
    ruleBook: createRuleBook(rules),
    scoringBook: createScoringBook(scoringRules),
    hasWallet,
    notary: askNotary(openBroadcast(notaryLineOf(boot)), { asker: name, clock: systemClock }),
    host,
    port,
    log: telemetry,
  });
  return {
    port: gateway.port,
    hear(message) {
      if (message.kind === 'steered') steering.steered(message);
      else links.hear(message);
    },
    stop: (graceMs = DRAIN_MS) => gateway.drain(graceMs),
  };
}
