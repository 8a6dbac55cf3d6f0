import type { Pod } from '../../api/types/core-v1.ts';
import type { ClusterEvent, ClusterEventWithHint } from '../framework/events.ts';
import type { Plugin, QueuedPod } from '../framework/interface.ts';

/** Whether an event is worth another try of a waiting pod: whether a plugin that refused it asked for it and thinks so. */
export type WorthRetrying = (pod: QueuedPod, event: ClusterEvent) => boolean;

export function createHints(plugins: readonly Plugin[]): WorthRetrying {
  const byPlugin = new Map<string, readonly ClusterEventWithHint[]>(plugins.map(({ name, events = [] }) => [name, events]));
  const asks = (name: string, pod: Pod, event: ClusterEvent): boolean =>
    (byPlugin.get(name) ?? []).some(
      ({ resource, actions, hint }) =>
        resource === event.resource && actions.includes(event.action) && (hint === undefined || hint(pod, event)),
    );
  return ({ info, unschedulablePlugins, gatedBy }, event) => {
    if (gatedBy !== undefined) return asks(gatedBy, info.pod, event);
    // Nobody in particular refused it (there were no nodes): whatever happened may help.
    if (unschedulablePlugins.size === 0) return true;
    return unschedulablePlugins.values().some((name) => asks(name, info.pod, event));
  };
}
