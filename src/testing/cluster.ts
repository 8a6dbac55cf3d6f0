import type { KubeObject } from '../api/object.ts';
import type { FaultSpec } from '../chaos/fault.ts';
import type { Client } from '../client/client.ts';
import type { Explanation } from '../why/finding.ts';

/** One object as `KIND/NAME`, in kubectl's words: `pod/web-0`, `deploy/web`, `certificates.cert-manager.io` excepted (built-in kinds only). */
export type Ref = string;

/** Milliseconds, or a duration such as `1m30s`. */
export type Duration = number | string;

export interface WaitOptions {
  /** Default 30 s, of the cluster's own time. */
  timeout?: Duration;
  /** Default: the cluster's. */
  namespace?: string;
}

/**
 * What an object is to come to: a condition that is to be True (`Available`), or to have the status after the sign
 * (`Ready=False`); `deleted`; or whatever the function says yes to. `Ready` of a workload is all its replicas ready and
 * up to date.
 */
export type Wish<T extends KubeObject> = string | ((object: T) => boolean);

/** A fault that is active. Disposing it undoes it. */
export interface ActiveFault extends AsyncDisposable {
  name: string;
  undo(): Promise<void>;
}

/** A cluster that a test has to itself. Every failure is a `ShoalError`, or the API's own `ApiError`. */
export interface TestCluster extends AsyncDisposable {
  readonly name: string;
  /** The Kubernetes verbs with all rights, typed by `kinds`. */
  readonly client: Client;
  /** The text of a kubeconfig with all rights, for kubectl or any client library. */
  kubeconfig(): Promise<string>;
  /** Server-side apply: YAML, a path of a YAML file, objects. Resolves to what came of each. */
  apply(...manifests: (string | KubeObject)[]): Promise<KubeObject[]>;
  /** Resolves to the object once it is as wished; throws TIMEOUT, saying why it is not. A virtual clock moves meanwhile. */
  waitFor<T extends KubeObject = KubeObject>(ref: Ref, wish: Wish<T>, options?: WaitOptions): Promise<T>;
  /** Why an object is as it is. */
  why(ref: Ref, options?: { namespace?: string }): Promise<Explanation>;
  /** As a power cut, until `startNode`. The name may leave the cluster's out: `worker2`. */
  killNode(node: string): Promise<void>;
  /** Resolves when the node is Ready again. */
  startNode(node: string): Promise<void>;
  /** Breaks something (`kind: Fault`); resolves when it is broken. */
  fault(spec: FaultSpec): Promise<ActiveFault>;
  /** Back to the state that the cluster was made in; of an existing one, removes what was applied. */
  reset(): Promise<void>;
  /** A second cluster that starts with everything this one has, and goes its own way. Throws NOT_IN_PROCESS elsewhere. */
  fork(): Promise<TestCluster>;
  /** Lets so much time pass: every timer on the way fires, and what it sets off happens before the next one. Throws NOT_IN_PROCESS without a virtual clock. */
  advance(duration: Duration): Promise<void>;
  /** What time it is in the cluster. */
  now(): Date;
  /** Removes the cluster; the same as leaving the block of `await using`. */
  stop(): Promise<void>;
}
