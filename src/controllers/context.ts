import type { Client } from '../client/client.ts';
import type { ControllerSpec } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { EventRecorder } from '../client/recorder.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';

/** Settings of the controllers; names and defaults are kube-controller-manager's flags (times in milliseconds). */
export interface ControllerConfig {
  /** How long a node may stay silent before its conditions turn Unknown. */
  nodeMonitorGracePeriodMs: number;
  /** The same for a node that has never posted a status. */
  nodeStartupGracePeriodMs: number;
  /** How often zone disruption and waiting evictions are looked at again. */
  nodeMonitorPeriodMs: number;
  /** NoExecute taints a second and zone while the zone is healthy. */
  nodeEvictionRate: number;
  /** The same in a partly disrupted zone of a large cluster. */
  secondaryNodeEvictionRate: number;
  /** Zones of at most this many nodes stop evicting when partly disrupted. */
  largeClusterSizeThreshold: number;
  /** Share of NotReady nodes from which a zone counts as partly disrupted. */
  unhealthyZoneThreshold: number;
  /**
   * Where kubelets run in this process: when a node's was last known to run, milliseconds since the epoch; undefined where it is
   * not known. It counts as a sign of life, so that leases need not be renewed every few seconds.
   */
  lastSeen: ((node: string) => number | undefined) | undefined;
  /** Finished pods kept before the oldest are removed. */
  terminatedPodGCThreshold: number;
  podGCPeriodMs: number;
  /** How long a node must be gone before its pods are removed. */
  orphanedPodQuarantineMs: number;
  /** Pod addresses to allocate node ranges from; absent means that nodes bring their own. */
  clusterCIDR: string | undefined;
  nodeCIDRMaskSize: number;
  /** PEM of the cluster's CA, published as `kube-root-ca.crt`. */
  rootCA: string | undefined;
  /** Signs approved CertificateSigningRequests; absent means that none are signed. */
  clusterSigning: { cert: string; key: string } | undefined;
  /** Makes the token of a `kubernetes.io/service-account-token` Secret; absent means that such Secrets stay empty. */
  issueSecretToken: ((claims: SecretTokenClaims) => Promise<string>) | undefined;
  /** Whether a cluster without any StorageClass gets the default one, `standard`. */
  defaultStorageClass: boolean;
  /** Directory on nodes below which `shoal.dev/local-path` volumes are made. */
  localPathRoot: string;
}

export interface SecretTokenClaims {
  namespace: string;
  secretName: string;
  serviceAccountName: string;
  serviceAccountUID: string;
}

export const defaultConfig: ControllerConfig = {
  nodeMonitorGracePeriodMs: 40_000,
  nodeStartupGracePeriodMs: 60_000,
  nodeMonitorPeriodMs: 5_000,
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  largeClusterSizeThreshold: 50,
  unhealthyZoneThreshold: 0.55,
  lastSeen: undefined,
  terminatedPodGCThreshold: 12_500,
  podGCPeriodMs: 20_000,
  orphanedPodQuarantineMs: 40_000,
  clusterCIDR: undefined,
  nodeCIDRMaskSize: 24,
  rootCA: undefined,
  clusterSigning: undefined,
  issueSecretToken: undefined,
  defaultStorageClass: true,
  localPathRoot: '/var/lib/shoal/local-path',
};

/** What every controller is given. State is reached through `client` and `informers` alone. */
export interface ControllerContext {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  config: ControllerConfig;
  recorder(component: string): EventRecorder;
}

/** Asks for informers and indexes, and returns what is to run; nothing happens before all informers are synced. */
export type StartController = (context: ControllerContext) => ControllerSpec | readonly ControllerSpec[];
