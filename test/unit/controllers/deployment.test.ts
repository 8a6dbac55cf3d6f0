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
  return status?.observedGeneration === metadata.generation && available === replicas && status?.updatedReplicas === replicas && status.replicas === replicas;
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
});
