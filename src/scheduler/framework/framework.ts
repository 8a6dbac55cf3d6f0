import type { Pod } from '../../api/types/core-v1.ts';
import { addPod, cloneNodeInfo, type NodeInfo, removePod } from '../cache/node-info.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { CycleState } from './cycle-state.ts';
import type { Handle, NodeStatuses, Nominations, Plugin, PluginFactory, PostFilterResult, QueuedPod } from './interface.ts';
import { isRejected, type Status } from './status.ts';

export interface WeightedPlugin {
  readonly plugin: Plugin;
  readonly weight: number;
}

/** The only nodes worth filtering, and the plugins that named them. */
export interface NodeSubset {
  readonly nodeNames: ReadonlySet<string>;
  readonly plugins: readonly string[];
}

/** Runs the plugins of a profile at each extension point, as kube-scheduler's framework runtime does. */
export interface Framework {
  readonly plugins: readonly WeightedPlugin[];
  preEnqueue(pod: Pod): Status | undefined;
  less(a: QueuedPod, b: QueuedPod): boolean;
  /** A subset of nodes, all nodes (undefined), or the refusal of the first plugin that refuses. */
  preFilter(state: CycleState, pod: PodInfo): NodeSubset | Status | undefined;
  filter(state: CycleState, pod: PodInfo, node: NodeInfo, plugins?: readonly Plugin[]): Status | undefined;
  filterWithNominated(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined;
  /** The first plugin that can help, or all reasons why none can. */
  postFilter(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult | Status | undefined;
  preScore(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): Status | undefined;
  reserve(state: CycleState, pod: PodInfo, nodeName: string): Status | undefined;
  unreserve(state: CycleState, pod: PodInfo, nodeName: string): void;
  /** The refusal, if any, and the plugins that hold the pod with how long they may, ms. */
  permit(state: CycleState, pod: PodInfo, nodeName: string): { refusal?: Status; holders: Map<string, number> };
  preBind(state: CycleState, pod: PodInfo, nodeName: string): Promise<Status | undefined>;
  bind(state: CycleState, pod: PodInfo, nodeName: string): Promise<Status | undefined>;
  postBind(state: CycleState, pod: PodInfo, nodeName: string): void;
}

/** A holder that names no time may hold for this long (upstream's `maxTimeout`). */
const longestHoldMs = 15 * 60_000;

export type FrameworkHandle = Omit<Handle, 'filterWithNominated' | 'trialAdd' | 'trialRemove'>;

export function createFramework(rows: readonly { create: PluginFactory; weight: number }[], parts: FrameworkHandle): Framework {
  const { nominations } = parts;
  const trialAdd: Handle['trialAdd'] = (state, pod, added, node) => {
    addPod(node, added);
    for (const { plugin } of plugins) if (!state.skipFilter.has(plugin.name)) plugin.addPod?.(state, pod, added, node);
  };
  const trialRemove: Handle['trialRemove'] = (state, pod, removed, node) => {
    removePod(node, removed.uid);
    for (const { plugin } of plugins) if (!state.skipFilter.has(plugin.name)) plugin.removePod?.(state, pod, removed, node);
  };
  const filter: Framework['filter'] = (state, pod, node, chosen = filters) => {
    for (const plugin of chosen) {
      if (state.skipFilter.has(plugin.name)) continue;
      const status = plugin.filter?.(state, pod, node);
      if (status !== undefined) return status;
    }
    return undefined;
  };
  const filterWithNominated: Framework['filterWithNominated'] = (state, pod, node) => {
    const promised = promisedTo(nominations, pod, node);
    if (promised.length > 0) {
      const trial = cloneNodeInfo(node);
      const trialState = state.clone();
      for (const other of promised) trialAdd(trialState, pod, other, trial);
      const status = filter(trialState, pod, trial);
      if (status !== undefined) return status;
    }
    // Without them too: the pod may not count on a nominated pod (by affinity) that might never come.
    return filter(state, pod, node);
  };

  const handle: Handle = { ...parts, filterWithNominated, trialAdd, trialRemove };
  const plugins: WeightedPlugin[] = rows.map(({ create, weight }) => ({ plugin: create(handle), weight }));
  const having = (point: keyof Plugin): Plugin[] => plugins.map(({ plugin }) => plugin).filter((plugin) => plugin[point] !== undefined);
  const filters = having('filter');
  const preFilters = having('preFilter');
  const preScores = having('preScore');
  const [sorter] = having('less');
  if (sorter === undefined) throw new Error('a profile needs one plugin that sorts the queue');
  const less = sorter.less?.bind(sorter);

  return {
    plugins,
    preEnqueue: (pod) => firstOf(having('preEnqueue'), (plugin) => plugin.preEnqueue?.(pod)),
    less: (a, b) => less?.(a, b) ?? false,
    preFilter(state, pod) {
      let subset: NodeSubset | undefined;
      for (const plugin of preFilters) {
        const answer = plugin.preFilter?.(state, pod);
        if (answer === undefined) continue;
        if ('nodeNames' in answer) {
          const nodeNames = subset === undefined ? answer.nodeNames : new Set(answer.nodeNames).intersection(subset.nodeNames);
          subset = { nodeNames, plugins: [...(subset?.plugins ?? []), plugin.name] };
        } else if (answer.code === 'Skip') state.skipFilter.add(plugin.name);
        else return answer;
      }
      return subset;
    },
    filter,
    filterWithNominated,
    postFilter(state, pod, statuses) {
      const reasons: string[] = [];
      let last: Status | undefined;
      for (const plugin of having('postFilter')) {
        const answer = plugin.postFilter?.(state, pod, statuses);
        if (answer === undefined) continue;
        if (!('code' in answer)) return answer;
        if (!isRejected(answer)) return answer;
        last = answer;
        reasons.push(...answer.reasons);
      }
      return last === undefined ? undefined : { ...last, reasons };
    },
    preScore(state, pod, nodes) {
      for (const plugin of preScores) {
        const status = plugin.preScore?.(state, pod, nodes);
        if (status?.code === 'Skip') state.skipScore.add(plugin.name);
        else if (status !== undefined) return status;
      }
      return undefined;
    },
    reserve: (state, pod, nodeName) => firstOf(having('reserve'), (plugin) => plugin.reserve?.(state, pod, nodeName)),
    unreserve(state, pod, nodeName) {
      for (const plugin of having('unreserve').reverse()) plugin.unreserve?.(state, pod, nodeName);
    },
    permit(state, pod, nodeName) {
      const holders = new Map<string, number>();
      for (const plugin of having('permit')) {
        const answer = plugin.permit?.(state, pod, nodeName);
        if (answer === undefined) continue;
        if (answer.status.code !== 'Wait') return { refusal: answer.status, holders };
        holders.set(plugin.name, Math.min(longestHoldMs, answer.timeoutMs ?? longestHoldMs));
      }
      return { holders };
    },
    async preBind(state, pod, nodeName) {
      for (const plugin of having('preBind')) {
        const status = await plugin.preBind?.(state, pod, nodeName);
        if (status !== undefined) return status;
      }
      return undefined;
    },
    async bind(state, pod, nodeName) {
      for (const plugin of having('bind')) {
        const status = await plugin.bind?.(state, pod, nodeName);
        if (status?.code !== 'Skip') return status;
      }
      return { code: 'Error', reasons: ['no plugin binds the pod'], plugin: '' };
    },
    postBind(state, pod, nodeName) {
      for (const plugin of having('postBind')) plugin.postBind?.(state, pod, nodeName);
    },
  };
}

function firstOf(plugins: readonly Plugin[], run: (plugin: Plugin) => Status | undefined): Status | undefined {
  for (const plugin of plugins) {
    const status = run(plugin);
    if (status !== undefined) return status;
  }
  return undefined;
}

/** Pods of equal or higher priority that the node is promised to. */
export function promisedTo(nominations: Nominations, pod: PodInfo, { name }: NodeInfo): readonly PodInfo[] {
  const nominated = nominations.on(name);
  return nominated.length === 0 ? nominated : nominated.filter((other) => other.priority >= pod.priority && other.uid !== pod.uid);
}
