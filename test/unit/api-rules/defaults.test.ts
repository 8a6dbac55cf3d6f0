import { describe, expect, test } from 'vitest';
import { applyDefaults } from '../../../src/api/defaults/defaults.ts';
import { defaultPullPolicy } from '../../../src/api/image-name.ts';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import type { PodSpec } from '../../../src/api/types/core-v1.ts';
import { deployment, job, kinds, pod, service } from './objects.ts';

function defaulted<T extends KubeObject>(kind: Kind<T>, object: T): T {
  applyDefaults(kind as Kind, object);
  return object;
}

describe('a pod', () => {
  test('gets every field that upstream fills', () => {
    expect(defaulted(kinds.Pod, pod()).spec).toEqual({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
      enableServiceLinks: true,
      containers: [
        {
          name: 'app',
          image: 'app:v1',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
    });
  });

  test("a pod's first address is its only one for old clients", () => {
    expect(defaulted(kinds.Pod, { ...pod(), status: { podIP: '10.0.0.1' } }).status?.podIPs).toEqual([{ ip: '10.0.0.1' }]);
    expect(defaulted(kinds.Pod, { ...pod(), status: { podIPs: [{ ip: '10.0.0.1' }] } }).status?.podIP).toBe('10.0.0.1');
    const both = { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] };
    expect(defaulted(kinds.Pod, { ...pod(), status: both }).status?.podIPs).toEqual([{ ip: '10.0.0.2' }]);
  });

  test("a node's first range is its only one for old clients", () => {
    expect(defaulted(kinds.Node, { metadata: { name: 'n' }, spec: { podCIDR: '10.1.0.0/24' } }).spec).toMatchObject({
      podCIDRs: ['10.1.0.0/24'],
    });
    expect(defaulted(kinds.Node, { metadata: { name: 'n' }, spec: { podCIDRs: ['10.1.0.0/24', 'fd00::/64'] } }).spec).toMatchObject({
      podCIDR: '10.1.0.0/24',
    });
    const both = { podCIDR: '10.2.0.0/24', podCIDRs: ['10.1.0.0/24', 'fd00::/64'] };
    expect(defaulted(kinds.Node, { metadata: { name: 'n' }, spec: both }).spec).toMatchObject({ podCIDRs: ['10.2.0.0/24'] });
  });

  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    // Said once more when it is pulled: no name of an image.
    ['Nginx', 'IfNotPresent'],
    ['nginx:', 'IfNotPresent'],
  ])('image %s is pulled %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });

  const cases: { name: string; spec: Partial<PodSpec>; expected: Partial<PodSpec> }[] = [
    {
      name: 'probes',
      spec: { containers: [{ name: 'a', image: 'a:1', livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { grpc: { port: 1 } } }] },
      expected: {
        containers: [
          expect.objectContaining({
            livenessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            readinessProbe: expect.objectContaining({ grpc: { port: 1, service: '' } }),
          }),
        ],
      },
    },
    {
      name: 'limits as requests',
      spec: { containers: [{ name: 'a', image: 'a:1', resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } } }] },
      expected: {
        containers: [
          expect.objectContaining({ resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } } }),
        ],
      },
    },
    {
      name: 'host ports on the host network',
      spec: { hostNetwork: true, containers: [{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }] },
      expected: { containers: [expect.objectContaining({ ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] })] },
    },
    {
      name: 'volumes',
      spec: {
        volumes: [
          { name: 'none' },
          { name: 'config', configMap: { name: 'c' } },
          { name: 'host', hostPath: { path: '/x' } },
          { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
        ],
      },
      expected: {
        volumes: [
          { name: 'none', emptyDir: {} },
          { name: 'config', configMap: { name: 'c', defaultMode: 420 } },
          { name: 'host', hostPath: { path: '/x', type: '' } },
          {
            name: 'token',
            projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] },
          },
        ],
      },
    },
    { name: 'both spellings of the service account', spec: { serviceAccountName: 'bot' }, expected: { serviceAccount: 'bot' } },
    {
      name: 'pod-level requests from the containers',
      spec: {
        resources: { limits: { cpu: '3', memory: '1Gi' } },
        containers: [
          { name: 'a', image: 'a:1', resources: { requests: { cpu: '500m' } } },
          { name: 'b', image: 'b:1', resources: { requests: { cpu: '1' } } },
        ],
      },
      expected: { resources: { limits: { cpu: '3', memory: '1Gi' }, requests: { cpu: '1500m', memory: '1Gi' } } },
    },
  ];
  test.each(cases)('fills $name', ({ spec, expected }) => {
    expect(defaulted(kinds.Pod, pod(spec)).spec).toMatchObject(expected);
  });

  test('reads explicit zero values back as absent', () => {
    const { spec } = defaulted(kinds.Pod, pod({ hostNetwork: false, containers: [{ name: 'a', image: 'a:1', tty: false, stdin: true }] }));
    expect(spec).not.toHaveProperty('hostNetwork');
    expect(spec?.containers[0]).not.toHaveProperty('tty');
    expect(spec?.containers[0]?.stdin).toBe(true);
  });
});

