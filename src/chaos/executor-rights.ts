import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isAlreadyExists } from '../api/status.ts';
import type { ClusterRole, ClusterRoleBinding } from '../api/types/rbac-v1.ts';
import type { Client } from '../client/client.ts';
import { chaosGroup } from './fault.ts';

const name = 'shoal:fault-executor';

/** What executors in nodes may do: they are the nodes' own users. */
const role: ClusterRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules: [
    { apiGroups: [chaosGroup], resources: ['faults'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [chaosGroup], resources: ['faults/status'], verbs: ['patch', 'update'] },
  ],
};
const binding: ClusterRoleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
};

/** Gives the executors in nodes their rights, where they have none yet. */
export async function grantExecutorRights(client: Client): Promise<void> {
  await Promise.all([ensure(client, kinds.ClusterRole, role), ensure(client, kinds.ClusterRoleBinding, binding)]);
}

async function ensure<T extends KubeObject>(client: Client, kind: Kind<T>, object: T): Promise<void> {
  await client.create(kind, object).catch((thrown: unknown) => {
    if (!isAlreadyExists(thrown)) throw thrown;
  });
}
