import { type ClusterPorts, poolOf } from '../node-files.ts';
import { firstPorts, pickPort } from '../ports.ts';
import type { NodeSpec } from '../provider.ts';
import { registryHost } from '../registry.ts';
import { nodePorts, poolSize } from '../role-config.ts';
import type { ClusterSpec } from '../spec.ts';

/** Settles the ports of this machine at which a cluster is published. What it takes is added to `claimed`. */
export async function choosePorts(spec: ClusterSpec, claimed: Set<number>): Promise<ClusterPorts> {
  const { apiServerAddress, apiServerPort, gatewayPort } = spec.networking;
  const pick = async (port: number, from: number, purpose: string, host = apiServerAddress): Promise<number> => {
    const picked = await pickPort({ host, port, from, purpose }, claimed);
    claimed.add(picked);
    return picked;
  };
  const apiServer = await pick(apiServerPort, firstPorts.apiServer, 'the API server');
  const gateway = await pick(gatewayPort, firstPorts.gateway, 'the gateway');
  const pool: number[] = [];
  for (let count = 0; count < poolSize; count++) pool.push(await pick(0, firstPorts.pool, 'exposed Services'));
  if (spec.registry === undefined) return { apiServer, gateway, pool };
  const registry = await pick(spec.registry.port, firstPorts.registry, 'the registry', registryHost);
  return { apiServer, gateway, pool, registry };
}

/** Those of the ports that nobody asked for. */
export const chosenPorts = ({ networking, registry }: ClusterSpec, ports: ClusterPorts): number[] => [
  ...ports.pool,
  ...(networking.apiServerPort === 0 ? [ports.apiServer] : []),
  ...(networking.gatewayPort === 0 ? [ports.gateway] : []),
  ...(registry?.port === 0 && ports.registry !== undefined ? [ports.registry] : []),
];

/** What was asked for, with the ports that were settled. */
export const withPorts = (spec: ClusterSpec, { apiServer, gateway, registry }: ClusterPorts): ClusterSpec => ({
  ...spec,
  networking: { ...spec.networking, apiServerPort: apiServer, gatewayPort: gateway },
  ...(registry === undefined ? {} : { registry: { port: registry } }),
});

/** The same as the control plane's container publishes them. @param host of all but the registry */
export const publishedPorts = (host: string, ports: ClusterPorts): NodeSpec['ports'] =>
  [
    { host, hostPort: ports.apiServer, containerPort: nodePorts.apiServer },
    { host, hostPort: ports.gateway, containerPort: nodePorts.gateway },
    ...poolOf(ports).map(({ local, port }) => ({ host, hostPort: local, containerPort: port })),
    ...(ports.registry === undefined ? [] : [{ host: registryHost, hostPort: ports.registry, containerPort: nodePorts.registry }]),
  ].map((port) => ({ ...port, protocol: 'tcp' }));
