import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Deployment } from '../../../src/api/types/apps-v1.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world.stop());

const deployment = (change: (one: Deployment) => void = () => undefined): Deployment => {
  const one: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  };
  change(one);
  return one;
};
const read = () => world.client.get(kinds.Deployment, 'web', 'default');
const complete = async (replicas: number): Promise<boolean> => {
  const { status, metadata } = await read();
  const available = status?.availableReplicas ?? 0;
  return (
    status?.observedGeneration === metadata.generation &&
    available === replicas &&
    status?.updatedReplicas === replicas &&
    status.replicas === replicas
  );
};

describe('a Deployment', () => {
  it('comes up with a revision, conditions and events', async () => {
    world = await startWorld();
    await world.client.create(kinds.Deployment, deployment());
    await world.until('3 available', () => complete(3));
    const { metadata, status } = await read();
    expect(metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
    const [set] = await world.list(kinds.ReplicaSet);
    expect(set?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    expect(status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message])).toEqual(
      expect.arrayContaining([
        ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
        ['Progressing', 'True', 'NewReplicaSetAvailable', `ReplicaSet "${set?.metadata.name}" has successfully progressed.`],
      ]),
    );
    expect(await world.events('ScalingReplicaSet')).toEqual([`Scaled up replica set ${set?.metadata.name} from 0 to 3`]);
    expect(world.logged).toEqual([]);
  });

  const setImage = (image: string) =>
    world.client.patch(kinds.Deployment, 'web', 'default', { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } });

  it('rolls to a new template without falling below what must be available, and back', async () => {
    world = await startWorld();
    await world.client.create(kinds.Deployment, deployment());
    await world.until('3 available', () => complete(3));
    let least = 3;
    let most = 3;
    const watching = new AbortController();
    const seen = (async () => {
      for await (const { object } of world.client.watch(kinds.Deployment, { namespace: 'default', signal: watching.signal })) {
        least = Math.min(least, object.status?.availableReplicas ?? 3);
        most = Math.max(most, object.status?.replicas ?? 0);
      }
    })();
    await setImage('web:2');
    await world.until('rolled', () => complete(3));
    watching.abort();
    await seen;
    expect({ least, most }).toEqual({ least: 3, most: 4 });
    const sets = await world.list(kinds.ReplicaSet);
    expect(sets.map((set) => set.spec?.replicas).sort()).toEqual([0, 3]);
    expect((await world.list(kinds.Pod)).map((pod) => pod.spec?.containers[0]?.image)).toEqual(['web:2', 'web:2', 'web:2']);
    expect((await read()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');

    await setImage('web:1');
    await world.until('rolled back', () => complete(3));
    expect(await world.list(kinds.ReplicaSet)).toHaveLength(2);
    expect((await read()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    const old = (await world.list(kinds.ReplicaSet)).find((set) => set.spec?.replicas === 3);
    expect(old?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
  });

  it('keeps the old pods when the new template never becomes ready, and says when the deadline has passed', async () => {
    world = await startWorld({ pod: (pod) => (pod.spec?.containers[0]?.image === 'web:bad' ? 'running' : 'ready') });
    await world.client.create(
      kinds.Deployment,
      deployment((one) => Object.assign(one.spec ?? {}, { progressDeadlineSeconds: 30 })),
    );
    await world.until('3 available', () => complete(3));
    await setImage('web:bad');
    await world.until('one bad pod', async () => (await read()).status?.updatedReplicas === 1);
    await world.clock.advance(40_000);
    await world.until('deadline', async () => {
      const condition = (await read()).status?.conditions?.find(({ type }) => type === 'Progressing');
      return condition?.status === 'False' && condition.reason === 'ProgressDeadlineExceeded';
    });
    expect((await read()).status?.availableReplicas).toBe(3);
  });

  it('starts no new pod before the last old one is gone under Recreate', async () => {
    world = await startWorld();
    await world.client.create(
      kinds.Deployment,
      deployment((one) => Object.assign(one.spec ?? {}, { strategy: { type: 'Recreate' } })),
    );
    await world.until('3 available', () => complete(3));
    let mixed = false;
    const watching = new AbortController();
    const seen = (async () => {
      const images = new Map<string, string>();
      for await (const { type, object } of world.client.watch(kinds.Pod, { namespace: 'default', signal: watching.signal })) {
        if (type === 'DELETED') images.delete(object.metadata.uid ?? '');
        else images.set(object.metadata.uid ?? '', object.spec?.containers[0]?.image ?? '');
        mixed ||= new Set(images.values()).size > 1;
      }
    })();
    await setImage('web:2');
    await world.until('recreated', () => complete(3));
    watching.abort();
    await seen;
    expect(mixed).toBe(false);
  });

  it('does not roll while paused, scales all the same, and goes on when resumed', async () => {
    world = await startWorld();
    await world.client.create(kinds.Deployment, deployment());
    await world.until('3 available', () => complete(3));
    await world.client.patch(kinds.Deployment, 'web', 'default', { spec: { paused: true } });
    await setImage('web:2');
    await world.client.patch(kinds.Deployment, 'web', 'default', { spec: { replicas: 5 } });
    await world.until('5 old pods', async () => (await read()).status?.availableReplicas === 5);
    expect((await read()).status?.conditions).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' })]),
    );
    expect(await world.list(kinds.ReplicaSet)).toHaveLength(1);
    await world.client.patch(kinds.Deployment, 'web', 'default', { spec: { paused: false } });
    await world.until('5 new pods', () => complete(5));
  });

  it('counts revisions on from those of a set that it adopts, however large', async () => {
    world = await startWorld();
    const { spec } = deployment();
    await world.client.create(kinds.ReplicaSet, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'older',
        namespace: 'default',
        labels: { app: 'web' },
        annotations: { 'deployment.kubernetes.io/revision': '3546343826724305832' },
      },
      spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: spec?.template ?? {} },
    });
    await world.client.create(
      kinds.Deployment,
      deployment((one) => Object.assign(one.spec?.template.spec?.containers[0] ?? {}, { image: 'web:2' })),
    );
    await world.until('3 new pods', () => complete(3));
    expect((await read()).metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '3546343826724305833' });
  });

  it('keeps no more old sets than revisionHistoryLimit', async () => {
    world = await startWorld();
    await world.client.create(
      kinds.Deployment,
      deployment((one) => Object.assign(one.spec ?? {}, { revisionHistoryLimit: 1 })),
    );
    await world.until('3 available', () => complete(3));
    for (const image of ['web:2', 'web:3', 'web:4']) {
      await setImage(image);
      await world.until(image, () => complete(3));
    }
    await world.until('cleaned', async () => (await world.list(kinds.ReplicaSet)).length === 2);
  });

  it('takes its ReplicaSets and pods along when deleted', async () => {
    world = await startWorld();
    await world.client.create(kinds.Deployment, deployment());
    await world.until('3 available', () => complete(3));
    await world.client.delete(kinds.Deployment, 'web', 'default', { propagationPolicy: 'Foreground' });
    await world.until('all gone', async () => (await world.list(kinds.Deployment)).length === 0);
    expect(await world.list(kinds.ReplicaSet)).toEqual([]);
    await world.until('pods gone', async () => (await world.list(kinds.Pod)).length === 0);
  });

  it('leaves its ReplicaSet behind when deleted with Orphan', async () => {
    world = await startWorld();
    await world.client.create(kinds.Deployment, deployment());
    await world.until('3 available', () => complete(3));
    await world.client.delete(kinds.Deployment, 'web', 'default', { propagationPolicy: 'Orphan' });
    await world.until('gone', async () => (await world.list(kinds.Deployment)).length === 0);
    const [set] = await world.list(kinds.ReplicaSet);
    expect(set?.metadata.ownerReferences ?? []).toEqual([]);
    expect(await world.list(kinds.Pod)).toHaveLength(3);
  });

  it('brings ten pods to Ready without waiting for a period of any loop', async () => {
    world = await startWorld();
    const began = world.clock.now();
    await world.client.create(
      kinds.Deployment,
      deployment((one) => Object.assign(one.spec ?? {}, { replicas: 10 })),
    );
    await world.until('10 available', () => complete(10));
    expect(world.clock.now() - began).toBeLessThan(50);
  });
});
