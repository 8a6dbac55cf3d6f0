import type { Container, EphemeralContainer, Pod, PodSpec, SecurityContext } from '../../../../api/types/core-v1.ts';

/** The Pod Security Standards (`k8s.io/pod-security-admission/policy`), as of Kubernetes 1.36. */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

type AnyContainer = Container | EphemeralContainer;
/** What is wrong, as upstream words it: the reason and, in brackets, where. */
type Check = (pod: Pod, spec: PodSpec, containers: readonly AnyContainer[]) => string | undefined;

/** What a pod breaks of a level; the restricted checks take the place of the baseline ones they tighten. */
export function violations(level: Level, pod: Pod): string[] {
  if (level === 'privileged' || pod.spec === undefined) return [];
  const { spec } = pod;
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const checks = level === 'baseline' ? baseline : [...baseline.filter((check) => !tightened.has(check)), ...restricted];
  return checks.map((check) => check(pod, spec, containers)).filter((text) => text !== undefined);
}

const quoted = (values: Iterable<string>): string =>
  [...new Set(values)]
    .sort()
    .map((value) => JSON.stringify(value))
    .join(', ');
const plural = (count: number, one: string): string => (count === 1 ? one : `${one}s`);
const named = (containers: readonly AnyContainer[]): string =>
  `${plural(containers.length, 'container')} ${containers.map(({ name }) => JSON.stringify(name)).join(', ')}`;
const where = (containers: readonly AnyContainer[], test: (context: SecurityContext, container: AnyContainer) => boolean): AnyContainer[] =>
  containers.filter((container) => test(container.securityContext ?? {}, container));

const hostNamespaces: Check = (_pod, spec) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  return used.length === 0 ? undefined : `host namespaces (${used.map((field) => `${field}=true`).join(', ')})`;
};
const privileged: Check = (_pod, _spec, containers) => {
  const bad = where(containers, (context) => context.privileged === true);
  return bad.length === 0 ? undefined : `privileged (${named(bad)} must not set securityContext.privileged=true)`;
};
const hostPath: Check = (_pod, spec) => {
  const bad = (spec.volumes ?? []).filter((volume) => volume.hostPath !== undefined);
  return bad.length === 0
    ? undefined
    : `hostPath volumes (${plural(bad.length, 'volume')} ${bad.map(({ name }) => JSON.stringify(name)).join(', ')})`;
};
const hostPorts: Check = (_pod, _spec, containers) => {
  const uses = (container: AnyContainer) => (container.ports ?? []).map(({ hostPort }) => hostPort ?? 0).filter((port) => port !== 0);
  const bad = containers.filter((container) => uses(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = [...new Set(bad.flatMap(uses))].sort((a, b) => a - b);
  return `hostPort (${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural(ports.length, 'hostPort')} ${ports.join(', ')})`;
};
const procMount: Check = (_pod, spec, containers) => {
  if (spec.hostUsers === false) return undefined;
  const bad = where(containers, ({ procMount: mount }) => mount !== undefined && mount !== 'Default');
  return bad.length === 0
    ? undefined
    : `procMount (${named(bad)} must not set securityContext.procMount to ${quoted(bad.map(({ securityContext }) => securityContext?.procMount ?? ''))})`;
};
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const sysctls: Check = (_pod, spec) => {
  const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? undefined : `forbidden sysctls (${bad.join(', ')})`;
};
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const seLinux: Check = (_pod, spec, containers) => {
  const all = [spec.securityContext?.seLinuxOptions, ...containers.map(({ securityContext }) => securityContext?.seLinuxOptions)];
  const types = all.map((options) => options?.type ?? '').filter((type) => !seLinuxTypes.has(type));
  const user = all.some((options) => (options?.user ?? '') !== '');
  const role = all.some((options) => (options?.role ?? '') !== '');
  if (types.length === 0 && !user && !role) return undefined;
  const texts = [
    ...(types.length === 0 ? [] : [`${plural(types.length, 'type')} ${quoted(types)}`]),
    ...(user ? ['user may not be set'] : []),
    ...(role ? ['role may not be set'] : []),
  ];
  return `seLinuxOptions (${texts.join('; ')})`;
};
const hostProcess: Check = (_pod, spec, containers) => {
  const who = setters(
    spec.securityContext?.windowsOptions?.hostProcess === true,
    where(containers, ({ windowsOptions }) => windowsOptions?.hostProcess === true),
  );
  return who === undefined ? undefined : `hostProcess (${who} must not set securityContext.windowsOptions.hostProcess=true)`;
};
const appArmor: Check = (pod, spec, containers) => {
  const unconfined = (type: string | undefined) => type === 'Unconfined';
  const bad = where(containers, ({ appArmorProfile }) => unconfined(appArmorProfile?.type));
  const annotated = Object.entries(pod.metadata.annotations ?? {}).filter(
    ([key, value]) =>
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      !['', 'runtime/default'].includes(value) &&
      !value.startsWith('localhost/'),
  );
  const ofPod = unconfined(spec.securityContext?.appArmorProfile?.type);
  if (bad.length === 0 && annotated.length === 0 && !ofPod) return undefined;
  const who = [
    ...(ofPod ? ['pod must not set AppArmor profile type to "Unconfined"'] : []),
    ...(bad.length === 0 ? [] : [`${named(bad)} must not set AppArmor profile type to "Unconfined"`]),
    ...annotated.map(([key, value]) => `${key}=${JSON.stringify(value)}`),
  ];
  return `forbidden AppArmor ${plural(who.length, 'profile')} (${who.join(' and ')})`;
};
const probeHosts: Check = (_pod, _spec, containers) => {
  const hosts = (container: AnyContainer): string[] => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
    const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
    return handlers
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host): host is string => host !== undefined && host !== '');
  };
  const bad = containers.filter((container) => hosts(container).length > 0);
  return bad.length === 0
    ? undefined
    : `probe or lifecycle host (${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} probe or lifecycle ${plural(bad.length, 'host')} ${quoted(bad.flatMap(hosts))})`;
};

const allowedCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
const baselineCapabilities: Check = (_pod, _spec, containers) => {
  const extra = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => !allowedCapabilities.has(one));
  const bad = containers.filter((container) => extra(container).length > 0);
  return bad.length === 0
    ? undefined
    : `non-default capabilities (${named(bad)} must not include ${quoted(bad.flatMap(extra))} in securityContext.capabilities.add)`;
};
/** Who sets what they must not: the pod, containers or both. */
const setters = (ofPod: boolean, bad: readonly AnyContainer[]): string | undefined =>
  ofPod || bad.length > 0 ? [...(ofPod ? ['pod'] : []), ...(bad.length === 0 ? [] : [named(bad)])].join(' and ') : undefined;
const seccompSetters = (spec: PodSpec, containers: readonly AnyContainer[], isBad: (type: string) => boolean): string | undefined => {
  const typeOf = (context: SecurityContext | undefined): string => context?.seccompProfile?.type ?? '';
  const refused = (type: string): boolean => type !== '' && isBad(type);
  const ofPod = spec.securityContext?.seccompProfile?.type ?? '';
  const bad = where(containers, (context) => refused(typeOf(context)));
  const who = setters(refused(ofPod), bad);
  if (who === undefined) return undefined;
  const types = [...(refused(ofPod) ? [ofPod] : []), ...bad.map(({ securityContext }) => typeOf(securityContext))];
  return `seccompProfile (${who} must not set securityContext.seccompProfile.type to ${quoted(types)})`;
};
const baselineSeccomp: Check = (_pod, spec, containers) => seccompSetters(spec, containers, (type) => type === 'Unconfined');

