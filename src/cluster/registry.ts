import { registryHosting } from '../api/registry-hosting.ts';
import type { ConfigMap } from '../api/types/core-v1.ts';
import { specFromLabels } from './plan.ts';
import { clusterLabels, type NodeState } from './provider.ts';
import { nodePorts } from './role-config.ts';

/** Where the registry of one cluster is. */
export interface Registry {
  /** On this machine and in every node alike, and so in image names: `localhost:5000`. */
  host: string;
  /** The port of {@link host}. */
  port: number;
  /** In the cluster's network, for nodes and pods: `10.201.0.2:5000`. */
  address: string;
}

/**
 * It is published at the loopback address alone, whatever the API server's is: it asks nobody who they are, and engines take
 * nothing but `localhost` without TLS.
 */
export const registryHost = '127.0.0.1';

/** @param controlPlaneIP in the Docker network. */
export const registryAt = (port: number, controlPlaneIP: string): Registry => ({
  host: `localhost:${port}`,
  port,
  address: `${controlPlaneIP}:${nodePorts.registry}`,
});

/** The registry of a made cluster; undefined when it has none. */
export function registryOfNode(controlPlane: NodeState): Registry | undefined {
  if (controlPlane.labels[clusterLabels.spec] === undefined) return undefined;
  const { registry } = specFromLabels(controlPlane);
  return registry === undefined ? undefined : registryAt(registry.port, controlPlane.ip);
}

/** What images/node's services `registry` and `registry-forward` are told; without it they do not run. */
export const registryEnvironment = (registry: Registry | undefined): Record<string, string> =>
  registry === undefined ? {} : { SHOAL_REGISTRY_PORT: String(registry.port), SHOAL_REGISTRY_ADDRESS: registry.address };

/**
 * By which Tilt, Skaffold and others find the registry: KEP-1755, "Communicating the presence of a local registry"
 * (kubernetes/enhancements, keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry). The value is YAML, of
 * which JSON is a part.
 */
export const localRegistryHosting = ({ host, address }: Registry): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: registryHosting.name, namespace: registryHosting.namespace, labels: { [registryHosting.label]: 'true' } },
  data: {
    [registryHosting.field]: [`host: "${host}"`, `hostFromContainerRuntime: "${host}"`, `hostFromClusterNetwork: "${address}"`, ''].join(
      '\n',
    ),
  },
});
