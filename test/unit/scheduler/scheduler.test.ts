import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/api/status.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { node, pod } from './build.ts';
import { run } from './run.ts';

const taint = { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] };

describe('placing pods', () => {
  test('binds and says so', async () => {
    await using cluster = await run({ nodes: [node('n1')], pods: [pod('web-0')] });
    expect(cluster.nodeOf('web-0')).toBe('n1');
    expect(cluster.events('web-0')).toEqual(['Scheduled: Successfully assigned default/web-0 to n1']);
    expect(cluster.decisions.map(({ nodeName }) => nodeName)).toEqual(['n1']);
  });

  test('leaves pods of other schedulers, pods that are over and pods that have a node', async () => {
    const pods = [
      pod('custom', { spec: { schedulerName: 'custom' } }),
      pod('done', { status: { phase: 'Succeeded' } }),
      pod('placed', { on: 'n2' }),
    ];
    await using cluster = await run({ nodes: [node('n1')], pods });
    expect(pods.map(({ metadata }) => cluster.nodeOf(metadata.name ?? ''))).toEqual([undefined, undefined, 'n2']);
    expect(cluster.api.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  test('fills nodes one pod after the other, counting pods that are still being bound', async () => {
    const pods = Array.from({ length: 10 }, (_, i) => pod(`p${i}`, { cpu: '1' }));
    await using cluster = await run({ nodes: [node('n1'), node('n2')], pods });
    const placed = pods.map(({ metadata }) => cluster.nodeOf(metadata.name ?? ''));
    expect([...placed].sort()).toEqual([...Array<string>(4).fill('n1'), ...Array<string>(4).fill('n2'), undefined, undefined]);
  });

  test('higher priority goes first', async () => {
    const pods = [pod('low', { cpu: '4' }), pod('high', { cpu: '4', priority: 100 })];
    await using cluster = await run({ pods });
    cluster.api.put('nodes', node('n1'));
    await cluster.settle(10_000);
    expect([cluster.nodeOf('low'), cluster.nodeOf('high')]).toEqual([undefined, 'n1']);
  });

  test('a pod that is being deleted is not placed', async () => {
    const leaving = pod('leaving', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await using cluster = await run({ nodes: [node('n1')], pods: [leaving] });
    expect(cluster.nodeOf('leaving')).toBeUndefined();
    expect(cluster.events('leaving')).toEqual(['FailedScheduling: skip schedule deleting pod: default/leaving']);
  });
});

describe('pods that fit nowhere', () => {
  const message =
    '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. ' +
    'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';
  const nodes = [node('cp', { spec: taint }), node('n1', { cpu: '1' }), node('n2', { cpu: '1' })];

  test('are told why, once per reason', async () => {
    await using cluster = await run({ nodes, pods: [pod('big', { cpu: '2' })] });
    expect(cluster.condition('big')).toBe(message);
    const condition = cluster.pod('big')?.status?.conditions?.[0];
    expect(condition).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' });
    expect(cluster.events('big')).toEqual([`FailedScheduling: ${message}`]);
    expect(cluster.decisions[0]).toMatchObject({ message, feasible: [] });
    expect(cluster.decisions[0]?.refusals.get('cp')?.plugin).toBe('TaintToleration');
  });

  test('are not tried again for nothing, and the condition is not rewritten', async () => {
    await using cluster = await run({ nodes, pods: [pod('big', { cpu: '2' })] });
    const patches = () => cluster.api.calls.filter((call) => call.startsWith('PATCH') && call.includes('/status')).length;
    expect([cluster.decisions.length, patches()]).toEqual([1, 1]);
    await cluster.settle(60_000);
    expect(cluster.decisions).toHaveLength(1);
    // The sweep tries what has waited for five minutes.
    await cluster.settle(300_000);
    expect([cluster.decisions.length, patches()]).toEqual([2, 1]);
    expect(cluster.events('big')).toEqual([`FailedScheduling (x2): ${message}`]);
  });

  test('say so when there are no nodes, and go as soon as one comes', async () => {
    await using cluster = await run({ pods: [pod('early')] });
    expect(cluster.condition('early')).toBe('no nodes available to schedule pods');
    cluster.api.put('nodes', node('n1'));
    await cluster.settle();
    expect(cluster.nodeOf('early')).toBe('n1');
  });

  const helpful: { name: string; event: (cluster: Awaited<ReturnType<typeof run>>) => void; goesTo?: string; tries: number }[] = [
    { name: 'a new node that is large enough', event: ({ api }) => api.put('nodes', node('n3')), goesTo: 'n3', tries: 2 },
    // As upstream one plugin's hope is enough: this one's taints would do.
    { name: 'a new node that is too small', event: ({ api }) => api.put('nodes', node('n3', { cpu: '1' })), tries: 2 },
    { name: 'a node that grows', event: ({ api }) => api.put('nodes', node('n1', { cpu: '8' })), goesTo: 'n1', tries: 2 },
    { name: 'a taint that is lifted', event: ({ api }) => api.put('nodes', node('cp')), goesTo: 'cp', tries: 2 },
    { name: 'a label', event: ({ api }) => api.put('nodes', node('n1', { cpu: '1', labels: { x: 'y' } })), tries: 1 },
  ];
  test.each(helpful)('$name: goes to $goesTo', async ({ event, goesTo, tries }) => {
    await using cluster = await run({ nodes, pods: [pod('big', { cpu: '2' })] });
    await cluster.settle(2000);
    event(cluster);
    await cluster.settle(10_000);
    expect(cluster.nodeOf('big')).toBe(goesTo);
    expect(cluster.decisions).toHaveLength(tries);
  });

  test('go when a pod leaves, and when one is over', async () => {
    const pods = [pod('a', { on: 'n1', cpu: '4' }), pod('b', { on: 'n2', cpu: '4' })];
    await using cluster = await run({ nodes: [node('n1'), node('n2')], pods });
    cluster.api.put('pods', pod('one', { cpu: '3' }));
    cluster.api.put('pods', pod('two', { cpu: '3' }));
    await cluster.settle(2000);
    cluster.api.remove('pods', 'a', 'default');
    await cluster.settle(2000);
    expect([cluster.nodeOf('one'), cluster.nodeOf('two')]).toEqual(['n1', undefined]);
    const over = cluster.pod('b') as Pod;
    cluster.api.put('pods', { ...over, status: { phase: 'Succeeded' } });
    await cluster.settle(2000);
    expect(cluster.nodeOf('two')).toBe('n2');
  });

  test('a deleted pod is forgotten', async () => {
    await using cluster = await run({ nodes, pods: [pod('big', { cpu: '2' })] });
    cluster.api.remove('pods', 'big', 'default');
    cluster.api.put('nodes', node('n3'));
    await cluster.settle(600_000);
    expect(cluster.decisions).toHaveLength(1);
  });
});

describe('gated pods', () => {
  test('wait silently until the last gate is lifted', async () => {
    const gated = pod('gated', { spec: { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] } });
    await using cluster = await run({ nodes: [node('n1')], pods: [gated] });
    const lift = (...names: string[]) => {
      const current = cluster.pod('gated') as Pod;
      cluster.api.put('pods', {
        ...current,
        spec: { ...(current.spec ?? { containers: [] }), schedulingGates: names.map((name) => ({ name })) },
      });
      return cluster.settle();
    };
    await lift('example.com/b');
    expect([cluster.nodeOf('gated'), cluster.events('gated')]).toEqual([undefined, []]);
    await lift();
    expect(cluster.nodeOf('gated')).toBe('n1');
  });
});

describe('binding', () => {
  test('a failed binding frees the place and is tried again after its back-off', async () => {
    await using cluster = await run({ pods: [] });
    cluster.api.failNext(/POST .*binding/, new ApiError('InternalError', 'etcd is away'), 2);
    cluster.api.put('nodes', node('n1'));
    cluster.api.put('pods', pod('web'));
    await cluster.settle();
    const text = 'FailedScheduling: running plugin "DefaultBinder": etcd is away';
    expect([cluster.nodeOf('web'), cluster.events('web')]).toEqual([undefined, [text]]);
    expect(cluster.pod('web')?.status?.conditions?.[0]).toMatchObject({ reason: 'SchedulerError' });
    const endings = () => cluster.decisions.map(({ nodeName, message, fault }) => nodeName ?? { message, fault });
    const takenBack = { message: 'running plugin "DefaultBinder": etcd is away', fault: true };
    await cluster.settle(999);
    expect(endings()).toEqual(['n1', takenBack]);
    await cluster.settle(1);
    expect(endings()).toEqual(['n1', takenBack, 'n1', takenBack]);
    await cluster.settle(2000);
    expect(cluster.nodeOf('web')).toBe('n1');
  });

  test('a pod that is gone by then is let go', async () => {
    await using cluster = await run({ nodes: [node('n1')] });
    cluster.api.failNext(/POST .*binding/, new ApiError('NotFound', 'pods "web" not found'));
    cluster.api.put('pods', pod('web'));
    cluster.api.remove('pods', 'web', 'default');
    await cluster.settle(60_000);
    expect(cluster.decisions.filter(({ nodeName }) => nodeName !== undefined).length).toBeLessThanOrEqual(1);
    cluster.api.put('pods', pod('next', { cpu: '4' }));
    await cluster.settle();
    expect(cluster.nodeOf('next')).toBe('n1');
  });

  test('Permit holds a pod until it is allowed, refused, or out of time', async () => {
    const extra = {
      weight: 0,
      create: () => ({
        name: 'Hold',
        permit: (_state: unknown, { pod: { metadata } }: { pod: Pod }) =>
          metadata.labels?.['hold'] === undefined
            ? undefined
            : { status: { code: 'Wait' as const, reasons: [], plugin: 'Hold' }, timeoutMs: 5000 },
      }),
    };
    await using cluster = await run({ nodes: [node('n1')], extra: [extra], pods: [pod('held', { labels: { hold: '' } }), pod('free')] });
    expect([cluster.nodeOf('held'), cluster.nodeOf('free')]).toEqual([undefined, 'n1']);
    await cluster.settle(5000);
    expect(cluster.condition('held')).toBe('rejected due to timeout after waiting 5s at plugin Hold');
  });

  test('a plugin that throws fails its pod alone', async () => {
    const extra = {
      weight: 0,
      create: () => ({
        name: 'Faulty',
        filter: (_state: unknown, { pod: { metadata } }: { pod: Pod }) => {
          if (metadata.name === 'bad') throw new Error('a fault in a rule');
          return undefined;
        },
      }),
    };
    await using cluster = await run({ nodes: [node('n1')], extra: [extra], pods: [pod('bad'), pod('good')] });
    expect([cluster.condition('bad'), cluster.nodeOf('good')]).toEqual(['a fault in a rule', 'n1']);
  });
});
