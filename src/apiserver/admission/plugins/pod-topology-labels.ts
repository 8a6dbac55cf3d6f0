import type { KubeObject } from '../../../api/object.ts';
import { kinds } from '../../../api/scheme.ts';
import { type AdmissionPlugin, isFor } from '../plugin.ts';

const labels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod that is bound learns where it is: the Binding takes the node's zone and region along as labels. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  async mutate(attributes, context) {
    if (attributes.operation !== 'CREATE') return;
    if (!isFor(attributes, kinds.Pod, 'binding') && !isFor(attributes, kinds.Binding)) return;
    const binding = attributes.object as KubeObject & { target?: { kind?: string; name?: string } };
    if (binding.target?.name === undefined || (binding.target.kind ?? 'Node') !== 'Node') return;
    const node = await context.get(kinds.Node, binding.target.name);
    for (const label of labels) {
      const value = node?.metadata.labels?.[label];
      if (value !== undefined) binding.metadata.labels = { ...binding.metadata.labels, [label]: value };
    }
  },
};
