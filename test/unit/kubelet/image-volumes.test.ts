import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createVolumes } from '../../../src/kubelet/volumes/volumes.ts';
import { container, pod, startNode } from './harness.ts';

const using = (reference: string, pullPolicy = 'IfNotPresent') =>
  pod('web', {
    containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
    volumes: [
      { name: 'data', image: { reference, pullPolicy } },
      { name: 'unused', image: { reference: 'not:wanted' } },
    ],
  });

it('an image volume is pulled by its own policy, with events about the pod', async () => {
  const node = await startNode();
  node.api.put('pods', using('data:v1', 'Always'));
  await node.clock.advance(1_000);
  expect(node.pod('web')?.status?.phase).toBe('Running');
  expect(node.events('web')).toContain('Pulling: Pulling image "data:v1"');
  expect(node.events('web').join()).not.toContain('not:wanted');
});

it('an image volume that cannot be had keeps its container from starting', async () => {
  const node = await startNode();
  node.api.put('pods', using('data:v1', 'Never'));
  await node.clock.advance(1_000);
  expect(node.pod('web')?.status?.containerStatuses?.[0]?.state).toEqual({
    waiting: { reason: 'ErrImageNeverPull', message: 'Container image "data:v1" is not present with pull policy of Never' },
  });
});

it('an image is mounted once for a volume, read-only, below the pod’s directory', async () => {
  const podsDir = await mkdtemp(join(tmpdir(), 'kubelet-'));
  const volumes = createVolumes({ podsDir, tokens: { token: async () => ({ token: '', refreshMs: 1 }), forget: () => undefined } });
  const mounted: string[] = [];
  const mount = async (directory: string): Promise<void> => void mounted.push(directory);
  await volumes.mountImage('uid', 'data', mount);
  await volumes.mountImage('uid', 'data', mount);
  const path = join(podsDir, 'uid/volumes/kubernetes.io~image/data');
  expect(mounted).toEqual([path]);
  expect(volumes.mounted('uid', 'data')).toEqual({ path, readOnly: true, ownable: false });
  await volumes.unmount('uid');
  await expect(stat(path)).rejects.toThrow('ENOENT');
  await rm(podsDir, { recursive: true });
});
