import { describe, expect, test } from 'vitest';
import type { MetricSpec } from '../../../src/api/types/autoscaling-v2.ts';
import { createErrors, kinds } from './objects.ts';

const errorsOf = (metric: object, spec: object = {}): string[] =>
  createErrors(kinds.HorizontalPodAutoscaler, {
    metadata: { name: 'x' },
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd' }, metrics: [metric as MetricSpec], ...spec },
  });

const value = { type: 'AverageValue', averageValue: '1' };
const at = 'spec.metrics[0]';
const types = 'supported values: "ContainerResource", "External", "Object", "Pods", "Resource"';

describe('metrics', () => {
  test.each<[string, object, string[]]>([
    ['pods', { type: 'Pods', pods: { metric: { name: 'm' }, target: value } }, []],
    [
      'nothing',
      {},
      [`${at}.type: Required value: must specify a metric source type`, ...[0, 1].map(() => `${at}.type: Unsupported value: "": ${types}`)],
    ],
    ['no source', { type: 'Pods' }, [`${at}.pods: Required value: must populate information for the given metric source`]],
    [
      'a name that is a path',
      { type: 'Pods', pods: { metric: { name: 'a/b' }, target: value } },
      [`${at}.pods.metric.name: Invalid value: "a/b": may not contain '/'`],
    ],
    [
      'no value per pod',
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } },
      [`${at}.pods.target.averageValue: Required value: must specify a positive target averageValue`],
    ],
    [
      'an object without a name',
      { type: 'Object', object: { describedObject: { kind: 'Service' }, metric: { name: 'm' }, target: { type: 'Value' } } },
      [
        `${at}.object.describedObject.name: Required value`,
        `${at}.object.target.averageValue: Required value: must set either a target value or averageValue`,
      ],
    ],
    [
      'two values of something external',
      { type: 'External', external: { metric: {}, target: { type: 'Zork', value: '0', averageValue: '1' } } },
      [
        `${at}.external.metric.name: Required value: must specify a metric name`,
        `${at}.external.target.type: Invalid value: "Zork": must be either Utilization, Value, or AverageValue`,
        `${at}.external.target.value: Invalid value: "0": must be positive`,
        `${at}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`,
      ],
    ],
    [
      'no wish for a resource',
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } },
      [`${at}.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization`],
    ],
    [
      'two sources',
      { type: 'Resource', pods: { metric: { name: 'm' }, target: value }, resource: { name: 'cpu', target: value } },
      [`${at}.pods: Forbidden: must populate the given metric source only`],
    ],
  ])('%s', (_name, metric, errors) => expect(errorsOf(metric)).toEqual(errors));

  test('none but of resources cannot bring back pods once there are none', () => {
    const metric = { type: 'Resource', resource: { name: 'cpu', target: value } };
    expect(errorsOf(metric, { minReplicas: 0 })).toContain(
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    );
  });
});

test('a percentage of autoscaling/v1 is checked as the metric that it stands for', () => {
  const object = {
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'x' },
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd' }, targetCPUUtilizationPercentage: 0 },
  };
  expect(createErrors(kinds.HorizontalPodAutoscaler, object)).toEqual([
    `${at}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0`,
  ]);
});
