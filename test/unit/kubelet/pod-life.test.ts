import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/api/types/coordination-v1.ts';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import { conditions, container, pod, startNode } from './harness.ts';

describe('the node', () => {
  it('registers with upstream labels, conditions and addresses, and renews its lease', async () => {
    const { api, clock } = await startNode();
    const node = api.get<Node>('nodes', 'node-1');
    expect(node?.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'node-1',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
    });
    expect(node?.status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      'MemoryPressure=False KubeletHasSufficientMemory',
      'DiskPressure=False KubeletHasNoDiskPressure',
      'PIDPressure=False KubeletHasSufficientPID',
      'Ready=True KubeletReady',
    ]);
    expect(node?.status?.addresses).toEqual([
      { type: 'InternalIP', address: '172.18.0.3' },
      { type: 'Hostname', address: 'node-1' },
    ]);
    expect(node?.status?.allocatable).toMatchObject({ cpu: '2', memory: '4Gi', pods: '110' });
    expect(node?.status?.nodeInfo).toMatchObject({ kubeletVersion: 'v1.36.0', containerRuntimeVersion: 'simulated://1.0.0' });
    const first = api.get<Lease>('leases', 'node-1', 'kube-node-lease')?.spec?.renewTime;
    await clock.advance(11_000);
    const second = api.get<Lease>('leases', 'node-1', 'kube-node-lease')?.spec?.renewTime;
    expect(first).toBe('2026-01-01T00:00:00.000000Z');
    expect(second).toBe('2026-01-01T00:00:10.200000Z');
  });

  it('writes its status again only when it changed or after five minutes', async () => {
    const { api, clock } = await startNode();
    const writes = (): number => api.calls.filter((call) => call.startsWith('PATCH /api/v1/nodes/node-1/status')).length;
    await clock.advance(250_000);
    expect(writes()).toBe(0);
    await clock.advance(60_000);
    expect(writes()).toBe(1);
  });
});

