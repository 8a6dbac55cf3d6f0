import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { podInfoOf } from '../../../src/scheduler/cache/pod-info.ts';
import { feasibleWanted } from '../../../src/scheduler/find-node.ts';
import { createPrioritySort } from '../../../src/scheduler/plugins/PrioritySort.ts';
import { createHeap } from '../../../src/scheduler/queue/heap.ts';
import { createNominations } from '../../../src/scheduler/queue/nominations.ts';
import { createSchedulingQueue } from '../../../src/scheduler/queue/scheduling-queue.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { pod } from './build.ts';

const nodeAdded = { resource: 'Node', action: 'Add' } as const;

function setUp(worth: (plugins: ReadonlySet<string>) => boolean = () => true) {
  const clock = virtualClock();
  const { less } = createPrioritySort();
  const gates = new Set<string>();
  const queue = createSchedulingQueue({
    clock,
    less: (a, b) => less?.(a, b) ?? false,
    preEnqueue: ({ metadata }: Pod) => (gates.has(metadata.name ?? '') ? { code: 'Pending', reasons: [], plugin: 'Gate' } : undefined),
    hints: {
      interested: () => ['Cares', 'Other', 'P', 'Gate'],
      worthRetrying: ({ unschedulablePlugins }) => worth(unschedulablePlugins),
    },
    nominations: createNominations(),
  });
  const popNow = async () => (queue.sizes.active + queue.sizes.backoff === 0 ? undefined : queue.pop());
  const name = async () => (await popNow())?.info.pod.metadata.name;
  return { clock, queue, gates, popNow, name };
}

describe('scheduling queue', () => {
  test('takes by priority, then by age', async () => {
    const { clock, queue, name } = setUp();
    for (const [each, priority] of [
      ['old', 0],
      ['vip', 9],
      ['new', 0],
    ] as const) {
      queue.add(pod(each, { priority }));
      await clock.advance(1);
    }
    expect([await name(), await name(), await name(), await name()]).toEqual(['vip', 'old', 'new', undefined]);
  });

  test('refused pods wait for an event that their plugins care about', async () => {
    const { clock, queue, popNow } = setUp((plugins) => plugins.has('Cares'));
    queue.add(pod('a'));
    queue.add(pod('b'));
    for (const plugin of ['Cares', 'Other']) {
      const taken = await popNow();
      if (taken !== undefined) queue.addUnschedulable(taken, [plugin]);
    }
    await clock.advance(20_000);
    queue.move(nodeAdded);
    expect(queue.sizes).toEqual({ active: 1, backoff: 0, unschedulable: 1 });
  });

  test('an event within the back-off takes effect after it, or when there is nothing else to do', async () => {
    const { clock, queue, popNow, name } = setUp();
    queue.add(pod('refused'));
    const taken = await popNow();
    if (taken !== undefined) queue.addUnschedulable(taken, ['P']);
    queue.move(nodeAdded);
    queue.add(pod('fresh'));
    expect(queue.sizes).toEqual({ active: 1, backoff: 1, unschedulable: 0 });
    expect([await name(), await name()]).toEqual(['fresh', 'refused']);
    if (taken !== undefined) queue.addUnschedulable(taken, ['P']);
    queue.move(nodeAdded);
    await clock.advance(1999);
    expect(queue.sizes).toMatchObject({ active: 0, backoff: 1 });
    await clock.advance(1);
    expect(queue.sizes).toMatchObject({ active: 1, backoff: 0 });
  });

  test('back-off after faults doubles from 1 s to 10 s and is always waited for', async () => {
    const { clock, queue } = setUp();
    queue.add(pod('faulty'));
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const taken = await queue.pop();
      if (taken === undefined) throw new Error('closed');
      queue.addFailed(taken);
      const began = clock.now();
      queue.move(nodeAdded);
      while (queue.sizes.active === 0) await clock.advance(500);
      waits.push(clock.now() - began);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test('what nothing helped for five minutes is tried anyway', async () => {
    const { clock, queue, popNow } = setUp(() => false);
    queue.add(pod('a'));
    const taken = await popNow();
    if (taken !== undefined) queue.addUnschedulable(taken, ['P']);
    await clock.advance(300_000);
    expect(queue.sizes.active).toBe(0);
    await clock.advance(30_000);
    expect(queue.sizes.active).toBe(1);
  });

  test('gated pods stay out, whatever the sweep does', async () => {
    const { clock, queue, gates } = setUp();
    gates.add('gated');
    const gated = pod('gated');
    queue.add(gated);
    await clock.advance(600_000);
    expect(queue.sizes).toEqual({ active: 0, backoff: 0, unschedulable: 1 });
    gates.clear();
    queue.update(gated, [{ resource: 'UnscheduledPod', action: 'UpdatePodSchedulingGatesEliminated' }]);
    expect(queue.sizes.active).toBe(1);
  });

  test('who waits is handed the next pod, or nothing at the end', async () => {
    const { queue } = setUp();
    const first = queue.pop();
    queue.add(pod('a'));
    expect((await first)?.attempts).toBe(1);
    const second = queue.pop();
    queue.close();
    expect([await second, await queue.pop()]).toEqual([undefined, undefined]);
  });
});

describe('nominations', () => {
  test('a decision outlives updates that do not know of it', () => {
    const book = createNominations();
    const plain = podInfoOf(pod('a'));
    book.set(plain, 'n1');
    book.follow(plain, plain);
    expect([book.nodeOf(plain.uid), book.on('n1').length]).toEqual(['n1', 1]);
    const told = { ...plain, pod: { ...plain.pod, status: { nominatedNodeName: 'n1' } } };
    book.follow(told, plain);
    book.follow(plain, told);
    expect([book.nodeOf(plain.uid), book.on('n1').length]).toEqual([undefined, 0]);
  });
});

test('the heap gives items in order, whatever was moved or taken out', () => {
  const heap = createHeap(
    ({ key }: { key: string; rank: number }) => key,
    (a, b) => a.rank < b.rank,
  );
  const ranks = [5, 3, 8, 1, 9, 2, 7, 4, 6, 0];
  for (const rank of ranks) heap.push({ key: `k${rank}`, rank });
  heap.push({ key: 'k9', rank: -1 });
  heap.delete('k3');
  heap.delete('k0');
  const order: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) order.push(item.rank);
  expect(order).toEqual([-1, 1, 2, 4, 5, 6, 7, 8]);
});

test.each([
  [99, 99],
  [100, 100],
  [250, 120],
  [1000, 420],
  [5000, 500],
  [10_000, 500],
])('of %i nodes %i fitting ones are enough', (nodes, wanted) => {
  expect(feasibleWanted(nodes)).toBe(wanted);
});
