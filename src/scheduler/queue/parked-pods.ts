import type { QueuedPod } from '../framework/interface.ts';

/** Pods that wait for an event, filed under the plugins that keep them waiting, so that an event finds its pods alone. */
export interface ParkedPods {
  park(pod: QueuedPod): void;
  get(uid: string): QueuedPod | undefined;
  /** Takes the pod out. */
  take(uid: string): QueuedPod | undefined;
  /** Those that one of the plugins keeps waiting, and those that none in particular does. */
  keptBy(plugins: readonly string[]): QueuedPod[];
  all(): QueuedPod[];
  readonly size: number;
}

const nobody = '';

export function createParkedPods(): ParkedPods {
  const pods = new Map<string, { pod: QueuedPod; plugins: readonly string[] }>();
  const byPlugin = new Map<string, Map<string, QueuedPod>>();
  return {
    park(pod) {
      const refusedBy = pod.unschedulablePlugins.size === 0 ? [nobody] : [...pod.unschedulablePlugins];
      const plugins = pod.gatedBy === undefined ? refusedBy : [pod.gatedBy];
      pods.set(pod.info.uid, { pod, plugins });
      for (const plugin of plugins) {
        const list = byPlugin.get(plugin) ?? new Map<string, QueuedPod>();
        byPlugin.set(plugin, list.set(pod.info.uid, pod));
      }
    },
    get: (uid) => pods.get(uid)?.pod,
    take(uid) {
      const entry = pods.get(uid);
      pods.delete(uid);
      for (const plugin of entry?.plugins ?? []) byPlugin.get(plugin)?.delete(uid);
      return entry?.pod;
    },
    keptBy: (plugins) => [...new Set([...plugins, nobody].flatMap((plugin) => [...(byPlugin.get(plugin)?.values() ?? [])]))],
    all: () => [...pods.values()].map(({ pod }) => pod),
    get size() {
      return pods.size;
    },
  };
}
