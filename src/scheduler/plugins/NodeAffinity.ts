import { compileNodeSelectorTerm, compileRequiredNodeAffinity, type NodeMatcher } from '../../api/node-affinity.ts';
import type { Node, NodeSelectorTerm, Pod } from '../../api/types/core-v1.ts';
import { stateKey } from '../framework/cycle-state.ts';
import { changed } from '../framework/events.ts';
import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';
import { normalizeByMaximum } from './normalize.ts';

const name = 'NodeAffinity';
export const nodeAffinityMismatch = "node(s) didn't match Pod's node affinity/selector";
export const nodeAffinityConflict = 'pod affinity terms conflict';
const { unresolvable, skip } = statusesOf(name);
const refused = unresolvable(nodeAffinityMismatch);
const conflict = unresolvable(nodeAffinityConflict);

interface Preference {
  weight: number;
  matches: NodeMatcher;
}
const preferencesKey = stateKey<readonly Preference[]>(name);

/** `nodeSelector` and node affinity: required terms decide, preferred ones score by the sum of their weights. */
export const createNodeAffinity = (): Plugin => ({
  name,
  events: [{ resource: 'Node', actions: ['Add', 'UpdateNodeLabel'], hint: (pod, event) => fits(pod, changed<Node>(event)) }],
  preFilter(_state, { pod, requiredNodeAffinity }) {
    if (requiredNodeAffinity === undefined) return skip;
    const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const nodeNames = terms === undefined ? undefined : namedNodes(terms);
    if (nodeNames === undefined) return undefined;
    return nodeNames.size === 0 ? conflict : { nodeNames };
  },
  filter: (_state, { requiredNodeAffinity }, { node }) =>
    requiredNodeAffinity === undefined || requiredNodeAffinity(node) ? undefined : refused,
  preScore(state, { pod }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferences = preferred.flatMap(({ weight, preference }) =>
      weight === 0 || isEmpty(preference) ? [] : [{ weight, matches: compileNodeSelectorTerm(preference) }],
    );
    if (preferences.length === 0) return skip;
    state.write(preferencesKey, preferences);
    return undefined;
  },
  score: (state, _pod, { node }) =>
    (state.read(preferencesKey) ?? []).reduce((sum, { weight, matches }) => (matches(node) ? sum + weight : sum), 0),
  normalizeScores: (_state, _pod, _nodes, scores) => normalizeByMaximum(scores, false),
  sign({ pod }) {
    const { nodeSelector, affinity } = pod.spec ?? {};
    return nodeSelector === undefined && affinity?.nodeAffinity === undefined ? '' : JSON.stringify([nodeSelector, affinity?.nodeAffinity]);
  },
});

/** The nodes that the terms name in `matchFields`; undefined when some term names none and so may match any node. */
function namedNodes(terms: readonly NodeSelectorTerm[]): Set<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    let ofTerm: Set<string> | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      const these = new Set(values);
      ofTerm = ofTerm === undefined ? these : ofTerm.intersection(these);
    }
    if (ofTerm === undefined) return undefined;
    for (const node of ofTerm) names.add(node);
  }
  return names;
}

const isEmpty = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean =>
  matchExpressions.length + matchFields.length === 0;

const fits = (pod: Pod, node: Node | undefined): boolean => node === undefined || compileRequiredNodeAffinity(pod.spec)?.(node) !== false;
