import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { healthGoal } from '../../../src/controllers/disruption/disruption.ts';
import { startWorld, type World } from './harness.ts';
import { container, webSet, webTemplate } from './objects.ts';

describe('healthGoal', () => {
  it.each([
    ['a number that must stay', { minAvailable: 2 }, 5, 5, { expected: 5, desired: 2 }],
    ['a share that must stay, rounded up', { minAvailable: '50%' }, 5, 5, { expected: 5, desired: 3 }],
    ['a number that may go', { maxUnavailable: 1 }, 4, 5, { expected: 5, desired: 4 }],
    ['a share that may go, rounded up', { maxUnavailable: '30%' }, 5, 5, { expected: 5, desired: 3 }],
    ['more may go than there are', { maxUnavailable: 9 }, 2, 2, { expected: 2, desired: 0 }],
  ])('%s', (_, spec, pods, scale, goal) => {
    expect(healthGoal({ metadata: {}, spec }, pods, scale)).toEqual(goal);
  });
});

describe('in a cluster', () => {
  let world: World;
  afterEach(() => world.stop());
  const startSet = (replicas: number) =>
    world.client.create(
      kinds.ReplicaSet,
      webSet(replicas, {
        template: { ...webTemplate, spec: { containers: [{ ...container, resources: { requests: { cpu: '100m' } } }] } },
      }),
    );

  it('a PodDisruptionBudget says how many pods may go', async () => {
    world = await startWorld();
    await world.client.create(kinds.PodDisruptionBudget, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
    await startSet(3);
    const status = async () => (await world.client.get(kinds.PodDisruptionBudget, 'web', 'default')).status;
    await world.until('counted', async () => (await status())?.currentHealthy === 3);
    expect(await status()).toMatchObject({ expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1, observedGeneration: 1 });
    expect((await status())?.conditions).toEqual([
      expect.objectContaining({ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }),
    ]);
  });

  it('a PodDisruptionBudget allows nothing where it cannot know how many pods there should be', async () => {
    world = await startWorld();
    const budget = (name: string, spec: object) =>
      world.client.create(kinds.PodDisruptionBudget, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace: 'default' },
        spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
      });
    await budget('share', { minAvailable: '50%' });
    await budget('number', { minAvailable: 0 });
    const pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [container], restartPolicy: 'Never' } };
    await world.client.create(kinds.Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      ...pod,
      metadata: { name: 'alone', namespace: 'default', ...pod.metadata },
    });
    await world.until('the event', async () => (await world.events('UnmanagedPods')).length > 0);
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work', namespace: 'default' }, spec: { template: pod } };
    await world.client.create(kinds.Job, job);
    const status = async (name: string) => (await world.client.get(kinds.PodDisruptionBudget, name, 'default')).status;
    await world.until('counted', async () => (await status('number'))?.currentHealthy === 2);
    await world.until('given up', async () => (await status('share'))?.conditions?.[0]?.reason === 'SyncFailed');
    expect((await status('share'))?.conditions?.[0]).toMatchObject({
      type: 'DisruptionAllowed',
      status: 'False',
      message: 'jobs.batch does not implement the scale subresource',
    });
    expect(await world.events('CalculateExpectedPodCountFailed')).toContain(
      'Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource',
    );
    expect((await status('number'))?.disruptionsAllowed).toBe(2);
  });

  it('a pod that was to be disrupted and is not is told so', async () => {
    world = await startWorld({ pod: () => 'hold' });
    await startSet(1);
    await world.until('the pod', async () => (await world.list(kinds.Pod)).length === 1);
    const [pod] = await world.list(kinds.Pod);
    const lastTransitionTime = new Date(world.clock.now()).toISOString();
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', lastTransitionTime };
    const patch = { status: { conditions: [condition] } };
    await world.client.patch(kinds.Pod, pod?.metadata.name ?? '', 'default', patch, { subresource: 'status' });
    const target = async () => (await world.list(kinds.Pod))[0]?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    await world.clock.advance(110_000);
    expect((await target())?.status).toBe('True');
    await world.clock.advance(15_000);
    expect((await target())?.status).toBe('False');
  });

  it('a ResourceQuota counts what is there and gives back what goes', async () => {
    world = await startWorld();
    await startSet(3);
    await world.until('three', async () => (await world.list(kinds.Pod)).length === 3);
    await world.client.create(kinds.ResourceQuota, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'all', namespace: 'default' },
      spec: { hard: { pods: '10', 'requests.cpu': '2', 'count/replicasets.apps': '5', services: '4' } },
    });
    const status = async () => (await world.client.get(kinds.ResourceQuota, 'all', 'default')).status;
    await world.until('counted', async () => (await status())?.used?.['pods'] === '3');
    expect(await status()).toEqual({
      hard: { pods: '10', 'requests.cpu': '2', 'count/replicasets.apps': '5', services: '4' },
      // The API server's own Service is in this namespace.
      used: { pods: '3', 'requests.cpu': '300m', 'count/replicasets.apps': '1', services: '1' },
    });
    await world.client.patch(kinds.ReplicaSet, 'web', 'default', { spec: { replicas: 1 } });
    await world.until('given back', async () => (await status())?.used?.['pods'] === '1');
    expect((await status())?.used?.['requests.cpu']).toBe('100m');
  });

  it('a ResourceQuota gives back what leaves its scope', async () => {
    world = await startWorld();
    const metadata = { namespace: 'default' };
    await world.client.create(kinds.ResourceQuota, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { ...metadata, name: 'gold' },
      spec: {
        hard: { persistentvolumeclaims: '1' },
        scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }] },
      },
    });
    const used = async () => (await world.client.get(kinds.ResourceQuota, 'gold', 'default')).status?.used?.['persistentvolumeclaims'];
    await world.until('counted', async () => (await used()) === '0');
    const claim = await world.client.create(kinds.PersistentVolumeClaim, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...metadata, name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeAttributesClassName: 'silver' },
    });
    const isOf = async (currentVolumeAttributesClassName: string) => {
      const now = await world.client.get(kinds.PersistentVolumeClaim, 'c', 'default');
      await world.client.updateStatus(kinds.PersistentVolumeClaim, {
        ...now,
        status: { ...claim.status, currentVolumeAttributesClassName },
      });
    };
    await isOf('gold');
    expect(await used()).toBe('1');
    await isOf('silver');
    await world.until('given back', async () => (await used()) === '0');
  });

  it('an aggregated ClusterRole has the rules of those it selects', async () => {
    world = await startWorld();
    const rule = (resource: string) => ({ apiGroups: ['example.com'], resources: [resource], verbs: ['get'] });
    const role = (name: string, rules: object[], extra: object = {}, labels = {}) =>
      world.client.create(kinds.ClusterRole, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name, labels },
        rules: rules as { verbs: string[] }[],
        ...extra,
      });
    await role('sum', [], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { into: 'sum' } }] } });
    await role('part-b', [rule('b'), rule('a')], {}, { into: 'sum' });
    await role('part-a', [rule('a')], {}, { into: 'sum' });
    await role('other', [rule('c')]);
    await world.until('filled', async () => (await world.client.get(kinds.ClusterRole, 'sum')).rules?.length === 2);
    expect((await world.client.get(kinds.ClusterRole, 'sum')).rules).toEqual([rule('a'), rule('b')]);
  });
});
