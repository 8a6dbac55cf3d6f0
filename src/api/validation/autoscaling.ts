import { kinds } from '../scheme.ts';
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec, MetricTarget } from '../types/autoscaling-v2.ts';
import type { PodDisruptionBudget } from '../types/policy-v1.ts';
import {
  atMostHundredPercent,
  countOrPercent,
  entries,
  isEmptySelector,
  labelSelector,
  nonNegative,
  oneOf,
  optionalOneOf,
} from './common.ts';
import { type Errors, forbidden, invalid, required } from './field-error.ts';
import { check } from './formats.ts';
import { objectMeta, objectMetaUpdate, pathSegment } from './meta.ts';

export function* autoscaler(object: HorizontalPodAutoscaler): Errors {
  yield* objectMeta(kinds.HorizontalPodAutoscaler, object.metadata);
  yield* autoscalerSpec(object);
}
function* autoscalerSpec({ spec }: HorizontalPodAutoscaler): Errors {
  const least = spec.minReplicas;
  if (least !== undefined && least < 1) yield invalid('spec.minReplicas', least, 'must be greater than or equal to 1');
  if ((spec.maxReplicas ?? 0) < 1) yield invalid('spec.maxReplicas', spec.maxReplicas ?? 0, 'must be greater than 0');
  if (least !== undefined && (spec.maxReplicas ?? 0) < least) {
    yield invalid('spec.maxReplicas', spec.maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  for (const part of ['kind', 'name'] as const) {
    const value = spec.scaleTargetRef?.[part];
    if (!value) yield required(`spec.scaleTargetRef.${part}`);
    else yield* check(`spec.scaleTargetRef.${part}`, value, pathSegment);
  }
  for (const [i, metric] of entries(spec.metrics)) yield* metricRules(`spec.metrics[${i}]`, metric);
  yield* scalingRules('spec.behavior.scaleUp', spec.behavior?.scaleUp);
  yield* scalingRules('spec.behavior.scaleDown', spec.behavior?.scaleDown);
}

const sources: Record<string, keyof MetricSpec> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};

function* metricRules(field: string, metric: MetricSpec): Errors {
  yield* oneOf(`${field}.type`, metric.type, Object.keys(sources));
  const name = sources[metric.type ?? ''];
  for (const source of Object.values(sources)) {
    if (metric[source] === undefined && source === name)
      yield required(`${field}.${source}`, 'must populate information for the given metric source');
    if (metric[source] !== undefined && source !== name) {
      yield forbidden(`${field}.${source}`, 'must populate the given metric source only');
    }
  }
  if (metric.resource !== undefined) {
    if (!metric.resource.name) yield required(`${field}.resource.name`, 'must specify a resource name');
    yield* target(`${field}.resource.target`, metric.resource.target);
  }
  if (metric.containerResource !== undefined) {
    if (!metric.containerResource.name) yield required(`${field}.containerResource.name`, 'must specify a resource name');
    if (!metric.containerResource.container) yield required(`${field}.containerResource.container`, 'must specify a container');
    yield* target(`${field}.containerResource.target`, metric.containerResource.target);
  }
  for (const source of ['pods', 'object', 'external'] as const) {
    const value = metric[source];
    if (value === undefined) continue;
    if (!value.metric?.name) yield required(`${field}.${source}.metric.name`);
    yield* target(`${field}.${source}.target`, value.target);
  }
}

function* target(field: string, value: MetricTarget | undefined): Errors {
  if (!value?.type) yield required(`${field}.type`, 'must specify a metric target type');
  else yield* optionalOneOf(`${field}.type`, value.type, ['AverageValue', 'Utilization', 'Value']);
  if (value?.averageUtilization !== undefined && value.averageUtilization < 1) {
    yield invalid(`${field}.averageUtilization`, value.averageUtilization, 'must be greater than 0');
  }
}

function* scalingRules(field: string, rules: HPAScalingRules | undefined): Errors {
  if (rules === undefined) return;
  const window = rules.stabilizationWindowSeconds;
  yield* nonNegative(`${field}.stabilizationWindowSeconds`, window);
  if ((window ?? 0) > 3600) yield invalid(`${field}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600');
  yield* optionalOneOf(`${field}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']);
  if ((rules.policies ?? []).length === 0) yield required(`${field}.policies`, 'must specify at least one Policy');
  for (const [i, { type, value, periodSeconds }] of entries(rules.policies)) {
    const at = `${field}.policies[${i}]`;
    yield* optionalOneOf(`${at}.type`, type, ['Percent', 'Pods']);
    if (!(value > 0)) yield invalid(`${at}.value`, value ?? 0, 'must be greater than zero');
    if (!(periodSeconds > 0)) yield invalid(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero');
    if (periodSeconds > 1800) yield invalid(`${at}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800');
  }
}

export function* disruptionBudget({ metadata, spec }: PodDisruptionBudget): Errors {
  yield* objectMeta(kinds.PodDisruptionBudget, metadata);
  yield* disruptionBudgetSpec(spec);
}
function* disruptionBudgetSpec(spec: PodDisruptionBudget['spec']): Errors {
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
