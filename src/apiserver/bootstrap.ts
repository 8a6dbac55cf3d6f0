import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeObject, keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { fromStatus } from '../api/status.ts';
import type { ConfigMap, Endpoints, Namespace, Service } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import type { Status } from '../api/types/meta-v1.ts';
import type { ServiceCIDR } from '../api/types/networking-v1.ts';
import type { PriorityClass } from '../api/types/scheduling-v1.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { bootstrapRbac } from './auth/bootstrap-rbac.ts';
import { follow } from './auth/follow.ts';
import { loopbackUser, type UserInfo } from './auth/user.ts';
import { flowSchemas, priorityLevels } from './flowcontrol/defaults.ts';

export interface BootstrapOptions {
  store: Store;
  log: Logger;
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
  serviceCIDR: string;
  /** The `kubernetes` Service's own address. */
  serviceAddress: string;
  /** Where pods reach this server; absent: nowhere, and the Service has no endpoints. */
  advertise: { address: string; port: number } | undefined;
  /** The client CA, for `extension-apiserver-authentication`; absent without TLS. */
  clientCA: string | undefined;
  /** How aggregated API servers know this server, for the same ConfigMap. */
  requestHeader: Record<string, string> | undefined;
}

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Makes what every cluster has from its first moment. What exists is left alone, but the endpoints follow the advertised
 * address, and the ConfigMap for aggregated servers the certificates. What upstream makes again when it is deleted, this does
 * too (controllers kubernetesservice, systemnamespaces, defaultservicecidr and priority and fairness' bootstrap).
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const { advertise, store, log } = options;
  const ensure = ensurer(options.handle);
  const systemNamespaces = namespaces.map((name) => wanted<Namespace>(kinds.Namespace, { metadata: { name } }));
  await Promise.all(systemNamespaces.map(ensure));
  const rbac = bootstrapRbac();
  await Promise.all(
    [
      ...rbac.clusterRoles.map((object) => wanted(kinds.ClusterRole, object)),
      ...rbac.clusterRoleBindings.map((object) => wanted(kinds.ClusterRoleBinding, object)),
      ...rbac.roles.map((object) => wanted(kinds.Role, object)),
      ...rbac.roleBindings.map((object) => wanted(kinds.RoleBinding, object)),
    ].map(ensure),
  );
  const kept = [
    wanted<ServiceCIDR>(kinds.ServiceCIDR, { metadata: { name: 'kubernetes' }, spec: { cidrs: [options.serviceCIDR] } }),
    wanted<Service>(kinds.Service, kubernetesService(options)),
    ...priorityLevels.map((object) => wanted(kinds.PriorityLevelConfiguration, object)),
    ...flowSchemas.map((object) => wanted(kinds.FlowSchema, object)),
  ];
  const once = [
    ...priorityClasses.map((object) => wanted(kinds.PriorityClass, object)),
    wanted<ConfigMap>(kinds.ConfigMap, authenticationConfig(options), true),
  ];
  await Promise.all([...kept, ...once].map(ensure));
  const endpoints =
    advertise === undefined
      ? []
      : [
          wanted<Endpoints>(kinds.Endpoints, kubernetesEndpoints(advertise), true),
          wanted<EndpointSlice>(kinds.EndpointSlice, kubernetesSlice(advertise), true),
        ];
  for (const one of endpoints) await ensure(one);
  await keep(store, log, [...systemNamespaces, ...kept, ...endpoints], ensure);
}

/** Makes what is deleted again, for as long as the store lives. */
async function keep(store: Store, log: Logger, all: readonly Wanted[], ensure: (one: Wanted) => Promise<void>): Promise<void> {
  for (const [kind, list] of Map.groupBy(all, (one) => one.kind)) {
    const byKey = new Map(list.map((one) => [keyOf(one.object), one]));
    await follow(store, kind, {
      set: () => undefined,
      remove(last) {
        const one = byKey.get(keyOf(last));
        // A namespace that is being deleted refuses new content; its own return brings that here again.
        if (one !== undefined) ensure(one).catch((thrown: unknown) => log.warn(`${kind.kind} ${keyOf(last)}: ${messageOf(thrown)}`));
      },
    });
  }
}

type Advertised = NonNullable<BootstrapOptions['advertise']>;
interface Wanted {
  kind: Kind;
  object: KubeObject;
  /** Whether what exists is brought to this state. */
  overwrite: boolean;
}
const wanted = <T extends KubeObject>(kind: Kind<T>, object: T, overwrite = false): Wanted => ({ kind: kind as Kind, object, overwrite });

/** Works through the server's own front, so that what is made here is defaulted and validated like anything else. */
function ensurer(handle: BootstrapOptions['handle']): (one: Wanted) => Promise<void> {
  const signal = new AbortController().signal;
  const call = async (method: ApiRequest['method'], path: string, body?: unknown): Promise<ApiResponse> => {
    const response = await handle({ method, path, query: new URLSearchParams(), headers: {}, body, signal }, loopbackUser);
    const expected = response.status < 400 || (method === 'GET' && response.status === 404);
    if (!expected && response.body.kind === 'object') throw fromStatus(response.body.value as Status);
    return response;
  };
  return async ({ kind, object, overwrite }) => {
    const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const collection = `${root}${kind.namespaced ? `/namespaces/${object.metadata.namespace ?? ''}` : ''}/${kind.plural}`;
    const path = `${collection}/${encodeURIComponent(object.metadata.name ?? '')}`;
    const body = { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
    const existing = await call('GET', path);
    if (existing.status === 404) await call('POST', collection, body);
    else if (overwrite) await call('PUT', path, body);
  };
}

const priorityClasses: PriorityClass[] = [
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
];

const kubernetesLabels = { component: 'apiserver', provider: 'kubernetes' };

const kubernetesService = ({ serviceAddress, advertise }: BootstrapOptions): Service => ({
  metadata: { name: 'kubernetes', namespace: 'default', labels: kubernetesLabels },
  spec: {
    clusterIP: serviceAddress,
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: advertise?.port ?? 6443 }],
  },
});

const kubernetesEndpoints = (advertise: Advertised): Endpoints => ({
  metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  subsets: [{ addresses: [{ ip: advertise.address }], ports: [{ name: 'https', port: advertise.port, protocol: 'TCP' }] }],
});

const kubernetesSlice = (advertise: Advertised): EndpointSlice => ({
  metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
  ports: [{ name: 'https', port: advertise.port, protocol: 'TCP' }],
});

const authenticationConfig = ({ clientCA, requestHeader }: BootstrapOptions): ConfigMap => ({
  metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
  data: { ...(clientCA === undefined ? {} : { 'client-ca-file': clientCA }), ...requestHeader },
});
