import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { containerConfig } from '../../../src/kubelet/containers/config.ts';
import type { KubeletContext, PodState } from '../../../src/kubelet/context.ts';
import type { MountedVolume } from '../../../src/kubelet/volumes/sources.ts';
import { container, pod } from './harness.ts';

it('a volume of mode Block is a device to a container', async () => {
  const podsDir = await mkdtemp(join(tmpdir(), 'kubelet-'));
  const mounted: Record<string, MountedVolume> = { disk: { path: '/dev/loop7', readOnly: true, ownable: false } };
  const volumes = { mounted: (_uid: string, name: string) => mounted[name] };
  const context = { podsDir, volumes, capacity: {}, allocatable: {}, services: undefined } as unknown as KubeletContext;
  const configOf = (name: string) => {
    const spec = container({ volumeDevices: [{ name, devicePath: '/dev/xvda' }] });
    const facts = { attempt: 0, image: undefined, addresses: { podIPs: [], hostIP: '' } };
    return containerConfig(context, { uid: 'u', pod: pod('web', { containers: [spec] }) } as unknown as PodState, spec, facts);
  };
  expect((await configOf('disk')).devices).toEqual([{ hostPath: '/dev/loop7', containerPath: '/dev/xvda', readOnly: true }]);
  await expect(configOf('gone')).rejects.toThrow('cannot find volume "gone" to mount into container "web"');
  await rm(podsDir, { recursive: true });
});
