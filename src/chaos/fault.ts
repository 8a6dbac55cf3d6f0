import { faultKind as fault } from '../api/fault-kind.ts';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Condition, LabelSelector } from '../api/types/meta-v1.ts';

export const { group: chaosGroup, version: chaosVersion } = fault;
/** Holds a Fault until everything that it did is undone. */
export const undoFinalizer = 'chaos.shoal.dev/undo';
/** Label of the Faults of one campaign: its name. */
export const campaignLabel = 'chaos.shoal.dev/campaign';

/** Which nodes: named ones, or those that a selector matches (default: all), or `count` of these, drawn with `seed`. */
export interface NodeTarget {
  names?: string[];
  selector?: LabelSelector;
  count?: number;
  seed?: number;
}

/** One side of the traffic that a fault is about; exactly one of the three. */
export interface Endpoint {
  node?: string;
  pods?: { namespace?: string; selector: LabelSelector };
  service?: { namespace?: string; name: string };
}

export type NodeAction = 'Kill' | 'Pause' | 'Restart' | 'Disconnect';
export type NetworkAction = 'Cut' | 'Delay' | 'Drop' | 'Throttle';
export type ImagesAction = 'Fail' | 'Slow';
export type ControlPlaneAction = 'Crash' | 'Stall';
export type ControlPlaneComponent = 'apiserver' | 'scheduler' | 'controller';

export interface NetworkFault {
  action: NetworkAction;
  from: Endpoint;
  to: Endpoint;
  /** Delay: added to each round trip, as a duration. */
  delay?: string;
  /** Drop: the share of packets that is lost. */
  percent?: number;
  /** Throttle: bytes a second, as a quantity. */
  rate?: string;
}

export interface ControlPlaneFault {
  action: ControlPlaneAction;
  component: ControlPlaneComponent;
  /** Which one, for `component: controller`: its name in kube-controller-manager. */
  controller?: string;
}

/** Exactly one of the fields below `nodes` is set. Durations are Go's, quantities Kubernetes'. */
export interface FaultSpec {
  duration: string;
  nodes?: NodeTarget;
  node?: { action: NodeAction };
  network?: NetworkFault;
  disk?: { size?: string; percent?: number };
  memory?: { size: string };
  cpu?: { cores?: number };
  clock?: { offset: string };
  images?: { action: ImagesAction; delay?: string; match?: string };
  controlPlane?: ControlPlaneFault;
}

/** `Pending`: not yet injected. `Unsupported` and `Failed`: it never was, and the message says why. */
export type TargetState = 'Pending' | 'Injected' | 'Undone' | 'Unsupported' | 'Failed';

/** Addresses and CIDRs of both sides of a network fault, as the controller found them. */
export interface Traffic {
  from: string[];
  to: string[];
}

export interface TargetStatus {
  state: TargetState;
  message?: string;
  traffic?: Traffic;
}

export type FaultPhase = 'Pending' | 'Active' | 'Undoing' | 'Undone' | 'Unsupported' | 'Failed';

export interface FaultStatus {
  phase?: FaultPhase;
  /** Such as `NodeKill`, for people and printer columns. */
  action?: string;
  /** What it hits, for people and printer columns. */
  target?: string;
  startedAt?: string;
  /** When it is undone at the latest (RFC 3339). */
  expiresAt?: string;
  finishedAt?: string;
  /** By node name, or {@link controlPlaneTarget}. A map, so that each executor writes its own entry and none another's. */
  targets?: Record<string, TargetStatus>;
  conditions?: Condition[];
}

export interface Fault extends KubeObject {
  spec: FaultSpec;
  status?: FaultStatus;
}

/** The one target of faults of the control plane. */
export const controlPlaneTarget = 'control-plane';

export const faultKind = fault as Kind<Fault>;

export const nameOf = ({ metadata }: Fault): string => metadata.name ?? '';
/** Milliseconds since the epoch; infinite while the controller has not yet said when. */
export const expiryOf = ({ status }: Fault): number =>
  status?.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(status.expiresAt);
export const isDeleting = ({ metadata }: Fault): boolean => metadata.deletionTimestamp !== undefined;
/** Whether there is nothing left to inject or to undo. */
export const isFinished = ({ status }: Fault): boolean => status?.finishedAt !== undefined;
