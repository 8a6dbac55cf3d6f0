import type { KubeletOptions } from '../options.ts';

const seconds = (ms: number): string => `${ms / 1000}s`;

/** The settings that this kubelet runs by, in the words of kubelet.config.k8s.io/v1beta1; what it has no say in is left out. */
export const kubeletConfig = ({
  clusterDNS,
  clusterDomain,
  kubeletPort,
  leaseRenewMs = 10_000,
  maxPods,
  reserved,
  statusReportMs = 300_000,
  taints,
}: Pick<KubeletOptions, 'clusterDNS' | 'clusterDomain' | 'kubeletPort' | 'leaseRenewMs' | 'reserved' | 'statusReportMs' | 'taints'> & {
  maxPods: number;
}): Record<string, unknown> => ({
  enableServer: kubeletPort > 0,
  port: kubeletPort,
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true, cacheTTL: '2m0s' }, x509: {} },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
  clusterDomain,
  clusterDNS: clusterDNS === '' ? [] : [clusterDNS],
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  containerLogMaxSize: '10Mi',
  containerLogMaxFiles: 3,
  cpuManagerPolicy: 'none',
  failSwapOn: false,
  maxPods,
  nodeLeaseDurationSeconds: 40,
  nodeStatusUpdateFrequency: seconds(leaseRenewMs),
  nodeStatusReportFrequency: seconds(statusReportMs),
  podPidsLimit: -1,
  registerNode: true,
  ...(taints === undefined || taints.length === 0 ? {} : { registerWithTaints: taints }),
  ...(reserved === undefined ? {} : { systemReserved: reserved }),
  resolvConf: '/etc/resolv.conf',
  serializeImagePulls: false,
  topologyManagerPolicy: 'none',
});
