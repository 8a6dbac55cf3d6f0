import { readFile } from 'node:fs/promises';
import type { Pod } from '../../api/types/core-v1.ts';

const longestLabel = 63;
const longestHostname = 64;

/** The pod's host name and, with a subdomain, its domain (GeneratePodHostNameAndDomain). */
export function hostnameOf(pod: Pod, clusterDomain: string, nodeName: string): { hostname: string; domain: string } {
  const { hostname, hostnameOverride, subdomain, hostNetwork } = pod.spec ?? {};
  if (hostnameOverride !== undefined && hostnameOverride !== '') return { hostname: hostnameOverride, domain: '' };
  if (hostNetwork === true) return { hostname: nodeName, domain: '' };
  const name = hostname === undefined || hostname === '' ? (pod.metadata.name ?? '') : hostname;
  const domain = subdomain === undefined || subdomain === '' ? '' : `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  return { hostname: name.slice(0, longestLabel).replace(/[-.]+$/, ''), domain };
}

/** What `hostname` prints in the pod. Throws where the kernel takes no name that long. */
export function visibleHostname(pod: Pod, clusterDomain: string, nodeName: string): string {
  const { hostname, domain } = hostnameOf(pod, clusterDomain, nodeName);
  if (pod.spec?.setHostnameAsFQDN !== true || domain === '') return hostname;
  const name = `${hostname}.${domain}`;
  if (name.length <= longestHostname) return name;
  const problem = `FQDN ${name} is too long (${longestHostname} characters is the max, ${name.length} characters requested)`;
  throw new Error(`failed to construct FQDN from pod hostname and cluster domain, ${problem}`);
}

/** The pod's /etc/hosts: for a host-network pod the node's own, either way with the pod's aliases. */
export async function hostsFile(pod: Pod, podIPs: string[], clusterDomain: string, nodeName: string): Promise<string> {
  const aliases = pod.spec?.hostAliases ?? [];
  const lines: string[] = [];
  if (pod.spec?.hostNetwork === true) {
    lines.push('# Kubernetes-managed hosts file (host network).', (await readFile('/etc/hosts', 'utf8').catch(() => '')).trimEnd());
  } else {
    const { hostname, domain } = hostnameOf(pod, clusterDomain, nodeName);
    lines.push(
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
      ...podIPs.map((ip) => (domain === '' ? `${ip}\t${hostname}` : `${ip}\t${hostname}.${domain}\t${hostname}`)),
    );
  }
  if (aliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.', ...aliases.map(({ ip, hostnames }) => [ip, ...(hostnames ?? [])].join('\t')));
  }
  return `${lines.join('\n')}\n`;
}
