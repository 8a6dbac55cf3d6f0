import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { UserInfo } from './auth/user.ts';

/** Certificates and keys, all PEM. */
export interface ApiServerPki {
  /** Signs client certificates that are trusted, and kubelets' serving certificates. */
  ca: string;
  serving: { cert: string; key: string };
  /** Presented to kubelets. */
  kubeletClient: { cert: string; key: string };
}

export interface ApiServerOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Needed by `listen` and by what is proxied to kubelets; a server used only in process does without. */
  pki?: ApiServerPki;
  /** Signs and verifies service account tokens; without it a key is made for the life of the process. */
  serviceAccountKey?: { privateKey: string; publicKey: string };
  /** Default `10.96.0.0/16`. */
  serviceCIDR?: string;
  /** Default 30000 to 32767. */
  nodePortRange?: { from: number; to: number };
  /** Default `cluster.local`. */
  clusterDomain?: string;
  /** Where pods reach this server: the endpoint of the `kubernetes` Service. Default 127.0.0.1:6443. */
  advertise?: { address: string; port: number };
  /** Random numbers in [0, 1) for generated names and allocated ports; default `Math.random`. */
  random?: () => number;
}

export interface ApiServer {
  /** Answers one request: authorization, admission, REST. Failures are responses with a `Status` body, never exceptions. */
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
  /** Makes what every cluster has from the start (namespaces, RBAC, priority classes, the `kubernetes` Service); repeatable. */
  bootstrap(): Promise<void>;
  /** Serves HTTPS. Resolves when listening; port 0 takes a free one. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  close(): Promise<void>;
}
