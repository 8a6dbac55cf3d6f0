import { goDuration } from '../util/duration.ts';
import type { ActionName } from './actions.ts';
import { pick, seeded } from './draw.ts';
import type { FaultSpec } from './fault.ts';

/** What a campaign may break, and how. */
export interface CampaignOptions {
  seed: number;
  /** Length of the whole, and the mean time from one fault to the next; milliseconds. */
  totalMs: number;
  everyMs: number;
  /** Of each fault, at most; milliseconds. */
  longestMs: number;
  /** Nodes that may be hit, in any order. */
  nodes: readonly string[];
  actions: readonly ActionName[];
}

export interface PlannedFault {
  /** From the start of the campaign; milliseconds. */
  atMs: number;
  name: string;
  action: ActionName;
  spec: FaultSpec;
}

const shortestMs = 3_000;

/** Whole seconds between two bounds. */
const between = (low: number, high: number, random: () => number): number =>
  Math.round((low + random() * Math.max(0, high - low)) / 1000) * 1000;

type Draw = (node: string, other: string, random: () => number) => Omit<FaultSpec, 'duration'>;
const on = (node: string) => ({ nodes: { names: [node] } });
const link = (node: string, other: string) => ({ from: { node }, to: { node: other } });
const controllers = ['deployment-controller', 'replicaset-controller', 'endpointslice-controller', 'node-lifecycle-controller'] as const;

/** What each action does when a campaign draws it. The disk is the machine's own: it is left alone. */
const draws: Partial<Record<ActionName, Draw>> = {
  NodeKill: (node) => ({ ...on(node), node: { action: 'Kill' } }),
  NodePause: (node) => ({ ...on(node), node: { action: 'Pause' } }),
  NodeRestart: (node) => ({ ...on(node), node: { action: 'Restart' } }),
  NodeDisconnect: (node) => ({ ...on(node), node: { action: 'Disconnect' } }),
  NetworkCut: (node, other) => ({ network: { action: 'Cut', ...link(node, other) } }),
  NetworkDelay: (node, other, random) => ({
    network: { action: 'Delay', delay: `${50 + Math.floor(random() * 10) * 50}ms`, ...link(node, other) },
  }),
  NetworkDrop: (node, other, random) => ({ network: { action: 'Drop', percent: 5 + Math.floor(random() * 10) * 5, ...link(node, other) } }),
  NetworkThrottle: (node, other, random) => ({
    network: { action: 'Throttle', rate: `${pick(['50Ki', '200Ki', '1Mi'], random)}`, ...link(node, other) },
  }),
  MemoryEat: (node) => ({ ...on(node), memory: { size: '256Mi' } }),
  CpuEat: (node) => ({ ...on(node), cpu: { cores: 1 } }),
  ClockSkew: (node, _, random) => ({ ...on(node), clock: { offset: pick(['-1h', '-30s', '30s', '1h'], random) } }),
  ImagesFail: (node) => ({ ...on(node), images: { action: 'Fail' } }),
  ImagesSlow: (node) => ({ ...on(node), images: { action: 'Slow', delay: '5s' } }),
  ControlPlaneStall: (_, __, random) => ({ controlPlane: { action: 'Stall', ...component(random) } }),
  ControlPlaneCrash: (_, __, random) => ({ controlPlane: { action: 'Crash', ...component(random) } }),
};

const component = (random: () => number): { component: 'scheduler' } | { component: 'controller'; controller: string } =>
  random() < 0.5 ? { component: 'scheduler' } : { component: 'controller', controller: pick(controllers, random) };

/** Actions that a campaign can draw; those between nodes need two. */
export const campaignActions = Object.keys(draws) as ActionName[];
/** What simulated nodes have not. */
export const realOnly: ReadonlySet<ActionName> = new Set(['NetworkCut', 'NetworkDelay', 'NetworkDrop', 'NetworkThrottle', 'CpuEat']);

/**
 * The faults of a campaign, in order. The same options give the same plan. No node is hit by two faults at once, and the last
 * fault ends before the campaign does.
 */
export function planCampaign({ seed, totalMs, everyMs, longestMs, nodes, actions }: CampaignOptions): PlannedFault[] {
  const random = seeded(seed);
  const sorted = nodes.toSorted();
  const busy = new Map<string, number>();
  const planned: PlannedFault[] = [];
  for (let atMs = 0; ; atMs += Math.max(1000, between(everyMs / 2, everyMs * 1.5, random))) {
    const durationMs = between(shortestMs, longestMs, random);
    const free = sorted.filter((node) => (busy.get(node) ?? 0) <= atMs);
    const possible = actions.filter(
      (action) => draws[action] !== undefined && (action.startsWith('Network') ? free.length > 1 : free.length > 0),
    );
    const action = possible[Math.floor(random() * possible.length)];
    const node = free[Math.floor(random() * free.length)] ?? '';
    const others = free.filter((one) => one !== node);
    const other = others[Math.floor(random() * others.length)] ?? '';
    const lastsMs = Math.min(durationMs, totalMs - atMs);
    if (lastsMs < shortestMs) return planned;
    const draw = action === undefined ? undefined : draws[action];
    if (action === undefined || draw === undefined) continue;
    const drawn = draw(node, other, random);
    for (const hit of action.startsWith('Network') ? [node, other] : action.startsWith('ControlPlane') ? [] : [node])
      busy.set(hit, atMs + lastsMs);
    const name = `campaign-${seed}-${String(planned.length + 1).padStart(3, '0')}`;
    planned.push({ atMs, name, action, spec: { duration: goDuration(lastsMs), ...drawn } });
  }
}
