import { kinds } from '../api/scheme.ts';
import { isAlreadyExists } from '../api/status.ts';
import type { StartController } from './context.ts';
import { isNamespaceTerminating } from './lib/pod-control.ts';

/** Sees to a `default` ServiceAccount in every active namespace. */
export const serviceAccountController: StartController = ({ client, informers }) => {
  const namespaces = informers.informer(kinds.Namespace);
  const accounts = informers.informer(kinds.ServiceAccount);
  return {
    name: 'serviceaccount-controller',
    watch(enqueue) {
      namespaces.on({ add: (one) => enqueue(one.metadata.name ?? ''), update: (one) => enqueue(one.metadata.name ?? '') });
      accounts.on({ delete: (one) => enqueue(one.metadata.namespace ?? '') });
    },
    async reconcile(namespace) {
      if (namespaces.get(namespace)?.status?.phase === 'Terminating' || namespaces.get(namespace) === undefined) return;
      if (accounts.get(`${namespace}/default`) !== undefined) return;
      try {
        await client.create(kinds.ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
      }
    },
  };
};
