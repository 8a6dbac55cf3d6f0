import type { KubeObject } from '../../api/object.ts';
import { podQOSClass } from '../../api/qos.ts';
import { registryHosting } from '../../api/registry-hosting.ts';
import { kinds } from '../../api/scheme.ts';
import { simulatedNodes } from '../../api/simulated.ts';
import type { ConfigMap, Node, Pod, Secret } from '../../api/types/core-v1.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import type { Adapted, RestoreOptions, StoreSnapshot } from '../../store/snapshot.ts';

const rootCAName = 'kube-root-ca.crt';
const leases = kindPrefix(kinds.Lease, 'kube-node-lease');
const nodes = kindPrefix(kinds.Node);
/** About the process that serves the API: what another one wrote there holds for that one alone. */
const ofTheServer = new Set([
  objectKey(kinds.Endpoints, 'default', 'kubernetes'),
  objectKey(kinds.EndpointSlice, 'default', 'kubernetes'),
  objectKey(kinds.ConfigMap, 'kube-system', 'extension-apiserver-authentication'),
]);

const ownRegistry = objectKey(kinds.ConfigMap, registryHosting.namespace, registryHosting.name);

/**
 * How a cluster's objects come back into a cluster that lives: its machines and its keys are what they are now. Nodes that are
 * machines of their own are neither made nor removed, and keep their status; a pod that runs goes on running, and one that
 * has ended or gone since starts anew under its old name and uid.
 *
 * @param rootCA the cluster's authority, PEM; where the snapshot was taken under another, tokens signed then are left out.
 */
export function adaptTo(snapshot: StoreSnapshot, rootCA: string | undefined): Required<RestoreOptions> {
  const names = new Set(snapshot.entries.map(({ key }) => key));
  const foreign = rootCA !== undefined && snapshot.entries.some(({ object }) => isRootCA(object) && object.data?.['ca.crt'] !== rootCA);
  return {
    keep(key, present) {
      if (ofTheServer.has(key) || key.startsWith(leases)) return true;
      if (key === ownRegistry) return present?.metadata.labels?.[registryHosting.label] !== undefined;
      return key.startsWith(nodes) && present !== undefined && !isSimulated(present) && !names.has(key);
    },
    adapt(object, present) {
      if (object.kind === 'Node') return node(object, present);
      if (object.kind === 'Pod') return pod(object as Pod, present as Pod | undefined);
      if (isRootCA(object) && foreign) return { object: { ...object, data: { 'ca.crt': rootCA } } as ConfigMap };
      if (isTokenSecret(object) && foreign) return { object: withoutToken(object) };
      return { object };
    },
  };
}

const isSimulated = ({ metadata }: KubeObject): boolean => metadata.labels?.[simulatedNodes.label] === 'true';
const isRootCA = (object: KubeObject): object is ConfigMap => object.kind === 'ConfigMap' && object.metadata.name === rootCAName;
const isTokenSecret = (object: KubeObject): object is Secret =>
  object.kind === 'Secret' && (object as Secret).type === 'kubernetes.io/service-account-token';

/** Its controller fills it in again. */
function withoutToken(secret: Secret): Secret {
  const { data: _, ...rest } = secret;
  return rest;
}

function node(wanted: Node, present: Node | undefined): Adapted | undefined {
  if (present === undefined) return isSimulated(wanted) ? { object: wanted } : undefined;
  const { taints: _, unschedulable: __, ...spec } = present.spec ?? {};
  const { taints, unschedulable } = wanted.spec ?? {};
  const { labels, annotations } = wanted.metadata;
  const merged: Node = {
    ...present,
    metadata: { ...present.metadata, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) },
    spec: { ...spec, ...(taints === undefined ? {} : { taints }), ...(unschedulable === undefined ? {} : { unschedulable }) },
  };
  return { object: merged };
}

const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

function pod(wanted: Pod, present: Pod | undefined): Adapted {
  if (hasEnded(wanted) || wanted.metadata.deletionTimestamp !== undefined) return { object: wanted };
  const runsOn =
    present !== undefined &&
    present.metadata.uid === wanted.metadata.uid &&
    present.spec?.nodeName === wanted.spec?.nodeName &&
    present.metadata.deletionTimestamp === undefined &&
    !hasEnded(present);
  if (runsOn) return { object: present.status === undefined ? wanted : { ...wanted, status: present.status } };
  const scheduled = wanted.status?.conditions?.filter(({ type }) => type === 'PodScheduled') ?? [];
  const fresh: Pod = { ...wanted, status: { phase: 'Pending', conditions: scheduled, qosClass: podQOSClass(wanted) } };
  return { object: fresh, anew: true };
}
