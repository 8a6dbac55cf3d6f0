import { kinds } from '../../api/scheme.ts';
import { ApiError, isAlreadyExists, isConflict } from '../../api/status.ts';
import type { Node, NodeStatus } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { type Clock, delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import type { KubeletOptions } from '../options.ts';

const firstRetryMs = 100;
const longestRetryMs = 7_000;

/** The labels that every kubelet gives its node; those of the options win, except over the host name. */
export function nodeLabels({ nodeName, labels, system }: Pick<KubeletOptions, 'nodeName' | 'labels' | 'system'>): Record<string, string> {
  const os = system?.operatingSystem ?? 'linux';
  const arch = system?.architecture ?? 'amd64';
  return {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': arch,
    'kubernetes.io/os': os,
    ...labels,
    'kubernetes.io/hostname': nodeName,
  };
}

/**
 * Registers the node, or takes over the one of its name: labels and status are brought up to date, its uid and taints stay
 * (registerWithAPIServer). Tries until it succeeds or the signal aborts.
 */
export async function registerNode(
  options: Pick<KubeletOptions, 'nodeName' | 'labels' | 'annotations' | 'taints' | 'podCIDR' | 'system'> & {
    client: Client;
    clock: Clock;
    log: Logger;
    signal: AbortSignal;
  },
  status: NodeStatus,
): Promise<Node> {
  const { client, nodeName, podCIDR, taints, signal } = options;
  const labels = nodeLabels(options);
  const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true', ...options.annotations };
  const wanted: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels, annotations },
    spec: {
      ...(podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] }),
      ...(taints === undefined || taints.length === 0 ? {} : { taints }),
    },
    status,
  };
  for (let pause = firstRetryMs; ; pause = Math.min(pause * 2, longestRetryMs)) {
    try {
      return await attempt();
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      if (thrown instanceof ApiError && thrown.reason === 'Invalid') throw thrown;
      options.log.info(`registering node ${nodeName}: ${messageOf(thrown)}; again in ${pause} ms`);
      await delay(options.clock, pause, signal);
    }
  }

  async function attempt(): Promise<Node> {
    try {
      return await client.create(kinds.Node, wanted);
    } catch (thrown) {
      if (!isAlreadyExists(thrown)) throw thrown;
    }
    const found = await client.get(kinds.Node, nodeName);
    const missing = Object.entries(labels).some(([key, value]) => found.metadata.labels?.[key] !== value);
    const cidr = podCIDR !== undefined && (found.spec?.podCIDR ?? '') === '' ? { podCIDR, podCIDRs: [podCIDR] } : undefined;
    let current = found;
    if (missing || cidr !== undefined) {
      const patch = { metadata: { labels, annotations }, ...(cidr === undefined ? {} : { spec: cidr }) };
      current = await client.patch(kinds.Node, nodeName, undefined, patch).catch((thrown: unknown) => {
        if (isConflict(thrown)) return found;
        throw thrown;
      });
    }
    await client.patch(kinds.Node, nodeName, undefined, { status }, { type: 'strategic', subresource: 'status' });
    return current;
  }
}
