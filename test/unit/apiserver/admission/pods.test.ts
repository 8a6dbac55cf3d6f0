import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../../src/api/scheme.ts';
import { createWorld, pod, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
const create = (spec: object = {}, metadata: object = {}) => world.admit(kinds.Pod, pod(spec, metadata));

describe('a plain pod', () => {
  test('gets its account, token, priority and tolerations', async () => {
    const { spec } = await create();
    expect(spec).toEqual({
      containers: [
        {
          name: 'c',
          image: 'i',
          volumeMounts: [{ name: 'kube-api-access-bbbbb', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
        },
      ],
      serviceAccountName: 'default',
      serviceAccount: 'default',
      volumes: [
        {
          name: 'kube-api-access-bbbbb',
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
            ],
          },
        },
      ],
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    });
  });
});

describe('ServiceAccount', () => {
  test('an account that is missing', async () => {
    await expect(create({ serviceAccountName: 'ghost' })).rejects.toMatchObject({
      code: 403,
      message: 'pods "web" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
    });
  });
  test.each<[string, object, object, boolean]>([
    ['the account says no', { automountServiceAccountToken: false }, {}, false],
    ['the pod says yes over it', { automountServiceAccountToken: false }, { automountServiceAccountToken: true }, true],
    ['the pod says no', {}, { automountServiceAccountToken: false }, false],
  ])('%s', async (_name, account, spec, mounted) => {
    await world.put(kinds.ServiceAccount, { metadata: { name: 'default', namespace: 'default' }, ...account });
    expect((await create(spec)).spec?.volumes !== undefined).toBe(mounted);
  });
  test('a container that mounts the path itself is left alone, and pull secrets come along', async () => {
    await world.put(kinds.ServiceAccount, { metadata: { name: 'default', namespace: 'default' }, imagePullSecrets: [{ name: 'hub' }] });
    const mounts = [{ name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }];
    const { spec } = await create({ containers: [{ name: 'c', volumeMounts: mounts }], volumes: [{ name: 'own', emptyDir: {} }] });
    expect([spec?.containers[0]?.volumeMounts, spec?.volumes, spec?.imagePullSecrets]).toEqual([
      mounts,
      [{ name: 'own', emptyDir: {} }],
      [{ name: 'hub' }],
    ]);
  });
});

describe('Priority', () => {
  beforeEach(async () => {
    await world.put(kinds.PriorityClass, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
  });
  test('by class', async () => {
    expect((await create({ priorityClassName: 'high' })).spec).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' });
  });
  test('by the default class', async () => {
    await world.put(kinds.PriorityClass, { metadata: { name: 'normal' }, value: 5, globalDefault: true });
    expect((await create()).spec).toMatchObject({ priorityClassName: 'normal', priority: 5 });
    await expect(world.admit(kinds.PriorityClass, { metadata: { name: 'two' }, value: 6, globalDefault: true })).rejects.toThrow(
      'priorityclasses.scheduling.k8s.io "two" is forbidden: PriorityClass normal is already marked as default. Only one default can exist',
    );
  });
  test.each([
    ['an unknown class', { priorityClassName: 'ghost' }, 'no PriorityClass with name ghost was found'],
    [
      'a number of one’s own',
      { priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
  ])('%s', async (_name, spec, text) => {
    await expect(create(spec)).rejects.toThrow(`pods "web" is forbidden: ${text}`);
  });
});

describe('DefaultTolerationSeconds', () => {
  test('leaves tolerations that already cover the taint', async () => {
    const tolerations = [{ operator: 'Exists' }];
    expect((await create({ tolerations })).spec?.tolerations).toEqual(tolerations);
    const own = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }];
    expect((await create({ tolerations: own })).spec?.tolerations).toHaveLength(2);
  });
});

describe('RuntimeClass', () => {
  beforeEach(() =>
    world.put(kinds.RuntimeClass, {
      metadata: { name: 'vm' },
      handler: 'vm',
      overhead: { podFixed: { cpu: '100m' } },
      scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
    }),
  );
  test('adds overhead and scheduling', async () => {
    const { spec } = await create({ runtimeClassName: 'vm', nodeSelector: { a: 'b' } });
    expect(spec).toMatchObject({ overhead: { cpu: '100m' }, nodeSelector: { a: 'b', vm: 'yes' } });
    expect(spec?.tolerations).toContainEqual({ key: 'vm', operator: 'Exists' });
  });
  test.each([
    ['missing', { runtimeClassName: 'ghost' }, 'pod rejected: RuntimeClass "ghost" not found'],
    [
      'in conflict',
      { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      'conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    ],
    [
      'overhead without a class',
      { overhead: { cpu: '1' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
  ])('%s', async (_name, spec, text) => {
    await expect(create(spec)).rejects.toThrow(`pods "web" is forbidden: ${text}`);
  });
});

describe('LimitRanger', () => {
  const range = (...limits: object[]) => world.put(kinds.LimitRange, { metadata: { name: 'l', namespace: 'default' }, spec: { limits } });
  const container = (requests: object, limits: object) => ({ containers: [{ name: 'c', resources: { requests, limits } }] });

  test('fills in defaults and says so', async () => {
    await range({ type: 'Container', default: { cpu: '500m', memory: '1Gi' }, defaultRequest: { cpu: '100m' } });
    const created = await create(container({ memory: '2Mi' }, { memory: '4Mi' }));
    expect(created.spec?.containers[0]?.resources).toEqual({
      requests: { memory: '2Mi', cpu: '100m' },
      limits: { memory: '4Mi', cpu: '500m' },
    });
    expect(created.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    });
  });

  test.each<[string, object, object, string]>([
    [
      'below the least',
      { type: 'Container', min: { cpu: '100m' } },
      container({ cpu: '50m' }, {}),
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    ['no request', { type: 'Container', min: { cpu: '100m' } }, {}, 'minimum cpu usage per Container is 100m.  No request is specified'],
    [
      'above the most',
      { type: 'Container', max: { memory: '1Gi' } },
      container({}, { memory: '2Gi' }),
      'maximum memory usage per Container is 1Gi, but limit is 2Gi',
    ],
    ['no limit', { type: 'Container', max: { memory: '1Gi' } }, {}, 'maximum memory usage per Container is 1Gi.  No limit is specified'],
    [
      'too wide a ratio',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      container({ cpu: '100m' }, { cpu: '300m' }),
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
    [
      'the pod as a whole',
      { type: 'Pod', max: { cpu: '1' } },
      container({}, { cpu: '2' }),
      'maximum cpu usage per Pod is 1, but limit is 2',
    ],
    [
      'several at once',
      { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
      container({}, { cpu: '2', memory: '2Gi' }),
      '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
  ])('%s', async (_name, limit, spec, text) => {
    await range(limit);
    await expect(create(spec)).rejects.toMatchObject({ code: 403, message: `pods "web" is forbidden: ${text}` });
  });

  test('claims', async () => {
    await range({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
    const claim = (storage: string) => ({ metadata: { name: 'd', namespace: 'default' }, spec: { resources: { requests: { storage } } } });
    await world.admit(kinds.PersistentVolumeClaim, claim('2Gi'));
    await expect(world.admit(kinds.PersistentVolumeClaim, claim('3Gi'))).rejects.toThrow(
      'persistentvolumeclaims "d" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
  });
});

describe('PodSecurity', () => {
  const enforce = (level: string, further: object = {}) =>
    world.put(kinds.Namespace, { metadata: { name: 'default', labels: { 'pod-security.kubernetes.io/enforce': level, ...further } } });
  const strict = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'c', image: 'i', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  };

  test('restricted, as upstream words it', async () => {
    await enforce('restricted');
    await create(strict);
    await expect(create()).rejects.toMatchObject({
      code: 403,
      message:
        'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    });
  });
  test.each<[string, object, string]>([
    ['host namespaces', { hostNetwork: true, hostPID: true }, 'host namespaces (hostNetwork=true, hostPID=true)'],
    ['host path', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }, 'hostPath volumes (volume "h")'],
    [
      'privileged',
      { containers: [{ name: 'c', securityContext: { privileged: true } }] },
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    ['host port', { containers: [{ name: 'c', ports: [{ hostPort: 80 }] }] }, 'hostPort (container "c" uses hostPort 80)'],
    [
      'capabilities',
      { containers: [{ name: 'c', securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } } }] },
      'non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
  ])('baseline: %s', async (_name, spec, text) => {
    await enforce('baseline', { 'pod-security.kubernetes.io/enforce-version': 'v1.36' });
    await create();
    await expect(create(spec)).rejects.toThrow(`pods "web" is forbidden: violates PodSecurity "baseline:v1.36": ${text}`);
  });
  test('a Deployment of such pods is let through with a warning', async () => {
    await world.put(kinds.Namespace, { metadata: { name: 'default', labels: { 'pod-security.kubernetes.io/warn': 'baseline' } } });
    const warnings: string[] = [];
    const deployment = { metadata: { name: 'd', namespace: 'default' }, spec: { template: { spec: { hostIPC: true, containers: [] } } } };
    await world.admit(kinds.Deployment, deployment, { warn: (text) => warnings.push(text) });
    expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostIPC=true)']);
  });
});
