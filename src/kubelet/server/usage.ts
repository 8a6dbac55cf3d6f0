import type { MemoryDetail, Usage } from '../node/node-usage.ts';
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
  const containers = stats.flatMap((usage) => {
    const container = found.find((one) => one.id === usage.id);
    if (container === undefined) return [];
    const { labels, name, image, startedAt } = container;
    const of = {
      namespace: labels[runtimeLabels.podNamespace] ?? '',
      pod: labels[runtimeLabels.podName] ?? '',
      uid: labels[runtimeLabels.podUid] ?? '',
    };
    return [{ ...usage, ...of, container: name, image, startedAt }];
  });
  return { node: (await nodeUsage?.().catch(() => undefined)) ?? sum(containers), containers };
}

/** Of memory in detail only where each tells it. */
export function sum(usages: readonly Usage[]): Usage {
  const total = (figure: (one: Usage) => number): number => usages.reduce((sofar, one) => sofar + figure(one), 0);
  const detail = (name: keyof MemoryDetail): number => total(({ memory }) => memory?.[name] ?? 0);
  return {
    cpuNanoseconds: total((one) => one.cpuNanoseconds),
    memoryWorkingSetBytes: total((one) => one.memoryWorkingSetBytes),
    ...(usages.length === 0 || usages.some(({ memory }) => memory === undefined)
      ? {}
      : {
          memory: {
            usageBytes: detail('usageBytes'),
            rssBytes: detail('rssBytes'),
            pageFaults: detail('pageFaults'),
            majorPageFaults: detail('majorPageFaults'),
          },
        }),
  };
}

export const podsOf = (containers: readonly ContainerUsage[]): Map<string, ContainerUsage[]> => Map.groupBy(containers, ({ uid }) => uid);
