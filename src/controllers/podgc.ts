import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Pod } from '../api/types/core-v1.ts';
import { modifyStatus } from '../client/retry.ts';
import { timestamp } from '../util/clock.ts';
import type { StartController } from './context.ts';
import { allSettled } from './lib/batch.ts';
import { isTrue } from './lib/conditions.ts';
import { podInformer, podsOnNode } from './lib/indexes.ts';
import { byCreation, isDeleting, nameOf, uidOf } from './lib/objects.ts';
import { isTerminal } from './lib/pods.ts';
import { setPodCondition } from './nodelifecycle/mark-pods.ts';
import { outOfServiceTaint } from './nodelifecycle/taints.ts';

const sweep = '*';

/**
 * Removes pods that no kubelet will: those of nodes that are gone, those deleted before they were scheduled, those stuck on
 * nodes tainted out of service, and the oldest finished ones beyond a threshold.
 */
export const podGCController: StartController = ({ client, clock, config, informers }) => {
  const nodes = informers.informer(kinds.Node);
  const pods = podInformer(informers);
  /** Node name → when it was first seen missing. */
  const missingSince = new Map<string, number>();

  async function remove(pod: Pod, disruption?: string): Promise<void> {
    if (!isTerminal(pod)) {
      await modifyStatus({ client, clock }, kinds.Pod, pod, (copy) => {
        copy.status = { ...copy.status, phase: 'Failed' };
        if (disruption === undefined) return;
        const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: disruption };
        setPodCondition(copy, condition, timestamp(clock));
      });
    }
    const options = { gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } };
    await client.delete(kinds.Pod, nameOf(pod), pod.metadata.namespace, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async function collectOrphans(name: string): Promise<number | undefined> {
    if (nodes.get(name) !== undefined || podsOnNode(pods, name).length === 0) {
      missingSince.delete(name);
      return undefined;
    }
    const since = missingSince.get(name) ?? clock.now();
    missingSince.set(name, since);
    const left = since + config.orphanedPodQuarantineMs - clock.now();
    if (left > 0) return left;
    const exists = await client.get(kinds.Node, name).then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    );
    if (!exists) await allSettled(podsOnNode(pods, name).map((pod) => remove(pod, 'PodGC: node no longer exists')));
    missingSince.delete(name);
    return undefined;
  }

  async function collectFinished(): Promise<void> {
    if (config.terminatedPodGCThreshold <= 0) return;
    const finished = pods.list().filter(isTerminal);
    const excess = finished.length - config.terminatedPodGCThreshold;
    if (excess <= 0) return;
    await allSettled(
      finished
        .sort(byCreation)
        .slice(0, excess)
        .map((pod) => remove(pod)),
    );
  }

  const isOutOfService = (name: string): boolean => {
    const node = nodes.get(name);
    return (
      node !== undefined &&
      !isTrue(node.status?.conditions, 'Ready') &&
      (node.spec?.taints ?? []).some(({ key }) => key === outOfServiceTaint)
    );
  };

  return {
    name: 'pod-garbage-collector-controller',
    watch(enqueue) {
      const consider = (pod: Pod): void => {
        const node = pod.spec?.nodeName ?? '';
        if (node !== '' && nodes.get(node) === undefined) enqueue(`node/${node}`);
        if (isDeleting(pod) && (node === '' || isOutOfService(node))) enqueue(`pod/${keyOf(pod)}`);
      };
      pods.on({ add: consider, update: consider });
      nodes.on({
        delete: (node) => enqueue(`node/${nameOf(node)}`),
        update(node) {
          if (isOutOfService(nameOf(node))) for (const pod of podsOnNode(pods, nameOf(node))) consider(pod);
        },
      });
      enqueue(sweep);
    },
    async reconcile(key) {
      if (key === sweep) {
        await collectFinished();
        return { requeueAfterMs: config.podGCPeriodMs };
      }
      if (key.startsWith('node/')) {
        const left = await collectOrphans(key.slice('node/'.length));
        return left === undefined ? undefined : { requeueAfterMs: left };
      }
      const pod = pods.get(key.slice('pod/'.length));
      if (pod === undefined || !isDeleting(pod)) return undefined;
      const node = pod.spec?.nodeName ?? '';
      if (node === '') await remove(pod);
      else if (isOutOfService(node)) await remove(pod, 'DeletionByPodGC: node is out of service');
      return undefined;
    },
  };
};
