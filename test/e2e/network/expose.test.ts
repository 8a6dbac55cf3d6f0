import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExposedPort } from '../../../src/cluster/expose.ts';
import { type RealCluster, realCluster } from '../../support/e2e.ts';

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await realCluster({ name: 'shoal-e2e-expose', workers: 0 });
  await cluster.shoal(['load', 'website:v1.0', '--name', cluster.name]);
  await cluster.kubectl('create deployment web --image=website:v1.0');
  await cluster.kubectl('rollout status deployment/web --timeout=60s');
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const expose = async (...args: string[]): Promise<ExposedPort[]> =>
  JSON.parse(await cluster.shoal(['expose', ...args, '--name', cluster.name, '-o', 'json'])) as ExposedPort[];
const titleAt = async (address: string | undefined): Promise<string | undefined> =>
  /<title>(.*?)<\/title>/.exec(await (await fetch(`http://${address}/`)).text())?.[1];

test('a LoadBalancer has an ingress, and an address of this machine that leads to its pods', async () => {
  await cluster.kubectl('expose deployment web --name=balanced --port=80 --type=LoadBalancer');
  await expect.poll(() => cluster.kubectl('get service balanced -o jsonpath={.status.loadBalancer.ingress[0].hostname}')).toBe('localhost');
  const [port] = await expose('list');
  expect(port).toMatchObject({ namespace: 'default', service: 'balanced', port: 80 });
  await expect.poll(() => titleAt(port?.address).catch(() => undefined)).toBe('my-website v1.0');
  expect(await cluster.shoal(['status', cluster.name])).toContain(port?.address);
});

test('any other Service is exposed on demand, and no longer when that is taken back', async () => {
  await cluster.kubectl('expose deployment web --name=plain --port=80');
  const [port] = await expose('service/plain', '--port', '80');
  await expect.poll(() => titleAt(port?.address).catch(() => undefined)).toBe('my-website v1.0');
  await cluster.shoal(['expose', 'remove', 'service/plain', '--name', cluster.name]);
  expect((await expose('list')).map(({ service }) => service)).toEqual(['balanced']);
  await expect.poll(() => titleAt(port?.address).catch(() => undefined)).toBeUndefined();
});
