/** The ways from one thread to the shards, as the main thread tells of them. */
import { createLink, type Link } from './runtime/link.ts';
import type { OwnersTable } from './runtime/owners.ts';
import type { ShardPort } from './runtime/router.ts';
import { channelOver } from './runtime/threads.ts';
import type { ToThread } from './thread-messages.ts';

export interface CrewLinks {
  hear(message: ToThread): void;
  /** Asks a member by name; one that there is no way to answers `crashed`. */
  portOf(member: string): ShardPort;
}

/** @param serve Answers requests from the other side; left out by a thread that owns no actors. */
export function createCrewLinks(
  owners: OwnersTable,
  serve?: Parameters<typeof createLink>[2],
): CrewLinks {
  const links = new Map<string, Link>();
  return {
    portOf: (member) => ({
      shard: member,
      send(request, onResponse) {
        const link = links.get(member);
        if (link === undefined) onResponse({ kind: 'unanswered', why: 'crashed' });
        else link.send(request, onResponse);
      },
    }),
    hear(message) {
      switch (message.kind) {
        case 'connect': {
          links.get(message.member)?.cut();
          const link = createLink(message.member, channelOver(message.end), serve);
          links.set(message.member, link);
          owners.connect(link);
          return;
        }
        case 'disconnect':
          owners.disconnect(message.member);
          links.get(message.member)?.cut();
          links.delete(message.member);
          return;
        case 'place':
          owners.place(message.table.shards, message.table.version);
      }
    },
  };
}
