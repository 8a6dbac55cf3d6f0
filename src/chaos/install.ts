import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import type { ClusterRole, ClusterRoleBinding } from '../api/types/rbac-v1.ts';
import type { Client } from '../client/client.ts';
import { faultDefinition } from './crd.ts';
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

/** Brings the definition of `kind: Fault`, and the executors' rights, to this version's state. Resolves when Faults are served. */
export async function installFaults(client: Client, signal: AbortSignal): Promise<void> {
  const found = await client.get(kinds.CustomResourceDefinition, faultDefinition.metadata.name ?? '').catch((thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
    return undefined;
  });
  if (found === undefined) await ensure(client, kinds.CustomResourceDefinition, faultDefinition);
  else if (!isDeepStrictEqual(found.spec.versions, faultDefinition.spec.versions)) {
    await client.update(kinds.CustomResourceDefinition, { ...found, spec: { ...found.spec, versions: faultDefinition.spec.versions } });
  }
  await Promise.all([ensure(client, kinds.ClusterRole, role), ensure(client, kinds.ClusterRoleBinding, binding)]);
  const events = client.watch(kinds.CustomResourceDefinition, { fieldSelector: `metadata.name=${faultDefinition.metadata.name}`, signal });
  for await (const { object } of events) {
    if (object.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
  }
}

async function ensure<T extends KubeObject>(client: Client, kind: Kind<T>, object: T): Promise<void> {
  await client.create(kind, object).catch((thrown: unknown) => {
    if (!isAlreadyExists(thrown)) throw thrown;
  });
}
