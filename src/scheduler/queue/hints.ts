import type { Pod } from '../../api/types/core-v1.ts';
import type { ClusterEvent, ClusterEventWithHint } from '../framework/events.ts';
import type { Plugin, QueuedPod } from '../framework/interface.ts';

/** What plugins say to cluster events. */
export interface Hints {
  /** Names of the plugins that ask for such events; pods that only others refused need not be looked at. */
  interested(event: ClusterEvent): readonly string[];
  /** Whether the event is worth another try of a waiting pod: whether a plugin that refused it thinks so. */
  worthRetrying(pod: QueuedPod, event: ClusterEvent): boolean;
}

export function createHints(plugins: readonly Plugin[]): Hints {
  const byPlugin = new Map<string, readonly ClusterEventWithHint[]>(plugins.map(({ name, events = [] }) => [name, events]));
  const isFor = (row: ClusterEventWithHint, event: ClusterEvent): boolean =>
    row.resource === event.resource && row.actions.includes(event.action);
  const asks = (name: string, pod: Pod, event: ClusterEvent): boolean =>
    (byPlugin.get(name) ?? []).some((row) => isFor(row, event) && (row.hint === undefined || row.hint(pod, event)));
  return {
    interested: (event) => [...byPlugin].filter(([, rows]) => rows.some((row) => isFor(row, event))).map(([name]) => name),
    worthRetrying({ info, unschedulablePlugins, gatedBy }, event) {
      if (gatedBy !== undefined) return asks(gatedBy, info.pod, event);
      // Nobody in particular refused it (there were no nodes): whatever happened may help.
      if (unschedulablePlugins.size === 0) return true;
      return unschedulablePlugins.values().some((name) => asks(name, info.pod, event));
    },
  };
}
