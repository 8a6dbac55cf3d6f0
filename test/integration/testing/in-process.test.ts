import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { createCluster, kinds, ShoalError } from '../../../src/testing/testing.ts';
import { kubectlFor } from '../../support/clients.ts';
import { deployment } from './objects.ts';

describe('a cluster in process', () => {
  it('runs a Deployment, explains what does not run, and goes with its block', async () => {
    await using cluster = await createCluster();
    await cluster.apply(deployment('web', 10));
    await cluster.waitFor('deploy/web', 'Ready');
    await cluster.apply(deployment('big', 1, { cpu: '64' }));
    await cluster.waitFor('deploy/big', 'Available=False');
    const [pod] = (await cluster.client.list(kinds.Pod, { namespace: 'default', labelSelector: 'app=big' })).items;
    const ref = `pod/${pod?.metadata.name}`;
    await cluster.waitFor(ref, 'PodScheduled=False');
    await expect(cluster.waitFor(ref, 'Ready', { timeout: 50 })).rejects.toThrow(/^pod\/big-\S+ was not Ready after 0.05 s: .*cpu/i);
    expect((await cluster.why(ref)).healthy).toBe(false);
  });

  it('is reached by kubectl and the official client with its kubeconfig', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'shoal-testing-'));
    try {
      await using cluster = await createCluster({ nodes: 2, clock: 'virtual' });
      const text = await cluster.kubeconfig();
      const file = join(directory, 'kubeconfig');
      writeFileSync(file, text);
      expect(await kubectlFor(file)('get nodes -o name')).toBe('node/shoal-control-plane\nnode/shoal-worker\n');
      const config = new KubeConfig();
      config.loadFromString(text);
      const { items } = await config.makeApiClient(CoreV1Api).listNode();
      expect(items.map(({ metadata }) => metadata?.name)).toEqual(['shoal-control-plane', 'shoal-worker']);
      await using same = await createCluster({ existing: file });
      await same.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' } });
      expect((await cluster.client.get(kinds.ConfigMap, 'seen', 'default')).metadata.name).toBe('seen');
      await same.reset();
      await expect(cluster.client.get(kinds.ConfigMap, 'seen', 'default')).rejects.toMatchObject({ reason: 'NotFound' });
      await expect(same.fork()).rejects.toMatchObject({ code: 'NOT_IN_PROCESS' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('goes back to its beginning, and forks', async () => {
    await using cluster = await createCluster();
    await cluster.apply(deployment('web', 3));
    await cluster.waitFor('deploy/web', 'Ready');
    await using fork = await cluster.fork();
    await cluster.reset();
    expect((await cluster.client.list(kinds.Pod, { namespace: 'default' })).items).toEqual([]);
    await fork.waitFor('deploy/web', 'Ready');
    await fork.apply(deployment('second', 1));
    await expect(cluster.why('deploy/second')).rejects.toMatchObject({ reason: 'NotFound' });
    await cluster.apply(deployment('web', 2));
    await cluster.waitFor('deploy/web', 'Ready');
  });

  it('stands beside others', async () => {
    const clusters = await Promise.all(Array.from({ length: 4 }, () => createCluster({ nodes: 1 })));
    try {
      const configs = await Promise.all(clusters.map((cluster) => cluster.kubeconfig()));
      expect(new Set(configs.map((text) => /server: (.*)/.exec(text)?.[1])).size).toBe(4);
      await Promise.all(
        clusters.map(async (cluster, index) => {
          await cluster.apply(deployment('web', index + 1));
          const { spec } = await cluster.waitFor<ReturnType<typeof deployment>>('deploy/web', 'Ready');
          expect(spec?.replicas).toBe(index + 1);
        }),
      );
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.stop()));
    }
  });

  it('says what it cannot do', async () => {
    await using cluster = await createCluster({ nodes: 1 });
    await expect(cluster.advance('1h')).rejects.toMatchObject({ code: 'NOT_IN_PROCESS' });
    await expect(cluster.apply('no-such-file.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(cluster.killNode('worker9')).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
    await expect(createCluster({ clock: 'virtual', real: true })).rejects.toBeInstanceOf(ShoalError);
  });
});
