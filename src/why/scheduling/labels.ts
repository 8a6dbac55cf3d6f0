import { compileNodeSelectorTerm } from '../../api/node-affinity.ts';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from '../../api/types/core-v1.ts';
import type { Check } from './obstacle.ts';

const reason = "node(s) didn't match Pod's node affinity/selector";

/** `nodeSelector` and required node affinity: which label is missing, or has another value. */
export const checkLabels: Check = ({ spec }, { node, name }) => {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const selected = Object.entries(spec?.nodeSelector ?? {}).map(
    ([key, value]): NodeSelectorRequirement => ({ key, operator: 'In', values: [value] }),
  );
  const unmet = [...unmetOf({ matchExpressions: selected }, node), ...(required === undefined ? [] : nearestTerm(required, node))];
  if (unmet.length === 0) return [];
  return [
    {
      plugin: 'NodeAffinity',
      reason,
      missing: unmet.map((requirement) => `label ${requirementText(requirement)} (${hasText(requirement, node)})`).join(', '),
      remedies: [
        ...unmet.flatMap((requirement) => relabel(requirement, node, name)),
        'change the nodeSelector or node affinity of the pod',
      ],
      distance: unmet.reduce((sum, { key }) => sum + (isOfTheNode(key) ? 2 : 1), 0),
    },
  ];
};

/** Of the alternatives, the one that lacks least. */
function nearestTerm(terms: readonly NodeSelectorTerm[], node: Node): NodeSelectorRequirement[] {
  const unmet = terms.map((term) => unmetOf(term, node));
  return unmet.reduce((least, these) => (these.length < least.length ? these : least), unmet[0] ?? []);
}

function unmetOf({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): NodeSelectorRequirement[] {
  return [
    ...matchExpressions.filter((requirement) => !compileNodeSelectorTerm({ matchExpressions: [requirement] })(node)),
    ...matchFields.filter((requirement) => !compileNodeSelectorTerm({ matchFields: [requirement] })(node)),
  ];
}

export function requirementText({ key, operator, values = [] }: NodeSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(', ')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} not in (${values.join(', ')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `no ${key}`;
    default:
      return `${key} ${operator === 'Gt' ? '>' : '<'} ${values[0] ?? ''}`;
  }
}

function hasText({ key }: NodeSelectorRequirement, { metadata }: Node): string {
  if (key === 'metadata.name') return `is ${metadata.name}`;
  const value = metadata.labels?.[key];
  return value === undefined ? 'has none' : value === '' ? 'has it' : `has ${value}`;
}

/** Labels that say what a node is: changing them would be a lie. */
const isOfTheNode = (key: string): boolean =>
  key === 'metadata.name' || ['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch'].includes(key);

function relabel(requirement: NodeSelectorRequirement, { metadata }: Node, name: string): string[] {
  const { key, operator, values = [] } = requirement;
  if (isOfTheNode(key)) return [];
  if (operator === 'NotIn' || operator === 'DoesNotExist') return [`kubectl label node ${name} ${key}-`];
  if (operator !== 'In' && operator !== 'Exists') return [];
  const overwrite = metadata.labels?.[key] === undefined ? '' : ' --overwrite';
  return [`kubectl label node ${name} ${key}=${values[0] ?? ''}${overwrite}`];
}
