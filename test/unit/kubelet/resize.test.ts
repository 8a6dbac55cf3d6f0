import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../../src/api/types/core-v1.ts';
import { updateOf } from '../../../src/kubelet/runtime/docker/container.ts';
import type { ContainerConfig } from '../../../src/kubelet/runtime/runtime.ts';
import { createSimulatedRuntime } from '../../../src/kubelet/runtime/simulated/simulated.ts';
import { container, type Harness, pod, startNode } from './harness.ts';

type Amounts = Record<string, string>;
const sized = (cpu: string, memory: string, more: Partial<Container> = {}): Container => {
  const amounts: Amounts = { cpu, memory };
  return container({ resources: { requests: amounts, limits: amounts }, ...more });
};

/** Writes what `kubectl patch --subresource resize` would. */
async function resize(node: Harness, name: string, containers: Container[]): Promise<void> {
  const found = node.pod(name) as Pod;
  const generation = (found.metadata.generation ?? 1) + 1;
  node.api.put('pods', { ...found, metadata: { ...found.metadata, generation }, spec: { ...found.spec, containers } });
  await node.clock.advance(2_000);
}
const resizeConditions = (found: Pod | undefined): string[] =>
  (found?.status?.conditions ?? [])
    .filter(({ type }) => type.startsWith('PodResize'))
    .map(({ type, reason, message }) => [type, reason, message].join(' ').trim());
const shown = (found: Pod | undefined) => found?.status?.containerStatuses?.[0];

async function running(containers: Container[], name = 'web'): Promise<Harness & { updates: ContainerConfig['resources'][] }> {
  const updates: ContainerConfig['resources'][] = [];
  const node = await startNode({ capacity: { cpu: '2', memory: '4Gi' } });
  const { updateContainer } = node.runtime;
  node.runtime.updateContainer = async (id, resources) => {
    updates.push(resources);
    await updateContainer(id, resources);
  };
  node.api.put('pods', { ...pod(name, { containers }), metadata: { ...pod(name).metadata, generation: 1 } });
  await node.clock.advance(1_000);
  return Object.assign(node, { updates });
}

