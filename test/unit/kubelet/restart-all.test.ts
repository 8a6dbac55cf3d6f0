import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { conditions, container, pod, startNode } from './harness.ts';

const restartPolicyRules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }];
const source = (name: string) => container({ name, restartPolicy: 'Never', restartPolicyRules });
const counts = (found: Pod | undefined): string[] =>
  [...(found?.status?.initContainerStatuses ?? []), ...(found?.status?.containerStatuses ?? [])].map(
    ({ name, restartCount, state, lastState }) =>
      `${name} ${restartCount} ${state?.running === undefined ? (state?.terminated?.reason ?? 'waiting') : 'running'} ${lastState?.terminated?.exitCode ?? '-'}`,
  );

describe('a container whose rule restarts all', () => {
  it('has its pod start over, init containers and sidecars included', async () => {
    const node = await startNode();
    const initContainers = [container({ name: 'setup' }), container({ name: 'proxy', restartPolicy: 'Always' })];
    const behaviour = { containers: { web: { crashAfter: '5s', exitCode: 42, crashes: 1 } } };
    node.api.put(
      'pods',
      pod('web', { restartPolicy: 'Never', initContainers, containers: [source('web'), container({ name: 'other' })] }, behaviour),
    );
    await node.clock.advance(4_000);
    expect(counts(node.pod('web'))).toEqual(['setup 0 Completed -', 'proxy 0 running -', 'other 0 running -', 'web 0 running -']);
    await node.clock.advance(2_500);
    expect(conditions(node.pod('web'))['AllContainersRestarting']).toBe('True RestartAllContainersStarted');
    await node.clock.advance(3_000);
    expect(counts(node.pod('web'))).toEqual(['setup 1 Completed 0', 'proxy 1 running 0', 'other 1 running 0', 'web 1 running 42']);
    expect(node.pod('web')?.status?.phase).toBe('Running');
    expect(conditions(node.pod('web'))).toMatchObject({ AllContainersRestarting: 'False', Ready: 'True' });
  });

  it('may be an init container', async () => {
    const node = await startNode();
    const initContainers = [container({ name: 'first' }), source('second')];
    const behaviour = { containers: { second: { crashAfter: '1s', exitCode: 42, crashes: 1 } } };
    node.api.put('pods', pod('web', { restartPolicy: 'Never', initContainers }, behaviour));
    await node.clock.advance(10_000);
    expect(counts(node.pod('web'))).toEqual(['first 1 Completed 0', 'second 1 Completed 42', 'web 0 running -']);
  });

  it('waits longer each time', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { restartPolicy: 'Never', containers: [source('web')] }, { crashAfter: '1s', exitCode: 42 }));
    await node.clock.advance(4_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    await node.clock.advance(6_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    await node.clock.advance(4_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(2);
    expect(node.pod('web')?.status?.phase).toBe('Running');
  });

  it('does nothing when it ends otherwise', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { restartPolicy: 'Never', containers: [source('web')] }, { crashAfter: '1s', exitCode: 1 }));
    await node.clock.advance(5_000);
    expect(counts(node.pod('web'))).toEqual(['web 0 Error -']);
    expect(node.pod('web')?.status?.phase).toBe('Failed');
  });
});
