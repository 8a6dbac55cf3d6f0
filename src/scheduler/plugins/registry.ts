import type { PluginFactory } from '../framework/interface.ts';
import { createDefaultBinder } from './DefaultBinder.ts';
import { createDefaultPreemption } from './DefaultPreemption.ts';
import { createImageLocality } from './ImageLocality.ts';
import { createInterPodAffinity } from './InterPodAffinity.ts';
import { createNodeAffinity } from './NodeAffinity.ts';
import { createNodeName } from './NodeName.ts';
import { createNodePorts } from './NodePorts.ts';
import { createNodeResourcesBalancedAllocation } from './NodeResourcesBalancedAllocation.ts';
import { createNodeResourcesFit } from './NodeResourcesFit.ts';
import { createNodeUnschedulable } from './NodeUnschedulable.ts';
import { createPodTopologySpread } from './PodTopologySpread.ts';
import { createPrioritySort } from './PrioritySort.ts';
import { createSchedulingGates } from './SchedulingGates.ts';
import { createTaintToleration } from './TaintToleration.ts';
import { createVolumeBinding } from './VolumeBinding.ts';
import { createVolumeRestrictions } from './VolumeRestrictions.ts';

/** One rule: its upstream name and how much its score counts against those of others. */
export interface RegisteredPlugin {
  readonly create: PluginFactory;
  readonly weight: number;
}

/**
 * The default profile, in the order in which plugins run, with upstream's weights. A new rule is a file beside this one
 * and a row here.
 */
export const registry = {
  SchedulingGates: { create: createSchedulingGates, weight: 0 },
  PrioritySort: { create: createPrioritySort, weight: 0 },
  NodeUnschedulable: { create: createNodeUnschedulable, weight: 0 },
  NodeName: { create: createNodeName, weight: 0 },
  TaintToleration: { create: createTaintToleration, weight: 3 },
  NodeAffinity: { create: createNodeAffinity, weight: 2 },
  NodePorts: { create: createNodePorts, weight: 0 },
  NodeResourcesFit: { create: createNodeResourcesFit, weight: 1 },
  VolumeRestrictions: { create: createVolumeRestrictions, weight: 0 },
  VolumeBinding: { create: createVolumeBinding, weight: 0 },
  PodTopologySpread: { create: createPodTopologySpread, weight: 2 },
  InterPodAffinity: { create: createInterPodAffinity, weight: 2 },
  DefaultPreemption: { create: createDefaultPreemption, weight: 0 },
  NodeResourcesBalancedAllocation: { create: createNodeResourcesBalancedAllocation, weight: 1 },
  ImageLocality: { create: createImageLocality, weight: 1 },
  DefaultBinder: { create: createDefaultBinder, weight: 0 },
} as const satisfies Record<string, RegisteredPlugin>;

export type PluginName = keyof typeof registry;
