import { afterEach, beforeEach, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { ApiError } from '../../../src/api/status.ts';
import type { CustomResourceDefinition } from '../../../src/api/types/apiextensions-v1.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { localRegistryHosting, registryAt } from '../../../src/cluster/registry.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { until } from '../../support/until.ts';

let cluster: InProcessCluster;
beforeEach(async () => {
  cluster = await inProcessCluster({ nodes: 2 });
});
afterEach(() => cluster.stop());

const isReady = ({ status }: Pod): boolean => status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
const pods = async (namespace = 'default') => (await cluster.client.list(kinds.Pod, { namespace })).items;
const readyPods = (count: number, namespace = 'default') =>
  until(cluster.client, kinds.Pod, { namespace }, (all) => all.length === count && all.every(isReady));

const deploy = (name: string, replicas: number) => {
  const labels = { app: name };
  return cluster.client.create(kinds.Deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'website:v1.0' }] } },
    },
  });
};
const expose = (name: string, nodePort?: number) =>
  cluster.client.create(kinds.Service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'NodePort', ports: [{ port: 80, ...(nodePort === undefined ? {} : { nodePort }) }] },
  });

const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const widgetDefinition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;

test('reset takes the cluster back to where it was marked, and its allocators, kinds and pods with it', async () => {
  const { client, plane } = cluster;
  await expose('kept', 30_100);
  await client.raw('POST', '/shoal/v1/reset-point', {});
  await deploy('web', 3);
  await readyPods(3);
  const service = await expose('web', 30_200);
  await client.delete(kinds.Service, 'kept', 'default');
  await client.create(kinds.CustomResourceDefinition, structuredClone(widgetDefinition));
  await until(client, kinds.CustomResourceDefinition, {}, (all) => all.some(isEstablished));
  await client.raw('POST', widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' } });

  expect(await client.raw('POST', '/shoal/v1/reset', {})).toMatchObject({ added: expect.any(Number), deleted: expect.any(Number) });
  expect(await pods()).toEqual([]);
  expect((await client.list(kinds.Deployment)).items).toEqual([]);
  expect((await client.list(kinds.Service, { namespace: 'default' })).items.map(({ metadata }) => metadata.name)).toEqual([
    'kept',
    'kubernetes',
  ]);
  await expect(client.raw('GET', widgets)).rejects.toMatchObject({ code: 404 } satisfies Partial<ApiError>);
  // What the removed Service held is free again, and what the restored one holds is not.
  await expect(expose('thief', 30_100)).rejects.toThrow('provided port is already allocated');
  const again = await expose('web', 30_200);
  await client.delete(kinds.Service, 'web', 'default');
  expect(again.metadata.uid).not.toBe(service.metadata.uid);
  // And the cluster goes on working.
  await deploy('web', 2);
  await readyPods(2);
  for (const kubelet of cluster.nodes.kubelets.values())
    expect(kubelet.pods().every((pod) => pod.metadata.deletionTimestamp === undefined)).toBe(true);
  expect((await plane.state.reset()).deleted).toBeGreaterThan(0);
});

test('a pod that was deleted since comes back under its uid and runs anew; one that runs on is not touched', async () => {
  const { client, plane } = cluster;
  const bare = (name: string) =>
    client.create(kinds.Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'website:v1.0' }], terminationGracePeriodSeconds: 0 },
    });
  await Promise.all([bare('stays'), bare('goes'), bare('ending')]);
  await readyPods(3);
  const before = new Map((await pods()).map((pod) => [pod.metadata.name, pod]));
  const snapshot = await plane.state.save();
  await client.delete(kinds.Pod, 'goes', 'default');
  await until(client, kinds.Pod, { namespace: 'default' }, (all) => all.length === 2);
  // Its end is under way: the kubelet has been told and has not finished.
  await client.delete(kinds.Pod, 'ending', 'default', { gracePeriodSeconds: 30 });

  await plane.state.restore(snapshot);
  const after = new Map((await readyPods(3)).map((pod) => [pod.metadata.name, pod]));
  const uids = (all: ReadonlyMap<string | undefined, Pod>) => [...all].map(([name, { metadata }]) => `${name} ${metadata.uid}`).sort();
  expect(uids(after)).toEqual(uids(before));
  const container = (name: string, all: ReadonlyMap<string | undefined, Pod>) => all.get(name)?.status?.containerStatuses?.[0]?.containerID;
  expect(container('stays', after)).toBe(container('stays', before));
  expect(container('goes', after)).not.toBe(container('goes', before));
  expect(container('ending', after)).not.toBe(container('ending', before));
});

test('what a cluster tells of its own registry stays, but comes back where it is gone', async () => {
  const { client, plane } = cluster;
  const hosting = (port: number) => localRegistryHosting(registryAt(port, '10.201.0.2'));
  const told = async () => (await client.get(kinds.ConfigMap, 'local-registry-hosting', 'kube-public')).data;
  await client.create(kinds.ConfigMap, hosting(5000));
  const snapshot = await plane.state.save();
  await client.update(kinds.ConfigMap, hosting(5001));
  await plane.state.restore(snapshot);
  expect(await told()).toEqual(hosting(5001).data);
  await client.delete(kinds.ConfigMap, 'local-registry-hosting', 'kube-public');
  await plane.state.restore(snapshot);
  expect(await told()).toEqual(hosting(5000).data);
});
