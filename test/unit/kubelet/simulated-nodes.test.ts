import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createInformerFactory } from '../../../src/client/informers.ts';
import { createAddressPool } from '../../../src/kubelet/runtime/simulated/addresses.ts';
import { behaviourOf } from '../../../src/kubelet/runtime/simulated/behaviour.ts';
import { startSimulatedNodes } from '../../../src/kubelet/simulated-nodes.ts';
import { parseDuration } from '../../../src/util/duration.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi } from '../client/fake-api.ts';
import { pod } from './harness.ts';

describe('simulated nodes', () => {
  it('run the pods of many nodes over one informer', async () => {
    const api = createFakeApi();
    const clock = virtualClock();
    const client = createInProcessClient(api.handle);
    const informers = createInformerFactory({ client, clock, log: silentLogger });
    const options = { client, informers, clock, log: silentLogger, signal: new AbortController().signal, random: () => 0.5 };
    const starting = startSimulatedNodes({ ...options, count: 50 });
    await clock.advance(1_000);
    const nodes = await starting;
    expect(api.all<Node>('nodes')).toHaveLength(50);
    expect(new Set(api.all<Node>('nodes').map(({ spec }) => spec?.podCIDR)).size).toBe(50);
    for (let i = 0; i < 200; i++) api.put('pods', pod(`web-${i}`, { nodeName: `simulated-${i % 50}` }));
    await clock.advance(1_000);
    const pods = api.all<Pod>('pods');
    expect(pods.filter(({ status }) => status?.phase === 'Running')).toHaveLength(200);
    expect(new Set(pods.map(({ status }) => status?.podIP)).size).toBe(200);
    expect(api.calls.filter((call) => call.startsWith('GET /api/v1/pods') && !call.includes('watch'))).toHaveLength(1);

    await nodes.kill('simulated-7');
    const leases = (): number => api.calls.filter((call) => call.includes('/leases/simulated-7')).length;
    const before = leases();
    await clock.advance(60_000);
    expect(leases()).toBe(before);
    await nodes.stop();
    informers.stop();
  });

  it('give addresses in turn and take them back', () => {
    const pool = createAddressPool('10.1.2.0/29');
    expect([pool.take(), pool.take()]).toEqual(['10.1.2.2', '10.1.2.3']);
    pool.release('10.1.2.2');
    expect([pool.take(), pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([
      '10.1.2.4',
      '10.1.2.5',
      '10.1.2.6',
      '10.1.2.2',
      undefined,
    ]);
  });

  it.each([
    { text: '200ms', ms: 200 },
    { text: '1m30s', ms: 90_000 },
    { text: '1.5h', ms: 5_400_000 },
    { text: '5', ms: undefined },
    { text: 'soon', ms: undefined },
  ])('read the duration $text', ({ text, ms }) => expect(parseDuration(text)).toBe(ms));

  it('read a behaviour for one container over that for all', () => {
    const annotation = JSON.stringify({ startDelay: '1s', exitCode: 1, containers: { a: { exitCode: 2 } } });
    expect(behaviourOf({ 'shoal.dev/simulate': annotation }, 'a')).toEqual({ startDelay: '1s', exitCode: 2 });
    expect(behaviourOf({ 'shoal.dev/simulate': annotation }, 'b')).toEqual({ startDelay: '1s', exitCode: 1 });
    expect(behaviourOf({ 'shoal.dev/simulate': '{broken' })).toEqual({});
  });
});
