import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { parseIPv4 } from '../../util/ipv4.ts';
import { statusOf, tolerate } from '../engine/docker-error.ts';
import { clusterLabels, type NetworkState } from '../provider.ts';

export const networkName = (cluster: string): string => `shoal-${cluster}`;

/**
 * Ranges of /24 that cluster networks are taken from, by their first two bytes. Engines' own address pools begin at 172.17
 * and 192.168, Kubernetes' customary ones at 10.96 and 10.244.
 */
const ranges = ['10.201', '10.202', '172.30', '192.168'];

/** Every subnet to try, in an order of its own for each cluster, so that clusters made at once seldom want the same. */
export function subnetCandidates(cluster: string, taken: readonly string[]): string[] {
  let seed = 7;
  for (const letter of cluster) seed = (seed * 31 + letter.charCodeAt(0)) % 256;
  const all = ranges.flatMap((range) => Array.from({ length: 256 }, (_, index) => `${range}.${(seed + index) % 256}.0/24`));
  return all.filter((subnet) => !taken.some((other) => overlap(subnet, other)));
}

/** Creates the cluster's bridge; the engine decides races about a subnet, and the loser takes its next one. */
export async function createNetwork(docker: Docker, cluster: string): Promise<NetworkState> {
  const existing = await listNetworks(docker, cluster);
  if (existing[0] !== undefined) return existing[0];
  const all = await docker.listNetworks();
  const taken = [...all.flatMap((network) => network.IPAM?.Config?.map((config) => config.Subnet ?? '') ?? []), ...localSubnets()];
  for (const subnet of subnetCandidates(
    cluster,
    taken.filter((text) => /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(text)),
  )) {
    const gateway = subnet.replace(/\.0\/24$/, '.1');
    try {
      await docker.createNetwork({
        Name: networkName(cluster),
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
        Labels: { [clusterLabels.cluster]: cluster },
      });
      return { name: networkName(cluster), cluster, subnet, gateway };
    } catch (thrown) {
      if (statusOf(thrown) === 409) {
        throw new ShoalError('CLUSTER_EXISTS', `the network ${networkName(cluster)} exists already`, {
          next: `Remove it with \`shoal down ${cluster}\`, or choose another name.`,
          cause: thrown,
        });
      }
      if (!/overlap|exhausted|already in use/i.test(messageOf(thrown))) throw thrown;
    }
  }
  throw new ShoalError('NETWORK_EXHAUSTED', 'no free subnet was found for the cluster network', {
    next: 'Remove networks that are no longer used: `docker network prune`.',
  });
}

export async function listNetworks(docker: Docker, cluster?: string): Promise<NetworkState[]> {
  const label = cluster === undefined ? clusterLabels.cluster : `${clusterLabels.cluster}=${cluster}`;
  const networks = await docker.listNetworks({ filters: { label: [label] } });
  return networks.map((network) => ({
    name: network.Name,
    cluster: network.Labels?.[clusterLabels.cluster] ?? '',
    subnet: network.IPAM?.Config?.[0]?.Subnet ?? '',
    gateway: network.IPAM?.Config?.[0]?.Gateway ?? '',
  }));
}

export async function removeNetwork(docker: Docker, cluster: string): Promise<void> {
  const networks = await docker.listNetworks({ filters: { label: [`${clusterLabels.cluster}=${cluster}`] } });
  await Promise.all(networks.map((network) => tolerate([404], docker.getNetwork(network.Id).remove())));
}

/** IPv4 subnets that this machine is part of; with an engine elsewhere they only make the choice a little smaller. */
const localSubnets = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap((address) => (address.family === 'IPv4' && address.cidr !== null ? [address.cidr] : [])),
  );

function overlap(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)];
  const bits = Math.min(first.bits, second.bits);
  if (bits === 0) return true;
  return first.address >>> (32 - bits) === second.address >>> (32 - bits);
}

function parse(cidr: string): { address: number; bits: number } {
  const [text = '', bits = '32'] = cidr.split('/');
  return { address: parseIPv4(text) ?? 0, bits: Number(bits) };
}
