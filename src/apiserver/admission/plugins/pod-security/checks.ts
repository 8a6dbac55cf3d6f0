import type { Container, EphemeralContainer, Pod, PodSpec, SecurityContext } from '../../../../api/types/core-v1.ts';

/** The Pod Security Standards (`k8s.io/pod-security-admission/policy`), of every version up to Kubernetes 1.36. */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

type AnyContainer = Container | EphemeralContainer;
/** What is wrong, as upstream words it: the reason and, in brackets, where. */
type Check = (pod: Pod, spec: PodSpec, containers: readonly AnyContainer[], minor: number) => string | undefined;
/** A check, and the minor version of Kubernetes whose policy first has it. */
type Since = readonly [check: Check, minor: number];

/**
 * What a pod breaks of a level; the restricted checks take the place of the baseline ones they tighten.
 * @param version of the policy: `latest`, or that of a minor version, such as `v1.24`.
 */
export function violations(level: Level, pod: Pod, version = 'latest'): string[] {
  if (level === 'privileged' || pod.spec === undefined) return [];
  const { spec } = pod;
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : Number(version.replace('v1.', ''));
  const inForce = (checks: readonly Since[]): Check[] => checks.flatMap(([check, since]) => (minor >= since ? [check] : []));
  const tighter = inForce(restricted);
  const replaced = new Set(tighter.map((check) => tightens.get(check)));
  const base = inForce(baseline);
  const checks = level === 'baseline' ? base : [...base.filter((check) => !replaced.has(check)), ...tighter];
  return checks.map((check) => check(pod, spec, containers, minor)).filter((text) => text !== undefined);
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

/** Root of a pod's own user namespace is nobody outside, which policies take into account from version 1.35 on. */
const inUserNamespace = (spec: PodSpec, minor: number): boolean => minor >= 35 && spec.hostUsers === false;

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
const procMount: Check = (_pod, spec, containers, minor) => {
  if (inUserNamespace(spec, minor)) return undefined;
  const bad = where(containers, ({ procMount: mount }) => mount !== undefined && mount !== 'Default');
  return bad.length === 0
    ? undefined
    : `procMount (${named(bad)} must not set securityContext.procMount to ${quoted(bad.map(({ securityContext }) => securityContext?.procMount ?? ''))})`;
};
/** With the minor version whose policy first took them for safe. */
const safeSysctls = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
]);
const sysctls: Check = (_pod, spec, _containers, minor) => {
  const bad = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => (safeSysctls.get(name) ?? Number.POSITIVE_INFINITY) > minor || !safeSysctls.has(name));
  return bad.length === 0 ? undefined : `forbidden sysctls (${bad.join(', ')})`;
};
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);
const isSafeType = (type: string, minor: number): boolean => seLinuxTypes.has(type) || (type === 'container_engine_t' && minor >= 31);
const seLinux: Check = (_pod, spec, containers, minor) => {
  const all = [spec.securityContext?.seLinuxOptions, ...containers.map(({ securityContext }) => securityContext?.seLinuxOptions)];
  const types = all.map((options) => options?.type ?? '').filter((type) => !isSafeType(type, minor));
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
const baseline: readonly Since[] = [
  [appArmor, 0],
  [baselineCapabilities, 0],
  [hostNamespaces, 0],
  [hostPath, 0],
  [hostPorts, 0],
  [probeHosts, 34],
  [privileged, 0],
  [procMount, 0],
  [seLinux, 0],
  [baselineSeccomp, 19],
  [sysctls, 0],
  [hostProcess, 0],
];

/** Pods for Windows are let off from version 1.25 on. */
const isWindows = (spec: PodSpec, minor: number): boolean => minor >= 25 && spec.os?.name === 'windows';
const allowPrivilegeEscalation: Check = (_pod, spec, containers, minor) => {
  const bad = isWindows(spec, minor) ? [] : where(containers, (context) => context.allowPrivilegeEscalation !== false);
  return bad.length === 0
    ? undefined
    : `allowPrivilegeEscalation != false (${named(bad)} must set securityContext.allowPrivilegeEscalation=false)`;
};
const restrictedCapabilities: Check = (_pod, spec, containers, minor) => {
  if (isWindows(spec, minor)) return undefined;
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
const runAsNonRoot: Check = (_pod, spec, containers, minor) => {
  if (inUserNamespace(spec, minor)) return undefined;
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
const runAsUser: Check = (_pod, spec, containers, minor) => {
  if (inUserNamespace(spec, minor)) return undefined;
  const who = setters(
    spec.securityContext?.runAsUser === 0,
    where(containers, (context) => context.runAsUser === 0),
  );
  return who === undefined ? undefined : `runAsUser=0 (${who} must not set runAsUser=0)`;
};
const restrictedSeccomp: Check = (_pod, spec, containers, minor) => {
  if (isWindows(spec, minor)) return undefined;
  const explicit = seccompSetters(spec, containers, (type) => type !== 'RuntimeDefault' && type !== 'Localhost');
  if (explicit !== undefined) return explicit;
  const implicit = where(containers, ({ seccompProfile }) => seccompProfile?.type === undefined);
  if (spec.securityContext?.seccompProfile?.type !== undefined || implicit.length === 0) return undefined;
  return `seccompProfile (pod or ${named(implicit)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
};

/** Held at the restricted level beside the baseline. */
const restricted: readonly Since[] = [
  [allowPrivilegeEscalation, 8],
  [restrictedCapabilities, 22],
  [restrictedVolumes, 0],
  [runAsNonRoot, 0],
  [runAsUser, 23],
  [restrictedSeccomp, 19],
];
/** Restricted checks and the baseline ones whose place they take. */
const tightens = new Map<Check | undefined, Check>([
  [restrictedCapabilities, baselineCapabilities],
  [restrictedVolumes, hostPath],
  [restrictedSeccomp, baselineSeccomp],
]);
