import { describe, expect, it } from 'vitest';
import { runHook } from '../../../src/kubelet/containers/hooks.ts';
import type { KubeletContext } from '../../../src/kubelet/context.ts';
import { container, type Harness, pod, startNode } from './harness.ts';

const failing = async (): Promise<Harness> => {
  const node = await startNode();
  node.runtime.execSync = async () => ({ exitCode: 3, output: 'the password is x' });
  return node;
};
const exec = { exec: { command: ['warm', 'up'] } };

describe('a lifecycle hook that fails', () => {
  it('after the start has its container ended, and keeps what it said out of events', async () => {
    const node = await failing();
    node.api.put('pods', pod('web', { restartPolicy: 'Always', containers: [container({ lifecycle: { postStart: exec } })] }));
    await node.clock.advance(1_000);
    const said = node.events('web').join('\n');
    expect(said).toContain('FailedPostStartHook: PostStartHook failed (x2)\nKilling: FailedPostStartHook (x2)');
    expect(said).not.toContain('password');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff');
  });

  it.each([
    {
      name: 'a command',
      hook: exec,
      problem:
        'Exec lifecycle hook ([warm up]) for Container "web" in Pod "web_default(uid-of-web)" failed - error: command \'warm up\' exited with 3: no, message: "no"',
    },
    {
      name: 'a request',
      hook: { httpGet: { path: '/warm', host: '127.0.0.1', port: 1 } },
      problem:
        'HTTP lifecycle hook (/warm) for Container "web" in Pod "web_default(uid-of-web)" failed - error: Get "http://127.0.0.1:1/warm": dial tcp 127.0.0.1:1: connect: connection refused',
    },
  ])('says of $name what went wrong', async ({ hook, problem }) => {
    const context = { runtime: { execSync: async () => ({ exitCode: 3, output: 'no' }) } } as unknown as KubeletContext;
    const target = { containerId: 'id', container: container(), pod: pod('web'), podIP: '', signal: new AbortController().signal };
    await expect(runHook(context, hook, target)).rejects.toThrow(problem);
  });

  it('before the end does not keep the pod', async () => {
    const node = await failing();
    node.api.put('pods', pod('web', { containers: [container({ lifecycle: { preStop: exec } })] }));
    await node.clock.advance(1_000);
    node.deletePod('web', 30);
    await node.clock.advance(2_000);
    expect(node.events('web')).toContain('FailedPreStopHook: PreStopHook failed');
    expect(node.pod('web')).toBeUndefined();
  });
});
