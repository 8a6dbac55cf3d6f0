import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Node } from '../api/types/core-v1.ts';
import { modifyObject } from '../client/retry.ts';
import type { StartController } from './context.ts';
import { createCidrPool } from './lib/cidr-pool.ts';
import { isDeleting } from './lib/objects.ts';

/** A node container is made with its range; its kubelet asks for the same one here. */
export const requestedPodCIDRAnnotation = 'shoal.dev/pod-cidr';

/** Gives every node a range of pod addresses: the one it asks for, or the next free one of the cluster's. */
export const nodeIpamController: StartController = ({ client, clock, config, informers, recorder: recorderFor }) => {
  const nodes = informers.informer(kinds.Node);
  const recorder = recorderFor('cidrAllocator');
  const pool = config.clusterCIDR === undefined ? undefined : createCidrPool(config.clusterCIDR, config.nodeCIDRMaskSize);
  const rangesOf = (node: Node): string[] => node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR]);
  /** What a node has been given stays its own until the informer shows it. */
  const see = (node: Node): void => {
    const ranges = rangesOf(node);
    if (ranges.length > 0) pool?.hold(keyOf(node), ranges);
  };

  /** Nodes for which there was no range: the next that comes free is for one of them. Upstream tries again and again. */
  const waiting = new Set<string>();

  return {
    name: 'node-ipam-controller',
    workers: 1,
    watch(enqueue) {
      const seen = (node: Node): void => {
        see(node);
        enqueue(keyOf(node));
      };
      const gone = (node: Node): void => {
        waiting.delete(keyOf(node));
        pool?.release(keyOf(node));
        for (const key of waiting) enqueue(key);
      };
      nodes.on({ add: seen, update: seen, delete: gone });
    },
    async reconcile(key) {
      const node = nodes.get(key);
      if (node === undefined || isDeleting(node) || (node.spec?.podCIDR ?? '') !== '') return;
      const requested = node.metadata.annotations?.[requestedPodCIDRAnnotation];
      if (requested !== undefined) pool?.hold(key, [requested]);
      else if (pool === undefined) return;
      const podCIDR = requested ?? pool?.take(key);
      if (podCIDR === undefined) {
        if (!waiting.has(key)) recorder.event(node, 'Normal', 'CIDRNotAvailable', `Node ${key} status is now: CIDRNotAvailable`);
        waiting.add(key);
        return;
      }
      waiting.delete(key);
      await modifyObject({ client, clock }, kinds.Node, node, (copy) => {
        if ((copy.spec?.podCIDR ?? '') !== '') return false;
        copy.spec = { ...copy.spec, podCIDR, podCIDRs: [podCIDR] };
        return true;
      });
    },
  };
};
