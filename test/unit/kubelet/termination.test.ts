import { describe, expect, it } from 'vitest';
import { conditions, container, pod, startNode } from './harness.ts';

describe('the end of a pod', () => {
  it('lets containers end and then removes the pod from the API and the runtime', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', {}, { stopDelay: '5s', stopExitCode: 0 }));
    await node.clock.advance(1_000);
    node.deletePod('web', 30);
    await node.clock.advance(4_000);
    expect(node.pod('web')?.status?.phase).toBe('Running');
    expect(node.events('web')).toContain('Killing: Stopping container web');
    await node.clock.advance(2_000);
    expect(node.pod('web')).toBeUndefined();
    expect(await node.runtime.listContainers()).toEqual([]);
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
    expect(node.kubelet.pods()).toEqual([]);
    const written = node.api.calls.filter((call) => call.includes('/pods/web'));
    expect(written.at(-1)).toMatch(/^DELETE/);
  });

  it('kills what outlasts its grace', async () => {
    const node = await startNode();
    node.api.put('pods', pod('slow', { terminationGracePeriodSeconds: 10 }, { stopDelay: '1h' }));
    await node.clock.advance(1_000);
    node.deletePod('slow', 10);
    await node.clock.advance(9_000);
    expect(node.pod('slow')).toBeDefined();
    await node.clock.advance(2_000);
    expect(node.pod('slow')).toBeUndefined();
  });

  it('shortens the grace when deleted again with less', async () => {
    const node = await startNode();
    node.api.put('pods', pod('slow', { terminationGracePeriodSeconds: 600 }, { stopDelay: '1h' }));
    await node.clock.advance(1_000);
    node.deletePod('slow', 600);
    await node.clock.advance(5_000);
    node.deletePod('slow', 3);
    await node.clock.advance(4_000);
    expect(node.pod('slow')).toBeUndefined();
  });

  it('spends the grace on a preStop sleep first', async () => {
    const node = await startNode();
    const spec = { containers: [container({ lifecycle: { preStop: { sleep: { seconds: 7 } } } })] };
    node.api.put('pods', pod('web', spec));
    await node.clock.advance(1_000);
    node.deletePod('web', 30);
    await node.clock.advance(6_000);
    expect(node.pod('web')).toBeDefined();
    await node.clock.advance(2_000);
    expect(node.pod('web')).toBeUndefined();
  });

  it('ends sidecars after the containers they serve, in the reverse order', async () => {
    const node = await startNode();
    const side = (name: string) => container({ name, restartPolicy: 'Always' });
    const delays = { containers: { web: { stopDelay: '3s' }, one: { stopDelay: '2s' }, two: { stopDelay: '2s' } } };
    node.api.put('pods', pod('web', { initContainers: [side('one'), side('two')] }, delays));
    await node.clock.advance(1_000);
    const running = async (): Promise<string[]> =>
      (await node.runtime.listContainers()).filter(({ state }) => state === 'running').map(({ name }) => name);
    node.deletePod('web', 30);
    await node.clock.advance(2_500);
    expect(await running()).toEqual(['one', 'two', 'web']);
    await node.clock.advance(1_000);
    expect(await running()).toEqual(['one', 'two']);
    await node.clock.advance(2_000);
    expect(await running()).toEqual(['one']);
    await node.clock.advance(2_000);
    expect(node.pod('web')).toBeUndefined();
  });

  it('writes the final phase before the pod goes', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', {}, { stopExitCode: 143 }));
    await node.clock.advance(1_000);
    node.api.failNext(/^DELETE .*\/pods\/web/, await serverBusy());
    node.deletePod('web', 30);
    await node.clock.advance(100);
    expect(node.pod('web')?.status?.phase).toBe('Failed');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 143, reason: 'Error' });
    expect(conditions(node.pod('web'))).toMatchObject({ Ready: 'False PodFailed', PodReadyToStartContainers: 'False' });
    await node.clock.advance(1_000);
    expect(node.pod('web')).toBeUndefined();
  });

  it('ends a pod that was removed from the API by force', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(1_000);
    node.api.remove('pods', 'web', 'default');
    await node.clock.advance(1_000);
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
  });

  it('keeps the containers of a finished pod until the pod is deleted', async () => {
    const node = await startNode();
    node.api.put('pods', pod('job', { restartPolicy: 'Never' }, { exitAfter: '1s' }));
    await node.clock.advance(5_000);
    expect(node.pod('job')?.status?.phase).toBe('Succeeded');
    expect(await node.runtime.listContainers()).toHaveLength(1);
    expect((await node.runtime.listPodSandboxes()).map(({ state }) => state)).toEqual(['notready']);
    node.deletePod('job', 30);
    await node.clock.advance(1_000);
    expect(node.pod('job')).toBeUndefined();
    expect(await node.runtime.listContainers()).toEqual([]);
  });
});

async function serverBusy() {
  const { ApiError } = await import('../../../src/api/status.ts');
  return new ApiError('ServiceUnavailable', 'busy');
}
