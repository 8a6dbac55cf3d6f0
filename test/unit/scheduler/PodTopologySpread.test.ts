import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Service, TopologySpreadConstraint } from '../../../src/api/types/core-v1.ts';
import { createDomains } from '../../../src/scheduler/plugins/pod-topology-spread/domains.ts';
import { node, pod } from './build.ts';
import { harness } from './harness.ts';

const zone = 'topology.kubernetes.io/zone';
const host = 'kubernetes.io/hostname';
const constraint = (topologyKey: string, more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app: 'web' } },
  ...more,
});
const web = (name: string, on: string, labels: Record<string, string> = {}) => pod(name, { on, labels: { app: 'web', ...labels } });
const spread = (...topologySpreadConstraints: TopologySpreadConstraint[]) =>
  pod('p', { labels: { app: 'web', hash: '2' }, spec: { topologySpreadConstraints } });
const unmet = "node(s) didn't match pod topology spread constraints";
const missing = `${unmet} (missing required label)`;
const nodes = [node('a1', { zone: 'a' }), node('a2', { zone: 'a' }), node('b1', { zone: 'b' }), node('c1', { zone: 'c' })];

describe('PodTopologySpread filter', () => {
  const rows: {
    name: string;
    pods?: ReturnType<typeof web>[];
    nodes?: ReturnType<typeof node>[];
    pod: ReturnType<typeof spread>;
    refused: Record<string, string>;
  }[] = [
    { name: 'an empty cluster', pod: spread(constraint(zone)), refused: {} },
    {
      name: 'the fullest zone is over',
      pods: [web('1', 'a1'), web('2', 'b1')],
      pod: spread(constraint(zone)),
      refused: { a1: unmet, a2: unmet, b1: unmet },
    },
    {
      name: 'a larger skew allows more',
      pods: [web('1', 'a1'), web('2', 'b1')],
      pod: spread(constraint(zone, { maxSkew: 2 })),
      refused: {},
    },
    {
      name: 'two constraints hold together',
      pods: [web('1', 'a1'), web('2', 'b1'), web('3', 'c1')],
      pod: spread(constraint(zone), constraint(host)),
      refused: { a1: unmet, b1: unmet, c1: unmet },
    },
    {
      name: 'a node without the label is out',
      nodes: [...nodes, node('x')],
      pod: spread(constraint(zone)),
      refused: { x: missing },
    },
    {
      name: 'pods of others and those being deleted do not count',
      pods: [
        pod('other', { on: 'a1', labels: { app: 'db' } }),
        pod('elsewhere', { on: 'a1', labels: { app: 'web' }, namespace: 'other' }),
        pod('leaving', { on: 'a1', labels: { app: 'web' }, deletionTimestamp: '2026-01-01T00:00:00Z' }),
      ],
      pod: spread(constraint(zone)),
      refused: {},
    },
    {
      name: 'fewer domains than minDomains count as an empty one more',
      pods: [web('1', 'a1'), web('2', 'b1'), web('3', 'c1')],
      pod: spread(constraint(zone, { minDomains: 4 })),
      refused: { a1: unmet, a2: unmet, b1: unmet, c1: unmet },
    },
    {
      name: 'matchLabelKeys counts the same revision only',
      pods: [web('1', 'a1', { hash: '1' }), web('2', 'b1', { hash: '2' })],
      pod: spread(constraint(zone, { matchLabelKeys: ['hash'] })),
      refused: { b1: unmet },
    },
  ];
  test.each(rows)('$name', (row) => {
    const world = harness({ nodes: row.nodes ?? nodes, pods: row.pods ?? [], plugins: ['PodTopologySpread'] });
    expect(world.refusals(row.pod)).toEqual(row.refused);
  });

  const pair = [node('big', { zone: 'a', labels: { size: 'big' } }), node('small', { zone: 'b' })];
  const selective = (more: Partial<TopologySpreadConstraint>) =>
    pod('p', { labels: { app: 'web' }, nodeSelector: { size: 'big' }, spec: { topologySpreadConstraints: [constraint(zone, more)] } });
  test.each([
    { name: 'nodeAffinityPolicy Honor leaves out nodes the pod cannot use', policy: 'Honor', refused: undefined },
    { name: 'nodeAffinityPolicy Ignore counts them', policy: 'Ignore', refused: unmet },
  ])('$name', ({ policy, refused }) => {
    const world = harness({ nodes: pair, pods: [web('1', 'big')], plugins: ['PodTopologySpread'] });
    expect(world.refusals(selective({ nodeAffinityPolicy: policy }))['big']).toBe(refused);
  });

  const tainted = [node('open', { zone: 'a' }), node('closed', { zone: 'b', spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })];
  test.each([
    { name: 'nodeTaintsPolicy Ignore counts tainted nodes', policy: 'Ignore', refused: unmet },
    { name: 'nodeTaintsPolicy Honor leaves them out', policy: 'Honor', refused: undefined },
  ])('$name', ({ policy, refused }) => {
    const world = harness({ nodes: tainted, pods: [web('1', 'open')], plugins: ['PodTopologySpread'] });
    expect(world.refusals(spread(constraint(zone, { nodeTaintsPolicy: policy })))['open']).toBe(refused);
  });
});