describe('a pod', () => {
  it('is pulled, created and started, and becomes Ready', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(1_000);
    const found = node.pod('web');
    expect(found?.status).toMatchObject({
      phase: 'Running',
      hostIP: '172.18.0.3',
      podIP: '10.244.1.2',
      podIPs: [{ ip: '10.244.1.2' }],
      startTime: '2026-01-01T00:00:00Z',
      qosClass: 'BestEffort',
      containerStatuses: [{ name: 'web', ready: true, started: true, restartCount: 0, image: 'web:v1', state: { running: {} } }],
    });
    expect(conditions(found)).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
    expect(node.events('web')).toEqual([
      'Pulling: Pulling image "web:v1"',
      'Pulled: Successfully pulled image "web:v1" in 0s (0s including waiting). Image size: 10000000 bytes.',
      'Created: Container created',
      'Started: Container started',
    ]);
  });

  it('runs its init containers in order before its own', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { initContainers: [container({ name: 'one' }), container({ name: 'two' })] }));
    await node.clock.advance(500);
    expect(node.pod('web')?.status?.phase).toBe('Pending');
    expect(conditions(node.pod('web'))['Initialized']).toBe('False ContainersNotInitialized');
    expect(node.pod('web')?.status?.initContainerStatuses?.map(({ state }) => Object.keys(state ?? {})[0])).toEqual(['running', 'waiting']);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    await node.clock.advance(1_000);
    expect(node.pod('web')?.status?.initContainerStatuses?.map(({ state }) => Object.keys(state ?? {})[0])).toEqual([
      'terminated',
      'running',
    ]);
    await node.clock.advance(1_000);
    expect(node.pod('web')?.status?.phase).toBe('Running');
    expect(conditions(node.pod('web'))).toMatchObject({ Initialized: 'True', Ready: 'True' });
  });

  it('starts a sidecar before its containers and ends it after them', async () => {
    const node = await startNode();
    const spec = { initContainers: [container({ name: 'side', restartPolicy: 'Always' })], restartPolicy: 'Never' };
    node.api.put('pods', pod('work', spec, { containers: { web: { exitAfter: '5s' } } }));
    await node.clock.advance(1_000);
    const running = node.pod('work')?.status;
    expect(running?.initContainerStatuses?.[0]).toMatchObject({ name: 'side', started: true, ready: true });
    expect(running?.phase).toBe('Running');
    await node.clock.advance(5_000);
    const done = node.pod('work')?.status;
    expect(done?.phase).toBe('Succeeded');
    expect(done?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0 });
    expect(conditions(node.pod('work'))).toMatchObject({ Ready: 'False PodCompleted', Initialized: 'True PodCompleted' });
  });

  it.each([
    { name: 'Never and exit 1 is Failed', restartPolicy: 'Never', exitCode: 1, phase: 'Failed', restarts: 0 },
    { name: 'Never and exit 0 is Succeeded', restartPolicy: 'Never', exitCode: 0, phase: 'Succeeded', restarts: 0 },
    { name: 'OnFailure and exit 0 is Succeeded', restartPolicy: 'OnFailure', exitCode: 0, phase: 'Succeeded', restarts: 0 },
    { name: 'OnFailure and exit 1 is restarted', restartPolicy: 'OnFailure', exitCode: 1, phase: 'Running', restarts: 1 },
    { name: 'Always and exit 0 is restarted', restartPolicy: 'Always', exitCode: 0, phase: 'Running', restarts: 1 },
  ])('with restart policy $name', async ({ restartPolicy, exitCode, phase, restarts }) => {
    const node = await startNode();
    node.api.put('pods', pod('work', { restartPolicy }, { exitAfter: '2s', exitCode }));
    await node.clock.advance(3_000);
    expect(node.pod('work')?.status?.phase).toBe(phase);
    expect(node.pod('work')?.status?.containerStatuses?.[0]?.restartCount).toBe(restarts);
  });

  it('backs off a crashing container from 10 s to 5 min', async () => {
    const node = await startNode();
    node.api.put('pods', pod('bad', {}, { crashAfter: '1s', exitCode: 3 }));
    const restarts: number[] = [];
    for (let second = 0; second < 700; second++) {
      await node.clock.advance(1_000);
      const count = node.pod('bad')?.status?.containerStatuses?.[0]?.restartCount ?? 0;
      if (count > restarts.length) restarts.push(second);
    }
    const gaps = restarts.slice(1).map((at, index) => at - (restarts[index] ?? 0));
    expect(gaps).toEqual([11, 21, 41, 81, 161, 301]);
    const [status] = node.pod('bad')?.status?.containerStatuses ?? [];
    expect(status?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 5m0s restarting failed container=web pod=bad_default(uid-of-bad)',
    });
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(node.pod('bad')?.status?.phase).toBe('Running');
    expect(conditions(node.pod('bad'))['Ready']).toBe('False ContainersNotReady');
    expect(
      node
        .events('bad')
        .some((line) => line.startsWith('BackOff: Back-off restarting failed container web in pod bad_default(uid-of-bad)')),
    ).toBe(true);
  });

  it('starts another image at once, whatever the one before it has come to', async () => {
    const node = await startNode();
    node.api.put('pods', pod('bad', {}, { crashAfter: '1s', exitCode: 3 }));
    await node.clock.advance(200_000);
    const count = (): number => node.pod('bad')?.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const before = count();
    const found = node.pod('bad') as Pod;
    node.api.put('pods', { ...found, spec: { ...found.spec, containers: [container({ image: 'web:v2' })] } });
    await node.clock.advance(1_500);
    expect(count()).toBe(before + 1);
    await node.clock.advance(11_500);
    expect(count()).toBe(before + 2);
  });

  it('shows a failed pull as ErrImagePull, then ImagePullBackOff', async () => {
    const node = await startNode();
    node.api.put('pods', pod('nope', {}, { pullError: 'manifest unknown' }));
    await node.clock.advance(1_000);
    expect(node.pod('nope')?.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'ErrImagePull',
      message: 'manifest unknown',
    });
    await node.clock.advance(5_000);
    expect(node.pod('nope')?.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "web:v1": ErrImagePull: manifest unknown',
    });
    expect(node.pod('nope')?.status?.phase).toBe('Pending');
    expect(node.events('nope')).toEqual([
      'Pulling: Pulling image "web:v1"',
      'Failed: Failed to pull image "web:v1": manifest unknown',
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "web:v1"',
      'Failed: Error: ImagePullBackOff',
    ]);
    const pulls = (): number => Number(/x(\d+)/.exec(node.events('nope')[0] ?? '')?.[1] ?? 1);
    await node.clock.advance(5_000);
    expect(pulls()).toBe(2);
    await node.clock.advance(20_000);
    expect(pulls()).toBe(3);
  });

  it.each([
    {
      name: 'an absent image that must not be pulled',
      fields: { imagePullPolicy: 'Never' },
      reason: 'ErrImageNeverPull',
      message: 'Container image "web:v1" is not present with pull policy of Never',
    },
    {
      name: 'a name that is no image name',
      fields: { image: 'Web:v1' },
      reason: 'InvalidImageName',
      message:
        'Failed to apply default image tag "Web:v1": couldn\'t parse image name "Web:v1": invalid reference format: repository name (library/Web) must be lowercase',
    },
    {
      name: 'a missing ConfigMap',
      fields: { envFrom: [{ configMapRef: { name: 'none' } }] },
      reason: 'CreateContainerConfigError',
      message: 'configmap "none" not found',
    },
    {
      name: 'a root user against runAsNonRoot',
      fields: { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
      reason: 'CreateContainerConfigError',
      message: 'container\'s runAsUser breaks non-root policy (pod: "web_default(uid-of-web)", container: web)',
    },
  ])('waits with a reason for $name', async ({ fields, reason, message }) => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container(fields)] }));
    await node.clock.advance(1_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.state?.waiting).toEqual({ reason, message });
  });

  it('starts once the ConfigMap it waits for is there', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container({ envFrom: [{ configMapRef: { name: 'late' } }] })] }));
    await node.clock.advance(1_000);
    node.api.put('configmaps', { metadata: { name: 'late', namespace: 'default' } });
    await node.clock.advance(10_000);
    expect(node.pod('web')?.status?.phase).toBe('Running');
  });

  it('is ended when its activeDeadlineSeconds are over', async () => {
    const node = await startNode();
    node.api.put('pods', pod('slow', { activeDeadlineSeconds: 20 }));
    await node.clock.advance(19_000);
    expect(node.pod('slow')?.status?.phase).toBe('Running');
    await node.clock.advance(2_000);
    expect(node.pod('slow')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('is rejected where the node has not enough left', async () => {
    const node = await startNode();
    const asking = (cpu: string) => ({ containers: [container({ resources: { requests: { cpu } } })] });
    node.api.put('pods', pod('first', asking('1500m')));
    await node.clock.advance(100);
    node.api.put('pods', pod('second', asking('1')));
    await node.clock.advance(100);
    expect(node.pod('first')?.status?.phase).toBe('Running');
    expect(node.pod('second')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000",
    });
    expect(node.pod('second')?.status?.containerStatuses).toBeUndefined();
  });

  it('makes a container anew when its image changes', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(100);
    const old = node.pod('web');
    if (old === undefined) throw new Error('no pod');
    node.api.put('pods', { ...old, spec: { ...old.spec, containers: [container({ image: 'web:v2' })] } });
    await node.clock.advance(100);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ image: 'web:v2', restartCount: 1, state: { running: {} } });
    expect(node.events('web')).toContain('Killing: Container web definition changed, will be restarted');
  });

  it('runs an ephemeral container that is added', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(100);
    const old = node.pod('web');
    if (old === undefined) throw new Error('no pod');
    node.api.put('pods', { ...old, spec: { containers: [], ...old.spec, ephemeralContainers: [container({ name: 'debug' })] } });
    await node.clock.advance(100);
    expect(node.pod('web')?.status?.ephemeralContainerStatuses?.[0]).toMatchObject({ name: 'debug', state: { running: {} } });
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it('holds an ephemeral container back whose target does not exist', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(1_000);
    const old = node.pod('web');
    if (old === undefined) throw new Error('no pod');
    const debug = { ...container({ name: 'debug' }), targetContainerName: 'nobody' };
    node.api.put('pods', { ...old, spec: { containers: [], ...old.spec, ephemeralContainers: [debug] } });
    await node.clock.advance(2_000);
    expect(node.pod('web')?.status?.ephemeralContainerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'unable to find target container nobody',
    });
  });
});
