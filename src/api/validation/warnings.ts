import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import { isKnownFormat } from '../structural/formats.ts';
import { isObject } from '../structural/schema.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../types/apiextensions-v1.ts';
import type { StatefulSet } from '../types/apps-v1.ts';
import type { CronJob, Job } from '../types/batch-v1.ts';
import type {
  Endpoints,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplate,
  PodTemplateSpec,
  Service,
} from '../types/core-v1.ts';
import type { EndpointSlice } from '../types/discovery-v1.ts';
import type { Ingress, NetworkPolicy } from '../types/networking-v1.ts';
import { cidrWarnings, ipWarnings } from './address-warnings.ts';
import { entries } from './common.ts';
import { dnsLabel } from './formats.ts';
import { runtimeClassWarnings, selectorWarnings, storageCapacityWarnings, storageClassWarnings } from './label-warnings.ts';
import { fractionalBytes, pluginWarnings, podWarnings } from './pod/warnings.ts';

/** What a client is warned of in an object that is valid. */
type Warnings = (object: KubeObject, old: KubeObject | undefined) => Iterable<string>;

type WithTemplate = KubeObject & { spec?: { template?: PodTemplateSpec } };

const row = <T extends KubeObject>(kind: Kind, warnings: (object: T, old: T | undefined) => Iterable<string>): [string, Warnings] => [
  groupKind(kind),
  warnings as Warnings,
];
const workload = (kind: Kind, whose: string): [string, Warnings] =>
  row<WithTemplate>(kind, (object, old) => templateWarnings('spec.template.', object, old, object.spec?.template, whose));

const inHostnames = 'Pod names and hostnames';

