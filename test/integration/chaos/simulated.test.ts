import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { type FaultSpec, faultKind } from '../../../src/chaos/fault.ts';
import type { InProcessCluster } from '../../support/in-process.ts';
import { chaosCluster, manifest } from './fixture.ts';

let chaos: Awaited<ReturnType<typeof chaosCluster>>;
let cluster: InProcessCluster;
beforeAll(async () => {
  chaos = await chaosCluster();
  cluster = chaos.cluster;
});
afterAll(() => cluster.stop());

const on = (...names: string[]): FaultSpec['nodes'] => ({ names });
const gone = (name: string) =>
  expect.poll(async () => (await cluster.client.list(faultKind)).items.some(({ metadata }) => metadata.name === name)).toBe(false);
const condition = async (node: string, type: string): Promise<string | undefined> =>
  (await cluster.client.get(kinds.Node, node)).status?.conditions?.find((one) => one.type === type)?.status;
const shows = (node: string, type: string, status: string) => expect.poll(() => condition(node, type)).toBe(status);
const pod = (name: string, node: string, image = 'website:v1.0'): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: node, containers: [{ name: 'main', image }] },
});
const run = (...args: Parameters<typeof pod>): Promise<string> => cluster.kubectl('apply -f -', JSON.stringify(pod(...args)));
const waiting = async (name: string): Promise<string | undefined> =>
  (await cluster.client.get(kinds.Pod, name, 'default')).status?.containerStatuses?.[0]?.state?.waiting?.reason;
const podPhase = async (name: string): Promise<string | undefined> => (await cluster.client.get(kinds.Pod, name, 'default')).status?.phase;

it('is a kind without a definition that could be seen, removed or taken', async () => {
  expect((await cluster.kubectl('get crds -o name')).trim()).toBe('');
  await cluster.kubectl('delete crds --all');
  expect(await cluster.kubectl('explain faults')).toContain('Something broken on purpose');
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  const other = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'faults.chaos.shoal.dev' },
    spec: { group: 'chaos.shoal.dev', scope: 'Cluster', names: { plural: 'faults', kind: 'Other' }, versions },
  };
  await expect(cluster.client.create(kinds.CustomResourceDefinition, other)).rejects.toMatchObject({ code: 403 });
});

