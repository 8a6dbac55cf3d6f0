import type { HorizontalPodAutoscaler, HPAScalingPolicy, HPAScalingRules, MetricSpec } from '../types/autoscaling-v2.ts';

/** The metric that `targetCPUUtilizationPercentage` of autoscaling/v1 stands for. */
export const cpuMetric = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

/** What an autoscaler goes by that names no metric: 80 % of the requested CPU. */
export const defaultMetrics = (): MetricSpec[] => [cpuMetric(80)];

/**
 * SetDefaults_HorizontalPodAutoscaler; behavior is only completed where the user gave one. An autoscaling/v1 object has no
 * metrics: it gets those where it becomes a v2 one, so that nobody's managed fields name what v1 does not have.
 */
export function defaultAutoscaler({ apiVersion, spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1;
  if (apiVersion === 'autoscaling/v1') return;
  if ((spec.metrics ?? []).length === 0) spec.metrics = defaultMetrics();
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp = scalingRules(spec.behavior.scaleUp, 0, [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
  spec.behavior.scaleDown = scalingRules(spec.behavior.scaleDown, undefined, [{ type: 'Percent', value: 100, periodSeconds: 15 }]);
}

function scalingRules(given: HPAScalingRules | undefined, window: number | undefined, policies: HPAScalingPolicy[]): HPAScalingRules {
  const stabilizationWindowSeconds = given?.stabilizationWindowSeconds ?? window;
  return {
    ...given,
    ...(stabilizationWindowSeconds === undefined ? {} : { stabilizationWindowSeconds }),
    selectPolicy: given?.selectPolicy ?? 'Max',
    policies: given?.policies ?? policies,
  };
}
