import { kinds } from '../../api/scheme.ts';
import { messageOf } from '../../util/errors.ts';
import type { Handle, Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'DefaultBinder';
const { error } = statusesOf(name);

/** Binds through the pod's `binding` subresource. */
export const createDefaultBinder = ({ client }: Handle): Plugin => ({
  name,
  async bind(_state, { pod }, nodeName) {
    const { name: podName = '', namespace, uid } = pod.metadata;
    try {
      await client.createSubresource(kinds.Pod, podName, namespace, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: podName, namespace, uid },
        target: { kind: 'Node', name: nodeName },
      });
      return undefined;
    } catch (thrown) {
      return error(messageOf(thrown));
    }
  },
});
