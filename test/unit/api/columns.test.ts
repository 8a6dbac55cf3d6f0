import { describe, expect, it } from 'vitest';
import { columnsFor, tableFor } from '../../../src/api/columns/columns.ts';
import { humanDuration } from '../../../src/api/columns/format.ts';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { allKinds, kinds } from '../../../src/api/scheme.ts';
import { cellsOf, creationTimestamp, now } from './cells.ts';

describe('humanDuration', () => {
  const minute = 60;
  const hour = 3600;
  const day = 86_400;
  it.each([
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [10 * minute + 5, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + minute, '3h1m'],
    [9 * hour + minute, '9h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [2 * day + hour, '2d1h'],
    [9 * day + hour, '9d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [731 * day, '2y1d'],
    [9 * 365 * day, '9y'],
  ])('%d s are %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});

const template = {
  spec: {
    containers: [
      { name: 'a', image: 'i:1' },
      { name: 'b', image: 'j' },
    ],
  },
};
const selector = { matchLabels: { app: 'web' } };

it.each<[string, Kind, object, Record<string, unknown>]>([
  [
    'Deployment',
    kinds.Deployment,
    { spec: { replicas: 3, selector, template }, status: { readyReplicas: 2, updatedReplicas: 1 } },
    { Ready: '2/3', 'Up-to-date': 1, Available: 0, Age: '5m', Containers: 'a,b', Images: 'i:1,j', Selector: 'app=web' },
  ],
  ['ReplicaSet', kinds.ReplicaSet, { spec: { replicas: 3, selector }, status: { replicas: 2 } }, { Desired: 3, Current: 2, Ready: 0 }],
  ['StatefulSet', kinds.StatefulSet, { spec: { replicas: 3, template }, status: { readyReplicas: 1 } }, { Ready: '1/3' }],
  ['DaemonSet', kinds.DaemonSet, { spec: { template }, status: { desiredNumberScheduled: 2 } }, { Desired: 2, 'Node Selector': '<none>' }],
  [
    'Job',
    kinds.Job,
    {
      spec: { completions: 3, template },
      status: {
        succeeded: 3,
        startTime: creationTimestamp,
        completionTime: '2026-01-01T23:55:10Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    },
    { Status: 'Complete', Completions: '3/3', Duration: '10s', Selector: '<none>' },
  ],
  [
    'Job under way',
    kinds.Job,
    { spec: { parallelism: 2, template }, status: {} },
    { Status: 'Running', Completions: '0/1 of 2', Duration: '' },
  ],
  [
    'CronJob',
    kinds.CronJob,
    { spec: { schedule: '* * * * *', suspend: false, jobTemplate: {} }, status: { active: [{}] } },
    { Schedule: '* * * * *', Timezone: '<none>', Suspend: 'False', Active: 1, 'Last Schedule': '<none>' },
  ],
  [
    'NodePort service',
    kinds.Service,
    {
      spec: {
        type: 'NodePort',
        clusterIP: '10.96.0.9',
        selector: { b: '2', a: '1' },
        ports: [
          { port: 80, nodePort: 30080, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    },
    { Type: 'NodePort', 'Cluster-IP': '10.96.0.9', 'External-IP': '<none>', 'Port(s)': '80:30080/TCP,53/UDP', Selector: 'a=1,b=2' },
  ],
  [
    'LoadBalancer service',
    kinds.Service,
    { spec: { type: 'LoadBalancer', ports: [] } },
    { 'External-IP': '<pending>', 'Port(s)': '<none>', 'Cluster-IP': '<none>' },
  ],
  [
    'Endpoints',
    kinds.Endpoints,
    { subsets: [{ addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] }] },
    { Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' },
  ],
  [
    'EndpointSlice',
    kinds.EndpointSlice,
    { addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [] },
    { Ports: '80', Endpoints: '<unset>' },
  ],
  ['Ingress', kinds.Ingress, { spec: { rules: [{ host: 'a.b' }, {}], tls: [{}] } }, { Class: '<none>', Hosts: 'a.b', Ports: '80, 443' }],
  [
    'Node',
    kinds.Node,
    {
      metadata: { name: 'n', creationTimestamp, labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'etcd' } },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
    },
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane,etcd',
      'Internal-IP': '172.18.0.2',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
    },
  ],
  ['lost Node', kinds.Node, { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, { Status: 'NotReady', Roles: '<none>' }],
  [
    'Event',
    kinds.Event,
    {
      type: 'Normal',
      reason: 'Pulled',
      message: ' done\n',
      involvedObject: { kind: 'Pod', name: 'p' },
      source: { component: 'kubelet', host: 'n1' },
      firstTimestamp: creationTimestamp,
      lastTimestamp: '2026-01-01T23:59:50Z',
      count: 3,
    },
    { 'Last Seen': '10s', Object: 'pod/p', Message: 'done', Source: 'kubelet, n1', 'First Seen': '5m', Count: 3 },
  ],
  [
    'events.k8s.io Event',
    kinds.EventsEvent,
    { eventTime: '2026-01-01T23:59:50.000000Z', regarding: { kind: 'Pod', name: 'p' }, note: 'hi', reportingController: 'sched' },
    { 'Last Seen': '10s', Object: 'pod/p', Message: 'hi', Source: 'sched', Count: 1 },
  ],
  ['Secret', kinds.Secret, { type: 'Opaque', data: { a: '', b: '' } }, { Type: 'Opaque', Data: 2 }],
  ['ConfigMap', kinds.ConfigMap, { data: { a: '' }, binaryData: { b: '' } }, { Data: 2 }],
  [
    'ResourceQuota',
    kinds.ResourceQuota,
    { status: { hard: { pods: '5', 'limits.cpu': '2', cpu: '1' }, used: { pods: '1' } } },
    { Request: 'cpu: 0/1, pods: 1/5', Limit: 'limits.cpu: 0/2' },
  ],
  [
    'bound PersistentVolumeClaim',
    kinds.PersistentVolumeClaim,
    {
      spec: { volumeName: 'pv', storageClassName: 'std', volumeMode: 'Filesystem' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] },
    },
    { Status: 'Bound', Volume: 'pv', Capacity: '1Gi', 'Access Modes': 'RWO,RWX', StorageClass: 'std', VolumeAttributesClass: '<unset>' },
  ],
  [
    'PersistentVolume',
    kinds.PersistentVolume,
    { spec: { capacity: { storage: '1Gi' }, claimRef: { namespace: 'a', name: 'b' } } },
    { Claim: 'a/b', Reason: '', VolumeMode: '<unset>' },
  ],
  [
    'default StorageClass',
    kinds.StorageClass,
    { metadata: { name: 'std', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'p' },
    { Name: 'std (default)', Age: '<unknown>' },
  ],
  [
    'RoleBinding',
    kinds.RoleBinding,
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', namespace: 'n', name: 's' },
      ],
    },
    { Role: 'Role/r', Users: 'u', Groups: '', ServiceAccounts: 'n/s' },
  ],
  [
    'HorizontalPodAutoscaler',
    kinds.HorizontalPodAutoscaler,
    {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        maxReplicas: 5,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      },
    },
    { Reference: 'Deployment/web', Targets: 'cpu: <unknown>/50%', MinPods: '<unset>', MaxPods: 5, Replicas: 0 },
  ],
  [
    'PodDisruptionBudget',
    kinds.PodDisruptionBudget,
    { spec: { minAvailable: '50%' } },
    { 'Min Available': '50%', 'Max Unavailable': 'N/A' },
  ],
  ['ClusterRole', kinds.ClusterRole, {}, { Name: 'x', 'Created At': creationTimestamp }],
])('%s', (_name, kind, object, cells) => {
  expect(cellsOf(kind, object)).toMatchObject(cells);
});

describe('tables', () => {
  it('have as many cells as columns, for every kind and an object that says nothing', () => {
    const spec = { containers: [], template: {}, jobTemplate: {}, source: {}, scaleTargetRef: {}, priorityLevelConfiguration: {} };
    const bare: Record<string, unknown> = { roleRef: {}, involvedObject: {}, spec };
    for (const kind of allKinds) {
      const { definitions, cells } = columnsFor(kind);
      const row = cells({ metadata: { name: 'x' }, ...bare }, now);
      expect([kind.kind, row.length]).toEqual([kind.kind, definitions.length]);
      expect(definitions.some(({ name, format }) => name === 'Name' && format === 'name')).toBe(true);
    }
  });

  it('carry as much of the object as is asked for', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: '1' } } as KubeObject;
    const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: { name: 'x' } };
    const rowsWith = (includeObject?: 'None' | 'Metadata' | 'Object') =>
      tableFor(kinds.ConfigMap, [object], includeObject === undefined ? { now } : { now, includeObject }).rows[0]?.object;
    expect([rowsWith(), rowsWith('Metadata'), rowsWith('Object'), rowsWith('None')]).toEqual([partial, partial, object, null]);
  });

  it('describe their columns from the API reference', () => {
    const [name, , , , age] = columnsFor(kinds.Pod).definitions;
    expect(name?.description).toContain('Name must be unique within a namespace');
    expect(age).toMatchObject({ name: 'Age', type: 'string', priority: 0 });
  });
});