/** Held at both levels; in the order of upstream's names for them, which is the order of the text. */
const baseline: readonly Check[] = [
  appArmor,
  baselineCapabilities,
  hostNamespaces,
  hostPath,
  hostPorts,
  probeHosts,
  privileged,
  procMount,
  seLinux,
  baselineSeccomp,
  sysctls,
  hostProcess,
];
/** Those whose place restricted checks take. */
const tightened: ReadonlySet<Check> = new Set([baselineCapabilities, hostPath, baselineSeccomp]);

const isWindows = (spec: PodSpec): boolean => spec.os?.name === 'windows';
const allowPrivilegeEscalation: Check = (_pod, spec, containers) => {
  const bad = isWindows(spec) ? [] : where(containers, (context) => context.allowPrivilegeEscalation !== false);
  return bad.length === 0
    ? undefined
    : `allowPrivilegeEscalation != false (${named(bad)} must set securityContext.allowPrivilegeEscalation=false)`;
};
const restrictedCapabilities: Check = (_pod, spec, containers) => {
  if (isWindows(spec)) return undefined;
  const keeping = where(containers, ({ capabilities }) => capabilities?.drop?.includes('ALL') !== true);
  const extra = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE');
  const adding = containers.filter((container) => extra(container).length > 0);
  const texts = [
    ...(keeping.length === 0 ? [] : [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [`${named(adding)} must not include ${quoted(adding.flatMap(extra))} in securityContext.capabilities.add`]),
  ];
  return texts.length === 0 ? undefined : `unrestricted capabilities (${texts.join('; ')})`;
};
const volumeTypes = new Set([
  'name',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const restrictedVolumes: Check = (_pod, spec) => {
  const typesOf = (volume: object) => Object.keys(volume).filter((type) => !volumeTypes.has(type));
  const bad = (spec.volumes ?? []).filter((volume) => typesOf(volume).length > 0);
  if (bad.length === 0) return undefined;
  const types = new Set(bad.flatMap(typesOf));
  return `restricted volume types (${plural(bad.length, 'volume')} ${bad.map(({ name }) => JSON.stringify(name)).join(', ')} ${bad.length === 1 ? 'uses' : 'use'} restricted volume ${plural(types.size, 'type')} ${quoted(types)})`;
};
const runAsNonRoot: Check = (_pod, spec, containers) => {
  if (spec.hostUsers === false) return undefined;
  const ofPod = spec.securityContext?.runAsNonRoot;
  const who = setters(
    ofPod === false,
    where(containers, (context) => context.runAsNonRoot === false),
  );
  if (who !== undefined) return `runAsNonRoot != true (${who} must not set securityContext.runAsNonRoot=false)`;
  const implicit = where(containers, (context) => context.runAsNonRoot === undefined);
  if (ofPod === true || implicit.length === 0) return undefined;
  return `runAsNonRoot != true (pod or ${named(implicit)} must set securityContext.runAsNonRoot=true)`;
};
const runAsUser: Check = (_pod, spec, containers) => {
  if (spec.hostUsers === false) return undefined;
  const who = setters(
    spec.securityContext?.runAsUser === 0,
    where(containers, (context) => context.runAsUser === 0),
  );
  return who === undefined ? undefined : `runAsUser=0 (${who} must not set runAsUser=0)`;
};
const restrictedSeccomp: Check = (_pod, spec, containers) => {
  if (isWindows(spec)) return undefined;
  const explicit = seccompSetters(spec, containers, (type) => type !== 'RuntimeDefault' && type !== 'Localhost');
  if (explicit !== undefined) return explicit;
  const implicit = where(containers, ({ seccompProfile }) => seccompProfile?.type === undefined);
  if (spec.securityContext?.seccompProfile?.type !== undefined || implicit.length === 0) return undefined;
  return `seccompProfile (pod or ${named(implicit)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
};

/** Held at the restricted level beside the baseline. */
const restricted: readonly Check[] = [
  allowPrivilegeEscalation,
  restrictedCapabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  restrictedSeccomp,
];
