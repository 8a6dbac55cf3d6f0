import type { KubeList } from '../api/object.ts';

/** What sort of thing an entry tells of. */
export type EntryKind = 'write' | 'scheduling' | 'pod' | 'container' | 'node' | 'event' | 'fault';

export interface ObjectRef {
  kind: string;
  /** Absent for what is in no namespace. */
  namespace?: string;
  name: string;
  uid?: string;
}

/** Why something happened. */
export interface Cause {
  /** The entry that tells of it, where one was recorded. */
  entry?: number;
  /** Such as `ReplicaSet web-5d9 scaled 0 → 3`. */
  text: string;
}

/** One thing that happened. Entries are ordered by `id`, which is the order of their revisions. */
export interface TimelineEntry {
  id: number;
  /** RFC 3339 with milliseconds: when the control plane saw it. */
  at: string;
  /** The store's revision that it came with: `stateAt` this revision shows it done. */
  revision: number;
  kind: EntryKind;
  object: ObjectRef;
  /** The controllers above the object, the nearest first: `ReplicaSet/web-5d9`, `Deployment/web`. Absent where there are none. */
  owners?: string[];
  /** In one word for programs: `Created`, `Scaled`, `Scheduled`, `Started`, `Exited`, `NotReady`, `Evicted`, `Deleted`… */
  reason: string;
  /** For people, to be read behind the object's name: `scheduled to node-2`. */
  what: string;
  /** Who wrote it: the user, and the client where it said its name: `kubernetes-admin (kubectl)`. */
  by?: string;
  cause?: Cause;
}

/** Where history begins: nothing before it is kept. */
export interface Oldest {
  revision: number;
  at: string;
}

/** The answer of `/shoal/v1/timeline`. */
export interface Timeline {
  kind: 'Timeline';
  oldest: Oldest;
  /** Oldest first. With a limit these are the newest ones that match. */
  entries: TimelineEntry[];
}

/** Which entries are meant; all that are kept when nothing is said. */
export interface TimelineQuery {
  /** RFC 3339, or how long ago: `10m`, `1h30m`. Inclusive. */
  since?: string;
  /** The same; exclusive. */
  until?: string;
  namespace?: string;
  /** `pod/web-0`, `deploy/web`: that object and what its controllers made for it. */
  object?: string;
  /** At most so many, the newest ones. Default 1000. */
  limit?: number;
  /** Only entries behind the one with this id. */
  after?: number;
}

/** The cluster as it was: the answer of `/shoal/v1/timeline/state`. */
export interface ClusterState {
  kind: 'ClusterState';
  /** RFC 3339: what was asked for, or when the revision was written. */
  at: string;
  revision: number;
  oldest: Oldest;
  /** By resource: `pods`, `nodes`, `deployments.apps`. Objects are without managed fields; Secrets and ConfigMaps without data. */
  lists: Record<string, KubeList>;
}
