import type { Snapshot } from './cache/cache.ts';
import type { NodeInfo } from './cache/node-info.ts';
import type { PodInfo } from './cache/pod-info.ts';
import type { CycleState } from './framework/cycle-state.ts';
import { type Framework, type NodeSubset, promisedTo } from './framework/framework.ts';
import type { NodeStatuses, Nominations, Plugin } from './framework/interface.ts';
import { type Status, statusesOf } from './framework/status.ts';
import { createVerdictCache, type Verdict } from './framework/verdict-cache.ts';

/** By plugin name: the weighted score of each feasible node, in their order. */
export type ScoresByPlugin = Map<string, readonly number[]>;

/** How one pod fared: the node chosen for it, or every node's refusal. */
export type Finding =
  | { found: NodeInfo; feasible: readonly NodeInfo[]; scores: ScoresByPlugin; statuses: NodeStatuses }
  | { found: undefined; statuses: NodeStatuses; preFilter: Status | undefined; refusedBy: ReadonlySet<string> };

export interface NodeFinder {
  find(state: CycleState, pod: PodInfo): Finding;
}

const { unresolvable } = statusesOf('');
/** With fewer nodes all are looked at (upstream's `minFeasibleNodesToFind`). */
const minFeasible = 100;
const minPercentage = 5;

/** Upstream's `numFeasibleNodesToFind`: how many fitting nodes are enough to choose from; fewer in proportion for large clusters. */
export function feasibleWanted(nodes: number): number {
  if (nodes < minFeasible) return nodes;
  const percentage = Math.max(minPercentage, 50 - Math.trunc(nodes / 125));
  return Math.max(minFeasible, Math.trunc((nodes * percentage) / 100));
}

