import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { ControlPlaneFault } from '../../../src/chaos/fault.ts';
import type { InProcessCluster } from '../../support/in-process.ts';
import { chaosCluster } from './fixture.ts';

let chaos: Awaited<ReturnType<typeof chaosCluster>>;
let cluster: InProcessCluster;
beforeAll(async () => {
  chaos = await chaosCluster();
  cluster = chaos.cluster;
});
afterAll(() => cluster.stop());

const broken = async (name: string, controlPlane: ControlPlaneFault, duration = '10m'): Promise<void> => {
  await chaos.apply(name, { duration, controlPlane });
  await chaos.phase(name, 'Active');
};
const podSpec = { containers: [{ name: 'main', image: 'website:v1.0' }] };
const runPod = (name: string): Promise<unknown> =>
  cluster.client.create(kinds.Pod, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: podSpec });
const nodeOf = async (name: string): Promise<string | undefined> => (await cluster.client.get(kinds.Pod, name, 'default')).spec?.nodeName;
const deploy = (name: string, replicas = 2): Promise<unknown> =>
  cluster.client.create(kinds.Deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: podSpec } },
  });
const ready = async (name: string): Promise<number> =>
  (await cluster.client.get(kinds.Deployment, name, 'default')).status?.readyReplicas ?? 0;
const podsOf = async (name: string): Promise<number> =>
  (await cluster.client.list(kinds.Pod, { namespace: 'default', labelSelector: `app=${name}` })).items.length;

describe('faults of the control plane', () => {
  it.each(['Stall', 'Crash'] as const)('%s: the scheduler places nothing, and all that waited afterwards', async (action) => {
    const name = `scheduler-${action.toLowerCase()}`;
    await broken(name, { action, component: 'scheduler' });
    await runPod(name);
    // A Deployment comes as far as its pods, which shows that time has passed and that everything else works.
    await deploy(name);
    await expect.poll(() => podsOf(name)).toBe(2);
    expect(await nodeOf(name)).toBeUndefined();
    await chaos.remove(name);
    await expect.poll(() => nodeOf(name)).toMatch(/^node-/);
    await expect.poll(() => ready(name)).toBe(2);
  });

  it.each(['Stall', 'Crash'] as const)('%s: one controller does nothing, the others go on', async (action) => {
    const name = `controller-${action.toLowerCase()}`;
    await broken(name, { action, component: 'controller', controller: 'replicaset-controller' });
    await deploy(name);
    const sets = async (): Promise<number> =>
      (await cluster.client.list(kinds.ReplicaSet, { namespace: 'default', labelSelector: `app=${name}` })).items.length;
    await expect.poll(sets).toBe(1);
    await runPod(name);
    await expect.poll(() => nodeOf(name)).toMatch(/^node-/);
    expect(await podsOf(name)).toBe(0);
    await chaos.remove(name);
    await expect.poll(() => ready(name)).toBe(2);
  });

  it('the API server stands still, but tells of Faults and can be told to go on', async () => {
    await broken('api', { action: 'Stall', component: 'apiserver' });
    const { code, stderr } = await cluster.kubectl.try('get --raw /api/v1/nodes --request-timeout=1s');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/[Tt]imeout|deadline/)]);
    const path = '/apis/chaos.shoal.dev/v1alpha1/faults/api';
    expect(await cluster.kubectl(`get --raw ${path}`)).toContain('"phase":"Active"');
    await cluster.kubectl(`delete --raw ${path}`);
    await expect.poll(async () => (await cluster.kubectl.try('get --raw /api/v1/nodes --request-timeout=1s')).code).toBe(0);
  });

  it('the API server goes on by itself when the time is up', async () => {
    await broken('brief', { action: 'Stall', component: 'apiserver' }, '2s');
    expect((await cluster.kubectl.try('get --raw /readyz --request-timeout=500ms')).code).toBe(1);
    expect(await cluster.kubectl('get --raw /readyz')).toBe('ok');
    await chaos.phase('brief', 'Undone');
  });

  it('say which controllers there are, and that nobody would start this server again', async () => {
    await chaos.apply('typo', {
      duration: '1m',
      controlPlane: { action: 'Stall', component: 'controller', controller: 'replica-controller' },
    });
    await chaos.phase('typo', 'Failed');
    expect((await chaos.statusOf('typo')).conditions?.[0]?.message).toContain('there are namespace-controller');
    await chaos.apply('crash', { duration: '1m', controlPlane: { action: 'Crash', component: 'apiserver' } });
    await chaos.phase('crash', 'Unsupported');
    await chaos.remove('typo', 'crash');
  });
});
