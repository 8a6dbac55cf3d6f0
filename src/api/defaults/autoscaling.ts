import type { HorizontalPodAutoscaler, HPAScalingPolicy, HPAScalingRules } from '../types/autoscaling-v2.ts';

/** SetDefaults_HorizontalPodAutoscaler; behavior is only completed where the user gave one. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  }
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
