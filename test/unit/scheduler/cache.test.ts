import { describe, expect, test } from 'vitest';
import { createSchedulerCache } from '../../../src/scheduler/cache/cache.ts';
import { podInfoOf } from '../../../src/scheduler/cache/pod-info.ts';
import { node, pod } from './build.ts';

const used = (cache: ReturnType<typeof createSchedulerCache>, name: string) => {
  const info = cache.node(name);
  return [info?.pods.size, info?.requested.milliCPU];
};

describe('scheduler cache', () => {
  test('sums follow pods, and end at zero', () => {
    const cache = createSchedulerCache();
    cache.setNode(node('n1'));
    const a = pod('a', { on: 'n1', cpu: '1', memory: '1Gi', hostPort: 80 });
    cache.setPod(a);
    cache.setPod(pod('b', { on: 'n1', cpu: '500m' }));
    expect(used(cache, 'n1')).toEqual([2, 1500]);
    cache.removePod(a);
    cache.removePod(a);
    expect(used(cache, 'n1')).toEqual([1, 500]);
    expect(cache.node('n1')?.hostPorts.get('TCP/80')?.size).toBe(0);
  });

  test('pods of a node that comes later, or comes back, are counted', () => {
    const cache = createSchedulerCache();
    cache.setPod(pod('a', { on: 'n1', cpu: '1' }));
    expect(cache.node('n1')).toBeUndefined();
    cache.setNode(node('n1'));
    expect(used(cache, 'n1')).toEqual([1, 1000]);
    cache.removeNode('n1');
    cache.setNode(node('n1'));
    expect(used(cache, 'n1')).toEqual([1, 1000]);
  });

  test('an assumption counts until it is taken back, and is confirmed by the pod itself', () => {
    const cache = createSchedulerCache();
    cache.setNode(node('n1'));
    const waiting = pod('a', { cpu: '1' });
    cache.assume(podInfoOf(waiting), 'n1');
    expect([used(cache, 'n1'), cache.isAssumed(waiting.metadata.uid ?? '')]).toEqual([[1, 1000], true]);
    expect(cache.forget(waiting.metadata.uid ?? '')).toBe(true);
    expect(used(cache, 'n1')).toEqual([0, 0]);
    cache.assume(podInfoOf(waiting), 'n1');
    cache.setPod({ ...waiting, spec: { containers: [], ...waiting.spec, nodeName: 'n1' } });
    expect([used(cache, 'n1'), cache.isAssumed(waiting.metadata.uid ?? '')]).toEqual([[1, 1000], false]);
    expect(cache.forget(waiting.metadata.uid ?? '')).toBe(false);
    expect(used(cache, 'n1')).toEqual([1, 1000]);
  });

  test('a status update leaves the node as it was; a resize does not', () => {
    const cache = createSchedulerCache();
    cache.setNode(node('n1'));
    const a = pod('a', { on: 'n1', cpu: '1' });
    cache.setPod(a);
    const before = cache.node('n1')?.generation;
    cache.setPod({ ...a, status: { phase: 'Running', podIP: '10.0.0.1' } });
    expect(cache.node('n1')?.generation).toBe(before);
    expect(cache.node('n1')?.pods.get(a.metadata.uid ?? '')?.pod.status?.phase).toBe('Running');
    cache.setPod({ ...a, spec: { ...a.spec, containers: [{ name: 'main', resources: { requests: { cpu: '2' } } }] } });
    expect(used(cache, 'n1')).toEqual([1, 2000]);
  });

  test('nodes are interleaved by zone', () => {
    const cache = createSchedulerCache();
    for (const [name, zone] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b1', 'b'],
      ['c1', 'c'],
    ] as const) {
      cache.setNode(node(name, { zone }));
    }
    expect(cache.nodes().map(({ name }) => name)).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  test('counts of matching pods are kept current and asked for once', () => {
    const cache = createSchedulerCache();
    cache.setNode(node('n1'));
    cache.setNode(node('n2'));
    let asked = 0;
    const query = {
      key: 'web',
      namespace: 'default',
      matches: ({ metadata }: ReturnType<typeof pod>) => {
        asked++;
        return metadata.labels?.['app'] === 'web';
      },
    };
    const web = (name: string, on: string, namespace = 'default') => pod(name, { on, namespace, labels: { app: 'web' } });
    const first = web('a', 'n1');
    cache.setPod(first);
    cache.setPod(web('b', 'n2'));
    cache.setPod(web('c', 'n2', 'other'));
    expect(Object.fromEntries(cache.podCounts.counts(query))).toEqual({ n1: 1, n2: 1 });
    expect(asked).toBe(2);
    cache.setPod(web('d', 'n2'));
    cache.removePod(first);
    expect(Object.fromEntries(cache.podCounts.counts(query))).toEqual({ n2: 2 });
    expect(asked).toBe(4);
    cache.removeNode('n2');
    expect(cache.podCounts.counts(query).size).toBe(0);
  });
});
