import type { NodeInfo } from '../cache/node-info.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import type { Plugin } from '../framework/interface.ts';

/** `addPod` and `removePod` of a plugin whose state changes by one pod more or less on a node; `by` is 1 or -1. */
export function trialHooks<S>(
  key: StateKey<S>,
  change: (state: S, pod: PodInfo, other: PodInfo, node: NodeInfo, by: 1 | -1) => void,
): Required<Pick<Plugin, 'addPod' | 'removePod'>> {
  const hook =
    (by: 1 | -1): Required<Plugin>['addPod'] =>
    (cycle, pod, other, node) => {
      const state = cycle.read(key);
      if (state !== undefined) change(state, pod, other, node, by);
    };
  return { addPod: hook(1), removePod: hook(-1) };
}
