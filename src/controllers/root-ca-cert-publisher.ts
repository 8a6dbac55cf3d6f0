import { kinds } from '../api/scheme.ts';
import { isAlreadyExists } from '../api/status.ts';
import type { ConfigMap } from '../api/types/core-v1.ts';
import type { StartController } from './context.ts';
import { isNamespaceTerminating } from './lib/pod-control.ts';

const name = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Publishes the cluster's CA as ConfigMap `kube-root-ca.crt` in every namespace; pods get it with their token. */
export const rootCACertPublisher: StartController = ({ client, config, informers }) => {
  if (config.rootCA === undefined) return [];
  const data = { 'ca.crt': config.rootCA };
  const namespaces = informers.informer(kinds.Namespace);
  const configMaps = informers.informer(kinds.ConfigMap);
  return {
    name: 'root-ca-certificate-publisher-controller',
    watch(enqueue) {
      namespaces.on({ add: (one) => enqueue(one.metadata.name ?? ''), update: (one) => enqueue(one.metadata.name ?? '') });
      const enqueueOurs = (one: ConfigMap): void => {
        if (one.metadata.name === name) enqueue(one.metadata.namespace ?? '');
      };
      configMaps.on({ update: enqueueOurs, delete: enqueueOurs });
    },
    async reconcile(namespace) {
      const owner = namespaces.get(namespace);
      if (owner === undefined || owner.status?.phase === 'Terminating') return;
      const present = configMaps.get(`${namespace}/${name}`);
      const annotations = { ...present?.metadata.annotations, 'kubernetes.io/description': description };
      if (present === undefined) {
        const wanted: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, annotations }, data };
        await client.create(kinds.ConfigMap, wanted).catch((error: unknown) => {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
        });
        return;
      }
      const right = present.data?.['ca.crt'] === data['ca.crt'] && Object.keys(present.data).length === 1;
      if (right && present.metadata.annotations?.['kubernetes.io/description'] === description) return;
      await client.update(kinds.ConfigMap, { ...present, metadata: { ...present.metadata, annotations }, data });
    },
  };
};
