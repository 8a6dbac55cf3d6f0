import type { NamespaceLabels } from '../../api/affinity-term.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { InformerFactory } from '../../client/informer.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/log.ts';
import type { Snapshot } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { CycleState } from './cycle-state.ts';
import type { ClusterEventWithHint } from './events.ts';
import type { Status } from './status.ts';

/** Scores of one plugin run from 0 to this after normalization. */
export const maxNodeScore = 100;

/** A pod in the queue. */
export interface QueuedPod {
  info: PodInfo;
  /** When it entered the queue this time, ms; orders pods of equal priority. */
  timestamp: number;
  /** Cycles begun for it. */
  attempts: number;
  /** Consecutive cycles that ended in a refusal; drives the back-off, as do faults. */
  unschedulableCount: number;
  errorCount: number;
  /** Plugins whose refusal ended its last cycle; only events that these ask for bring it back. */
  unschedulablePlugins: Set<string>;
  /** The plugin that keeps it from entering the queue at all. */
  gatedBy: string | undefined;
}

/** Absent: any node. Otherwise the only nodes worth looking at. */
export interface PreFilterResult {
  readonly nodeNames: ReadonlySet<string>;
}

/** What PostFilter found: the node to nominate; the empty name clears a nomination. */
export interface PostFilterResult {
  readonly nominatedNodeName: string;
  /** Who must leave the node, as `namespace/name`; for the record only. */
  readonly victims?: readonly string[];
  /** What must happen for the nomination to come true (evictions). Runs after the cycle; the pod waits meanwhile. */
  readonly prepare?: () => Promise<void>;
}

/**
 * A rule of the scheduler. A plugin implements the extension points that it has a say in; each runs for one pod at a time,
 * in the order below. Those of the scheduling cycle are synchronous: nothing in the cluster changes under them. Those of
 * the binding cycle are asynchronous and run beside the cycles of the next pods.
 *
 * Success is `undefined` everywhere; any refusal is a `Status` (framework/status.ts). Throwing is a fault of the plugin: it
 * ends the cycle as `Error`, and the pod is tried again.
 */
export interface Plugin {
  /** Upstream's name. */
  readonly name: string;

  /**
   * The events after which a pod that this plugin refused may fit. A plugin that can refuse must list all of them: pods it
   * refused wait for nothing else (but the five-minute sweep).
   */
  readonly events?: readonly ClusterEventWithHint[];

  /** Before a pod enters the active queue. A refusal leaves it out until an event of this plugin; no event is recorded. */
  preEnqueue?(pod: Pod): Status | undefined;

  /** Whether `a` is taken before `b`. Exactly one plugin has it. */
  less?(a: QueuedPod, b: QueuedPod): boolean;

  /**
   * Once per cycle, before any node is looked at: work out what Filter needs, name the only nodes worth filtering, or
   * refuse the pod for all nodes. `Skip` leaves this plugin's Filter out.
   */
  preFilter?(state: CycleState, pod: PodInfo): PreFilterResult | Status | undefined;

  /** A trial puts `added` on `node`: bring what PreFilter worked out up to date. Called on a clone of the state. */
  addPod?(state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo): void;
  /** A trial takes `removed` off `node`. */
  removePod?(state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo): void;

  /**
   * Whether the pod can run on the node. Called for many nodes; the first plugin that refuses ends it for that node. The
   * node may be a trial's copy, so nothing but its argument may be trusted for the node's pods.
   */
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined;

  /**
   * When no node passed: whether something can be done about it. A result names the node that the pod should get once it
   * has been; a status says why not, and its reasons end the FailedScheduling message.
   */
  postFilter?(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult | Status;

  /** Once per cycle, with the nodes that passed: work out what Score needs. `Skip` leaves this plugin's Score out. */
  preScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): Status | undefined;

  /** How well the node suits the pod: any number where `normalizeScores` follows, else 0 to `maxNodeScore`. */
  score?(state: CycleState, pod: PodInfo, node: NodeInfo): number;

  /** Brings the raw scores of all nodes, in the order of `nodes`, to 0…`maxNodeScore`, in place. */
  normalizeScores?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], scores: number[]): void;

  /** The node is chosen and the pod assumed there: set aside what goes with it. A refusal undoes all reservations. */
  reserve?(state: CycleState, pod: PodInfo, nodeName: string): Status | undefined;
  /** Takes `reserve` back; called in reverse order, also for plugins whose reserve was not reached. Must not fail. */
  unreserve?(state: CycleState, pod: PodInfo, nodeName: string): void;

  /** Last word before binding: refuse, or hold the pod (`Wait`) for at most `timeoutMs`; see `Handle.waitingPods`. */
  permit?(state: CycleState, pod: PodInfo, nodeName: string): { status: Status; timeoutMs?: number } | undefined;

  /** Work that must be done before the pod is bound, such as its volumes. */
  preBind?(state: CycleState, pod: PodInfo, nodeName: string): Promise<Status | undefined>;

  /** Binds the pod. `Skip` passes it to the next plugin. */
  bind?(state: CycleState, pod: PodInfo, nodeName: string): Promise<Status | undefined>;

  /** After a pod is bound; for the record only. */
  postBind?(state: CycleState, pod: PodInfo, nodeName: string): void;

  /**
   * All of the pod that Filter and Score of this plugin depend on besides the node itself, as a text; undefined when they
   * depend on other nodes or pods too. Where every plugin that has a say gives a text, verdicts are kept per node and made
   * again only for nodes that changed (kube-scheduler's `SignPod`). A plugin without this is taken to give undefined.
   */
  sign?(pod: PodInfo): string | undefined;
}

/** Verdicts by node of one cycle. Nodes that PreFilter ruled out are not listed one by one: `absent` is theirs. */
export interface NodeStatuses {
  readonly byNode: ReadonlyMap<string, Status>;
  readonly absent: Status | undefined;
}

/** Pods held at Permit. */
export interface WaitingPods {
  get(uid: string): WaitingPod | undefined;
}
export interface WaitingPod {
  readonly info: PodInfo;
  readonly nodeName: string;
  /** `plugin` lets the pod go; it is bound once all that held it have. */
  allow(plugin: string): void;
  reject(plugin: string, reason: string): void;
}

/** Pods that preemption has promised a node, which count against it for pods of lower or equal priority. */
export interface Nominations {
  /** How many pods have been promised a node. */
  readonly size: number;
  on(nodeName: string): readonly PodInfo[];
  nodeOf(uid: string): string | undefined;
}

/** What plugins are given of the scheduler. */
export interface Handle {
  readonly snapshot: Snapshot;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly nominations: Nominations;
  readonly waitingPods: WaitingPods;
  readonly namespaceLabels: NamespaceLabels;
  /** Puts a waiting pod back into the active queue at once. */
  activate(uid: string): void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs all Filter plugins for one node with the pods nominated to it counted in, as the cycle itself does. */
  filterWithNominated(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined;
  /** Tells all PreFilter plugins of a pod added to, or removed from, a trial's copy of a node (which this changes too). */
  trialAdd(state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo): void;
  trialRemove(state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo): void;
}

export type PluginFactory = (handle: Handle) => Plugin;