/** Chooses nodes: filters from where the last search ended, until enough fit, then takes one with the best score. */
export function createNodeFinder(framework: Framework, snapshot: Snapshot, nominations: Nominations, random: () => number): NodeFinder {
  const verdicts = createVerdictCache();
  const filters = framework.plugins.map(({ plugin }) => plugin).filter((plugin) => plugin.filter !== undefined);
  const scorers = framework.plugins.filter(({ plugin, weight }) => plugin.score !== undefined && weight > 0);
  let start = 0;

  /** Plugins whose word on a node holds for all pods of the signature, and those that must be asked each time. */
  const split = (state: CycleState, pod: PodInfo) => {
    const signed = new Set<Plugin>();
    const texts: string[] = [];
    for (const { plugin } of framework.plugins) {
      const text = plugin.sign?.(pod);
      if (text === undefined) continue;
      signed.add(plugin);
      texts.push(plugin.name, text);
    }
    const active = filters.filter(({ name }) => !state.skipFilter.has(name));
    return {
      byNode: verdicts.of(texts.join('\n')),
      signed,
      local: active.filter((plugin) => signed.has(plugin)),
      global: active.filter((plugin) => !signed.has(plugin)),
    };
  };
  type Split = ReturnType<typeof split>;

  const verdictOn = ({ byNode, local }: Split, state: CycleState, pod: PodInfo, node: NodeInfo): Verdict => {
    const known = byNode[node.slot];
    if (known !== undefined && known.generation === node.generation) return known;
    const verdict: Verdict = { generation: node.generation, refusal: framework.filter(state, pod, node, local), scores: [] };
    byNode[node.slot] = verdict;
    return verdict;
  };
  const refusalOf = (parts: Split, state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined => {
    if (nominations.size > 0 && promisedTo(nominations, pod, node).length > 0) return framework.filterWithNominated(state, pod, node);
    const { refusal } = verdictOn(parts, state, pod, node);
    if (refusal !== undefined || parts.global.length === 0) return refusal;
    return framework.filter(state, pod, node, parts.global);
  };

  const score = (parts: Split, state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): ScoresByPlugin => {
    const result: ScoresByPlugin = new Map();
    const verdictsInOrder = nodes.map((node) => verdictOn(parts, state, pod, node));
    for (const [place, { plugin, weight }] of scorers.entries()) {
      if (state.skipScore.has(plugin.name)) continue;
      const ask = (node: NodeInfo): number => plugin.score?.(state, pod, node) ?? 0;
      const scores = parts.signed.has(plugin)
        ? verdictsInOrder.map(({ scores: known }, i) => (known[place] ??= ask(nodes[i] as NodeInfo)))
        : nodes.map(ask);
      plugin.normalizeScores?.(state, pod, nodes, scores);
      for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] ?? 0) * weight;
      result.set(plugin.name, scores);
    }
    return result;
  };

  /** The best total; among equals each has the same chance (reservoir). */
  const best = (nodes: readonly NodeInfo[], scores: ScoresByPlugin): NodeInfo | undefined => {
    let chosen: NodeInfo | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    let ties = 0;
    const lists = [...scores.values()];
    nodes.forEach((node, i) => {
      let total = 0;
      for (const list of lists) total += list[i] ?? 0;
      if (total > highest) {
        chosen = node;
        highest = total;
        ties = 1;
      } else if (total === highest && random() * ++ties < 1) chosen = node;
    });
    return chosen;
  };

  const search = (parts: Split, state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]) => {
    const byNode = new Map<string, Status>();
    const feasible: NodeInfo[] = [];
    const wanted = feasibleWanted(nodes.length);
    let looked = 0;
    for (; looked < nodes.length && feasible.length < wanted; looked++) {
      const node = nodes[(start + looked) % nodes.length];
      if (node === undefined) continue;
      const refusal = refusalOf(parts, state, pod, node);
      if (refusal === undefined) feasible.push(node);
      else byNode.set(node.name, refusal);
    }
    start = (start + looked) % Math.max(1, nodes.length);
    return { byNode, feasible };
  };

  return {
    find(state, pod) {
      const all = snapshot.nodes();
      verdicts.follow(all);
      const subset = framework.preFilter(state, pod);
      if (subset !== undefined && 'code' in subset) {
        return refusal({ byNode: new Map(), absent: subset }, [], subset);
      }
      const parts = split(state, pod);
      // A pod that preemption has promised a node gets it if it fits there by now, before anything else is tried.
      const promised = snapshot.node(nominations.nodeOf(pod.uid) ?? '');
      const toPromised = promised !== undefined && refusalOf(parts, state, pod, promised) === undefined ? promised : undefined;
      const nodes = subset === undefined ? all : nodesOf(subset, snapshot);
      const { byNode, feasible } =
        toPromised === undefined ? search(parts, state, pod, nodes) : { byNode: new Map<string, Status>(), feasible: [toPromised] };
      const statuses: NodeStatuses = { byNode, absent: subset === undefined ? undefined : absentStatus(subset) };
      const [only] = feasible;
      if (only === undefined) return refusal(statuses, subset?.plugins ?? []);
      if (feasible.length === 1) return { found: only, feasible, scores: new Map(), statuses };
      const refused = framework.preScore(state, pod, feasible);
      if (refused !== undefined) return refusal({ byNode: new Map(), absent: refused }, [], refused);
      const scores = score(parts, state, pod, feasible);
      return { found: best(feasible, scores) ?? only, feasible, scores, statuses };
    },
  };
}

function refusal(statuses: NodeStatuses, subsetPlugins: readonly string[], preFilter?: Status): Finding {
  const refusedBy = new Set([...statuses.byNode.values()].map(({ plugin }) => plugin));
  for (const plugin of subsetPlugins) refusedBy.add(plugin);
  if (preFilter !== undefined) refusedBy.add(preFilter.plugin);
  return { found: undefined, statuses, preFilter, refusedBy };
}

const nodesOf = ({ nodeNames }: NodeSubset, snapshot: Snapshot): NodeInfo[] =>
  [...nodeNames].flatMap((nodeName) => snapshot.node(nodeName) ?? []);

const absentStatus = ({ plugins }: NodeSubset): Status => unresolvable(`node(s) didn't satisfy plugin(s) [${plugins.join(' ')}]`);
