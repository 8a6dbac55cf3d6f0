import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connectEngine } from '../../../src/cluster/engine/connect.ts';
import { eventually } from '../../../src/cluster/eventually.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { kubectlFor } from '../../support/clients.ts';
import { shoal } from '../../support/e2e.ts';
import { remains } from '../../support/remains.ts';

/** Fingers that know kind or k3d find their way, and every verb's output can be read by a program. */
const directory = mkdtempSync(join(tmpdir(), 'shoal-dialects-'));
const kubeconfig = join(directory, 'config');
const kubectl = kubectlFor(kubeconfig);
const name = 'eb-kind';
const controlPlane = `${name}-control-plane`;
const worker = `${name}-worker`;
let docker: Docker;

const kindFile = `
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: ${name}
networking:
  podSubnet: 10.100.0.0/16
nodes:
  - role: control-plane
    extraPortMappings:
      - containerPort: 30080
        hostPort: 0
        listenAddress: 127.0.0.1
  - role: worker
    labels: { tier: backend }
`;

beforeAll(async () => {
  ({ docker } = await connectEngine());
});
afterAll(async () => {
  for (const each of [name, 'eb-k3d']) await shoal(['down', each, '--kubeconfig', kubeconfig]);
  expect(await remains(docker, name)).toEqual([]);
  rmSync(directory, { recursive: true });
});

const hasImage = async (node: string, reference: string): Promise<boolean> => {
  const exec = await docker.getContainer(node).exec({ Cmd: ['docker', 'image', 'inspect', reference], AttachStdout: true });
  const stream = await exec.start({});
  await stream.resume().toArray();
  return (await exec.inspect()).ExitCode === 0;
};

const isAfter = (moment: string) => (time: string) => Date.parse(time) >= Math.floor(Date.parse(moment) / 1000) * 1000;

describe('kind', () => {
  test('create cluster takes its file as it is', async () => {
    writeFileSync(join(directory, 'kind.yaml'), kindFile);
    await shoal(['create', 'cluster', '--config', join(directory, 'kind.yaml'), '--wait', '60s', '--kubeconfig', kubeconfig]);
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect(await kubectl(['get', 'nodes', '-l', 'tier=backend', '-o', 'jsonpath={.items[*].metadata.name} {.items[*].spec.podCIDR}'])).toBe(
      `${worker} 10.100.1.0/24`,
    );
  });

  test('get clusters, nodes and kubeconfig', async () => {
    expect((await shoal(['get', 'clusters'])).split('\n')).toContain(name);
    expect(await shoal(['get', 'nodes', '--name', name])).toBe(`${controlPlane}\n${worker}\n`);
    const alone = parse(await shoal(['get', 'kubeconfig', '--name', name])) as { 'current-context': string; clusters: unknown[] };
    expect(alone).toEqual(parse(await shoal(['kubeconfig', name])));
    expect(alone).toMatchObject({ 'current-context': `shoal-${name}`, clusters: [{ name: `shoal-${name}` }] });
  });

  test('load docker-image and image-archive bring images into every node', async () => {
    await shoal(['load', 'docker-image', 'website:v1.0', '--name', name]);
    const archive = join(directory, 'website.tar');
    await pipeline(await docker.getImage('website:v2.0').get(), createWriteStream(archive));
    await shoal(['load', 'image-archive', archive, '--name', name]);
    for (const node of [controlPlane, worker])
      for (const image of ['website:v1.0', 'website:v2.0']) expect([node, image, await hasImage(node, image)]).toEqual([node, image, true]);
    expect(await shoal.try(['load', 'no-such:1', '--name', name])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('docker pull no-such:1'),
    });
  });

  test('export kubeconfig, delete cluster', async () => {
    const other = join(directory, 'exported');
    await shoal(['export', 'kubeconfig', '--name', name, '--kubeconfig', other]);
    expect(await kubectlFor(other)('get --raw /readyz')).toBe('ok');
    rmSync(other);
  });
});

test('list and status for programs', async () => {
  const found = JSON.parse(await shoal(['list', '-o', 'json'])) as { name: string }[];
  const expected = {
    name,
    state: 'running',
    apiServer: { url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/) },
    gateway: { url: expect.stringMatching(/^http:\/\/localhost:\d+$/) },
    kubeconfig: { context: `shoal-${name}` },
  };
  expect(found.find((cluster) => cluster.name === name)).toMatchObject(expected);
  const status = JSON.parse(await shoal(['status', name, '-o', 'json'])) as unknown;
  expect(status).toMatchObject({
    ...expected,
    nodes: [
      { name: controlPlane, role: 'control-plane', running: true, ready: true, podCIDR: '10.100.0.0/24', resources: {} },
      { name: worker, role: 'worker', running: true, ready: true, podCIDR: '10.100.1.0/24' },
    ],
  });
});

test('a second up is success, another shape is not', async () => {
  const path = join(directory, 'kind.yaml');
  expect(await shoal(['up', '-f', '-', '--kubeconfig', kubeconfig], readFileSync(path, 'utf8'))).toContain(
    `Cluster ${name} is up already: 2 nodes.`,
  );
  expect(await shoal.try(['up', '--name', name, '--workers', '3', '--kubeconfig', kubeconfig])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/\[CLUSTER_EXISTS\]\n {2}Remove it with `shoal down eb-kind`/),
  });
});

test('stop and start keep what is in the cluster, and its addresses', async () => {
  await kubectl('create deployment site --image=website:v1.0 --replicas=2');
  await kubectl('rollout status deployment/site --timeout=60s');
  const before = await shoal(['status', name, '-o', 'json']);
  const server = await kubectl(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']);
  const stopped = new Date().toISOString();
  await shoal(['stop', name]);
  expect(JSON.parse(await shoal(['status', name, '-o', 'json']))).toMatchObject({ state: 'stopped' });
  expect(await shoal(['kubeconfig', name])).toContain(server);
  expect(await shoal(['start', name])).toBe(`Cluster ${name} is up.\n`);
  expect(await shoal(['status', name, '-o', 'json'])).toBe(before);
  const started = async (): Promise<string[]> =>
    (await kubectl(['get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[?(@.ready==true)].state.running.startedAt}'])).split(
      ' ',
    );
  await eventually(async () => expect(await started()).toEqual([expect.toSatisfy(isAfter(stopped)), expect.toSatisfy(isAfter(stopped))]), {
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
  });
});

test("k3d's create, image import, list, stop, start and delete", async () => {
  const k3d = 'eb-k3d';
  await shoal(['cluster', 'create', k3d, '--kubeconfig', kubeconfig]);
  expect(await kubectl('config current-context')).toBe(`shoal-${k3d}\n`);
  await shoal(['image', 'import', 'website:v1.0', '-c', k3d]);
  expect(await hasImage(`${k3d}-control-plane`, 'website:v1.0')).toBe(true);
  expect(await shoal(['cluster', 'list'])).toMatch(/eb-k3d +running +1\/1/);
  await shoal(['cluster', 'stop', k3d]);
  await shoal(['cluster', 'start', k3d]);
  await shoal(['cluster', 'delete', k3d, '--kubeconfig', kubeconfig]);
  expect(await kubectl('config get-contexts -o name')).toBe(`shoal-${name}\n`);
});

test("kind's delete cluster removes cluster and context", async () => {
  await shoal(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
  expect(await kubectl('config get-contexts -o name')).toBe('');
  expect(await remains(docker, name)).toEqual([]);
});
