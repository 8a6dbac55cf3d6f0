import { createCA, issueCert, newServiceAccountKey } from '../util/pki.ts';
import { splitLabels } from './node-labels.ts';
import { addressAt, type NodePlace, networkingOf } from './plan.ts';
import type { NodeSpec } from './provider.ts';
import {
  type ControllerSettings,
  type KeyPair,
  type KubeletConfig,
  nodePaths,
  nodePorts,
  pkiFiles,
  type ServerConfig,
} from './role-config.ts';
import type { ClusterNodeSpec, ClusterSpec } from './spec.ts';

type Files = NodeSpec['files'];

/** What a whole cluster shares: its authority and the key that service-account tokens are signed with. */
export interface ClusterKeys {
  ca: KeyPair;
  serviceAccount: { privateKey: string; publicKey: string };
}

export async function createClusterKeys(): Promise<ClusterKeys> {
  const [ca, serviceAccount] = await Promise.all([createCA('kubernetes'), newServiceAccountKey()]);
  return { ca, serviceAccount };
}

/** Files of every node: the kubelet's settings and certificates (kubeadm's names and subjects). */
export async function kubeletFiles(
  spec: ClusterSpec,
  node: ClusterNodeSpec,
  place: NodePlace,
  controlPlaneIP: string,
  ca: KeyPair,
): Promise<Files> {
  const config: KubeletConfig = {
    cluster: spec.name,
    nodeName: node.name,
    nodeIP: place.ip,
    role: node.role,
    podCIDR: place.podCIDR,
    apiServer: `https://${controlPlaneIP}:${nodePorts.apiServer}`,
    port: nodePorts.kubelet,
    dockerSocket: nodePaths.dockerSocket,
    data: nodePaths.data,
    networking: networkingOf(spec),
    labels: splitLabels(node).own,
    taints: node.taints,
    resources: node.resources,
    ...heartbeatOf(spec.controllers),
    pki: nodePaths.pki,
  };
  const [client, network, serving] = await Promise.all([
    issueCert(ca, { commonName: `system:node:${node.name}`, organizations: ['system:nodes'], usages: ['client'] }),
    issueCert(ca, { commonName: `shoal:node-network:${node.name}`, organizations: ['shoal:node-network'], usages: ['client'] }),
    issueCert(ca, {
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
      dnsNames: [node.name],
      ips: [place.ip, '127.0.0.1'],
      usages: ['server'],
    }),
  ]);
  return {
    [nodePaths.kubeletConfig]: json(config),
    [inPki(pkiFiles.ca.cert)]: open(ca.cert),
    ...pair(pkiFiles.kubeletNode, client),
    ...pair(pkiFiles.nodeNetwork, network),
    ...pair(pkiFiles.kubeletServing, serving),
  };
}

/** Kubernetes' default, and the longest that a shorter grace period may stretch to. */
const longestLeaseRenewMs = 10_000;

/** Four heartbeats fit into the grace period, as they do into Kubernetes' (docs/decisions/0005-dead-nodes.md). */
export function heartbeatOf({ nodeMonitorGracePeriodMs }: ControllerSettings): Pick<KubeletConfig, 'nodeLeaseRenewIntervalMs'> {
  if (nodeMonitorGracePeriodMs === undefined) return {};
  return { nodeLeaseRenewIntervalMs: Math.min(longestLeaseRenewMs, Math.round(nodeMonitorGracePeriodMs / 4)) };
}

/** Ports of the user's machine that a cluster has. */
export interface ClusterPorts {
  apiServer: number;
  gateway: number;
  /** For exposed Services. */
  pool: readonly number[];
  /** Absent: the cluster has no registry. */
  registry?: number;
}

/** Which port of the control plane each of the pool leads to. */
export const poolOf = ({ pool }: Pick<ClusterPorts, 'pool'>): { local: number; port: number }[] =>
  pool.map((local, index) => ({ local, port: nodePorts.firstOfPool + index }));

/** Files of the control plane besides {@link kubeletFiles}. */
export async function serverFiles(
  spec: ClusterSpec,
  node: ClusterNodeSpec,
  place: NodePlace,
  ports: ClusterPorts,
  keys: ClusterKeys,
): Promise<Files> {
  const { apiServerAddress, serviceSubnet, clusterDomain } = spec.networking;
  const host = urlHost(apiServerAddress);
  const config: ServerConfig = {
    cluster: spec.name,
    nodeName: node.name,
    nodeIP: place.ip,
    data: nodePaths.data,
    apiServer: { host: '0.0.0.0', port: nodePorts.apiServer, publicURL: `https://${host}:${ports.apiServer}` },
    gateway: { host: '0.0.0.0', port: nodePorts.gateway, publicURL: gatewayURL(ports.gateway), pool: poolOf(ports) },
    networking: networkingOf(spec),
    controllers: spec.controllers,
    pki: nodePaths.pki,
  };
  const [apiServer, kubeletClient, admin] = await Promise.all([
    issueCert(keys.ca, {
      commonName: 'kube-apiserver',
      dnsNames: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${clusterDomain}`,
        'localhost',
        node.name,
        'host.docker.internal',
      ],
      ips: [
        ...new Set([place.ip, '127.0.0.1', addressAt(serviceSubnet, 1), ...(apiServerAddress === '0.0.0.0' ? [] : [apiServerAddress])]),
      ],
      usages: ['server'],
    }),
    issueCert(keys.ca, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'], usages: ['client'] }),
    issueCert(keys.ca, { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
  ]);
  return {
    [nodePaths.serverConfig]: json(config),
    [inPki(pkiFiles.ca.key)]: secret(keys.ca.key),
    [inPki(pkiFiles.serviceAccount.privateKey)]: secret(keys.serviceAccount.privateKey),
    [inPki(pkiFiles.serviceAccount.publicKey)]: open(keys.serviceAccount.publicKey),
    ...pair(pkiFiles.apiServer, apiServer),
    ...pair(pkiFiles.kubeletClient, kubeletClient),
    ...pair(pkiFiles.admin, admin),
  };
}

/** Services are reached below it: `http://<service>.<namespace>.localhost:<port>/`. */
export const gatewayURL = (port: number): string => `http://localhost:${port}`;

/** An address that was published on all interfaces is reached at the loopback one. */
export const urlHost = (address: string): string => (address === '0.0.0.0' || address === '' ? '127.0.0.1' : address);

const inPki = (name: string): string => `${nodePaths.pki}/${name}`;
const open = (content: string) => ({ content, mode: 0o644 });
const secret = (content: string) => ({ content, mode: 0o600 });
const json = (value: unknown) => secret(`${JSON.stringify(value, undefined, 2)}\n`);
const pair = (names: { cert: string; key: string }, value: KeyPair): Files => ({
  [inPki(names.cert)]: open(value.cert),
  [inPki(names.key)]: secret(value.key),
});
