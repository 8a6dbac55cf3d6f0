import { kinds } from '../scheme.ts';
import type { PodDisruptionBudget } from '../types/policy-v1.ts';
import { atMostHundredPercent, countOrPercent, isEmptySelector, labelSelector, nonNegative, optionalOneOf } from './common.ts';
import { type Errors, invalid } from './field-error.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

export function* disruptionBudget({ metadata, spec }: PodDisruptionBudget): Errors {
  yield* objectMeta(kinds.PodDisruptionBudget, metadata);
  if (spec?.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    yield invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec?.[name] === undefined) continue;
    yield* countOrPercent(`spec.${name}`, spec[name]);
    yield* atMostHundredPercent(`spec.${name}`, spec[name]);
  }
  if (!isEmptySelector(spec?.selector)) yield* labelSelector('spec.selector', spec?.selector);
  yield* optionalOneOf('spec.unhealthyPodEvictionPolicy', spec?.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']);
}
export function* disruptionBudgetStatusUpdate({ metadata, status }: PodDisruptionBudget, old: PodDisruptionBudget): Errors {
  yield* objectMetaUpdate(metadata, old.metadata);
  for (const name of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const) {
    yield* nonNegative(`status.${name}`, status?.[name]);
  }
}
