import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../../src/api/types/policy-v1.ts';
import { podInfoOf } from '../../../src/scheduler/cache/pod-info.ts';
import { candidatesWanted, leastHarm } from '../../../src/scheduler/plugins/preemption/candidates.ts';
import { node, type PodShape, pod } from './build.ts';
import { run } from './run.ts';

const running = (startTime = '2026-01-01T00:00:00Z') => ({ phase: 'Running', startTime });
const on = (name: string, nodeName: string, priority: number, more: PodShape = {}) =>
  pod(name, { on: nodeName, cpu: '2', priority, status: running(), ...more });
const boss = (more: PodShape = {}) => pod('boss', { cpu: '2', priority: 1000, ...more });

describe('DefaultPreemption', () => {
  test('evicts, nominates, and places the pod once there is room', async () => {
    const pods = [on('low', 'n1', 1), on('mid', 'n1', 10)];
    await using cluster = await run({ nodes: [node('n1')], pods });
    cluster.api.put('pods', boss());
    await cluster.settle();
    // The fake API deletes at once, so the pod is placed at once.
    expect(cluster.pod('low')).toBeUndefined();
    expect(cluster.pod('mid')).toBeDefined();
    expect(cluster.nodeOf('boss')).toBe('n1');
    const uid = cluster.pod('boss')?.metadata.uid;
    expect(cluster.events('low')).toEqual([`Preempted: Preempted by pod ${uid} on node n1`]);
    expect(cluster.api.calls.filter((call) => call.startsWith('DELETE'))).toEqual(['DELETE /api/v1/namespaces/default/pods/low']);
    expect(cluster.decisions.map(({ message, nodeName }) => message ?? nodeName)).toEqual([
      '0/1 nodes are available: 1 Insufficient cpu.',
      'n1',
    ]);
  });

  test('waits for victims that take their time, keeping the place from others', async () => {
    await using cluster = await run({ nodes: [node('n1')], pods: [on('low', 'n1', 1), on('mid', 'n1', 10)] });
    cluster.api.graceful = true;
    cluster.api.put('pods', boss());
    await cluster.settle();
    expect(cluster.pod('low')?.status?.conditions).toEqual([
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }),
    ]);
    expect([cluster.nodeOf('boss'), cluster.pod('boss')?.status?.nominatedNodeName]).toEqual([undefined, 'n1']);
    cluster.api.put('pods', pod('sneaky', { cpu: '1', priority: 5 }));
    await cluster.settle(20_000);
    cluster.api.remove('pods', 'low', 'default');
    await cluster.settle();
    expect([cluster.nodeOf('boss'), cluster.nodeOf('sneaky')]).toEqual(['n1', undefined]);
  });

  test('does not preempt again while its victims are leaving', async () => {
    await using cluster = await run({ nodes: [node('n1')], pods: [on('low', 'n1', 1), on('mid', 'n1', 10)] });
    cluster.api.graceful = true;
    cluster.api.put('pods', boss());
    await cluster.settle(2000);
    // Something else happens that makes it look again.
    cluster.api.put('nodes', node('closed', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }));
    await cluster.settle(10_000);
    expect(cluster.condition('boss')).toContain('not eligible due to a terminating pod on the nominated node.');
    expect(cluster.api.calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(1);
  });

  const rows: { name: string; pods: Pod[]; wants: Pod; message: string }[] = [
    {
      name: 'no pods of lower priority',
      pods: [on('equal', 'n1', 1000, { cpu: '4' })],
      wants: boss(),
      message:
        '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    },
    {
      name: 'evicting all of them would not help',
      pods: [on('equal', 'n1', 1000, { cpu: '3' }), on('low', 'n1', 1, { cpu: '1' })],
      wants: boss(),
      message: '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Insufficient cpu.',
    },
    {
      name: 'no node is large enough',
      pods: [on('low', 'n1', 1)],
      wants: boss({ cpu: '5' }),
      message:
        '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    },
    {
      name: 'preemptionPolicy Never',
      pods: [on('low', 'n1', 1, { cpu: '4' })],
      wants: boss({ spec: { preemptionPolicy: 'Never' } }),
      message: '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    },
  ];
  test.each(rows)('$name', async ({ pods, wants, message }) => {
    await using cluster = await run({ nodes: [node('n1')], pods: [...pods, wants] });
    expect(cluster.condition('boss')).toBe(message);
    expect(cluster.api.calls.filter((call) => call.startsWith('DELETE'))).toEqual([]);
  });

  test('spares what it can: the fewest, and the least important', async () => {
    const pods = [
      on('a', 'n1', 5, { cpu: '1' }),
      on('b', 'n1', 1, { cpu: '1' }),
      on('c', 'n1', 3, { cpu: '1' }),
      on('young', 'n1', 1, { cpu: '1', status: running('2026-01-01T01:00:00Z') }),
    ];
    await using cluster = await run({ nodes: [node('n1')], pods: [...pods, boss({ cpu: '1' })] });
    expect(pods.filter(({ metadata }) => cluster.pod(metadata.name ?? '') === undefined).map(({ metadata }) => metadata.name)).toEqual([
      'young',
    ]);
  });

  test('prefers nodes where no disruption budget is violated', async () => {
    const budget: PodDisruptionBudget = {
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'web' } } },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    };
    await using cluster = await run({ nodes: [node('n1'), node('n2')] });
    cluster.api.put('poddisruptionbudgets', budget);
    cluster.api.put('pods', on('guarded', 'n1', 1, { cpu: '4', labels: { app: 'web' } }));
    cluster.api.put('pods', on('open', 'n2', 5, { cpu: '4', labels: { app: 'db' } }));
    await cluster.settle();
    cluster.api.put('pods', boss());
    await cluster.settle();
    expect([cluster.pod('guarded') !== undefined, cluster.pod('open'), cluster.nodeOf('boss')]).toEqual([true, undefined, 'n2']);
  });

  test('removing the pod that stands against affinity helps, too', async () => {
    const apart = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    const rival = on('rival', 'n1', 1, { cpu: '1', labels: { app: 'web' } });
    await using cluster = await run({ nodes: [node('n1')], pods: [rival, boss({ affinity: apart })] });
    expect([cluster.pod('rival'), cluster.nodeOf('boss')]).toEqual([undefined, 'n1']);
  });
});

