/** `furlong wallet` as a process of its own, to be slow, faulty, killed and started again. */
import { type FurlongProcess, startFurlong } from './furlong-process.ts';

export interface WalletProcess extends FurlongProcess {
  readonly port: number;
  readonly address: string;
}

/** @param port 0 for any that is free. */
export async function startWalletProcess(
  file: string,
  port = 0,
  args: readonly string[] = [],
): Promise<WalletProcess> {
  const wallet = await startFurlong(['wallet', '--data', file, '--port', `${port}`, ...args]);
  const address = wallet.told('walletAddress');
  return { ...wallet, address, port: Number(address.split(':')[1]) };
}
