/** What a client is warned of in a pod or a pod template that is valid (upstream: pkg/api/pod/warnings.go). */
import { parseQuantity, QuantityError } from '../../quantity.ts';
import type { Container, EphemeralContainer, PodAffinityTerm, PodSpec } from '../../types/core-v1.ts';
import type { ObjectMeta } from '../../types/meta-v1.ts';
import { ipWarnings } from '../address-warnings.ts';
import { entries } from '../common.ts';
import { instead, selectorWarnings } from '../label-warnings.ts';
import { pathWarnings } from './path-warnings.ts';

const oldAnnotations: Record<string, string> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const oldVolumes: Record<string, string> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};
/** Annotations from before there were fields; the second and third are followed by a container's name. */
const oldSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const oldContainerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const oldAppArmor = 'container.apparmor.security.beta.kubernetes.io/';
const useProfile = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const matchesNothing = 'a null labelSelector results in matching no pod';

type Warnings = Iterable<string>;
const known = (table: Record<string, string>, key: string): string | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

/** @param at where the pod is: nothing, or `spec.template.` of what makes it. */
export function* podWarnings(at: string, spec: PodSpec | undefined, metadata: ObjectMeta | undefined): Warnings {
  if (spec === undefined) return;
  const path = `${at}spec`;
  yield* nodeLabelWarnings(path, spec);
  for (const [i, { topologyKey = '', labelSelector }] of entries(spec.topologySpreadConstraints)) {
    const old = instead(topologyKey);
    if (old !== undefined) yield `${path}.topologySpreadConstraints[${i}].topologyKey: ${topologyKey} is ${old}`;
    if (labelSelector === undefined) yield `${path}.topologySpreadConstraints[${i}].labelSelector: ${matchesNothing}`;
  }
  for (const [key, text] of Object.entries(oldAnnotations)) {
    if (metadata?.annotations?.[key] !== undefined) yield `${at}metadata.annotations[${key}]: ${text}`;
  }
  for (const [i, volume] of entries(spec.volumes)) {
    yield* pluginWarnings(`${path}.volumes[${i}]`, volume);
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    yield* fractionalBytes(`${path}.volumes[${i}].ephemeral.volumeClaimTemplate.spec.resources`, claim?.resources, 'storage');
  }
  for (const volume of spec.volumes ?? []) yield* pathWarnings(volume);
  for (const [i, { ip = '' }] of entries(spec.hostAliases)) yield* ipWarnings(`${path}.hostAliases[${i}].ip`, ip);
  yield* repeated(`${path}.hostAliases`, 'ip', spec.hostAliases);
  yield* repeated(`${path}.imagePullSecrets`, 'name', spec.imagePullSecrets);
  for (const [i, { name }] of entries(spec.imagePullSecrets)) {
    if (!name) yield `${path}.imagePullSecrets[${i}].name: invalid empty name ""`;
  }
  yield* fractions(`${path}.overhead`, spec.overhead, 'memory', 'ephemeral-storage');
  if (spec.securityContext?.seccompProfile === undefined && metadata?.annotations?.[oldSeccomp] !== undefined) {
    yield `${at}metadata.annotations[${oldSeccomp}]: ${useProfile}`;
  }
  const containers = containersOf(path, spec);
  for (const [field, container] of containers) {
    yield* profileWarnings(at, spec, metadata, container);
    yield* containerWarnings(field, container);
  }
  yield* portWarnings(containers);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    yield `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`;
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const { requiredDuringSchedulingIgnoredDuringExecution: must, preferredDuringSchedulingIgnoredDuringExecution: may } =
      spec.affinity?.[kind] ?? {};
    const field = `${path}.affinity.${kind}`;
    yield* termWarnings(`${field}.requiredDuringSchedulingIgnoredDuringExecution`, '', must);
    const preferred = may?.map(({ podAffinityTerm }) => podAffinityTerm);
    yield* termWarnings(`${field}.preferredDuringSchedulingIgnoredDuringExecution`, 'podAffinityTerm.', preferred);
  }
}

function* nodeLabelWarnings(path: string, { nodeSelector = {}, affinity }: PodSpec): Warnings {
  for (const key of Object.keys(nodeSelector)) {
    const old = instead(key);
    if (old !== undefined) yield `${path}.nodeSelector[${key}]: ${old}`;
  }
  const { requiredDuringSchedulingIgnoredDuringExecution: must, preferredDuringSchedulingIgnoredDuringExecution: may } =
    affinity?.nodeAffinity ?? {};
  const field = `${path}.affinity.nodeAffinity`;
  for (const [i, term] of entries(must?.nodeSelectorTerms)) {
    yield* selectorWarnings(`${field}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`, term);
  }
  for (const [i, { preference }] of entries(may)) {
    yield* selectorWarnings(`${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`, preference);
  }
}

