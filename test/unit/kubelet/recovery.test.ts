import { describe, expect, it } from 'vitest';
import { container, pod, startNode } from './harness.ts';

describe('a restarted kubelet', () => {
  it('goes on with the containers that it finds', async () => {
    const node = await startNode();
    const probe = { httpGet: { port: 80 }, periodSeconds: 10 };
    node.api.put('pods', pod('web', { containers: [container({ readinessProbe: probe })] }));
    await node.clock.advance(5_000);
    const before = node.pod('web')?.status;
    const ids = (await node.runtime.listContainers()).map(({ id }) => id);
    const writes = (): number => node.api.calls.filter((call) => call.startsWith('PATCH') && call.includes('/pods/web')).length;
    const written = writes();
    await node.restart();
    await node.clock.advance(30_000);
    expect((await node.runtime.listContainers()).map(({ id }) => id)).toEqual(ids);
    expect(node.pod('web')?.status).toEqual(before);
    expect(writes()).toBe(written);
  });

  it('sees what ended while it was away, and counts on', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', {}, { crashAfter: '30s', crashes: 1 }));
    await node.clock.advance(1_000);
    await node.kubelet.stop();
    await node.clock.advance(60_000);
    await node.restart();
    await node.clock.advance(1_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, state: { running: {} } });
  });

  it('removes pods that are gone from the API', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(1_000);
    await node.kubelet.stop();
    node.api.remove('pods', 'web', 'default');
    await node.restart();
    await node.clock.advance(1_000);
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
  });

  it('leaves finished pods as they are', async () => {
    const node = await startNode();
    node.api.put('pods', pod('job', { restartPolicy: 'Never' }, { exitAfter: '1s' }));
    await node.clock.advance(5_000);
    const before = node.pod('job')?.status;
    await node.restart();
    await node.clock.advance(20_000);
    expect(node.pod('job')?.status).toEqual(before);
    expect(await node.runtime.listContainers()).toHaveLength(1);
  });
});

describe('a sandbox that died', () => {
  it('is made again with the restart counts kept', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { initContainers: [container({ name: 'init' })] }));
    await node.clock.advance(3_000);
    const [sandbox] = await node.runtime.listPodSandboxes();
    await node.runtime.stopPodSandbox(sandbox?.id ?? '');
    await node.clock.advance(5_000);
    const status = node.pod('web')?.status;
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, state: { running: {} }, ready: true });
    expect(status?.initContainerStatuses?.[0]).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 0 } } });
    expect(status?.podIP).toBe('10.244.1.3');
    expect(node.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
  });

  it('is not made again for a pod that has failed for good', async () => {
    const node = await startNode();
    node.api.put('pods', pod('job', { restartPolicy: 'Never' }));
    await node.clock.advance(3_000);
    const [sandbox] = await node.runtime.listPodSandboxes();
    await node.runtime.stopPodSandbox(sandbox?.id ?? '');
    await node.clock.advance(5_000);
    expect(node.pod('job')?.status?.phase).toBe('Failed');
    expect(await node.runtime.listPodSandboxes()).toHaveLength(1);
  });
});
