import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { fromStatus } from '../api/status.ts';
import type { ConfigMap, Endpoints, Namespace, Service } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import type { Status } from '../api/types/meta-v1.ts';
import type { ServiceCIDR } from '../api/types/networking-v1.ts';
import type { PriorityClass } from '../api/types/scheduling-v1.ts';
import { bootstrapRbac } from './auth/bootstrap-rbac.ts';
import { loopbackUser, type UserInfo } from './auth/user.ts';
import { flowSchemas, priorityLevels } from './flowcontrol/defaults.ts';

export interface BootstrapOptions {
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

/** Makes what every cluster has from its first moment. What exists is left alone, but the endpoints follow the advertised address, and
 * the ConfigMap for aggregated servers the certificates. */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const ensure = ensurer(options.handle);
  await Promise.all(namespaces.map((name) => ensure<Namespace>(kinds.Namespace, { metadata: { name } })));
  const rbac = bootstrapRbac();
  await Promise.all([
    ...rbac.clusterRoles.map((object) => ensure(kinds.ClusterRole, object)),
    ...rbac.clusterRoleBindings.map((object) => ensure(kinds.ClusterRoleBinding, object)),
    ...rbac.roles.map((object) => ensure(kinds.Role, object)),
    ...rbac.roleBindings.map((object) => ensure(kinds.RoleBinding, object)),
  ]);
  await Promise.all([
    ensure<PriorityClass>(kinds.PriorityClass, {
      metadata: { name: 'system-cluster-critical' },
      value: 2_000_000_000,
      description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    }),
    ensure<PriorityClass>(kinds.PriorityClass, {
      metadata: { name: 'system-node-critical' },
      value: 2_000_001_000,
      description: 'Used for system critical pods that must not be moved from their current node.',
    }),
    ensure<ServiceCIDR>(kinds.ServiceCIDR, { metadata: { name: 'kubernetes' }, spec: { cidrs: [options.serviceCIDR] } }),
    ensure<ConfigMap>(kinds.ConfigMap, authenticationConfig(options), true),
    ensure<Service>(kinds.Service, kubernetesService(options)),
    ...priorityLevels.map((object) => ensure(kinds.PriorityLevelConfiguration, object)),
    ...flowSchemas.map((object) => ensure(kinds.FlowSchema, object)),
  ]);
  const { advertise } = options;
  if (advertise === undefined) return;
  await ensure<Endpoints>(kinds.Endpoints, kubernetesEndpoints(advertise), true);
  await ensure<EndpointSlice>(kinds.EndpointSlice, kubernetesSlice(advertise), true);
}

type Advertised = NonNullable<BootstrapOptions['advertise']>;
type Ensure = <T extends KubeObject>(kind: Kind<T>, object: T, overwrite?: boolean) => Promise<void>;

/** Works through the server's own front, so that what is made here is defaulted and validated like anything else. */
function ensurer(handle: BootstrapOptions['handle']): Ensure {
  const signal = new AbortController().signal;
  const call = async (method: ApiRequest['method'], path: string, body?: unknown): Promise<ApiResponse> => {
    const response = await handle({ method, path, query: new URLSearchParams(), headers: {}, body, signal }, loopbackUser);
    const expected = response.status < 400 || (method === 'GET' && response.status === 404);
    if (!expected && response.body.kind === 'object') throw fromStatus(response.body.value as Status);
    return response;
  };
  return async (kind, object, overwrite = false) => {
    const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const collection = `${root}${kind.namespaced ? `/namespaces/${object.metadata.namespace ?? ''}` : ''}/${kind.plural}`;
    const path = `${collection}/${encodeURIComponent(object.metadata.name ?? '')}`;
    const body = { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
    const existing = await call('GET', path);
    if (existing.status === 404) await call('POST', collection, body);
    else if (overwrite) await call('PUT', path, body);
  };
}

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