/** Of what is a volume's source in a way that is no more. */
export function* pluginWarnings(field: string, source: object): Warnings {
  for (const plugin of Object.keys(source)) {
    const old = known(oldVolumes, plugin);
    if (old !== undefined) yield `${field}.${plugin}: ${old}`;
  }
}

function* repeated<K extends string>(field: string, key: K, list: readonly Partial<Record<K, string>>[] | undefined): Warnings {
  const seen = new Set<string | undefined>();
  for (const [i, item] of entries(list)) {
    if (seen.has(item[key])) yield `${field}[${i}].${key}: duplicate ${key} ${JSON.stringify(item[key] ?? '')}`;
    seen.add(item[key]);
  }
}

type AnyContainer = Container | EphemeralContainer;

const containersOf = (path: string, spec: PodSpec): [field: string, container: AnyContainer][] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i): [string, AnyContainer] => [`${path}.${list}[${i}]`, container]),
  );

function* profileWarnings(at: string, spec: PodSpec, metadata: ObjectMeta | undefined, container: AnyContainer): Warnings {
  const { name, securityContext } = container;
  const has = (key: string): boolean => metadata?.annotations?.[key] !== undefined;
  const seccomp = oldContainerSeccomp + name;
  if (securityContext?.seccompProfile === undefined && has(seccomp)) yield `${at}metadata.annotations[${seccomp}]: ${useProfile}`;
  const appArmor = oldAppArmor + name;
  const given = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  if (at !== '' && given === undefined && has(appArmor)) {
    yield `${at}metadata.annotations[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`;
  }
}

function* containerWarnings(field: string, { resources, env }: AnyContainer): Warnings {
  yield* fractionalBytes(`${field}.resources`, resources, 'memory', 'ephemeral-storage');
  const seen = new Set<string>();
  for (const [i, { name, value = '', valueFrom }] of entries(env)) {
    const reference = `$(${name})`;
    // A value that builds on the one before it is meant to follow it.
    const builds = valueFrom === undefined && value !== reference && value.includes(reference);
    if (seen.has(name) && !builds) {
      yield `${field}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    }
    seen.add(name);
  }
}

interface Resources {
  limits?: Record<string, string>;
  requests?: Record<string, string>;
}

/** Bytes that nobody can have. */
export function* fractionalBytes(field: string, resources: Resources | undefined, ...names: string[]): Warnings {
  for (const kind of ['limits', 'requests'] as const) yield* fractions(`${field}.${kind}`, resources?.[kind], ...names);
}

function* fractions(field: string, list: Record<string, string> | undefined, ...names: string[]): Warnings {
  for (const name of names) {
    const value = list?.[name];
    if (value === undefined || !isFractional(value)) continue;
    yield `${field}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`;
  }
}

function isFractional(quantity: string): boolean {
  try {
    return parseQuantity(quantity).nanos % 1_000_000_000n !== 0n;
  } catch (thrown) {
    if (thrown instanceof QuantityError) return false;
    throw thrown;
  }
}

function* portWarnings(containers: readonly [field: string, container: AnyContainer][]): Warnings {
  const taken = new Map<string, { field: string; hostIP: string; hostPort: number }[]>();
  for (const [container, { ports }] of containers) {
    for (const [i, { name = '', containerPort, protocol = 'TCP', hostIP = '', hostPort = 0 }] of entries(ports)) {
      const field = `${container}.ports[${i}]`;
      if (hostIP !== '' && hostPort === 0) {
        // Written as Go prints the port.
        const port = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
        yield `${field}: hostIP set without hostPort: ${port}`;
      }
      const others = taken.get(`${containerPort}/${protocol}`) ?? [];
      for (const other of others) {
        if (hostIP === other.hostIP && hostPort === other.hostPort) yield `${field}: duplicate port definition with ${other.field}`;
        else if (hostPort === 0 || other.hostPort === 0) yield `${field}: overlapping port definition with ${other.field}`;
        else if (hostPort === other.hostPort && (hostIP === '') !== (other.hostIP === '')) {
          yield `${field}: dangerously ambiguous port definition with ${other.field}`;
        }
      }
      taken.set(`${containerPort}/${protocol}`, [...others, { field, hostIP, hostPort }]);
    }
  }
}

function* termWarnings(field: string, part: string, terms: readonly PodAffinityTerm[] | undefined): Warnings {
  for (const [i, term] of entries(terms)) {
    if (term.labelSelector === undefined) yield `${field}[${i}].${part}labelSelector: ${matchesNothing}`;
  }
}
