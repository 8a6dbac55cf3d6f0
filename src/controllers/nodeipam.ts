import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Node } from '../api/types/core-v1.ts';
import { modifyObject } from '../client/retry.ts';
import type { StartController } from './context.ts';
import { isDeleting } from './lib/objects.ts';

/** A node container is made with its range; its kubelet asks for the same one here. */
export const requestedPodCIDRAnnotation = 'shoal.dev/pod-cidr';

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** The first range of `maskSize` bits within `cluster` that overlaps none of `taken`; undefined when it is full. IPv4. */
export function firstFreeCIDR(cluster: string, maskSize: number, taken: readonly string[]): string | undefined {
  const range = (cidr: string): { from: number; to: number } => {
    const [address = '', bits = '32'] = cidr.split('/');
    const size = 2 ** (32 - Number(bits));
    const from = Math.floor(toNumber(address) / size) * size;
    return { from, to: from + size };
  };
  const whole = range(cluster);
  const size = 2 ** (32 - maskSize);
  const used = taken.filter((cidr) => !cidr.includes(':')).map(range);
  for (let from = whole.from; from + size <= whole.to; from += size) {
    if (!used.some((other) => from < other.to && other.from < from + size)) return `${toAddress(from)}/${maskSize}`;
  }
  return undefined;
}

/** Gives every node a range of pod addresses: the one it asks for, or the next free one of the cluster's. */
export const nodeIpamController: StartController = ({ client, clock, config, informers, recorder: recorderFor }) => {
  const nodes = informers.informer(kinds.Node);
  const recorder = recorderFor('cidrAllocator');
  /** Given out but perhaps not yet seen in the informer. */
  const given = new Map<string, string>();
  const rangesOf = (node: Node): string[] => node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR]);

  return {
    name: 'node-ipam-controller',
    workers: 1,
    watch(enqueue) {
      nodes.on({
        add: (node) => enqueue(keyOf(node)),
        update: (node) => enqueue(keyOf(node)),
        delete: (node) => void given.delete(keyOf(node)),
      });
    },
    async reconcile(key) {
      const node = nodes.get(key);
      if (node === undefined || isDeleting(node) || (node.spec?.podCIDR ?? '') !== '') return;
      const others = nodes.list().filter((other) => other !== node);
      const taken = [...others.flatMap(rangesOf), ...[...given].filter(([name]) => name !== key).map(([, cidr]) => cidr)];
      const requested = node.metadata.annotations?.[requestedPodCIDRAnnotation];
      if (requested === undefined && config.clusterCIDR === undefined) return;
      const podCIDR = requested ?? firstFreeCIDR(config.clusterCIDR ?? '', config.nodeCIDRMaskSize, taken);
      if (podCIDR === undefined) {
        recorder.event(node, 'Normal', 'CIDRNotAvailable', `Node ${key} status is now: CIDRNotAvailable`);
        throw new Error(`no range of pod addresses is left in ${config.clusterCIDR ?? ''}`);
      }
      given.set(key, podCIDR);
      await modifyObject({ client, clock }, kinds.Node, node, (copy) => {
        if ((copy.spec?.podCIDR ?? '') !== '') return false;
        copy.spec = { ...copy.spec, podCIDR, podCIDRs: [podCIDR] };
        return true;
      });
    },
  };
};
