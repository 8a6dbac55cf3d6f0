import { cpuMetric, defaultMetrics } from '../api/defaults/autoscaling.ts';
import type { KubeObject } from '../api/object.ts';
import type { HorizontalPodAutoscaler as V1 } from '../api/types/autoscaling-v1.ts';
import type { MetricSpec, MetricStatus, HorizontalPodAutoscaler as V2 } from '../api/types/autoscaling-v2.ts';

/**
 * autoscaling/v1 knows CPU alone; all else of a v2 object travels in annotations, so that nothing is lost on the way there
 * and back (upstream: pkg/apis/autoscaling/v1/conversion.go).
 */
const annotation = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
};

const isCpu = ({ type, resource }: MetricSpec | MetricStatus): boolean => type === 'Resource' && resource?.name === 'cpu';

export function autoscalerFromV2(object: KubeObject): KubeObject {
  const { metadata, spec, status } = object as V2;
  const metrics = spec?.metrics ?? [];
  const cpu = metrics.find((metric) => isCpu(metric) && metric.resource?.target.averageUtilization !== undefined);
  const others = metrics.filter((metric) => metric !== cpu);
  const { metrics: _metrics, behavior, ...ownSpec } = spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { conditions, currentMetrics, ...ownStatus } = status ?? { desiredReplicas: 0 };
  const currentCpu = currentMetrics?.find(isCpu)?.resource?.current.averageUtilization;
  const notes: Record<string, string> = {};
  if (others.length > 0) notes[annotation.metrics] = JSON.stringify(others);
  if (behavior !== undefined) notes[annotation.behavior] = JSON.stringify(behavior);
  if (conditions !== undefined) notes[annotation.conditions] = JSON.stringify(conditions);
  if ((currentMetrics ?? []).length > 0) notes[annotation.currentMetrics] = JSON.stringify(currentMetrics);
  const target = cpu?.resource?.target.averageUtilization;
  const v1: V1 = {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: Object.keys(notes).length === 0 ? metadata : { ...metadata, annotations: { ...metadata.annotations, ...notes } },
    spec: { ...ownSpec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: { currentReplicas: 0, ...ownStatus, ...(currentCpu === undefined ? {} : { currentCPUUtilizationPercentage: currentCpu }) },
  };
  return v1;
}

export function autoscalerToV2(object: KubeObject): KubeObject {
  const { metadata, spec, status } = object as V1;
  const { [annotation.metrics]: metrics, [annotation.behavior]: behavior, ...rest } = metadata.annotations ?? {};
  const { [annotation.conditions]: conditions, [annotation.currentMetrics]: currentMetrics, ...annotations } = rest;
  const { targetCPUUtilizationPercentage: cpu, ...ownSpec } = spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { currentCPUUtilizationPercentage: _, ...ownStatus } = status ?? { desiredReplicas: 0 };
  const named = [...(cpu === undefined ? [] : [cpuMetric(cpu)]), ...((parsed(metrics) as MetricSpec[] | undefined) ?? [])];
  const { annotations: _annotations, ...ownMetadata } = metadata;
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: Object.keys(annotations).length === 0 ? ownMetadata : { ...ownMetadata, annotations },
    spec: defined({ ...ownSpec, metrics: named.length > 0 ? named : defaultMetrics(), behavior: parsed(behavior) }),
    status: defined({ ...ownStatus, conditions: parsed(conditions), currentMetrics: parsed(currentMetrics) ?? null }),
  } as KubeObject;
}

/** Annotations are anybody's to write: what is no JSON says nothing. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const defined = (object: object): object => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
