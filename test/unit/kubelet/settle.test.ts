import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { conditions, container, pod, startNode } from './harness.ts';

const states = (found: Pod | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(found?.status?.initContainerStatuses ?? []), ...(found?.status?.containerStatuses ?? [])].map(({ name, state }) => [
      name,
      state?.terminated?.reason ?? state?.waiting?.reason ?? 'Running',
    ]),
  );

describe('when a pod is over, its containers', () => {
  it('that initialization never got to keep waiting', async () => {
    const node = await startNode();
    const initContainers = ['one', 'two', 'three'].map((name) => container({ name }));
    const behaviour = { containers: { two: { exitAfter: '1s', exitCode: 1 } } };
    node.api.put('pods', pod('web', { restartPolicy: 'Never', initContainers }, behaviour));
    await node.clock.advance(10_000);
    const found = node.pod('web');
    expect(found?.status?.phase).toBe('Failed');
    expect(states(found)).toEqual({ one: 'Completed', two: 'Error', three: 'PodInitializing', web: 'PodInitializing' });
    expect(conditions(found)['Initialized']).toBe('False ContainersNotInitialized');
    expect(found?.status?.conditions?.find(({ type }) => type === 'Initialized')?.message).toBe(
      'containers with incomplete status: [two three]',
    );
  });

  it('that were due and cannot be found have failed', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { restartPolicy: 'Never', activeDeadlineSeconds: 2 }, { pullError: 'no such image' }));
    await node.clock.advance(10_000);
    expect(node.pod('web')?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(states(node.pod('web'))).toEqual({ web: 'ContainerStatusUnknown' });
  });
});

it.each([
  { name: 'is not there and never pulled', spec: { imagePullPolicy: 'Never' }, error: 'ErrImageNeverPull' },
  { name: 'has no valid name', spec: { image: 'a b' }, error: 'InvalidImageName' },
])('an image that $name is told of by the name of the error', async ({ spec, error }) => {
  const node = await startNode();
  node.api.put('pods', pod('web', { containers: [container(spec)] }));
  await node.clock.advance(1_000);
  expect(node.events('web')).toContain(`Failed: Error: ${error}`);
});