describe('a pod whose resources are changed', () => {
  it('goes on with them, and says so', async () => {
    const node = await running([sized('500m', '256Mi')]);
    await resize(node, 'web', [sized('1', '512Mi')]);
    const wanted = { requests: { cpu: '1', memory: '512Mi' }, limits: { cpu: '1', memory: '512Mi' } };
    expect(shown(node.pod('web'))).toMatchObject({ restartCount: 0, allocatedResources: wanted.requests, resources: wanted });
    expect(node.updates).toEqual([expect.objectContaining({ cpuQuota: 100_000, cpuShares: 1024, memoryLimit: 512 * 2 ** 20 })]);
    expect(resizeConditions(node.pod('web'))).toEqual([]);
    expect(node.pod('web')?.status?.observedGeneration).toBe(2);
    const summary =
      '{"containers":[{"name":"web","resources":{"limits":{"cpu":"1","memory":"512Mi"},"requests":{"cpu":"1","memory":"512Mi"}}}],"generation":2}';
    expect(node.events('web').slice(-2)).toEqual([
      `ResizeStarted: Pod resize started: ${summary}`,
      `ResizeCompleted: Pod resize completed: ${summary}`,
    ]);
  });

  it('has the containers restarted whose policy wants it', async () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const node = await running([sized('500m', '256Mi', { resizePolicy }), sized('100m', '64Mi', { name: 'side' })]);
    await resize(node, 'web', [sized('500m', '512Mi', { resizePolicy }), sized('200m', '64Mi', { name: 'side' })]);
    const counts = node.pod('web')?.status?.containerStatuses?.map(({ name, restartCount }) => `${name} ${restartCount}`);
    expect(counts).toEqual(['side 0', 'web 1']);
    expect(node.updates).toHaveLength(1);
    expect(node.events('web')).toContain('Killing: Container web resize requires restart');
    await resize(node, 'web', [sized('500m', '1Gi', { resizePolicy }), sized('200m', '64Mi', { name: 'side' })]);
    const again = node.pod('web')?.status?.containerStatuses?.find(({ name }) => name === 'web');
    expect(again).toMatchObject({ restartCount: 2, state: { running: {} }, resources: { limits: { memory: '1Gi' } } });
  });

  it('keeps what it has when the node could never give so much', async () => {
    const node = await running([sized('500m', '256Mi')]);
    await resize(node, 'web', [sized('3', '256Mi')]);
    const message = "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000";
    expect(resizeConditions(node.pod('web'))).toEqual([`PodResizePending Infeasible ${message}`]);
    expect(shown(node.pod('web'))).toMatchObject({ allocatedResources: { cpu: '500m' }, resources: { limits: { cpu: '500m' } } });
    await resize(node, 'web', [sized('500m', '256Mi')]);
    expect(resizeConditions(node.pod('web'))).toEqual([]);
  });

  it('waits for what others have, through a restart of the kubelet, and gets it when they leave', async () => {
    const node = await running([sized('500m', '256Mi')]);
    node.api.put('pods', pod('other', { containers: [sized('1', '1Gi')] }));
    await node.clock.advance(1_000);
    await resize(node, 'web', [sized('1500m', '256Mi')]);
    const message = "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000";
    const deferred = [`PodResizePending Deferred ${message}`];
    expect(resizeConditions(node.pod('web'))).toEqual(deferred);
    await node.restart();
    await node.clock.advance(1_000);
    expect(resizeConditions(node.pod('web'))).toEqual(deferred);
    expect(shown(node.pod('web'))).toMatchObject({ allocatedResources: { cpu: '500m' } });
    node.deletePod('other', 1);
    await node.clock.advance(5_000);
    expect(resizeConditions(node.pod('web'))).toEqual([]);
    expect(shown(node.pod('web'))).toMatchObject({ restartCount: 0, resources: { limits: { cpu: '1500m' } } });
  });

  it('is in progress while its memory does not fit into less', async () => {
    const node = await running([sized('500m', '256Mi')]);
    const message =
      'cannot decrease memory limits: attempting to set container "web" memory limit (8388608) below current usage (10485760)';
    await resize(node, 'web', [sized('500m', '8Mi')]);
    expect(resizeConditions(node.pod('web'))).toEqual([`PodResizeInProgress Error ${message}`]);
    expect(shown(node.pod('web'))).toMatchObject({ allocatedResources: { memory: '8Mi' }, resources: { limits: { memory: '256Mi' } } });
    await resize(node, 'web', [sized('500m', '16Mi')]);
    expect(resizeConditions(node.pod('web'))).toEqual([]);
    expect(shown(node.pod('web'))).toMatchObject({ resources: { limits: { memory: '16Mi' } } });
  });
});

describe('a Docker engine is asked', () => {
  const figures = { cpuQuota: 0, cpuPeriod: 100_000, cpuShares: 20, memoryLimit: 0, oomScoreAdj: 0 };
  const cpu = { CpuPeriod: 100_000, CpuQuota: -1, CpuShares: 20 };
  it.each([
    { name: 'for no limits where there are none', more: {}, update: cpu },
    {
      name: 'for limits',
      more: { cpuQuota: 3_500, memoryLimit: 2 ** 30 },
      update: { ...cpu, CpuQuota: 3_500, Memory: 2 ** 30, MemorySwap: 2 ** 30 },
    },
    {
      name: 'for as little memory as it gives',
      more: { memoryLimit: 2 ** 20 },
      update: { ...cpu, Memory: 6 * 2 ** 20, MemorySwap: 6 * 2 ** 20 },
    },
  ])('$name', ({ more, update }) => expect(updateOf({ ...figures, ...more })).toEqual(update));
});

it('the simulated runtime resizes only what runs', async () => {
  const { clock } = await startNode();
  const runtime = createSimulatedRuntime({ clock, podCIDR: '10.244.9.0/24' });
  await expect(runtime.updateContainer('none', {} as ContainerConfig['resources'])).rejects.toThrow('No such container');
});
