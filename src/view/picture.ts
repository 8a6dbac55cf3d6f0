/**
 * A cluster as one glance shows it. Plain JSON: the same picture is drawn in a terminal, beside a lesson and on a page. Times
 * are milliseconds since the epoch (never ages), so that a picture changes only when the cluster does.
 */
export interface Picture {
  nodes: NodePicture[];
  /** Pods that no node has taken yet. */
  pending: PodPicture[];
  workloads: WorkloadPicture[];
  services: ServicePicture[];
  /** The most recent first. */
  events: EventPicture[];
  /** Active and recent faults (`chaos.shoal.dev`). */
  faults: FaultPicture[];
  namespaces: string[];
  /** The API server does not answer: this is the last that was known. */
  stale: boolean;
}

/** Cores or bytes. */
export interface Amounts {
  /** What the node offers to pods. */
  allocatable: number;
  /** What its pods ask for. */
  requested: number;
  /** What is in use; absent where nobody measures. */
  used?: number;
}

export type NodeState = 'Ready' | 'NotReady' | 'Unknown';

export interface NodePicture {
  uid: string;
  name: string;
  role: 'control-plane' | 'worker';
  state: NodeState;
  /** False after `kubectl cordon`. */
  schedulable: boolean;
  /** Shoal simulates it. */
  simulated: boolean;
  /** Conditions that trouble it, such as `MemoryPressure`. */
  pressure: string[];
  cpu: Amounts;
  memory: Amounts;
  /** How many pods it may hold. */
  maxPods: number;
  createdAt: number;
  pods: PodPicture[];
}

/** `running` is ready; `starting` is not ready yet or any more; `failing` needs somebody to look at it. */
export type PodTone = 'running' | 'starting' | 'pending' | 'failing' | 'ending' | 'done';

export interface PodPicture {
  /** Stays while the pod moves from pending to its node and until it is gone. */
  uid: string;
  name: string;
  namespace: string;
  node?: string;
  /** As in the STATUS column of `kubectl get pods`. */
  status: string;
  tone: PodTone;
  ready: number;
  containers: string[];
  restarts: number;
  /** The workload that it belongs to in the end: its Deployment rather than its ReplicaSet. */
  workload?: { kind: string; name: string };
  /** What tells revisions of the workload apart: `pod-template-hash` or `controller-revision-hash`. */
  revision?: string;
  ip?: string;
  createdAt: number;
  /** When it is to be gone. */
  deletionAt?: number;
  /** Why it waits, in the words of its conditions or containers. */
  message?: string;
}

export interface RevisionPicture {
  /** As pods' `revision`. */
  hash: string;
  /** What `kubectl rollout history` calls it; absent where the kind has no numbers. */
  number?: number;
  /** The one that the workload asks for now. */
  current: boolean;
  pods: number;
  ready: number;
}

/** `complete`: all that is wanted is there; `stuck`: its controller has given up waiting. */
export type RolloutState = 'complete' | 'progressing' | 'stuck' | 'paused' | 'failed';

export interface WorkloadPicture {
  uid: string;
  kind: string;
  name: string;
  namespace: string;
  desired: number;
  ready: number;
  /** Pods of the current revision. */
  updated: number;
  state: RolloutState;
  message?: string;
  images: string[];
  /** The current one first; older ones only while they have pods. */
  revisions: RevisionPicture[];
  createdAt: number;
}

export interface EndpointPicture {
  ip: string;
  ready: boolean;
  /** Name of the pod, in the service's namespace. */
  pod?: string;
  node?: string;
}

export interface ServicePicture {
  uid: string;
  name: string;
  namespace: string;
  type: string;
  clusterIP?: string;
  /** `80`, `https 443`, `53/UDP`. */
  ports: string[];
  /** A browser gets an answer at the gateway: it has a TCP port. */
  web: boolean;
  endpoints: EndpointPicture[];
}

export interface EventPicture {
  uid: string;
  at: number;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  regarding: { kind: string; name: string; namespace?: string };
  count: number;
}

export interface FaultPicture {
  uid: string;
  name: string;
  /** What it does, such as `NodeKill`. */
  action: string;
  /** What it hits, in words. */
  target: string;
  /** `Active`, `Undone`…, as its status says. */
  phase: string;
  /** When it is undone at the latest. */
  expiresAt?: number;
}