test('a pod template gets no requests from limits and no service links', () => {
  const limits = { cpu: '1' };
  const object = deployment();
  Object.assign(object.spec?.template.spec?.containers[0] ?? {}, { resources: { limits } });
  const spec = defaulted(kinds.Deployment, object).spec?.template.spec;
  expect(spec?.containers[0]?.resources).toEqual({ limits });
  expect(spec).not.toHaveProperty('enableServiceLinks');
});

const rows: { name: string; kind: Kind; object: object; expected: object }[] = [
  {
    name: 'Deployment',
    kind: kinds.Deployment as Kind,
    object: deployment(),
    expected: {
      spec: {
        replicas: 1,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    },
  },
  {
    name: 'DaemonSet',
    kind: kinds.DaemonSet as Kind,
    object: deployment(),
    expected: {
      spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } },
      status: { numberReady: 0, desiredNumberScheduled: 0 },
    },
  },
  {
    name: 'StatefulSet',
    kind: kinds.StatefulSet as Kind,
    object: deployment(),
    expected: {
      spec: {
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    },
  },
  {
    name: 'Job',
    kind: kinds.Job as Kind,
    object: job(),
    expected: {
      spec: { completions: 1, parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', podReplacementPolicy: 'TerminatingOrFailed' },
    },
  },
  {
    name: 'Job as a work queue',
    kind: kinds.Job as Kind,
    object: job({ parallelism: 3 }),
    expected: { spec: expect.not.objectContaining({ completions: expect.anything() }) },
  },
  {
    name: 'Service',
    kind: kinds.Service as Kind,
    object: service({ type: 'NodePort', ports: [{ port: 80 }] }),
    expected: {
      spec: {
        sessionAffinity: 'None',
        externalTrafficPolicy: 'Cluster',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
      },
    },
  },
  {
    name: 'Secret',
    kind: kinds.Secret as Kind,
    object: { metadata: { name: 's' }, data: { a: 'eA==' }, stringData: { b: 'y' } },
    expected: { type: 'Opaque', data: { a: 'eA==', b: 'eQ==' } },
  },
  {
    name: 'Namespace',
    kind: kinds.Namespace as Kind,
    object: { metadata: { name: 'team' } },
    expected: { metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } } },
  },
  {
    name: 'NetworkPolicy',
    kind: kinds.NetworkPolicy as Kind,
    object: { metadata: { name: 'p' }, spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } },
    expected: { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] } },
  },
  {
    name: 'RoleBinding',
    kind: kinds.RoleBinding as Kind,
    object: { metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] },
    expected: { roleRef: { apiGroup: 'rbac.authorization.k8s.io' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }] },
  },
  {
    name: 'HorizontalPodAutoscaler',
    kind: kinds.HorizontalPodAutoscaler as Kind,
    object: { metadata: { name: 'h' }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } } },
    expected: { spec: { minReplicas: 1, metrics: [{ type: 'Resource', resource: { target: { averageUtilization: 80 } } }] } },
  },
  {
    name: 'CustomResourceDefinition',
    kind: kinds.CustomResourceDefinition as Kind,
    object: { metadata: { name: 'x' }, spec: { names: { kind: 'CronTab', plural: 'crontabs' } } },
    expected: { spec: { names: { singular: 'crontab', listKind: 'CronTabList' }, conversion: { strategy: 'None' } } },
  },
];
test.each(rows)('$name gets its defaults', ({ kind, object, expected }) => {
  const copy = structuredClone(object) as KubeObject;
  applyDefaults(kind, copy);
  expect(copy).toMatchObject(expected);
});

test.each(rows)('$name: defaulting twice changes nothing more', ({ kind, object }) => {
  const once = structuredClone(object) as KubeObject;
  applyDefaults(kind, once);
  const twice = structuredClone(once);
  applyDefaults(kind, twice);
  expect(twice).toEqual(once);
});