const table = new Map<string, Warnings>([
  row<Pod>(kinds.Pod, function* ({ metadata, spec }, old) {
    if (old !== undefined) return;
    yield* hostnameWarnings(metadata?.name, "the Pod's hostname");
    yield* podWarnings('', spec, metadata);
  }),
  row<PodTemplate>(kinds.PodTemplate, (object, old) => templateWarnings('template.', object, old, object.template)),
  workload(kinds.ReplicationController, inHostnames),
  workload(kinds.ReplicaSet, inHostnames),
  workload(kinds.Deployment, inHostnames),
  row<Job>(kinds.Job, function* (job, old) {
    if (old === undefined || job.metadata.generation !== old.metadata.generation) yield* sizeWarnings(job);
    yield* templateWarnings('spec.template.', job, old, job.spec?.template, inHostnames);
  }),
  row<NetworkPolicy>(kinds.NetworkPolicy, policyWarnings),
  row<Endpoints>(kinds.Endpoints, endpointsWarnings),
  row<EndpointSlice>(kinds.EndpointSlice, sliceWarnings),
  row<WithTemplate>(kinds.DaemonSet, (object, old) => templateWarnings('spec.template.', object, old, object.spec?.template)),
  row<CronJob>(kinds.CronJob, (object, old) =>
    templateWarnings('spec.jobTemplate.spec.template.', object, old, object.spec?.jobTemplate.spec?.template, inHostnames),
  ),
  row(kinds.StatefulSet, setWarnings),
  row(kinds.Service, serviceWarnings),
  row<Ingress>(kinds.Ingress, ({ metadata }, old) =>
    old === undefined && metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined
      ? [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  ),
  row(kinds.PersistentVolume, volumeWarnings),
  row(kinds.PersistentVolumeClaim, claimWarnings),
  row(kinds.StorageClass, storageClassWarnings),
  row(kinds.CSIStorageCapacity, storageCapacityWarnings),
  row(kinds.RuntimeClass, runtimeClassWarnings),
  row<Node>(kinds.Node, function* ({ spec }) {
    if (spec?.configSource !== undefined) yield 'spec.configSource: the feature is removed';
    if (spec?.externalID) yield 'spec.externalID: this field is deprecated, and is unused by Kubernetes';
  }),
  [
    groupKind(kinds.CustomResourceDefinition),
    (object, old) => definitionWarnings(object as CustomResourceDefinition, old as CustomResourceDefinition | undefined),
  ],
]);

/** Warnings about a new object, or about what an update brings (upstream: the strategies' WarningsOnCreate and WarningsOnUpdate). */
export const warningsOf = (kind: Kind, object: KubeObject, old?: KubeObject): string[] => [
  ...(kind.custom === undefined ? (table.get(groupKind(kind))?.(object, old) ?? []) : finalizerWarnings(object, old)),
];

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Of custom resources any finalizer is taken (upstream: customresource's generateWarningsFromObj). */
function* finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): Iterable<string> {
  const before = new Set(old?.metadata.finalizers);
  for (const name of [...new Set(metadata.finalizers)].filter((one) => !before.has(one)).sort()) {
    if (name.includes('/') || standardFinalizers.has(name)) continue;
    const what = name.includes('.') ? 'finalizer name including a path (/)' : 'finalizer name';
    yield `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified ${what} to avoid accidental conflicts with other finalizer writers`;
  }
}

function* hostnameWarnings(name: string | undefined, whose: string): Iterable<string> {
  const problems = dnsLabel(name ?? '');
  if (problems.length === 0) return;
  yield `metadata.name: this is used in ${whose}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`;
}

/** @param whose what the object's name goes into; on update only a change of what it asks for is looked at. */
function* templateWarnings(
  at: string,
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  template: PodTemplateSpec | undefined,
  whose?: string,
): Iterable<string> {
  if (old !== undefined && metadata?.generation === old.metadata?.generation) return;
  if (old === undefined && whose !== undefined) yield* hostnameWarnings(metadata?.name, whose);
  yield* podWarnings(at, template?.spec, template?.metadata);
}

function* setWarnings(set: StatefulSet, old: StatefulSet | undefined): Iterable<string> {
  yield* templateWarnings('spec.template.', set, old, set.spec?.template);
  const { volumeClaimTemplates, revisionHistoryLimit = 0 } = set.spec ?? {};
  for (const [i, { spec }] of entries(volumeClaimTemplates)) {
    yield* fractionalBytes(`spec.volumeClaimTemplates[${i}].resources`, spec?.resources, 'storage');
  }
  if (revisionHistoryLimit < 0) {
    yield 'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
  }
}

/** Completed and failed indexes of a larger Job may be more than its status can hold. */
function* sizeWarnings({ spec }: Job): Iterable<string> {
  if (spec?.completionMode !== 'Indexed' || (spec.completions ?? 0) <= 100_000 || (spec.parallelism ?? 0) <= 10_000) return;
  yield 'spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
}

function* policyWarnings({ spec = {} }: NetworkPolicy): Iterable<string> {
  const peers = [
    ...(spec.ingress ?? []).map(({ from }, i) => [`spec.ingress[${i}].from`, from] as const),
    ...(spec.egress ?? []).map(({ to }, i) => [`spec.egress[${i}].to`, to] as const),
  ];
  for (const [at, list] of peers) {
    for (const [j, { ipBlock }] of entries(list)) {
      if (ipBlock === undefined) continue;
      yield* cidrWarnings(`${at}[${j}].ipBlock.cidr`, ipBlock.cidr ?? '');
      for (const [k, cidr] of entries(ipBlock.except)) yield* cidrWarnings(`${at}[${j}].ipBlock.except[${k}]`, cidr);
    }
  }
}

function* endpointsWarnings({ metadata, subsets }: Endpoints): Iterable<string> {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== undefined) return;
  for (const [i, subset] of entries(subsets)) {
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      for (const [j, { ip }] of entries(subset[list])) yield* ipWarnings(`subsets[${i}].${list}[${j}].ip`, ip ?? '');
    }
  }
}

