import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealCluster, realCluster } from '../../support/e2e.ts';

const name = 'ea-registry';
let cluster: RealCluster;
beforeAll(async () => {
  cluster = await realCluster({ name, config: 'nodes: [{role: control-plane}, {role: worker}]\nregistry: true\n' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** `docker push` of the sample image under another name. */
async function push(docker: Docker, repo: string, tag: string): Promise<void> {
  await docker.getImage('website:v1.0').tag({ repo, tag });
  const image = docker.getImage(`${repo}:${tag}`);
  try {
    const said = await image.push({ tag, authconfig: {} });
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(said, (failure, events: { error?: string }[]) => {
        const error = failure?.message ?? events.find((event) => event.error !== undefined)?.error;
        if (error === undefined) resolve();
        else reject(new Error(error));
      }),
    );
  } finally {
    await image.remove();
  }
}

const onWorker = (app: string, image: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: app },
  spec: {
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: { nodeName: `${name}-worker`, containers: [{ name: 'main', image, imagePullPolicy: 'Always' }] },
    },
  },
});
const rolledOut = (app: string): Promise<string> => cluster.kubectl(`rollout status deployment/${app} --timeout=60s`);

test('an image pushed to localhost runs on a worker under the same name, also after stop and start', async () => {
  const { registry } = JSON.parse(await cluster.shoal(['status', name, '-o', 'json'])) as { registry: { host: string } };
  expect(registry.host).toMatch(/^localhost:5\d\d\d$/);
  const repo = `${registry.host}/team/app`;
  await push(cluster.docker, repo, 'dev');
  await cluster.apply(onWorker('first', `${repo}:dev`));
  await rolledOut('first');

  const hosting = await cluster.kubectl([
    'get',
    'configmap',
    'local-registry-hosting',
    '--namespace=kube-public',
    '-o',
    'jsonpath={.data.localRegistryHosting\\.v1}',
  ]);
  expect(hosting).toContain(`host: "${registry.host}"\n`);
  // The third name, for builds that run in pods.
  const inCluster = /hostFromClusterNetwork: "(.+)"/.exec(hosting)?.[1];
  const pod = await cluster.kubectl(['get', 'pod', '--selector=app=first', '-o', 'name']);
  const tags = await cluster.sh(pod.trim(), `wget -q -O - http://${inCluster}/v2/team/app/tags/list`);
  expect(JSON.parse(tags)).toEqual({ name: 'team/app', tags: ['dev'] });

  await cluster.shoal(['stop', name]);
  await cluster.shoal(['start', name]);
  await cluster.apply(onWorker('second', `${repo}:dev`));
  await rolledOut('second');
});
