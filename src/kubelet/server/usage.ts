import type { Usage } from '../node/node-usage.ts';
import { runtimeLabels } from '../runtime/runtime.ts';
import type { KubeletServerBackend } from './backend.ts';

export interface ContainerUsage extends Usage {
  id: string;
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  image: string;
  startedAt: number | undefined;
}

export interface NodeUsage {
  node: Usage;
  containers: ContainerUsage[];
}

/** What the node and each of its running containers use now. A node that cannot be measured uses what its containers do. */
export async function usageOf({ runtime, nodeUsage }: KubeletServerBackend): Promise<NodeUsage> {
  const [stats, found] = await Promise.all([runtime.stats(), runtime.listContainers()]);
  const containers = stats.flatMap(({ id, cpuNanoseconds, memoryWorkingSetBytes }) => {
    const container = found.find((one) => one.id === id);
    if (container === undefined) return [];
    const { labels, name, image, startedAt } = container;
    const of = {
      namespace: labels[runtimeLabels.podNamespace] ?? '',
      pod: labels[runtimeLabels.podName] ?? '',
      uid: labels[runtimeLabels.podUid] ?? '',
    };
    return [{ id, ...of, container: name, image, startedAt, cpuNanoseconds, memoryWorkingSetBytes }];
  });
  return { node: (await nodeUsage?.().catch(() => undefined)) ?? sum(containers), containers };
}

export const sum = (usages: readonly Usage[]): Usage => ({
  cpuNanoseconds: usages.reduce((total, one) => total + one.cpuNanoseconds, 0),
  memoryWorkingSetBytes: usages.reduce((total, one) => total + one.memoryWorkingSetBytes, 0),
});

export const podsOf = (containers: readonly ContainerUsage[]): Map<string, ContainerUsage[]> => Map.groupBy(containers, ({ uid }) => uid);