describe('the least harm', () => {
  const victims = (nodeName: string, violations: number, ...pods: [priority: number, startTime?: string][]) => ({
    nodeName,
    violations,
    pods: pods.map(([priority, startTime], i) => podInfoOf(pod(`${nodeName}-${i}`, { priority, status: running(startTime) }))),
  });
  const late = '2026-01-02T00:00:00Z';
  test.each([
    { name: 'fewest violations', candidates: [victims('a', 1, [1]), victims('b', 0, [9])], best: 'b' },
    { name: 'then the lowest top priority', candidates: [victims('a', 0, [5]), victims('b', 0, [4], [4])], best: 'b' },
    { name: 'then the lowest sum', candidates: [victims('a', 0, [5], [3]), victims('b', 0, [5], [2])], best: 'b' },
    {
      name: 'one more victim is more harm, even of negative priority',
      candidates: [victims('a', 0, [5], [-9]), victims('b', 0, [5])],
      best: 'b',
    },
    { name: 'then the latest start', candidates: [victims('a', 0, [5]), victims('b', 0, [5, late])], best: 'b' },
    { name: 'then the first', candidates: [victims('a', 0, [5]), victims('b', 0, [5])], best: 'a' },
    { name: 'a node without victims', candidates: [victims('a', 0, [5]), victims('b', 0)], best: 'b' },
  ])('$name', ({ candidates, best }) => {
    expect(leastHarm(candidates)?.nodeName).toBe(best);
  });

  test.each([
    [5, 5],
    [100, 100],
    [500, 100],
    [5000, 500],
  ])('of %i nodes %i candidates are enough', (nodes, wanted) => {
    expect(candidatesWanted(nodes)).toBe(wanted);
  });
});
