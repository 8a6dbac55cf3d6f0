import type { Pod } from '../../api/types/core-v1.ts';
import { amountText, exactAmount } from '../text.ts';
import type { Check, Obstacle } from './obstacle.ts';
import { type NodeState, requestsOf } from './scene.ts';

/** Room: requests against what the node's pods have left of it. */
export const checkResources: Check = (pod, state) => {
  const obstacles: Obstacle[] = [];
  for (const [resource, want] of [...requestsOf(pod), ['pods', 1] as const]) {
    const total = state.allocatable.get(resource) ?? 0;
    const free = total - (state.used.get(resource) ?? 0);
    if (want > 0 && want > free)
      obstacles.push(resource === 'pods' ? tooManyPods(state, total) : shortage(pod, state, resource, want, free, total));
  }
  return obstacles;
};

function shortage(pod: Pod, state: NodeState, resource: string, want: number, free: number, total: number): Obstacle {
  const lacking = want - free;
  const text = (amount: number): string => amountText(resource, amount);
  const possible = floorTo(resource, free);
  const remedies: string[] = [];
  if (possible > 0) remedies.push(`ask for at most ${exactAmount(resource, possible)} ${resource} instead of ${text(want)}`);
  if (want <= total) remedies.push(`free ${text(lacking)} ${resource} on ${state.name}${holders(state, pod, resource)}`);
  else if (total > 0) remedies.push(`a node with at least ${text(want)} ${resource}: all of ${state.name} is ${text(total)}`);
  else remedies.push(`a node that has ${resource} at all`);
  return {
    plugin: 'NodeResourcesFit',
    reason: `Insufficient ${resource}`,
    missing: `${text(lacking)} more ${resource} (wants ${text(want)}, ${text(Math.max(0, free))} of ${text(total)} free)`,
    remedies,
    // In parts of the node, so that cpu and memory compare; a pod larger than the whole node is further than any that could be emptied.
    distance: total === 0 ? 3 : want > total ? 1 + lacking / total : Math.min(1, lacking / total),
  };
}

const tooManyPods = (state: NodeState, total: number): Obstacle => ({
  plugin: 'NodeResourcesFit',
  reason: 'Too many pods',
  missing: `a place for one more pod (takes ${total} at most)`,
  remedies: [`delete a pod on ${state.name}, or add a node`],
  distance: 0.5,
});

/** Whole Mi and hundredths of a cpu are what people write. */
const floorTo = (resource: string, amount: number): number => {
  const step = resource === 'cpu' ? 1 : resource === 'memory' || resource === 'ephemeral-storage' ? 1024 ** 2 : 1;
  return Math.floor(amount / step) * step;
};

/** `, where default/db holds 2`: the pods that hold the most. */
function holders(state: NodeState, pod: Pod, resource: string): string {
  const top = state.pods
    .filter(({ metadata }) => metadata.uid !== pod.metadata.uid)
    .map((other) => ({ name: `${other.metadata.namespace}/${other.metadata.name}`, amount: requestsOf(other).get(resource) ?? 0 }))
    .filter(({ amount }) => amount > 0)
    .sort((a, b) => b.amount - a.amount)
    .slice(0, 2);
  if (top.length === 0) return '';
  return `, where ${top.map(({ name, amount }) => `${name} holds ${amountText(resource, amount)}`).join(' and ')}`;
}