describe('faults of simulated nodes', () => {
  it('kill a node until they are deleted, by kubectl alone', async () => {
    await chaos.apply('kill', { duration: '10m', nodes: on('node-0'), node: { action: 'Kill' } });
    await chaos.phase('kill', 'Active');
    await shows('node-0', 'Ready', 'Unknown');
    expect(await cluster.kubectl('get faults --no-headers')).toMatch(/^kill +NodeKill +node-0 +Active +20/m);
    await chaos.remove('kill');
    await shows('node-0', 'Ready', 'True');
  });

  it('end by themselves when their time is up', async () => {
    await chaos.apply('short', { duration: '2500ms', nodes: on('node-1'), node: { action: 'Disconnect' } });
    await shows('node-1', 'Ready', 'Unknown');
    await chaos.phase('short', 'Undone');
    await shows('node-1', 'Ready', 'True');
    expect((await chaos.statusOf('short')).conditions).toMatchObject([
      { type: 'Injected', status: 'True' },
      { type: 'Undone', status: 'True' },
    ]);
    expect((await cluster.client.get(faultKind, 'short')).metadata.finalizers ?? []).toEqual([]);
  });

  it('freeze a node: what happens meanwhile happens to it afterwards', async () => {
    await chaos.apply('pause', { duration: '10m', nodes: on('node-2'), node: { action: 'Pause' } });
    await chaos.phase('pause', 'Active');
    await run('later', 'node-2');
    await shows('node-2', 'Ready', 'Unknown');
    expect(await podPhase('later')).toBe('Pending');
    await chaos.remove('pause');
    await expect.poll(() => podPhase('later')).toBe('Running');
  });

  it('restart a node with all that runs on it', async () => {
    await run('survivor', 'node-1');
    await expect.poll(() => podPhase('survivor')).toBe('Running');
    const started = async (): Promise<unknown> =>
      (await cluster.client.get(kinds.Pod, 'survivor', 'default')).status?.containerStatuses?.[0]?.containerID;
    const before = await started();
    await chaos.apply('restart', { duration: '1m', nodes: on('node-1'), node: { action: 'Restart' } });
    await chaos.phase('restart', 'Undone');
    await expect.poll(started).not.toBe(before);
    await expect.poll(() => podPhase('survivor')).toBe('Running');
  });

  it('fail pulls of the images that they match', async () => {
    await chaos.apply('pulls', { duration: '10m', nodes: on('node-0'), images: { action: 'Fail', match: 'special' } });
    await chaos.phase('pulls', 'Active');
    await run('hit', 'node-0', 'special:v1');
    await run('missed', 'node-0', 'plain:v1');
    await expect.poll(() => podPhase('missed')).toBe('Running');
    await expect.poll(() => waiting('hit')).toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
    await chaos.remove('pulls');
    await cluster.kubectl('delete pod hit --force --grace-period=0');
    await run('hit', 'node-0', 'special:v2');
    await expect.poll(() => podPhase('hit')).toBe('Running');
  });

  it('put a clock off, and a node under pressure', async () => {
    const offset = async (): Promise<number> => {
      const lease = await cluster.client.get(kinds.Lease, 'node-0', 'kube-node-lease');
      return Math.round((Date.parse(lease.spec?.renewTime ?? '') - Date.now()) / 3_600_000) + 0;
    };
    await chaos.apply('skew', { duration: '10m', nodes: on('node-0'), clock: { offset: '-3h' } });
    await expect.poll(offset).toBe(-3);
    await chaos.remove('skew');
    await expect.poll(offset).toBe(0);
    await chaos.apply('fill', { duration: '10m', nodes: on('node-0'), disk: { percent: 95 } });
    await shows('node-0', 'DiskPressure', 'True');
    await chaos.remove('fill');
    await shows('node-0', 'DiskPressure', 'False');
  });

  it('are drawn with a seed', async () => {
    const nodes = { selector: {}, count: 2, seed: 7 };
    await chaos.apply('drawn-a', { duration: '10m', nodes, clock: { offset: '1s' } });
    await chaos.apply('drawn-b', { duration: '10m', nodes, clock: { offset: '1s' } });
    await chaos.phase('drawn-a', 'Active');
    await chaos.phase('drawn-b', 'Active');
    const drawn = Object.keys((await chaos.statusOf('drawn-a')).targets ?? {});
    expect(drawn).toHaveLength(2);
    expect(Object.keys((await chaos.statusOf('drawn-b')).targets ?? {})).toEqual(drawn);
    await chaos.remove('drawn-a', 'drawn-b');
  });

  it('say what a simulated node does not have, and which node there is not', async () => {
    await chaos.apply('delay', {
      duration: '10m',
      network: { action: 'Delay', delay: '100ms', from: { node: 'node-0' }, to: { node: 'node-1' } },
    });
    await chaos.phase('delay', 'Unsupported');
    expect((await chaos.statusOf('delay')).conditions?.[0]).toMatchObject({
      type: 'Injected',
      status: 'False',
      reason: 'Unsupported',
      message: expect.stringContaining('simulated nodes have no network'),
    });
    await chaos.apply('nowhere', { duration: '1m', nodes: on('node-9'), node: { action: 'Kill' } });
    await chaos.phase('nowhere', 'Failed');
    expect((await chaos.statusOf('nowhere')).conditions?.[0]?.message).toBe('there is no node node-9');
    await chaos.remove('delay', 'nowhere');
    await gone('nowhere');
  });
});

describe('the definition of faults', () => {
  const refused = async (spec: object): Promise<string> => {
    const { code, stderr } = await cluster.kubectl.try('create -f -', manifest('bad', spec as FaultSpec));
    expect(code).toBe(1);
    return stderr;
  };
  it.each([
    ['no duration', { nodes: {}, node: { action: 'Kill' } }, 'spec.duration: Required value'],
    ['a duration that is too long', { duration: '25h', nodes: {}, node: { action: 'Kill' } }, 'at most 24h'],
    ['no duration at all', { duration: 'soon', nodes: {}, node: { action: 'Kill' } }, 'must be a duration such as 30s'],
    ['two actions', { duration: '1m', nodes: {}, node: { action: 'Kill' }, cpu: {} }, 'exactly one of'],
    ['no action', { duration: '1m', nodes: {} }, 'exactly one of'],
    ['no nodes', { duration: '1m', node: { action: 'Kill' } }, 'nodes says where'],
    ['an unknown action', { duration: '1m', nodes: {}, node: { action: 'Explode' } }, 'Unsupported value: "Explode"'],
    [
      'a delay without its size',
      { duration: '1m', network: { action: 'Delay', from: { node: 'a' }, to: { node: 'b' } } },
      'delay goes with',
    ],
    ['a side that is nothing', { duration: '1m', network: { action: 'Cut', from: {}, to: { node: 'b' } } }, 'must name a node, pods or'],
    [
      'a controller without its name',
      { duration: '1m', controlPlane: { action: 'Stall', component: 'controller' } },
      'controller goes with',
    ],
  ])('refuses %s', async (_, spec, message) => {
    expect(await refused(spec)).toContain(message);
  });

  it('lets nobody change a fault', async () => {
    await chaos.apply('fixed', { duration: '1m', nodes: on('node-0'), clock: { offset: '1s' } });
    const { stderr } = await cluster.kubectl.try(
      'apply -f -',
      manifest('fixed', { duration: '2m', nodes: on('node-0'), clock: { offset: '1s' } }),
    );
    expect(stderr).toContain('a fault cannot be changed');
    await chaos.remove('fixed');
  });
});
