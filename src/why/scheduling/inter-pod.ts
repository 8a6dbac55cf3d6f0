import { type AffinityTerm, compileAffinityTerm, termMatches } from '../../api/affinity-term.ts';
import type { Pod, PodAffinityTerm } from '../../api/types/core-v1.ts';
import { someOf } from '../text.ts';
import type { Check, Obstacle } from './obstacle.ts';
import type { NodeState, Scene } from './scene.ts';

const required = (pod: Pod, terms: readonly PodAffinityTerm[] | undefined): AffinityTerm[] =>
  (terms ?? []).map((term) => compileAffinityTerm(pod, term));
const affinityOf = (pod: Pod): AffinityTerm[] =>
  required(pod, pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
const antiAffinityOf = (pod: Pod): AffinityTerm[] =>
  required(pod, pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);

/** Required affinity and anti-affinity to other pods, and that of the pods already there. */
export const checkInterPod: Check = (pod, state, scene) => {
  const obstacles: Obstacle[] = [];
  for (const term of affinityOf(pod)) {
    const value = domainOf(state, term);
    const startsGroup = termMatches(term, pod, scene.namespaceLabels) && matching(scene.nodes, term, scene).length === 0;
    if (value !== undefined && (startsGroup || matching(sharing(scene, term, value), term, scene).length > 0)) continue;
    obstacles.push(farFrom(term, state, scene, value));
  }
  for (const term of antiAffinityOf(pod)) {
    const there = matching(sharing(scene, term, domainOf(state, term)), term, scene).filter(
      ({ metadata }) => metadata.uid !== pod.metadata.uid,
    );
    if (there.length > 0) obstacles.push(tooNear("node(s) didn't match pod anti-affinity rules", term, state, there, 'the pod'));
  }
  // Replicas that keep apart do so from both sides; once is enough.
  return obstacles.length > 0 ? obstacles : keptAway(pod, state, scene);
};

/** Pods that are there, and whose own anti-affinity speaks of this one. */
function keptAway(pod: Pod, state: NodeState, scene: Scene): Obstacle[] {
  for (const other of antiAffine(scene)) {
    for (const term of antiAffinityOf(other.pod)) {
      const value = domainOf(state, term);
      if (value === undefined || other.state.node.metadata.labels?.[term.topologyKey] !== value) continue;
      if (!termMatches(term, pod, scene.namespaceLabels)) continue;
      return [tooNear("node(s) didn't satisfy existing pods anti-affinity rules", term, state, [other.pod], nameOf(other.pod))];
    }
  }
  return [];
}

const antiAffineOf = new WeakMap<Scene, { pod: Pod; state: NodeState }[]>();
function antiAffine(scene: Scene): { pod: Pod; state: NodeState }[] {
  const known = antiAffineOf.get(scene);
  if (known !== undefined) return known;
  const found = scene.nodes.flatMap((state) => state.pods.flatMap((pod) => (antiAffinityOf(pod).length === 0 ? [] : [{ pod, state }])));
  antiAffineOf.set(scene, found);
  return found;
}

const domainOf = ({ node }: NodeState, { topologyKey }: AffinityTerm): string | undefined => node.metadata.labels?.[topologyKey];
const sharing = (scene: Scene, term: AffinityTerm, value: string | undefined): NodeState[] =>
  value === undefined ? [] : scene.nodes.filter((state) => domainOf(state, term) === value);
const matching = (states: readonly NodeState[], term: AffinityTerm, scene: Scene): Pod[] =>
  states.flatMap(({ pods }) => pods.filter((other) => termMatches(term, other, scene.namespaceLabels)));
const nameOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

function farFrom(term: AffinityTerm, { name }: NodeState, scene: Scene, value: string | undefined): Obstacle {
  const wanted = `a pod with ${term.selector} in its ${term.topologyKey}`;
  const where = [...new Set(scene.nodes.flatMap((state) => (matching([state], term, scene).length > 0 ? [state.name] : [])))];
  return {
    plugin: 'InterPodAffinity',
    reason: "node(s) didn't match pod affinity rules",
    missing: value === undefined ? `label ${term.topologyKey} (the affinity's topology key)` : wanted,
    remedies: [
      where.length === 0
        ? `run ${wanted.replace(/ in its .*/, '')} first: none runs anywhere`
        : `such pods run on ${someOf(where)}: make room there`,
      value === undefined ? `kubectl label node ${name} ${term.topologyKey}=VALUE` : 'make the affinity preferred instead of required',
    ],
    distance: where.length === 0 ? 1 : 1.5,
  };
}

const tooNear = (reason: string, term: AffinityTerm, { name, node }: NodeState, pods: readonly Pod[], whose: string): Obstacle => {
  const isHost = term.topologyKey === 'kubernetes.io/hostname';
  const place = isHost ? 'there' : `in ${term.topologyKey}=${node.metadata.labels?.[term.topologyKey] ?? ''}`;
  return {
    plugin: 'InterPodAffinity',
    reason,
    missing: `to be without ${someOf(pods.map(nameOf), 2)} ${place} (anti-affinity of ${whose})`,
    remedies: [
      isHost ? 'one more node (shoal node add), or fewer replicas' : `a node in another ${term.topologyKey}`,
      `make the anti-affinity preferred instead of required, or move ${someOf(pods.map(nameOf), 2)} off ${name}`,
    ],
    distance: 1,
  };
};
