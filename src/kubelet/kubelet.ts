import type { Kubelet, KubeletOptions } from './options.ts';

/** Registers the node and runs its pods until stopped. Resolves when the node is registered and its pods are known. */
export async function startKubelet(_options: KubeletOptions): Promise<Kubelet> {
  throw new Error('being written');
}
