import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import { runSimulatedMachines } from '../../../src/kubelet/simulated-machines.ts';
import { startSimulatedNodes } from '../../../src/kubelet/simulated-nodes.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi } from '../client/fake-api.ts';

const labelled = { 'shoal.dev/simulated': 'true' };
const killed = { 'shoal.dev/killed': '2026-01-01T00:00:00Z' };
const node = (metadata: Node['metadata'], podCIDR: string | undefined = '10.1.0.0/24'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata,
  ...(podCIDR === undefined ? {} : { spec: { podCIDR } }),
  status: { capacity: { cpu: '2', pods: '7' }, addresses: [{ type: 'InternalIP', address: '100.64.0.9' }] },
});

async function running() {
  const api = createFakeApi();
  const clock = virtualClock();
  const client = createInProcessClient(api.handle);
  const informers = createInformerFactory({ client, clock, log: silentLogger });
  const stop = new AbortController();
  const common = { informers, clock, log: silentLogger, signal: stop.signal };
  const machines = await startSimulatedNodes({ ...common, client, random: () => 0.5 });
  const ended = runSimulatedMachines({ ...common, machines });
  const put = async (object: Node): Promise<void> => {
    api.put('nodes', object);
    await clock.advance(1_000);
  };
  const stopAll = async (): Promise<void> => {
    stop.abort();
    await Promise.all([ended, machines.stop()]);
    informers.stop();
  };
  return { api, clock, put, on: () => [...machines.kubelets.keys()], stopAll };
}

describe('simulated machines', () => {
  it('run for the Nodes that are marked, with what those say', async () => {
    const { api, put, on, stopAll } = await running();
    await put(node({ name: 'ours', labels: labelled }));
    await put(node({ name: 'other' }));
    expect(on()).toEqual(['ours']);
    expect(api.get<Node>('nodes', 'ours')?.status).toMatchObject({
      capacity: { cpu: '2', memory: '16Gi', pods: '7' },
      addresses: expect.arrayContaining([{ type: 'InternalIP', address: '100.64.0.9' }]),
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
    });
    await stopAll();
  });

  it('wait for their range of pod addresses', async () => {
    const { put, on, stopAll } = await running();
    await put(node({ name: 'ours', labels: labelled }, ''));
    expect(on()).toEqual([]);
    await put(node({ name: 'ours', labels: labelled }));
    expect(on()).toEqual(['ours']);
    await stopAll();
  });

  it('are off while their Node says so, and gone with it', async () => {
    const { api, clock, put, on, stopAll } = await running();
    await put(node({ name: 'ours', labels: labelled, annotations: killed }));
    expect(on()).toEqual([]);
    await put(node({ name: 'ours', labels: labelled }));
    expect(on()).toEqual(['ours']);
    await put(node({ name: 'ours', labels: labelled, annotations: killed }));
    expect(on()).toEqual([]);
    await put(node({ name: 'ours', labels: labelled }));
    api.remove('nodes', 'ours');
    await clock.advance(60_000);
    expect([on(), api.all('nodes')]).toEqual([[], []]);
    await stopAll();
  });
});
