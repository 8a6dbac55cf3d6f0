import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { watchContext } from '../../../src/cluster/dev/changes.ts';
import { restartUsers } from '../../../src/cluster/dev/workloads.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

describe('changes of a build context', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'shoal-dev-'));
    writeFileSync(join(directory, '.dockerignore'), '*.log\n');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('come together once it is calm, without what .dockerignore leaves out', async () => {
    const stop = new AbortController();
    const changes = await watchContext(directory, { clock: systemClock, signal: stop.signal });
    for (const name of ['noise.log', 'b.txt', 'a.txt']) writeFileSync(join(directory, name), 'changed');
    const { value } = await changes.next();
    stop.abort();
    expect(value).toEqual(['a.txt', 'b.txt']);
    expect((await changes.next()).done).toBe(true);
  });
});

describe('a new image', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await inProcessCluster({ nodes: 1 });
  });
  afterAll(() => cluster.stop());

  test('restarts what runs it, as kubectl rollout restart would, and nothing else', async () => {
    await cluster.kubectl(['create', 'deployment', 'web', '--image=web:dev']);
    await cluster.kubectl(['create', 'deployment', 'other', '--image=other:dev']);
    await cluster.kubectl(['create', 'namespace', 'shop']);
    await cluster.kubectl(['create', 'deployment', 'web', '--image=docker.io/library/web:dev', '-n', 'shop']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web']);
    expect(await restartUsers(cluster.client, systemClock, 'web:dev')).toEqual(['deployment/web', 'deployment/web -n shop']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web']);
    const { items } = await cluster.client.list(kinds.ReplicaSet, { namespace: 'default' });
    const names = items.map(({ metadata }) => metadata.name?.replace(/-[^-]+$/, ''));
    expect(names.sort()).toEqual(['other', 'web', 'web']);
  });
});
