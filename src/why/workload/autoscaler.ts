import { kinds } from '../../api/scheme.ts';
import type { HorizontalPodAutoscaler } from '../../api/types/autoscaling-v2.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nameOf } from './pods-of.ts';

/** Autoscalers that do nothing: Shoal runs no controller for them; elsewhere their conditions tell. */
export function autoscaler(scaler: HorizontalPodAutoscaler): readonly Finding[] {
  const object = refOf(kinds.HorizontalPodAutoscaler, scaler);
  const target = `${scaler.spec?.scaleTargetRef.kind} ${scaler.spec?.scaleTargetRef.name}`;
  const conditions = scaler.status?.conditions ?? [];
  const inactive = conditions.find(({ type, status }) => (type === 'ScalingActive' || type === 'AbleToScale') && status === 'False');
  if (inactive !== undefined) {
    const message = `HorizontalPodAutoscaler ${nameOf(scaler)} does not scale ${target}: ${inactive.message ?? inactive.reason ?? ''}`;
    return [
      {
        object,
        code: 'AUTOSCALER_IDLE',
        severity: 'error',
        message,
        evidence: [fact(`${inactive.type}: ${inactive.reason ?? ''}`)],
        fix: [],
      },
    ];
  }
  if (conditions.length > 0) return [];
  const message = `HorizontalPodAutoscaler ${nameOf(scaler)} does not scale ${target}: nothing in this cluster acts on autoscalers (Shoal does not implement them).`;
  const name = scaler.spec?.scaleTargetRef.name;
  const fix = [
    `scale by hand: kubectl scale ${scaler.spec?.scaleTargetRef.kind.toLowerCase()}/${name} -n ${scaler.metadata.namespace} --replicas=N`,
  ];
  return [{ object, code: 'AUTOSCALER_IDLE', severity: 'warning', message, evidence: [], fix }];
}