function* sliceWarnings({ metadata, addressType, endpoints }: EndpointSlice): Iterable<string> {
  // What the controller writes is as it should be.
  if (addressType !== 'IPv6' || metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io') return;
  for (const [i, { addresses }] of entries(endpoints)) {
    for (const [j, address] of entries(addresses)) yield* ipWarnings(`endpoints[${i}].addresses[${j}]`, address);
  }
}

function* serviceWarnings({ metadata, spec = {} }: Service): Iterable<string> {
  if (metadata?.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined) {
    yield 'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead';
  }
  const { type, externalIPs = [] } = spec;
  const external = type === 'ExternalName';
  for (const [i, address] of external || spec.clusterIP === 'None' ? [] : entries(spec.clusterIPs)) {
    yield* ipWarnings(`spec.clusterIPs[${i}]`, address);
  }
  for (const [i, address] of entries(externalIPs)) yield* ipWarnings(`spec.externalIPs[${i}]`, address);
  yield* ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP ?? '');
  for (const [i, cidr] of entries(spec.loadBalancerSourceRanges)) yield* cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, cidr);
  if (type === 'ClusterIP' && spec.clusterIP === 'None') {
    if (spec.loadBalancerIP) yield 'spec.loadBalancerIP is ignored for headless services';
    if (externalIPs.length > 0) yield 'spec.externalIPs is ignored for headless services';
    if (spec.sessionAffinity !== 'None') yield 'spec.SessionAffinity is ignored for headless services';
  } else if (externalIPs.length > 0) {
    yield external
      ? 'spec.externalIPs is ignored when spec.type is "ExternalName"'
      : 'spec.externalIPs is deprecated and may no longer be implemented in some clusters';
  }
  if (!external && spec.externalName) yield 'spec.externalName is ignored when spec.type is not "ExternalName"';
  if (spec.trafficDistribution === 'PreferClose') {
    yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"';
  }
}

const oldClass = 'volume.beta.kubernetes.io/storage-class';

function* classWarnings({ metadata }: KubeObject): Iterable<string> {
  if (metadata?.annotations?.[oldClass] === undefined) return;
  yield `metadata.annotations[${oldClass}]: deprecated since v1.8; use "storageClassName" attribute instead`;
}

function* volumeWarnings(volume: PersistentVolume): Iterable<string> {
  yield* classWarnings(volume);
  if (volume.spec?.persistentVolumeReclaimPolicy === 'Recycle') {
    yield 'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  }
  for (const [i, term] of entries(volume.spec?.nodeAffinity?.required?.nodeSelectorTerms)) {
    yield* selectorWarnings(`spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, term);
  }
  // Of these two upstream warns in pods alone.
  const { flocker: _flocker, quobyte: _quobyte, ...source } = volume.spec ?? {};
  yield* pluginWarnings('spec', source);
}

function* claimWarnings(claim: PersistentVolumeClaim): Iterable<string> {
  yield* classWarnings(claim);
  yield* fractionalBytes('spec.resources', claim.spec?.resources, 'storage');
}

/** Formats that mean nothing; on update those alone that are new. */
function definitionWarnings(object: CustomResourceDefinition, old: CustomResourceDefinition | undefined): string[] {
  const formatsOf = (definition: CustomResourceDefinition | undefined): Set<string> =>
    new Set((definition?.spec.versions ?? []).flatMap(({ schema }) => [...unknownFormats(schema?.openAPIV3Schema)]));
  return [...formatsOf(object).difference(formatsOf(old))].map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function* unknownFormats(schema: JSONSchemaProps | undefined): Iterable<string> {
  if (schema === undefined) return;
  if (schema.format !== undefined && schema.format !== '' && !isKnownFormat(schema.format, schema.type)) yield schema.format;
  const { items, allOf = [], anyOf = [], oneOf = [], not, properties = {}, additionalProperties } = schema;
  const below: unknown[] = [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties), additionalProperties];
  for (const inner of below) if (isObject(inner)) yield* unknownFormats(inner as JSONSchemaProps);
}