describe('PodTopologySpread score', () => {
  const soft = (topologyKey: string) => constraint(topologyKey, { whenUnsatisfiable: 'ScheduleAnyway' });

  test('prefers the emptier zone, and ignores nodes without the label', () => {
    const world = harness({
      nodes: [...nodes, node('x')],
      pods: [web('1', 'a1'), web('2', 'a2'), web('3', 'b1')],
      plugins: ['PodTopologySpread'],
    });
    const scores = world.scores(spread(soft(zone)), 'PodTopologySpread');
    expect(scores).toMatchObject({ a1: 0, a2: 0, c1: 200, x: 0 });
    expect(scores['b1']).toBeGreaterThan(0);
    expect(scores['b1']).toBeLessThan(200);
  });

  test('pods of a Service are spread over hosts by default', () => {
    const service: Service = { metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' } } };
    const objects: [typeof kinds.Service, Service[]][] = [[kinds.Service, [service]]];
    const world = harness({ nodes, pods: [web('1', 'a1'), web('2', 'a1')], objects, plugins: ['PodTopologySpread'] });
    const scores = world.scores(pod('p', { labels: { app: 'web' } }), 'PodTopologySpread');
    expect(scores['a2']).toBeGreaterThan(scores['a1'] ?? 0);
    const alone = world.find(pod('alone', { labels: { app: 'db' } }));
    expect('scores' in alone && alone.scores.has('PodTopologySpread')).toBe(false);
  });

  test('pods of a ReplicaSet are, too', () => {
    const replicaSet = { metadata: { name: 'web-1', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } } } };
    const world = harness({
      nodes: [node('n1'), node('n2')],
      pods: [web('1', 'n1')],
      objects: [[kinds.ReplicaSet, [replicaSet]]],
      plugins: ['PodTopologySpread'],
    });
    const scores = world.scores(pod('p', { labels: { app: 'web' }, owner: { kind: 'ReplicaSet', name: 'web-1' } }), 'PodTopologySpread');
    expect(scores['n2']).toBeGreaterThan(scores['n1'] ?? 0);
  });
});

test('the least of the domains is right after any change', () => {
  const domains = createDomains();
  expect(domains.least).toBe(Number.POSITIVE_INFINITY);
  const counts = [3, 1, 2];
  for (const [i, count] of counts.entries()) domains.add(String(i), count);
  const changes: [number, number][] = [
    [1, 1],
    [1, 1],
    [2, -2],
    [2, 1],
    [0, -3],
    [0, 5],
    [1, -3],
  ];
  for (const [i, by] of changes) {
    domains.add(String(i), by);
    counts[i] = (counts[i] ?? 0) + by;
    expect([domains.least, domains.clone().least]).toEqual([Math.min(...counts), Math.min(...counts)]);
  }
});
