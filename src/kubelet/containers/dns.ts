import { readFile } from 'node:fs/promises';
import type { Pod } from '../../api/types/core-v1.ts';
import type { PodSandboxConfig } from '../runtime/runtime.ts';

export type DnsConfig = PodSandboxConfig['dns'];

/** The parts of a resolv.conf. */
export function parseResolvConf(text: string): DnsConfig {
  const result: DnsConfig = { nameservers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver') result.nameservers.push(...rest.slice(0, 1));
    // The last one counts, as resolvers have it.
    else if (word === 'search' || word === 'domain') result.searches = rest.filter((name) => name !== '.');
    else if (word === 'options') result.options = rest;
  }
  return result;
}

export const hostDns = async (): Promise<DnsConfig> => parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** A pod's resolver settings (pkg/kubelet/network/dns): its policy, with `dnsConfig` on top. */
export function dnsOf(pod: Pod, cluster: { dns: string; domain: string }, host: DnsConfig): DnsConfig {
  const { dnsPolicy: policy = 'ClusterFirst', hostNetwork = false, dnsConfig } = pod.spec ?? {};
  const fromCluster = cluster.dns !== '' && (policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !hostNetwork));
  const base =
    policy === 'None' ? { nameservers: [], searches: [], options: [] } : fromCluster ? clusterDns(pod, cluster, host) : ownDns(host);

  function ownDns({ nameservers, searches, options }: DnsConfig): DnsConfig {
    // A resolver on the node's loopback (Docker's 127.0.0.11) is out of a pod's reach; cluster DNS forwards to it.
    const usable = hostNetwork ? nameservers : nameservers.filter((address) => !isLoopback(address));
    const fallback = cluster.dns === '' ? [] : [cluster.dns];
    return { nameservers: usable.length > 0 ? usable : fallback, searches, options };
  }
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? option, option]));
  for (const { name, value } of dnsConfig?.options ?? []) {
    if (name !== undefined) options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  }
  const unique = (list: string[]): string[] => [...new Set(list)];
  return {
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: [...options.values()],
  };
}

function clusterDns({ metadata }: Pod, { dns, domain }: { dns: string; domain: string }, host: DnsConfig): DnsConfig {
  const own = [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { nameservers: [dns], searches: [...own, ...host.searches], options: ['ndots:5'] };
}
