import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import { createHttpsClient } from '../../../src/client/https.ts';
import { clusterAccess } from '../../../src/cluster/cluster.ts';
import { connectCluster } from '../../../src/cluster/connect.ts';
import type { ClusterContext } from '../../../src/cluster/context.ts';
import { eventually } from '../../../src/cluster/eventually.ts';
import { websiteImages, websiteManifest } from '../../../src/cluster/sample.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { type RealCluster, realCluster } from '../../support/e2e.ts';
import { startLoad } from '../../support/http-load.ts';

/** Things die here on purpose; the grace period is short so that what Kubernetes does after minutes happens in seconds. */
const name = 'eb-failure';
const [controlPlane, worker, worker2, added] = ['control-plane', 'worker', 'worker2', 'worker3'].map((role) => `${name}-${role}`) as [
  string,
  string,
  string,
  string,
];
const config = `
nodes:
  - role: control-plane
    taints: [{ key: node-role.kubernetes.io/control-plane, effect: NoSchedule }]
  - role: worker
    count: 2
controllers:
  nodeMonitorGracePeriod: 4s
`;
let cluster: RealCluster;
let context: ClusterContext;

const ask = () => cluster.fetch('my-website.default');
const inNode = async (node: string, script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await context.provider.exec(node, ['/bin/sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}: ${stdout}${stderr}`);
  return stdout.trim();
};
const killService = (node: string, service: string): Promise<string> =>
  inNode(node, `kill -9 "$(cat /run/service/${service}/supervise/pid)"`);
const within = <T>(ms: number, attempt: () => Promise<T>): Promise<T> =>
  eventually(attempt, { clock: systemClock, signal: AbortSignal.timeout(ms) });
const list = async <T>(...args: string[]): Promise<T[]> =>
  (JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as { items: T[] }).items;
const allWebsites = (): Promise<Pod[]> => list<Pod>('pods', '-l', 'app=my-website');
const websites = async (): Promise<Pod[]> => (await allWebsites()).filter((pod) => pod.metadata.deletionTimestamp === undefined);
const readyNodes = async (): Promise<string[]> =>
  (await list<Node>('nodes'))
    .filter((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    .map((node) => node.metadata.name ?? '');
const replicasReady = (count: number): Promise<string> =>
  cluster.kubectl(['wait', 'deployment/my-website', `--for=jsonpath={.status.readyReplicas}=${count}`, '--timeout=60s']);

beforeAll(async () => {
  context = await connectCluster({ clock: systemClock, log: silentLogger });
  cluster = await realCluster({ name, config });
  await cluster.shoal(['load', ...websiteImages, '--name', name]);
  await cluster.apply(websiteManifest());
  await cluster.kubectl('rollout status deployment/my-website --timeout=60s');
  await within(10_000, async () => expect((await ask()).status).toBe(200));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe('the death of a node', () => {
  test('moves its pods within 15 seconds, and nobody who asks through the gateway notices', async () => {
    expect(new Set((await websites()).map((pod) => pod.spec?.nodeName))).toEqual(new Set([worker, worker2]));
    const load = startLoad(ask);
    await within(10_000, async () => expect(load.count).toBeGreaterThan(50));
    const lost = (await websites()).filter((pod) => pod.spec?.nodeName === worker).length;
    const since = performance.now();
    await cluster.shoal(['node', 'kill', worker]);
    await replicasReady(3 - lost);
    await replicasReady(3);
    const seconds = (performance.now() - since) / 1000;
    const { answers, failures } = await load.stop();
    console.log(`all replicas Ready ${seconds.toFixed(1)} s after the kill; ${answers.length} answers, ${failures.length} failures`);
    expect(seconds).toBeLessThan(15);
    expect(failures).toEqual([]);
    expect(await cluster.kubectl('get events --field-selector reason=NodeNotReady')).toContain(`node/${worker}`);
  });

  test('is over when it is started again: Ready, and nothing is left of its old pods', async () => {
    await cluster.shoal(['node', 'start', worker]);
    expect(await readyNodes()).toEqual([controlPlane, worker, worker2]);
    await within(20_000, async () => expect(await allWebsites()).toHaveLength(3));
    expect((await websites()).map((pod) => pod.spec?.nodeName)).toEqual([worker2, worker2, worker2]);
    await within(20_000, async () => expect(await inNode(worker, 'docker ps -aq')).toBe(''));
    expect(await cluster.kubectl(`get node ${worker} -o jsonpath={.spec.taints}`)).toBe('');
  });
});

test('a node that is added has the images that were loaded, and takes pods', async () => {
  expect(await cluster.shoal(['node', 'add', '--cluster', name, '--label', 'fresh=yes'])).toContain(added);
  const template = { spec: { replicas: 5, template: { spec: { nodeSelector: { fresh: 'yes' } } } } };
  await cluster.kubectl(['patch', 'deployment/my-website', '-p', JSON.stringify(template)]);
  await cluster.kubectl('rollout status deployment/my-website --timeout=60s');
  expect(new Set((await websites()).map((pod) => pod.spec?.nodeName))).toEqual(new Set([added]));
  expect(await cluster.kubectl('get events --field-selector reason=Pulling')).toBe('');
});

describe('kill -9', () => {
  test('of the server loses no create that it has answered', async () => {
    const access = await clusterAccess(context, name);
    const client = createHttpsClient({ ...access, clock: systemClock });
    const acknowledged: string[] = [];
    let refused = 0;
    const create = async (index: number): Promise<void> => {
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `burst-${index}` },
        data: { index: String(index) },
      } as const;
      await client.create(kinds.ConfigMap, { ...configMap, metadata: { ...configMap.metadata, namespace: 'default' } }).then(
        () => acknowledged.push(configMap.metadata.name),
        () => refused++,
      );
      if (index === 250) await killService(controlPlane, 'server');
    };
    const numbers = Array.from({ length: 500 }, (_, index) => index).values();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (const index of numbers) await create(index);
      }),
    );
    client.close();
    const since = performance.now();
    await within(20_000, () => cluster.kubectl('get --raw /readyz'));
    console.log(
      `${acknowledged.length} creates answered, ${refused} not; ready again ${Math.round(performance.now() - since)} ms after the burst`,
    );
    expect(refused).toBeGreaterThan(0);
    expect(acknowledged.length).toBeGreaterThan(200);
    const present = new Set((await cluster.kubectl('get configmaps -o name')).split('\n').map((each) => each.split('/')[1]));
    expect(acknowledged.filter((each) => !present.has(each))).toEqual([]);
  });

  test('of the server lets the cluster go on', async () => {
    await cluster.kubectl('create deployment after --image=website:v2.0 --replicas=2');
    await cluster.kubectl('rollout status deployment/after --timeout=60s');
    expect(await readyNodes()).toEqual([controlPlane, worker, worker2, added]);
    await within(10_000, async () => expect((await ask()).status).toBe(200));
  });

  test.each(['dockerd', 'kubelet'])('of the %s leaves pods as they are', async (service) => {
    const containers = async () =>
      (await websites())
        .flatMap((pod) => pod.status?.containerStatuses ?? [])
        .map(({ containerID, restartCount }) => ({ containerID, restartCount }));
    const before = await containers();
    const pid = await inNode(added, `cat /run/service/${service}/supervise/pid`);
    const load = startLoad(ask, 2);
    await killService(added, service);
    await within(20_000, async () => {
      expect(await inNode(added, `cat /run/service/${service}/supervise/pid`)).not.toBe(pid);
      await inNode(added, 'docker version');
    });
    // The node takes new pods, so engine and kubelet work again.
    await cluster.kubectl('scale deployment/my-website --replicas=6');
    await cluster.kubectl('rollout status deployment/my-website --timeout=60s');
    expect(await containers()).toEqual(expect.arrayContaining(before));
    const { answers, failures } = await load.stop();
    expect(answers.length).toBeGreaterThan(0);
    expect(failures).toEqual([]);
    await cluster.kubectl('scale deployment/my-website --replicas=5');
    await within(30_000, async () => expect(await websites()).toHaveLength(5));
  });
});
