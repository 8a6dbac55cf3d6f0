import type { Level } from '../util/log.ts';

/** What `createCluster` makes. Without options: three simulated nodes in this process, on the machine's clock. */
export interface ClusterOptions {
  /** How many nodes, the control plane's included; default 3. They are called `<name>-control-plane`, `<name>-worker`, `<name>-worker2`, … */
  nodes?: number;
  /**
   * `virtual`: time stands still but for `advance` and `waitFor`, which move it from timer to timer, and everything that is
   * made up at random comes from `seed`. Default `system`.
   */
  clock?: 'system' | 'virtual';
  /** What the same run has to start with to be the same again; any whole number, default 1. Only with a virtual clock. */
  seed?: number;
  /** Where virtual time starts; default 2026-01-01T00:00:00Z. */
  startAt?: Date;
  /** Real node containers instead of simulated nodes; needs Docker, and is removed even if this process dies. */
  real?: boolean;
  /**
   * A cluster that exists, by the path of a kubeconfig or its text; its current context is used and nothing is made or removed
   * but what `apply` applied. The environment variable SHOAL_USE_EXISTING_CLUSTER does the same for every cluster: a path, or
   * `true` for `$KUBECONFIG`.
   */
  existing?: string;
  /** Where objects go that name no namespace; default `default`. */
  namespace?: string;
  /** What of the cluster's own logs is written to stderr; default `error`. */
  logLevel?: Level;
}
