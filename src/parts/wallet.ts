/** The thread of the wallet's client: shards have no time for its sockets. */
import { createCrewLinks } from '../crew-links.ts';
import { serveCalls } from '../runtime/linked-calls.ts';
import { createOwners } from '../runtime/owners.ts';
import type { WalletBoot } from '../thread-messages.ts';
import { connectWallet } from '../wallet/client.ts';
import type { Part } from './part.ts';

export function startWalletPart({ address, dataId }: WalletBoot): Part {
  const wallet = connectWallet({ address, house: dataId });
  const { hear } = createCrewLinks(createOwners([]), serveCalls(wallet));
  return { port: 0, hear, stop: async () => wallet.close() };
}
