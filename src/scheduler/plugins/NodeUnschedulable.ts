import { toleratesTaints } from '../../api/toleration.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import { changed } from '../framework/events.ts';
import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'NodeUnschedulable';
export const nodeUnschedulable = 'node(s) were unschedulable';
const refused = statusesOf(name).unresolvable(nodeUnschedulable);
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes take only pods that tolerate `node.kubernetes.io/unschedulable`. */
export const createNodeUnschedulable = (): Plugin => ({
  name,
  events: [
    { resource: 'Node', actions: ['Add', 'UpdateNodeTaint'], hint: (pod, event) => fits(pod, changed<Node>(event)) },
    { resource: 'UnscheduledPod', actions: ['UpdatePodTolerations'] },
  ],
  filter: (_state, { pod }, { node }) => (fits(pod, node) ? undefined : refused),
  sign: ({ pod }) => (toleratesTaints(pod.spec?.tolerations ?? [], taint) ? 'tolerates' : ''),
});

const fits = (pod: Pod, node: Node | undefined): boolean =>
  node?.spec?.unschedulable !== true || toleratesTaints(pod.spec?.tolerations ?? [], taint);
