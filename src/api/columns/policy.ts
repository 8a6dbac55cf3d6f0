import { kinds } from '../scheme.ts';
import type { HorizontalPodAutoscaler as V1 } from '../types/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../types/autoscaling-v2.ts';
import { orNone } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn } from './table.ts';

const unknown = '<unknown>';

/** `current/target` of one metric; what upstream's formatHPAMetrics prints. */
function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'Resource':
      return `${spec.resource?.name}: ${resourceTarget(spec.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${spec.containerResource?.name}: ${resourceTarget(spec.containerResource?.target, status?.containerResource?.current)}`;
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Object':
      return averageOrValue(spec.object?.target, status?.object?.current);
    case 'External':
      return averageOrValue(spec.external?.target, status?.external?.current);
    default:
      return '<unknown type>';
  }
}
function resourceTarget(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  const now = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
  return `${now}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}
const averageOrValue = (target: MetricTarget | undefined, current: MetricValueStatus | undefined): string =>
  target?.averageValue === undefined
    ? `${current?.value ?? unknown}/${target?.value ?? ''}`
    : `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;

function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  // Of autoscaling/v1, which knows CPU alone.
  const { targetCPUUtilizationPercentage: cpu } = (spec ?? {}) as Partial<V1['spec']>;
  if (cpu !== undefined) return `cpu: ${(status as V1['status'])?.currentCPUUtilizationPercentage ?? unknown}%/${cpu}%`.replace('>%', '>');
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, 2).map((metric, i) => metricText(metric, status?.currentMetrics?.[i]));
  const more = metrics.length > 2 ? ` + ${metrics.length - 2} more...` : '';
  return `${shown.join(', ')}${more}`;
}

const autoscaler = 'autoscaling.v2.HorizontalPodAutoscaler';

export const policyColumns = [
  columnsOf(
    kinds.HorizontalPodAutoscaler,
    [
      nameColumn,
      column('Reference', doc(`${autoscaler}Spec`, 'scaleTargetRef')),
      column('Targets', doc(`${autoscaler}Spec`, 'metrics')),
      column('MinPods', doc(`${autoscaler}Spec`, 'minReplicas')),
      column('MaxPods', doc(`${autoscaler}Spec`, 'maxReplicas')),
      column('Replicas', doc(`${autoscaler}Status`, 'currentReplicas')),
      ageColumn,
    ],
    (object, now) => [
      object.metadata.name ?? '',
      `${object.spec?.scaleTargetRef.kind}/${object.spec?.scaleTargetRef.name}`,
      targets(object),
      object.spec?.minReplicas === undefined ? '<unset>' : `${object.spec.minReplicas}`,
      object.spec?.maxReplicas ?? 0,
      object.status?.currentReplicas ?? 0,
      age(object, now),
    ],
  ),
  columnsOf(
    kinds.PodDisruptionBudget,
    [
      nameColumn,
      column('Min Available', 'The minimum number of pods that must be available.'),
      column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
      column('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.', 'integer'),
      ageColumn,
    ],
    (object, now) => [
      object.metadata.name ?? '',
      `${object.spec?.minAvailable ?? 'N/A'}`,
      `${object.spec?.maxUnavailable ?? 'N/A'}`,
      object.status?.disruptionsAllowed ?? 0,
      age(object, now),
    ],
  ),
  columnsOf(
    kinds.PriorityClass,
    [
      nameColumn,
      column('Value', doc('scheduling.v1.PriorityClass', 'value'), 'integer'),
      column('Global-Default', doc('scheduling.v1.PriorityClass', 'globalDefault'), 'boolean'),
      ageColumn,
      column('PreemptionPolicy', doc('scheduling.v1.PriorityClass', 'preemptionPolicy')),
    ],
    (object, now) => [
      object.metadata.name ?? '',
      object.value,
      object.globalDefault ?? false,
      age(object, now),
      object.preemptionPolicy ?? '<unset>',
    ],
  ),
  columnsOf(kinds.RuntimeClass, [nameColumn, column('Handler', doc('node.v1.RuntimeClass', 'handler')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.handler,
    age(object, now),
  ]),
  columnsOf(
    kinds.FlowSchema,
    [
      nameColumn,
      column('PriorityLevel', doc('flowcontrol.v1.PriorityLevelConfigurationReference', 'name')),
      column('MatchingPrecedence', doc('flowcontrol.v1.FlowSchemaSpec', 'matchingPrecedence')),
      column('DistinguisherMethod', doc('flowcontrol.v1.FlowSchemaSpec', 'distinguisherMethod')),
      ageColumn,
      column('MissingPL', 'references a broken or non-existent PriorityLevelConfiguration'),
    ],
    (object, now) => [
      object.metadata.name ?? '',
      object.spec?.priorityLevelConfiguration?.name ?? '',
      object.spec?.matchingPrecedence ?? 0,
      orNone(object.spec?.distinguisherMethod?.type),
      age(object, now),
      object.status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ],
  ),
  columnsOf(
    kinds.PriorityLevelConfiguration,
    [
      nameColumn,
      column('Type', doc('flowcontrol.v1.PriorityLevelConfigurationSpec', 'type')),
      column('NominalConcurrencyShares', doc('flowcontrol.v1.LimitedPriorityLevelConfiguration', 'nominalConcurrencyShares')),
      column('Queues', doc('flowcontrol.v1.QueuingConfiguration', 'queues')),
      column('HandSize', doc('flowcontrol.v1.QueuingConfiguration', 'handSize')),
      column('QueueLengthLimit', doc('flowcontrol.v1.QueuingConfiguration', 'queueLengthLimit')),
      ageColumn,
    ],
    (object, now) => {
      const queuing = object.spec?.limited?.limitResponse?.queuing;
      return [
        object.metadata.name ?? '',
        object.spec?.type ?? '',
        object.spec?.limited?.nominalConcurrencyShares ?? '<none>',
        queuing?.queues ?? '<none>',
        queuing?.handSize ?? '<none>',
        queuing?.queueLengthLimit ?? '<none>',
        age(object, now),
      ];
    },
  ),
];
