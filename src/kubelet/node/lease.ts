import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { type Clock, microTimestamp } from '../../util/clock.ts';

export const leaseNamespace = 'kube-node-lease';
const leaseDurationSeconds = 40;

/** Renews a node's lease, making it when there is none. */
export async function renewLease(client: Client, clock: Clock, nodeName: string, nodeUid: string | undefined): Promise<void> {
  const spec = { holderIdentity: nodeName, leaseDurationSeconds, renewTime: microTimestamp(clock) };
  try {
    await client.patch(kinds.Lease, nodeName, leaseNamespace, { spec });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    await client.create(kinds.Lease, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: nodeName,
        namespace: leaseNamespace,
        ...(nodeUid === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }] }),
      },
      spec,
    });
  }
}
