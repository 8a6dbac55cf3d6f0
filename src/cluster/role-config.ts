import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, ShoalError } from '../util/errors.ts';

/** Where everything that `up` puts into a node container lies; both roles read only these files. */
export const nodePaths = {
  serverConfig: '/etc/shoal/server.json',
  kubeletConfig: '/etc/shoal/kubelet.json',
  /** While it exists the kubelet does not register the node. */
  hold: '/etc/shoal/hold',
  /** On the control plane: when the cluster is to be removed. Absent: never. */
  expires: '/etc/shoal/expires',
  pki: '/etc/shoal/pki',
  data: '/var/lib/shoal',
  /** Where the controllers' `shoal.dev/local-path` volumes lie. */
  localPath: '/var/lib/shoal/local-path',
  dockerSocket: '/var/run/docker.sock',
} as const;

/** Ports inside the node containers; none that a pod on the host network is likely to want. */
export const nodePorts = { apiServer: 6443, gateway: 10080, kubelet: 10250, registry: 5000, firstOfPool: 10100 } as const;

/** How many ports of the user's machine a cluster has for `shoal expose` and LoadBalancers; frozen when it is made. */
export const poolSize = 8;

export interface NetworkingConfig {
  podSubnet: string;
  serviceSubnet: string;
  /** The address of the cluster's DNS Service: the tenth of `serviceSubnet`. */
  clusterDNS: string;
  clusterDomain: string;
  nodePortRange: { from: number; to: number };
}

/** Settings of the controllers that cluster.yaml may change; milliseconds. Absent ones are the controllers' own defaults. */
export interface ControllerSettings {
  nodeMonitorGracePeriodMs?: number;
  nodeStartupGracePeriodMs?: number;
  nodeMonitorPeriodMs?: number;
  podGCPeriodMs?: number;
  terminatedPodGCThreshold?: number;
  /** Seconds that a pod stays bound to a node which is not ready or unreachable, unless it says so itself; Kubernetes: 300. */
  defaultTolerationSeconds?: number;
}

/** What `shoal server` is told, in `/etc/shoal/server.json`. */
export interface ServerConfig {
  cluster: string;
  nodeName: string;
  nodeIP: string;
  /** Directory of the store. */
  data: string;
  apiServer: {
    host: string;
    port: number;
    /** How the user's machine reaches it, such as `https://127.0.0.1:41234`. */
    publicURL: string;
  };
  gateway: {
    host: string;
    port: number;
    /** Ports for exposed Services: `local` of the user's machine leads to `port` here. Absent in clusters of older versions. */
    pool?: { local: number; port: number }[];
    /** Such as `http://localhost:8080`; Services are at `http://<service>.<namespace>.localhost:8080/`. */
    publicURL: string;
  };
  networking: NetworkingConfig;
  controllers: ControllerSettings;
  /** Directory of the certificates and keys, see {@link readServerPki}. */
  pki: string;
}

export interface TaintConfig {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What `shoal kubelet` is told, in `/etc/shoal/kubelet.json`. */
export interface KubeletConfig {
  cluster: string;
  nodeName: string;
  nodeIP: string;
  role: 'control-plane' | 'worker';
  /** The node's own part of `networking.podSubnet`; its engine gives pods addresses from it. */
  podCIDR: string;
  /** The API server as nodes reach it: `https://<control-plane address>:6443`. */
  apiServer: string;
  /** Port of the kubelet's own server. */
  port: number;
  dockerSocket: string;
  /** Directory for pods' volumes and the kubelet's state. */
  data: string;
  networking: NetworkingConfig;
  /** Given to the Node object when it registers. */
  labels: Record<string, string>;
  taints: TaintConfig[];
  /** Sizes that the engine enforces on the node, in cores and bytes; absent means the machine's own. */
  resources: { cpu?: number; memory?: number };
  /** How often the node's status is posted while nothing changes, and how often its lease is renewed; milliseconds. */
  nodeStatusUpdateFrequencyMs?: number;
  nodeLeaseRenewIntervalMs?: number;
  pki: string;
}

export interface KeyPair {
  cert: string;
  key: string;
}

/** All PEM. The CA's key stays on the control plane. */
export interface ServerPki {
  ca: KeyPair;
  apiServer: KeyPair;
  /** Presented to kubelets. */
  kubeletClient: KeyPair;
  /** `kubernetes-admin` of `system:masters`, what the user's kubeconfig holds. */
  admin: KeyPair;
  serviceAccount: { privateKey: string; publicKey: string };
}

/**
 * All PEM. `client` is `system:node:<name>` of `system:nodes`; `network` is `shoal:node-network:<name>`, who reads all nodes and
 * Services, which no kubelet may; `serving` is the kubelet's own server.
 */
export interface KubeletPki {
  ca: string;
  client: KeyPair;
  network: KeyPair;
  serving: KeyPair;
}

/** File names below the pki directory, the same when writing and when reading. */
export const pkiFiles = {
  ca: { cert: 'ca.crt', key: 'ca.key' },
  apiServer: { cert: 'apiserver.crt', key: 'apiserver.key' },
  kubeletClient: { cert: 'apiserver-kubelet-client.crt', key: 'apiserver-kubelet-client.key' },
  admin: { cert: 'admin.crt', key: 'admin.key' },
  serviceAccount: { privateKey: 'sa.key', publicKey: 'sa.pub' },
  kubeletNode: { cert: 'kubelet-client.crt', key: 'kubelet-client.key' },
  nodeNetwork: { cert: 'node-network.crt', key: 'node-network.key' },
  kubeletServing: { cert: 'kubelet.crt', key: 'kubelet.key' },
} as const;

export const readServerConfig = (path: string = nodePaths.serverConfig): ServerConfig => readJson<ServerConfig>(path);
export const readKubeletConfig = (path: string = nodePaths.kubeletConfig): KubeletConfig => readJson<KubeletConfig>(path);

export function readServerPki(directory: string = nodePaths.pki): ServerPki {
  const pair = pairReader(directory);
  const { privateKey, publicKey } = pkiFiles.serviceAccount;
  return {
    ca: pair(pkiFiles.ca),
    apiServer: pair(pkiFiles.apiServer),
    kubeletClient: pair(pkiFiles.kubeletClient),
    admin: pair(pkiFiles.admin),
    serviceAccount: { privateKey: readText(join(directory, privateKey)), publicKey: readText(join(directory, publicKey)) },
  };
}

export function readKubeletPki(directory: string = nodePaths.pki): KubeletPki {
  const pair = pairReader(directory);
  return {
    ca: readText(join(directory, pkiFiles.ca.cert)),
    client: pair(pkiFiles.kubeletNode),
    network: pair(pkiFiles.nodeNetwork),
    serving: pair(pkiFiles.kubeletServing),
  };
}

const pairReader =
  (directory: string) =>
  (names: { cert: string; key: string }): KeyPair => ({
    cert: readText(join(directory, names.cert)),
    key: readText(join(directory, names.key)),
  });

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ShoalError('CONFIG_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
      next: 'The roles run inside node containers; start a cluster with `shoal up`.',
      cause,
    });
  }
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readText(path)) as T;
  } catch (cause) {
    if (cause instanceof ShoalError) throw cause;
    throw new ShoalError('CONFIG_INVALID', `${path} is not valid JSON: ${messageOf(cause)}`, { cause });
  }
}
