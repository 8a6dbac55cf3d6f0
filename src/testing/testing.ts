/** `shoal/testing`: clusters for tests. What is exported here is all that a test needs, and keeps its meaning. */

export type { KubeObject } from '../api/object.ts';
export { kinds } from '../api/scheme.ts';
export type { Client } from '../client/client.ts';
export { ShoalError } from '../util/errors.ts';
export type { ActiveFault, Duration, Ref, TestCluster, WaitOptions, Wish } from './cluster.ts';
export { createCluster } from './create-cluster.ts';
export type { ClusterOptions } from './options.ts';
