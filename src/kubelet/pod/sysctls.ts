import type { Pod } from '../../api/types/core-v1.ts';

/** Sysctls that belong to a namespace and cannot harm other pods (pkg/kubelet/sysctl's safe list), by the namespace that holds them. */
const safe: ReadonlyMap<string, 'ipc' | 'net'> = new Map([
  ['kernel.shm_rmid_forced', 'ipc'],
  ['net.ipv4.ip_local_port_range', 'net'],
  ['net.ipv4.tcp_syncookies', 'net'],
  ['net.ipv4.ping_group_range', 'net'],
  ['net.ipv4.ip_unprivileged_port_start', 'net'],
  ['net.ipv4.ip_local_reserved_ports', 'net'],
  ['net.ipv4.tcp_keepalive_time', 'net'],
  ['net.ipv4.tcp_fin_timeout', 'net'],
  ['net.ipv4.tcp_keepalive_intvl', 'net'],
  ['net.ipv4.tcp_keepalive_probes', 'net'],
  ['net.ipv4.tcp_rmem', 'net'],
  ['net.ipv4.tcp_wmem', 'net'],
]);

/** Names may be written with slashes, dots and slashes changing places (`net/ipv4/conf/eno2.100/x`). */
export function dottedSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/')) : name;
}

/** The pod's sysctls by the name that a runtime takes. */
export const sysctlsOf = (pod: Pod): Record<string, string> =>
  Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [dottedSysctl(name), value]));

/** Why a pod's sysctls keep it from this node; undefined when they do not. */
export function forbiddenSysctl(pod: Pod): string | undefined {
  const { hostNetwork = false, hostIPC = false } = pod.spec ?? {};
  for (const name of Object.keys(sysctlsOf(pod))) {
    const namespace = safe.get(name);
    if (namespace === undefined) return `${JSON.stringify(name)} not allowlisted`;
    if (namespace === 'net' && hostNetwork) return `${JSON.stringify(name)} not allowed with host net enabled`;
    if (namespace === 'ipc' && hostIPC) return `${JSON.stringify(name)} not allowed with host ipc enabled`;
  }
  return undefined;
}
