import { kinds } from '../scheme.ts';
import type { Node } from '../types/core-v1.ts';
import { orNone } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, wide } from './table.ts';

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

const rolePrefix = 'node-role.kubernetes.io/';
function rolesText({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix)) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role') roles.add(value);
  }
  roles.delete('');
  return orNone([...roles].sort().join(','));
}

const addressText = ({ status }: Node, type: string): string =>
  orNone(status?.addresses?.find((address) => address.type === type)?.address);
const orUnknown = (text: string | undefined): string => (text === undefined || text === '' ? '<unknown>' : text);

export const nodeColumns = [
  columnsOf(
    kinds.Node,
    [
      nameColumn,
      column('Status', 'The status of the node'),
      column('Roles', 'The roles of the node'),
      ageColumn,
      column('Version', doc('core.v1.NodeSystemInfo', 'kubeletVersion')),
      wide('Internal-IP', doc('core.v1.NodeStatus', 'addresses')),
      wide('External-IP', doc('core.v1.NodeStatus', 'addresses')),
      wide('OS-Image', doc('core.v1.NodeSystemInfo', 'osImage')),
      wide('Kernel-Version', doc('core.v1.NodeSystemInfo', 'kernelVersion')),
      wide('Container-Runtime', doc('core.v1.NodeSystemInfo', 'containerRuntimeVersion')),
    ],
    (node, now) => {
      const info = node.status?.nodeInfo;
      return [
        node.metadata.name ?? '',
        statusText(node),
        rolesText(node),
        age(node, now),
        info?.kubeletVersion ?? '',
        addressText(node, 'InternalIP'),
        addressText(node, 'ExternalIP'),
        orUnknown(info?.osImage),
        orUnknown(info?.kernelVersion),
        orUnknown(info?.containerRuntimeVersion),
      ];
    },
  ),
];
