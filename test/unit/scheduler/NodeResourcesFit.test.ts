import { describe, expect, test } from 'vitest';
import type { Container } from '../../../src/api/types/core-v1.ts';
import { type NodeShape, node, type PodShape, pod } from './build.ts';
import { harness } from './harness.ts';

const container = (name: string, requests: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name,
  resources: { requests },
  ...more,
});
const sidecar = { restartPolicy: 'Always' };

describe('NodeResourcesFit', () => {
  const rows: { name: string; on?: NodeShape; used?: PodShape[]; wants: PodShape; refused?: string }[] = [
    { name: 'fits exactly', on: { cpu: '1' }, wants: { cpu: '1' } },
    { name: 'cpu', on: { cpu: '1' }, used: [{ cpu: '600m' }], wants: { cpu: '500m' }, refused: 'Insufficient cpu' },
    { name: 'memory', on: { memory: '1Gi' }, used: [{ memory: '600Mi' }], wants: { memory: '500Mi' }, refused: 'Insufficient memory' },
    {
      name: 'all that is short is named',
      on: { cpu: '1', memory: '1Gi' },
      wants: { cpu: '2', memory: '2Gi' },
      refused: 'Insufficient cpu, Insufficient memory',
    },
    { name: 'number of pods', on: { pods: '1' }, used: [{}], wants: {}, refused: 'Too many pods' },
    { name: 'a pod without requests fits a full node', on: { cpu: '1' }, used: [{ cpu: '1' }], wants: {} },
    {
      name: 'ephemeral storage',
      on: { allocatable: { 'ephemeral-storage': '1Gi' } },
      wants: { spec: { containers: [container('c', { 'ephemeral-storage': '2Gi' })] } },
      refused: 'Insufficient ephemeral-storage',
    },
    {
      name: 'extended resources',
      on: { allocatable: { 'example.com/gpu': '1' } },
      used: [{ spec: { containers: [container('c', { 'example.com/gpu': '1' })] } }],
      wants: { spec: { containers: [container('c', { 'example.com/gpu': '1' })] } },
      refused: 'Insufficient example.com/gpu',
    },
    {
      name: 'an extended resource that the node lacks',
      wants: { spec: { containers: [container('c', { 'example.com/gpu': '1' })] } },
      refused: 'Insufficient example.com/gpu',
    },
    {
      name: 'init containers run alone: the largest counts',
      on: { cpu: '1' },
      wants: {
        spec: {
          initContainers: [container('a', { cpu: '800m' }), container('b', { cpu: '900m' })],
          containers: [container('c', { cpu: '1' })],
        },
      },
    },
    {
      name: 'an init container larger than the rest',
      on: { cpu: '1' },
      wants: { spec: { initContainers: [container('a', { cpu: '2' })], containers: [container('c', { cpu: '1' })] } },
      refused: 'Insufficient cpu',
    },
    {
      name: 'sidecars count beside the containers',
      on: { cpu: '1' },
      wants: { spec: { initContainers: [container('s', { cpu: '100m' }, sidecar)], containers: [container('c', { cpu: '1' })] } },
      refused: 'Insufficient cpu',
    },
    {
      name: 'an init container runs beside the sidecars before it',
      on: { cpu: '1' },
      wants: {
        spec: {
          initContainers: [container('s', { cpu: '200m' }, sidecar), container('a', { cpu: '900m' })],
          containers: [container('c', {})],
        },
      },
      refused: 'Insufficient cpu',
    },
    {
      name: 'but not beside those after it',
      on: { cpu: '1' },
      wants: {
        spec: {
          initContainers: [container('a', { cpu: '900m' }), container('s', { cpu: '200m' }, sidecar)],
          containers: [container('c', {})],
        },
      },
    },
    { name: 'overhead is added', on: { cpu: '1' }, wants: { cpu: '1', spec: { overhead: { cpu: '1m' } } }, refused: 'Insufficient cpu' },
    {
      name: 'requests of the pod level replace the sum',
      on: { cpu: '1' },
      wants: { cpu: '800m', spec: { resources: { requests: { cpu: '2' } } } },
      refused: 'Insufficient cpu',
    },
  ];
  test.each(rows)('$name', ({ on, used = [], wants, refused }) => {
    const pods = used.map((shape, i) => pod(`used-${i}`, { ...shape, on: 'n1', spec: { ...shape.spec, nodeName: 'n1' } }));
    const world = harness({ nodes: [node('n1', on)], pods, plugins: ['NodeResourcesFit'] });
    expect(world.refusals(pod('p', wants))['n1']).toBe(refused);
  });

  test('a pod larger than the empty node cannot be helped by preemption', () => {
    const world = harness({
      nodes: [node('n1', { cpu: '1' })],
      pods: [pod('other', { on: 'n1', cpu: '1' })],
      plugins: ['NodeResourcesFit'],
    });
    const codeFor = (cpu: string) => world.find(pod('p', { cpu })).statuses.byNode.get('n1')?.code;
    expect([codeFor('1'), codeFor('2')]).toEqual(['Unschedulable', 'UnschedulableAndUnresolvable']);
  });

  test('prefers what is emptier, by what containers without requests are taken to need', () => {
    const nodes = [node('empty', { cpu: '1', memory: '1Gi' }), node('half', { cpu: '1', memory: '1Gi' })];
    const world = harness({ nodes, pods: [pod('other', { on: 'half', cpu: '500m', memory: '512Mi' })], plugins: ['NodeResourcesFit'] });
    // 100m and 200Mi are assumed for the pod: 90 and 80 are left of the empty node, 40 and 30 of the other.
    expect(world.scores(pod('p'), 'NodeResourcesFit')).toEqual({ empty: 85, half: 35 });
  });
});

describe('NodeResourcesBalancedAllocation', () => {
  test('prefers even use of cpu and memory', () => {
    const nodes = [node('even', { cpu: '2', memory: '2Gi' }), node('odd', { cpu: '2', memory: '8Gi' })];
    const world = harness({ nodes, plugins: ['NodeResourcesBalancedAllocation'] });
    const scores = world.scores(pod('p', { cpu: '1', memory: '1Gi' }), 'NodeResourcesBalancedAllocation');
    expect(scores).toEqual({ even: 100, odd: 81 });
  });

  test('has no say in pods without requests', () => {
    const world = harness({ nodes: [node('n1'), node('n2')], plugins: ['NodeResourcesBalancedAllocation'] });
    const { found, ...finding } = world.find(pod('p'));
    expect(found).toBeDefined();
    expect('scores' in finding && finding.scores.size).toBe(0);
  });
});
