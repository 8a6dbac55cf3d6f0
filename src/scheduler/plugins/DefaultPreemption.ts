import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { type PodInfo, uidOf } from '../cache/pod-info.ts';
import type { CycleState } from '../framework/cycle-state.ts';
import { fitMessage } from '../framework/fit-error.ts';
import type { Handle, NodeStatuses, Plugin } from '../framework/interface.ts';
import { type Status, statusesOf } from '../framework/status.ts';
import { candidatesWanted, leastHarm } from './preemption/candidates.ts';
import { budgetOf, selectVictims, type Victims } from './preemption/victims.ts';

const name = 'DefaultPreemption';
export const notHelpful = 'Preemption is not helpful for scheduling';
export const noVictimsFound = 'No preemption victims found for incoming pod';
const { unschedulable, unresolvable } = statusesOf(name);
const noVictims = unresolvable(noVictimsFound);

/** Where no node has room, finds the node on which evicting pods of lower priority does the least harm, and nominates it. */
export function createDefaultPreemption(handle: Handle): Plugin {
  const { snapshot, client, informers, clock, log, recorder, nominations, random } = handle;
  const pods = informers.informer(kinds.Pod);
  const budgets = informers.informer(kinds.PodDisruptionBudget);
  /** Preemptors whose evictions are still being asked for: kept out of the queue until then. */
  const preempting = new Set<string>();

  /** Why the pod may not preempt (again), if so. */
  const ineligible = (pod: PodInfo, statuses: NodeStatuses): string | undefined => {
    if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
    const nominated = nominations.nodeOf(pod.uid);
    if (nominated === undefined) return undefined;
    if (statuses.byNode.get(nominated)?.code === 'UnschedulableAndUnresolvable') return undefined;
    const leaving = snapshot
      .node(nominated)
      ?.pods.values()
      .some((other) => other.priority < pod.priority && isLeavingForPreemption(other.pod));
    return leaving === true ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
  };

  const findCandidates = (cycle: CycleState, pod: PodInfo, statuses: NodeStatuses): { found: Victims[]; refused: Map<string, Status> } => {
    const nodes = snapshot.nodes().filter(({ name: nodeName }) => statuses.byNode.get(nodeName)?.code === 'Unschedulable');
    const found: Victims[] = [];
    const refused = new Map<string, Status>();
    if (nodes.length === 0) return { found, refused };
    const protections = budgets.list().map(budgetOf);
    const wanted = candidatesWanted(nodes.length);
    const offset = Math.trunc(random() * nodes.length);
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[(offset + i) % nodes.length];
      if (node === undefined) continue;
      const outcome = selectVictims(handle, cycle, pod, node, protections, noVictims);
      if ('code' in outcome) refused.set(node.name, outcome);
      else found.push(outcome);
      if (found.length >= wanted && found.some(({ violations }) => violations === 0)) break;
    }
    return { found, refused };
  };

  const evict = async (preemptor: PodInfo, { pod }: PodInfo, nodeName: string): Promise<void> => {
    const { name: podName = '', namespace, uid } = pod.metadata;
    const waiting = handle.waitingPods.get(uidOf(pod));
    try {
      if (waiting !== undefined) waiting.reject(name, 'preempted');
      else {
        await client.patch(kinds.Pod, podName, namespace, disruptionPatch(preemptor.pod, pod), {
          type: 'strategic',
          subresource: 'status',
        });
        await client.delete(kinds.Pod, podName, namespace, uid === undefined ? {} : { preconditions: { uid } });
      }
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      throw thrown;
    }
    const how = { action: 'Preempting', related: preemptor.pod };
    recorder.event(pod, 'Normal', 'Preempted', `Preempted by pod ${preemptor.uid} on node ${nodeName}`, how);
  };

  const disruptionPatch = ({ spec }: Pod, victim: Pod): unknown => ({
    status: {
      conditions: [
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'PreemptionByScheduler',
          message: `${spec?.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
          lastTransitionTime: timestamp(clock),
          ...(victim.metadata.generation === undefined ? {} : { observedGeneration: victim.metadata.generation }),
        },
      ],
    },
  });

  /**
   * Takes their nomination from pods that counted on the room that is now taken, and evicts the victims. The last one is
   * evicted with the preemptor free to be tried again, so that its going is what brings the preemptor back.
   */
  const prepare = async (preemptor: PodInfo, { nodeName, pods: victims }: Victims): Promise<void> => {
    preempting.add(preemptor.uid);
    try {
      for (const { pod } of nominations.on(nodeName).filter(({ priority }) => priority < preemptor.priority)) {
        const clear = { status: { nominatedNodeName: null } };
        await client
          .patch(kinds.Pod, pod.metadata.name ?? '', pod.metadata.namespace, clear, { subresource: 'status' })
          .catch((thrown: unknown) => log.debug(`clearing a nomination: ${messageOf(thrown)}`));
      }
      await Promise.all(victims.slice(0, -1).map((victim) => evict(preemptor, victim, nodeName)));
      preempting.delete(preemptor.uid);
      for (const victim of victims.slice(-1)) await evict(preemptor, victim, nodeName);
    } catch (thrown) {
      log.warn(`preemption on ${nodeName}: ${messageOf(thrown)}`);
      preempting.delete(preemptor.uid);
      handle.activate(preemptor.uid);
    }
  };

  return {
    name,
    events: [{ resource: 'AssignedPod', actions: ['Delete'] }],
    preEnqueue: (pod) => (preempting.has(uidOf(pod)) ? unschedulable('waiting for the preemption for this pod to be finished') : undefined),
    postFilter(cycle, pod, statuses) {
      if (pods.get(`${pod.pod.metadata.namespace}/${pod.pod.metadata.name}`) === undefined) return unschedulable('preemption: pod is gone');
      const reason = ineligible(pod, statuses);
      if (reason !== undefined) return unschedulable(`preemption: ${reason}`);
      const { found, refused } = findCandidates(cycle, pod, statuses);
      const best = leastHarm(found);
      if (best === undefined) {
        const total = snapshot.nodes().length;
        return unschedulable(`preemption: ${fitMessage(total, { byNode: refused, absent: unresolvable(notHelpful) })}`);
      }
      const victims = best.pods.map(({ pod: { metadata } }) => `${metadata.namespace}/${metadata.name}`);
      return { nominatedNodeName: best.nodeName, victims, prepare: () => prepare(pod, best) };
    },
  };
}

const isLeavingForPreemption = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  status?.conditions?.some(
    ({ type, status: value, reason }) => type === 'DisruptionTarget' && value === 'True' && reason === 'PreemptionByScheduler',
  ) === true;
