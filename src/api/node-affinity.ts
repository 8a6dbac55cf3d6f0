import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './types/core-v1.ts';

/** Tells whether a node satisfies what was compiled. */
export type NodeMatcher = (node: Node) => boolean;

/**
 * Compiles node selector terms (component-helpers scheduling/corev1/nodeaffinity): terms are alternatives, the requirements
 * within a term must all hold, and a term without any requirement matches no node.
 */
export function compileNodeSelector({ nodeSelectorTerms }: NodeSelector): NodeMatcher {
  const terms = nodeSelectorTerms.map(compileNodeSelectorTerm);
  return (node) => terms.some((matches) => matches(node));
}

export function compileNodeSelectorTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher {
  if (matchExpressions.length + matchFields.length === 0) return () => false;
  const labels = matchExpressions.map(compileRequirement);
  const fields = matchFields.map(compileRequirement);
  // The only field that upstream supports is metadata.name.
  return ({ metadata }) =>
    labels.every((test) => test(metadata.labels)) && fields.every((test) => test({ 'metadata.name': metadata.name ?? '' }));
}

type Labels = Readonly<Record<string, string>> | undefined;

function compileRequirement({ key, operator, values = [] }: NodeSelectorRequirement): (labels: Labels) => boolean {
  const set = new Set(values);
  const [first = ''] = values;
  switch (operator) {
    case 'In':
      return (labels) => {
        const value = labels?.[key];
        return value !== undefined && set.has(value);
      };
    case 'NotIn':
      return (labels) => {
        const value = labels?.[key];
        return value === undefined || !set.has(value);
      };
    case 'Exists':
      return (labels) => labels?.[key] !== undefined;
    case 'DoesNotExist':
      return (labels) => labels?.[key] === undefined;
    case 'Gt':
    case 'Lt':
      return (labels) => {
        const value = labels?.[key];
        if (value === undefined || !isInteger(value) || !isInteger(first)) return false;
        return operator === 'Gt' ? BigInt(value) > BigInt(first) : BigInt(value) < BigInt(first);
      };
    default:
      return () => false;
  }
}

const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text);

/**
 * Compiles what a pod requires of its node: `nodeSelector` and the required node affinity (nodeaffinity's
 * `GetRequiredNodeAffinity`). Undefined when it requires nothing.
 */
export function compileRequiredNodeAffinity(spec: PodSpec | undefined): NodeMatcher | undefined {
  const pairs = Object.entries(spec?.nodeSelector ?? {});
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const affinity = required === undefined ? undefined : compileNodeSelector(required);
  if (pairs.length === 0) return affinity;
  return (node) => pairs.every(([key, value]) => node.metadata.labels?.[key] === value) && (affinity === undefined || affinity(node));
}
