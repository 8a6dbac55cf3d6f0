import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDockerProvider } from '../../../src/cluster/docker/docker-provider.ts';
import { connectEngine } from '../../../src/cluster/engine/connect.ts';
import { eventually } from '../../../src/cluster/eventually.ts';
import { ensurePackageImage } from '../../../src/cluster/image/node-image.ts';
import type { NodeSpec, Provider } from '../../../src/cluster/provider.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { ShoalError } from '../../../src/util/errors.ts';

/** Bare node containers: the image and the provider, with none of Shoal's roles in them. */
const cluster = 'e2e-provider';
let provider: Provider;
let nodes: NodeSpec[];

const sh = async (node: string, script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await provider.exec(node, ['/bin/sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}: ${stdout}${stderr}`);
  return stdout.trim();
};
const within = <T>(ms: number, attempt: () => Promise<T>): Promise<T> =>
  eventually(attempt, { clock: systemClock, signal: AbortSignal.timeout(ms) });
const engineAnswers = (node: string): Promise<string> => within(20_000, () => sh(node, 'docker version -f "{{.Server.Version}}"'));

beforeAll(async () => {
  const { docker } = await connectEngine();
  provider = createDockerProvider(docker);
  const image = await ensurePackageImage(docker, { clock: systemClock, note: () => undefined });
  const network = await provider.createNetwork(cluster);
  const bare = (index: number, resources: NodeSpec['resources']): NodeSpec => ({
    cluster,
    name: `${cluster}-${index}`,
    role: 'worker',
    image,
    network: network.name,
    ip: network.subnet.replace('.0/24', `.${index + 1}`),
    podCIDR: `10.244.${index}.0/24`,
    env: {},
    labels: { 'test.label': 'kept' },
    files: { '/etc/shoal/greeting': { content: 'hello', mode: 0o600 } },
    ports: [],
    mounts: [],
    resources,
  });
  nodes = [bare(1, {}), bare(2, { cpu: 0.5, memory: 512 * 1024 * 1024 })];
  await Promise.all(
    nodes.map(async (node) => {
      await provider.createNode(node);
      await provider.startNode(node.name);
      await engineAnswers(node.name);
      await sh(node.name, 'busybox tar c -C / usr/bin/busybox | docker import - tools');
    }),
  );
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => provider.removeNode(node.name)));
  await provider.removeNetwork(cluster);
  expect(await provider.nodes(cluster)).toEqual([]);
  expect((await provider.networks()).filter((network) => network.cluster === cluster)).toEqual([]);
  const { docker } = await connectEngine();
  const { Volumes } = await docker.listVolumes({ filters: { label: [`dev.shoal.cluster=${cluster}`] } });
  expect(Volumes ?? []).toEqual([]);
});

const [first, second] = [`${cluster}-1`, `${cluster}-2`];
const run = (node: string, options: string, command: string): Promise<string> =>
  sh(node, `docker run ${options} tools /usr/bin/busybox ${command}`);

describe('a node container', () => {
  test('is found again by its labels, with its address', async () => {
    const found = await provider.nodes(cluster);
    expect(found.map(({ name, running, ip }) => ({ name, running, ip }))).toEqual(
      nodes.map(({ name, ip }) => ({ name, running: true, ip })),
    );
    expect(found[0]?.labels).toMatchObject({ 'test.label': 'kept' });
  });

  test('holds the files it was created with', async () => {
    expect((await provider.readFile(first, '/etc/shoal/greeting')).toString()).toBe('hello');
    expect(await sh(first, 'stat -c %a /etc/shoal/greeting')).toBe('600');
  });

  test('limits its own containers', async () => {
    const limit = await run(
      first,
      '--rm --memory 64m',
      `sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max'`,
    );
    expect(limit).toBe(String(64 * 1024 * 1024));
  });

  test('is limited to the size it was given', async () => {
    const limit = await sh(second, 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max');
    expect(limit).toBe(String(512 * 1024 * 1024));
  });

  test('reaches containers of another node at their own address', async () => {
    const [a, b] = nodes as [NodeSpec, NodeSpec];
    await sh(first, `ip route replace ${b.podCIDR} via ${b.ip}`);
    await sh(second, `ip route replace ${a.podCIDR} via ${a.ip}`);
    await run(
      first,
      '-d --name server --hostname server-of-first',
      `sh -c 'busybox=/usr/bin/busybox; $busybox mkdir /w; $busybox hostname > /w/index.html; exec $busybox httpd -f -h /w'`,
    );
    const address = await sh(first, `docker inspect -f '{{.NetworkSettings.IPAddress}}' server`);
    expect(address).toMatch(/^10\.244\.1\./);
    expect(await within(10_000, () => run(second, '--rm', `wget -qO- http://${address}/`))).toBe('server-of-first');
  });

  test('has an engine that comes back after kill -9, its containers unharmed', async () => {
    const started = await sh(first, `docker inspect -f '{{.State.StartedAt}}' server`);
    await sh(first, 'kill -9 $(busybox pidof dockerd)');
    await engineAnswers(first);
    expect(await sh(first, `docker inspect -f '{{.State.Running}} {{.State.StartedAt}}' server`)).toBe(`true ${started}`);
  });

  test('stays dead after a kill and keeps its images over a new start', async () => {
    await provider.killNode(second);
    const dead = (await provider.nodes(cluster)).find((node) => node.name === second);
    expect(dead).toMatchObject({ running: false, exitCode: 137 });
    await provider.killNode(second);
    await provider.startNode(second);
    await engineAnswers(second);
    expect(await sh(second, 'docker image ls -q tools')).not.toBe('');
    expect((await provider.nodes(cluster)).find((node) => node.name === second)).toMatchObject({ running: true, ip: nodes[1]?.ip });
  });

  test('that ends by itself is started again by the engine', async () => {
    const before = (await provider.nodes(cluster)).find((node) => node.name === second)?.startedAt ?? 0;
    await sh(second, 'kill -TERM 1');
    const after = await within(20_000, async () => {
      const node = (await provider.nodes(cluster)).find((each) => each.name === second);
      if (node?.running !== true || (node.startedAt ?? 0) <= before) throw new Error('not started again yet');
      return node;
    });
    expect(after.startedAt).toBeGreaterThan(before);
    await engineAnswers(second);
  });

  test('stops in order within its grace', async () => {
    await provider.stopNode(first, 15);
    expect((await provider.nodes(cluster)).find((node) => node.name === first)).toMatchObject({ running: false, exitCode: 0 });
    const log = await (await provider.nodeLogs(first, { tail: 100 })).toArray();
    expect(Buffer.concat(log).toString()).toContain('node-init: stopping');
  });
});

describe('refusals', () => {
  const code = (thrown: unknown) => (thrown as ShoalError).code;

  test('a second node of the same name is NODE_EXISTS and leaves the first alone', async () => {
    const refused = await provider.createNode(nodes[0] as NodeSpec).catch(code);
    expect(refused).toBe('NODE_EXISTS');
    expect((await provider.nodes(cluster)).map((node) => node.name)).toContain(first);
  });

  test('an unknown node is NODE_NOT_FOUND, and removing it is success', async () => {
    expect(await provider.startNode('e2e-nobody').catch(code)).toBe('NODE_NOT_FOUND');
    await provider.removeNode('e2e-nobody');
  });
});
