/** What is said of labels of nodes that have another name by now (upstream: pkg/api/node/util.go). */
import type { NodeSelectorTerm } from '../types/core-v1.ts';
import type { LabelSelector } from '../types/meta-v1.ts';
import type { RuntimeClass } from '../types/node-v1.ts';
import type { CSIStorageCapacity, StorageClass } from '../types/storage-v1.ts';
import { entries } from './common.ts';

const oldLabels: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** What to use instead of a label; undefined for one that is still in use. */
export const instead = (label: string): string | undefined => (Object.hasOwn(oldLabels, label) ? oldLabels[label] : undefined);

/** Of old labels that a term names, which is at `field`. */
export function* selectorWarnings(
  field: string,
  term: NodeSelectorTerm | Pick<LabelSelector, 'matchExpressions'> | undefined,
): Iterable<string> {
  for (const [i, { key = '' }] of entries<{ key?: string }>(term?.matchExpressions)) {
    const use = instead(key);
    if (use !== undefined) yield `${field}.matchExpressions[${i}].key: ${key} is ${use}`;
  }
}

export function* storageClassWarnings({ allowedTopologies }: StorageClass): Iterable<string> {
  for (const [i, { matchLabelExpressions }] of entries(allowedTopologies)) {
    for (const [j, { key }] of entries(matchLabelExpressions)) {
      const use = instead(key);
      if (use !== undefined) yield `allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${use}`;
    }
  }
}

export function* storageCapacityWarnings({ nodeTopology }: CSIStorageCapacity): Iterable<string> {
  yield* selectorWarnings('nodeTopology', nodeTopology);
  for (const label of Object.keys(nodeTopology?.matchLabels ?? {})) {
    const use = instead(label);
    if (use !== undefined) yield `nodeTopology.matchLabels.${label}: ${use}`;
  }
}

export function* runtimeClassWarnings({ scheduling }: RuntimeClass): Iterable<string> {
  for (const label of Object.keys(scheduling?.nodeSelector ?? {})) {
    const use = instead(label);
    if (use !== undefined) yield `scheduling.nodeSelector: ${use}`;
  }
}
