import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { type Clock, timestamp } from '../../util/clock.ts';
import { runtimeLabels } from '../runtime/runtime.ts';
import type { KubeletServerBackend } from './backend.ts';

interface Usage {
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  cpuNanoseconds: number;
  memoryBytes: number;
  startedAt: number | undefined;
}

async function usages(backend: KubeletServerBackend): Promise<Usage[]> {
  const [stats, containers] = await Promise.all([backend.runtime.stats(), backend.runtime.listContainers()]);
  return stats.flatMap((figures) => {
    const container = containers.find((one) => one.id === figures.id);
    if (container === undefined) return [];
    return [
      {
        namespace: container.labels[runtimeLabels.podNamespace] ?? '',
        pod: container.labels[runtimeLabels.podName] ?? '',
        uid: container.labels[runtimeLabels.podUid] ?? '',
        container: container.name,
        cpuNanoseconds: figures.cpuNanoseconds,
        memoryBytes: figures.memoryWorkingSetBytes,
        startedAt: container.startedAt,
      },
    ];
  });
}

/** The kubelet's summary API (`/stats/summary`), as far as this node can measure. */
export async function statsSummary(backend: KubeletServerBackend, clock: Clock): Promise<unknown> {
  const time = timestamp(clock);
  const byPod = Map.groupBy(await usages(backend), (usage) => usage.uid);
  return {
    node: {
      nodeName: backend.nodeName,
      memory: { time, availableBytes: freemem(), usageBytes: totalmem() - freemem(), workingSetBytes: totalmem() - freemem() },
      cpu: { time, usageNanoCores: Math.round(Math.min(loadavg()[0] ?? 0, cpus().length) * 1e9) },
    },
    pods: [...byPod.values()].map((containers) => ({
      podRef: { name: containers[0]?.pod, namespace: containers[0]?.namespace, uid: containers[0]?.uid },
      containers: containers.map((one) => ({
        name: one.container,
        startTime: one.startedAt === undefined ? null : new Date(one.startedAt).toISOString(),
        cpu: { time, usageCoreNanoSeconds: one.cpuNanoseconds },
        memory: { time, workingSetBytes: one.memoryBytes },
      })),
    })),
  };
}

/** `/metrics/resource` in the Prometheus text format, with the kubelet's metric names. */
export async function resourceMetrics(backend: KubeletServerBackend): Promise<string> {
  const all = await usages(backend);
  const label = (usage: Usage): string => `container="${usage.container}",namespace="${usage.namespace}",pod="${usage.pod}"`;
  const lines = [
    '# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds',
    '# TYPE container_cpu_usage_seconds_total counter',
    ...all.map((usage) => `container_cpu_usage_seconds_total{${label(usage)}} ${usage.cpuNanoseconds / 1e9}`),
    '# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes',
    '# TYPE container_memory_working_set_bytes gauge',
    ...all.map((usage) => `container_memory_working_set_bytes{${label(usage)}} ${usage.memoryBytes}`),
  ];
  return `${lines.join('\n')}\n`;
}
