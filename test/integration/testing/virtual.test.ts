import { describe, expect, it } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { createCluster, kinds, type TestCluster } from '../../../src/testing/testing.ts';
import { parseDuration } from '../../../src/util/duration.ts';
import { cronJob, deployment } from './objects.ts';

/** Every change of the watched kinds as one line, for as long as the cluster lives. */
function changesOf({ client }: TestCluster, watched: readonly Kind[]): string[] {
  const lines: string[] = [];
  const follow = async (kind: Kind): Promise<void> => {
    // A watch ends after half an hour or more; another one goes on where it was.
    for (let resourceVersion = '0'; ; ) {
      for await (const { type, object } of client.watch(kind, { resourceVersion })) {
        resourceVersion = object.metadata.resourceVersion ?? '';
        lines.push([type, kind.kind, object.metadata.name, object.metadata.uid, resourceVersion, JSON.stringify(object)].join(' '));
      }
    }
  };
  for (const kind of watched) follow(kind).catch(() => undefined);
  return lines;
}

async function timeOfTicks(seed: number, duration: string): Promise<string[]> {
  await using cluster = await createCluster({ clock: 'virtual', seed });
  const changes = changesOf(cluster, [kinds.Job, kinds.Pod, kinds.CronJob, kinds.Event] as unknown as Kind[]);
  await cluster.apply(cronJob('tick', '*/5 * * * *'));
  const before = cluster.now().getTime();
  await cluster.advance(duration);
  expect(cluster.now().getTime() - before).toBe(parseDuration(duration));
  return changes;
}

describe('a virtual clock', () => {
  it("runs a CronJob's day, twice with the same events in the same order", async () => {
    const first = await timeOfTicks(7, '24h');
    expect(first.filter((line) => line.startsWith('ADDED Job '))).toHaveLength(288);
    expect(await timeOfTicks(7, '24h')).toEqual(first);
    const [other] = await timeOfTicks(8, '10m');
    expect(other).not.toBe(first[0]);
  }, 300_000);

  it('evicts the pods of a node that is off when their time has come', async () => {
    await using cluster = await createCluster({ clock: 'virtual' });
    await cluster.apply(deployment('web', 6));
    await cluster.waitFor('deploy/web', 'Ready');
    await cluster.killNode('worker');
    const on = async (node: string): Promise<Pod[]> =>
      (await cluster.client.list(kinds.Pod, { namespace: 'default', fieldSelector: `spec.nodeName=${node}` })).items;
    const lost = (await on('shoal-worker')).length;
    expect(lost).toBeGreaterThan(0);
    await cluster.advance('39s');
    await cluster.waitFor('node/shoal-worker', 'Ready', { timeout: 0 });
    await cluster.waitFor('node/shoal-worker', 'Ready=Unknown', { timeout: '3s' });
    await cluster.advance('290s');
    expect((await on('shoal-worker')).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
    await cluster.waitFor('deploy/web', 'Ready', { timeout: '1m' });
    expect((await on('shoal-worker')).every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
    await cluster.startNode('worker');
    await cluster.advance('1m');
    expect(await on('shoal-worker')).toEqual([]);
  });

  it('doubles the pauses of a container that crashes, and removes a Job when its time to live is over', async () => {
    await using cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    const crash = { 'shoal.dev/simulate': JSON.stringify({ crashAfter: '1s' }) };
    await cluster.apply(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'crash', annotations: crash },
        spec: { containers: [{ name: 'main', image: 'any' }] },
      } as Pod,
      `{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {ttlSecondsAfterFinished: 3600, template: {spec: {restartPolicy: Never, containers: [{name: main, image: any}]}}}}`,
    );
    await cluster.waitFor('job/once', 'Complete');
    await cluster.advance('59m');
    await cluster.waitFor('job/once', 'Complete', { timeout: 0 });
    await cluster.advance('2m');
    await cluster.waitFor('job/once', 'deleted', { timeout: 0 });
    const { status } = await cluster.client.get(kinds.Pod, 'crash', 'default');
    const restarts = status?.containerStatuses?.[0]?.restartCount ?? 0;
    // After 10 s, 20 s, 40 s, 80 s, 160 s, and from then on every five minutes.
    expect(restarts).toBeGreaterThanOrEqual(14);
    expect(restarts).toBeLessThanOrEqual(18);
  });

  it('breaks a node for as long as a fault lasts', async () => {
    await using cluster = await createCluster({ clock: 'virtual', nodes: 2 });
    const fault = await cluster.fault({ duration: '10m', nodes: { names: ['shoal-worker'] }, node: { action: 'Kill' } });
    await cluster.waitFor('node/shoal-worker', 'Ready=Unknown', { timeout: '1m' });
    await fault.undo();
    await cluster.waitFor('node/shoal-worker', 'Ready', { timeout: '1m' });
  });
});
