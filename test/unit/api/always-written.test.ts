import { describe, expect, test } from 'vitest';
import { applyDefaults } from '../../../src/api/defaults/defaults.ts';
import facts from '../../../src/api/facts/always-written.json' with { type: 'json' };
import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../../src/api/object.ts';
import { definitions } from '../../../src/api/schema.ts';
import { kinds } from '../../../src/api/scheme.ts';

/** What upstream's Go types print beside what was said. */
const rows: [name: string, kind: Kind, said: object, printed: object][] = [
  [
    'of a node, what its kubelet has not told',
    kinds.Node,
    {},
    {
      spec: {},
      status: {
        daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
        nodeInfo: {
          architecture: '',
          bootID: '',
          containerRuntimeVersion: '',
          kernelVersion: '',
          kubeProxyVersion: '',
          kubeletVersion: '',
          machineID: '',
          operatingSystem: '',
          osImage: '',
          systemUUID: '',
        },
      },
    },
  ],
  ['no rules of a role', kinds.ClusterRole, {}, { rules: null }],
  ['rules that are an empty list', kinds.Role, { rules: [] }, { rules: null }],
  ['an endpoint slice of nothing', kinds.EndpointSlice, { addressType: 'IPv4' }, { addressType: 'IPv4', endpoints: null, ports: null }],
  [
    'what an endpoint does not say of itself',
    kinds.EndpointSlice,
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] },
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }], ports: null },
  ],
  [
    'an event without times',
    kinds.Event,
    { involvedObject: { name: 'x' } },
    {
      involvedObject: { name: 'x' },
      eventTime: null,
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: '',
      reportingInstance: '',
      source: {},
    },
  ],
  [
    'what a disruption budget counts',
    kinds.PodDisruptionBudget,
    {},
    { spec: {}, status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } },
  ],
  [
    'where a claim copies from',
    kinds.PersistentVolumeClaim,
    { spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } } },
    { spec: { dataSource: { apiGroup: null, kind: 'PersistentVolumeClaim', name: 'a' } } },
  ],
  ['an empty network policy', kinds.NetworkPolicy, {}, { spec: { podSelector: {}, policyTypes: ['Ingress'] } }],
  [
    'the template of a job of a cron job',
    kinds.CronJob,
    { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c' }] } } } } } },
    {
      spec: { jobTemplate: { metadata: {}, spec: { template: { metadata: {}, spec: { containers: [{ resources: {} }] } } } } },
      status: {},
    },
  ],
  [
    'the status of a definition',
    kinds.CustomResourceDefinition,
    { spec: { group: 'x', names: {}, scope: 'Cluster', versions: [] } },
    { status: { acceptedNames: { kind: '', plural: '' }, conditions: null, storedVersions: null } },
  ],
  [
    'what an autoscaler has not measured',
    kinds.HorizontalPodAutoscaler,
    { spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd' } } },
    { status: { currentMetrics: null, desiredReplicas: 0 } },
  ],
];

describe('always written is', () => {
  test.each(rows)('%s', (_name, kind, said, printed) => {
    const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { name: 'x' }, ...structuredClone(said) } as KubeObject;
    applyDefaults(kind, object);
    expect(object).toMatchObject(printed);
  });

  test('nothing that has no zero: a selector that was left out is missing', () => {
    const object = { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'x' } } as KubeObject & { spec?: object };
    applyDefaults(kinds.Deployment, object);
    expect(object.spec).not.toHaveProperty('selector');
  });

  const named = Object.entries(facts).flatMap(([name, fields]) => fields.map((field) => [name, field.replace('?', '')] as const));
  test.each(named)('a field that there is: %s.%s', (name, field) => {
    const [definition] = Object.keys(definitions).filter((full) => full.endsWith(`.${name}`));
    expect(definitions[definition ?? '']?.properties).toHaveProperty(field);
  });
});
