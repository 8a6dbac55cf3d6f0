import { freemem, totalmem } from 'node:os';
import { quantityToNumber } from '../../api/quantity.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import type { Usage } from '../node/node-usage.ts';
import type { KubeletServerBackend } from './backend.ts';
import { podsOf, sum, usageOf } from './usage.ts';

/** The kubelet's summary API (`/stats/summary`), as far as this node can measure. Rates are since the last summary. */
export function createStatsSummary(backend: KubeletServerBackend, clock: Clock): () => Promise<unknown> {
  const startTime = timestamp(clock);
  let before = new Map<string, { at: number; cpuNanoseconds: number }>();

  return async () => {
    const { node, containers } = await usageOf(backend);
    const now = clock.now();
    const time = timestamp(clock);
    const seen = new Map<string, { at: number; cpuNanoseconds: number }>();
    const cpu = (key: string, { cpuNanoseconds }: Usage) => {
      seen.set(key, { at: now, cpuNanoseconds });
      const last = before.get(key);
      const rate = last === undefined || last.at >= now ? undefined : ((cpuNanoseconds - last.cpuNanoseconds) / (now - last.at)) * 1000;
      return {
        time,
        ...(rate === undefined ? {} : { usageNanoCores: Math.max(0, Math.round(rate)) }),
        usageCoreNanoSeconds: Math.round(cpuNanoseconds),
      };
    };
    const memory = ({ memoryWorkingSetBytes, memory: detail }: Usage) => ({
      time,
      usageBytes: memoryWorkingSetBytes,
      workingSetBytes: memoryWorkingSetBytes,
      ...detail,
    });
    const capacity = quantityToNumber(backend.capacity?.['memory']) || totalmem();
    const result = {
      node: {
        nodeName: backend.nodeName,
        startTime,
        cpu: cpu('', node),
        memory: { ...memory(node), availableBytes: Math.max(0, Math.min(freemem(), capacity - node.memoryWorkingSetBytes)) },
      },
      pods: [...podsOf(containers)].map(([uid, own]) => ({
        podRef: { name: own[0]?.pod, namespace: own[0]?.namespace, uid },
        startTime: backend.pods().find(({ metadata }) => metadata.uid === uid)?.status?.startTime ?? null,
        containers: own.map((one) => ({
          name: one.container,
          startTime: one.startedAt === undefined ? null : new Date(one.startedAt).toISOString(),
          cpu: cpu(one.id, one),
          memory: memory(one),
        })),
        cpu: cpu(uid, sum(own)),
        memory: memory(sum(own)),
      })),
    };
    before = seen;
    return result;
  };
}
