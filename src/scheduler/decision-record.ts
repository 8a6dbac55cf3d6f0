import type { NodeScore, SchedulingRecord } from '../api/scheduling-record.ts';
import type { Decision } from './decision.ts';
import type { Status } from './framework/status.ts';

/** The last decision on each pod: of those that wait, and of the last thousand that were placed. */
export interface DecisionRecord {
  /** Takes a decision in; for `SchedulerOptions.observe`. */
  observe(decision: Decision): void;
  get(namespace: string, name: string): SchedulingRecord | undefined;
}

interface RefusalGroup {
  status: Status;
  nodes: string[];
}
/** The best nodes, and their points by plugin in the same order. */
interface Best {
  nodes: readonly string[];
  points: readonly { plugin: string; points: readonly number[] }[];
}
/** A decision with what is large in it made small; the rest is by reference, and written out when somebody asks. */
interface Kept {
  pod: Pick<SchedulingRecord, 'namespace' | 'name' | 'uid'>;
  decision: Omit<Decision, 'pod' | 'refusals' | 'feasible' | 'scores'>;
  groups: readonly RefusalGroup[];
  feasible: number;
  scores: Best | undefined;
  /** Names of nodes that it alone holds. */
  size: number;
}

const placedKept = 1000;
const waitingKept = 10_000;
/** Names of refusing nodes held for all decisions together: some 8 MB. The oldest decisions make way. */
const namesKept = 1_000_000;
const scoresKept = 10;

export function createDecisionRecord(): DecisionRecord {
  const waiting = new Map<string, Kept>();
  const placed = new Map<string, Kept>();
  let names = 0;
  let last: { refusals: Decision['refusals']; groups: readonly RefusalGroup[] } = { refusals: new Map(), groups: [] };

  const drop = (from: Map<string, Kept>, key: string): void => {
    names -= from.get(key)?.size ?? 0;
    from.delete(key);
  };
  const dropOldest = (from: Map<string, Kept>): void => {
    const [oldest] = from.keys();
    if (oldest !== undefined) drop(from, oldest);
  };

  return {
    observe(decision) {
      const key = keyOf(decision.pod.metadata.namespace, decision.pod.metadata.name);
      drop(waiting, key);
      drop(placed, key);
      // Replicas of one template are refused by the very same verdicts, and then share what is kept of them.
      const shared = sameStatuses(last.refusals, decision.refusals);
      const groups = shared ? last.groups : grouped(decision.refusals);
      last = { refusals: decision.refusals, groups };
      // Not the pod itself, which may be an old version that nobody else holds any more.
      const { pod, refusals: _refusals, feasible, scores, ...rest } = decision;
      const { namespace = '', name = '', uid = '' } = pod.metadata;
      const size = shared ? 0 : decision.refusals.size;
      const into = decision.nodeName === undefined ? waiting : placed;
      into.set(key, {
        pod: { namespace, name, uid },
        decision: rest,
        groups,
        feasible: feasible.length,
        scores: bestOf(feasible, scores),
        size,
      });
      names += size;
      if (placed.size > placedKept) dropOldest(placed);
      if (waiting.size > waitingKept) dropOldest(waiting);
      while (names > namesKept && placed.size + waiting.size > 1) dropOldest(placed.size > 0 ? placed : waiting);
    },
    get(namespace, name) {
      const key = keyOf(namespace, name);
      const kept = waiting.get(key) ?? placed.get(key);
      return kept === undefined ? undefined : written(kept);
    },
  };
}

const keyOf = (namespace = '', name = ''): string => `${namespace}/${name}`;

function sameStatuses(a: Decision['refusals'], b: Decision['refusals']): boolean {
  if (a.size !== b.size) return false;
  for (const [node, status] of b) if (a.get(node) !== status) return false;
  return true;
}

/** Nodes by what they were refused with. Statuses that name what is missing are made per node: equal ones are one group. */
function grouped(refusals: Decision['refusals']): readonly RefusalGroup[] {
  const byReasons = new Map<string, RefusalGroup[]>();
  let previous: RefusalGroup | undefined;
  for (const [node, status] of refusals) {
    // Neighbours mostly fare alike.
    if (previous === undefined || !sameStatus(previous.status, status)) {
      const reasons = status.reasons.length === 1 ? (status.reasons[0] ?? '') : status.reasons.join('\n');
      const groups = byReasons.get(reasons) ?? [];
      byReasons.set(reasons, groups);
      previous = groups.find((group) => sameStatus(group.status, status));
      if (previous === undefined) {
        previous = { status, nodes: [] };
        groups.push(previous);
      }
    }
    previous.nodes.push(node);
  }
  return [...byReasons.values()].flat().sort((a, b) => b.nodes.length - a.nodes.length);
}

const sameStatus = (a: Status, b: Status): boolean =>
  a === b ||
  (a.plugin === b.plugin &&
    a.code === b.code &&
    a.reasons.length === b.reasons.length &&
    a.reasons.every((reason, i) => reason === b.reasons[i]));

/** The highest totals, best first, with what each plugin gave them. One plain pass, as it runs in every cycle that had a choice. */
function bestOf(feasible: readonly string[], scores: Decision['scores']): Best | undefined {
  if (scores.size === 0) return undefined;
  const lists = [...scores.values()];
  const best: number[] = [];
  const totals: number[] = [];
  for (let place = 0; place < feasible.length; place++) {
    let total = 0;
    for (let i = 0; i < lists.length; i++) total += lists[i]?.[place] ?? 0;
    let at = best.length;
    if (at === scoresKept && total <= (totals[at - 1] ?? 0)) continue;
    if (at === scoresKept) at--;
    for (; at > 0 && (totals[at - 1] ?? 0) < total; at--) {
      best[at] = best[at - 1] ?? 0;
      totals[at] = totals[at - 1] ?? 0;
    }
    best[at] = place;
    totals[at] = total;
  }
  return {
    nodes: best.map((place) => feasible[place] ?? ''),
    points: [...scores].map(([plugin, list]) => ({ plugin, points: best.map((place) => list[place] ?? 0) })),
  };
}

const scoresOf = ({ nodes, points }: Best): NodeScore[] =>
  nodes.map((node, i) => ({
    node,
    total: points.reduce((sum, { points: list }) => sum + (list[i] ?? 0), 0),
    byPlugin: Object.fromEntries(points.map(({ plugin, points: list }) => [plugin, list[i] ?? 0])),
  }));

function written({ pod, decision, groups, feasible, scores }: Kept): SchedulingRecord {
  const { time, nodeName, message, fault, nodes, absent, preemption } = decision;
  const refusals = groups.map(({ status, nodes: refusing }) => ({ ...status, nodes: refusing }));
  const refused = fault === true ? 'SchedulerError' : 'Unschedulable';
  return {
    ...pod,
    time: new Date(time).toISOString(),
    outcome: nodeName === undefined ? refused : 'Scheduled',
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(message === undefined ? {} : { message }),
    nodes,
    feasible,
    refusals: absent === undefined ? refusals : [...refusals, { ...absent, nodes: [] }],
    scores: scores === undefined ? [] : scoresOf(scores),
    ...(preemption === undefined ? {} : { preemption }),
  };
}
