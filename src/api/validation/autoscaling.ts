import { cpuMetric } from '../defaults/autoscaling.ts';
import { kinds } from '../scheme.ts';
import type { HorizontalPodAutoscaler as V1 } from '../types/autoscaling-v1.ts';
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '../types/autoscaling-v2.ts';
import { compare, entries, optionalOneOf } from './common.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { objectMeta, pathSegment } from './meta.ts';
import { containerResourceName } from './resources.ts';

export function* autoscaler(object: HorizontalPodAutoscaler): Errors {
  yield* objectMeta(kinds.HorizontalPodAutoscaler, object.metadata);
  yield* autoscalerSpec(object);
}
function* autoscalerSpec({ spec }: HorizontalPodAutoscaler): Errors {
  const { targetCPUUtilizationPercentage: percentage } = spec as V1['spec'];
  const least = spec.minReplicas;
  if (least !== undefined && least < 1) yield invalid('spec.minReplicas', least, 'must be greater than or equal to 1');
  if ((spec.maxReplicas ?? 0) < 1) yield invalid('spec.maxReplicas', spec.maxReplicas ?? 0, 'must be greater than 0');
  if (least !== undefined && (spec.maxReplicas ?? 0) < least) {
    yield invalid('spec.maxReplicas', spec.maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  yield* reference('spec.scaleTargetRef', spec.scaleTargetRef);
  // An autoscaling/v1 object is checked as the v2 one that it stands for.
  const metrics = percentage === undefined ? spec.metrics : [cpuMetric(percentage), ...(spec.metrics ?? [])];
  for (const [i, metric] of entries(metrics)) yield* metricRules(`spec.metrics[${i}]`, metric);
  if (least === 0 && !(spec.metrics ?? []).some(({ type }) => type === 'Object' || type === 'External')) {
    yield forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas');
  }
  yield* scalingRules('spec.behavior.scaleUp', spec.behavior?.scaleUp);
  yield* scalingRules('spec.behavior.scaleDown', spec.behavior?.scaleDown);
}

function* reference(field: string, object: CrossVersionObjectReference | undefined): Errors {
  for (const part of ['kind', 'name'] as const) {
    const value = object?.[part];
    if (!value) yield required(`${field}.${part}`);
    else yield* check(`${field}.${part}`, value, pathSegment);
  }
}

/** Field of a metric's source → the type that names it and what its target must have; in the order that upstream looks at them. */
const sources = {
  object: { type: 'Object', rules: objectSource },
  external: { type: 'External', rules: externalSource },
  pods: { type: 'Pods', rules: podsSource },
  resource: { type: 'Resource', rules: resourceSource },
  containerResource: { type: 'ContainerResource', rules: containerResourceSource },
} as const;
const sourceFields = Object.keys(sources) as (keyof typeof sources)[];
const sourceTypes = Object.values(sources)
  .map(({ type }) => type)
  .sort();

/** The first source is looked into; that there is but one, and the one that `type` names, is said afterwards. */
function* metricRules(field: string, metric: MetricSpec): Errors {
  const type = metric.type ?? '';
  const expected = sourceFields.find((source) => sources[source].type === type);
  if (type === '') yield required(`${field}.type`, 'must specify a metric source type');
  if (expected === undefined) yield notSupported(`${field}.type`, type, sourceTypes);
  const given = sourceFields.filter((source) => metric[source] !== undefined);
  const [first] = given;
  if (first !== undefined) yield* sources[first].rules(`${field}.${first}`, metric[first] as never);
  if (expected === undefined) yield notSupported(`${field}.type`, type, sourceTypes);
  else if (metric[expected] === undefined) {
    yield required(`${field}.${expected}`, 'must populate information for the given metric source');
  }
  if (given.length === 1) return;
  for (const source of given) if (source !== expected) yield forbidden(`${field}.${source}`, 'must populate the given metric source only');
}

function* objectSource(field: string, { describedObject, metric, target }: ObjectMetricSource): Errors {
  yield* reference(`${field}.describedObject`, describedObject);
  yield* metricName(field, metric);
  yield* targetRules(`${field}.target`, target);
  if (!hasValue(target)) yield required(`${field}.target.averageValue`, 'must set either a target value or averageValue');
}
function* externalSource(field: string, { metric, target }: ExternalMetricSource): Errors {
  yield* metricName(field, metric);
  yield* targetRules(`${field}.target`, target);
  if (!hasValue(target)) {
    yield required(`${field}.target.averageValue`, 'must set either a target value for metric or a per-pod target');
  }
  if (target?.value !== undefined && target.averageValue !== undefined) {
    yield forbidden(`${field}.target.value`, 'may not set both a target value for metric and a per-pod target');
  }
}
function* podsSource(field: string, { metric, target }: PodsMetricSource): Errors {
  yield* metricName(field, metric);
  yield* targetRules(`${field}.target`, target);
  if (target?.averageValue === undefined) yield required(`${field}.target.averageValue`, 'must specify a positive target averageValue');
}
function* resourceSource(field: string, { name, target }: ResourceMetricSource): Errors {
  if (!name) yield required(`${field}.name`, 'must specify a resource name');
  yield* resourceTarget(`${field}.target`, target);
}
function* containerResourceSource(field: string, { name, container, target }: ContainerResourceMetricSource): Errors {
  if (!name) yield required(`${field}.name`, 'must specify a resource name');
  else yield* containerResourceName(`${field}.name`, name);
  if (!container) yield required(`${field}.container`, 'must specify a container');
  else yield* check(`${field}.container`, container, dnsLabel);
  yield* resourceTarget(`${field}.target`, target);
}

const hasValue = (target: MetricTarget | undefined): boolean => target?.value !== undefined || target?.averageValue !== undefined;

function* resourceTarget(field: string, target: MetricTarget | undefined): Errors {
  yield* targetRules(field, target);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    yield required(`${field}.averageUtilization`, 'must set either a target raw value or a target utilization');
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    yield forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization');
  }
}

const targetTypes: readonly string[] = ['Utilization', 'Value', 'AverageValue'];

function* targetRules(field: string, target: MetricTarget | undefined): Errors {
  const type = target?.type ?? '';
  if (type === '') yield required(`${field}.type`, 'must specify a metric target type');
  if (!targetTypes.includes(type)) yield invalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue');
  for (const part of ['value', 'averageValue'] as const) {
    const quantity = target?.[part];
    if (quantity !== undefined && (compare(quantity, '0') ?? 1) <= 0) yield invalid(`${field}.${part}`, quantity, 'must be positive');
  }
  if (target?.averageUtilization !== undefined && target.averageUtilization < 1) {
    yield invalid(`${field}.averageUtilization`, target.averageUtilization, 'must be greater than 0');
  }
}

function* metricName(field: string, metric: MetricIdentifier | undefined): Errors {
  if (!metric?.name) yield required(`${field}.metric.name`, 'must specify a metric name');
  else yield* check(`${field}.metric.name`, metric.name, pathSegment);
}

function* scalingRules(field: string, rules: HPAScalingRules | undefined): Errors {
  if (rules === undefined) return;
  const window = rules.stabilizationWindowSeconds;
  if ((window ?? 0) < 0) yield invalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero');
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
