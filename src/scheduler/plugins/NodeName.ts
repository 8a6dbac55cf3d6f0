import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'NodeName';
export const nodeNameMismatch = "node(s) didn't match the requested node name";
const refused = statusesOf(name).unresolvable(nodeNameMismatch);

/** A pod that names its node fits no other. */
export const createNodeName = (): Plugin => ({
  name,
  events: [{ resource: 'Node', actions: ['Add'] }],
  filter(_state, { pod }, node) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' || wanted === node.name ? undefined : refused;
  },
  sign: ({ pod }) => pod.spec?.nodeName ?? '',
});
