import { describe, expect, test } from 'vitest';
import type { Affinity, PodAffinityTerm } from '../../../src/api/types/core-v1.ts';
import { node, type PodShape, pod } from './build.ts';
import { harness } from './harness.ts';

const zone = 'topology.kubernetes.io/zone';
const term = (app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app } },
  topologyKey: 'kubernetes.io/hostname',
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const apart = (...terms: PodAffinityTerm[]): Affinity => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const app = (name: string, on?: string, more: PodShape = {}) =>
  pod(name, { labels: { app: name }, ...(on === undefined ? {} : { on }), ...more });

const affinityUnmet = "node(s) didn't match pod affinity rules";
const antiAffinityUnmet = "node(s) didn't match pod anti-affinity rules";
const existingUnmet = "node(s) didn't satisfy existing pods anti-affinity rules";

/** Two zones: a1 and a2 in a, b1 in b. */
const nodes = [node('a1', { zone: 'a' }), node('a2', { zone: 'a' }), node('b1', { zone: 'b' })];

describe('InterPodAffinity filter', () => {
  const rows: { name: string; pods?: ReturnType<typeof app>[]; wants: PodShape; refused: Record<string, string> }[] = [
    { name: 'no rules', pods: [app('db', 'a1')], wants: {}, refused: {} },
    {
      name: 'near a pod, by host',
      pods: [app('db', 'a1')],
      wants: { affinity: near(term('db')) },
      refused: { a2: affinityUnmet, b1: affinityUnmet },
    },
    {
      name: 'near a pod, by zone',
      pods: [app('db', 'a1')],
      wants: { affinity: near(term('db', { topologyKey: zone })) },
      refused: { b1: affinityUnmet },
    },
    {
      name: 'near nobody',
      wants: { affinity: near(term('db')) },
      refused: { a1: affinityUnmet, a2: affinityUnmet, b1: affinityUnmet },
    },
    { name: 'the first of its own group goes anywhere', wants: { labels: { app: 'db' }, affinity: near(term('db')) }, refused: {} },
    {
      name: 'a pod must match all terms to count',
      pods: [pod('one', { on: 'a1', labels: { app: 'db' } }), pod('both', { on: 'b1', labels: { app: 'db', tier: 'x' } })],
      wants: { affinity: near(term('db'), term('db', { labelSelector: { matchLabels: { tier: 'x' } } })) },
      refused: { a1: affinityUnmet, a2: affinityUnmet },
    },
    {
      name: 'pods of other namespaces do not count',
      pods: [app('db', 'a1', { namespace: 'other' })],
      wants: { affinity: near(term('db')) },
      refused: { a1: affinityUnmet, a2: affinityUnmet, b1: affinityUnmet },
    },
    {
      name: 'unless named',
      pods: [app('db', 'a1', { namespace: 'other' })],
      wants: { affinity: near(term('db', { namespaces: ['other'] })) },
      refused: { a2: affinityUnmet, b1: affinityUnmet },
    },
    {
      name: 'or selected',
      pods: [app('db', 'a1', { namespace: 'other' })],
      wants: { affinity: near(term('db', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } })) },
      refused: { a2: affinityUnmet, b1: affinityUnmet },
    },
    {
      name: 'the empty namespace selector selects all',
      pods: [app('db', 'a1', { namespace: 'other' })],
      wants: { affinity: near(term('db', { namespaceSelector: {} })) },
      refused: { a2: affinityUnmet, b1: affinityUnmet },
    },
    { name: 'apart by host', pods: [app('web', 'a1')], wants: { affinity: apart(term('web')) }, refused: { a1: antiAffinityUnmet } },
    {
      name: 'apart by zone',
      pods: [app('web', 'a1')],
      wants: { affinity: apart(term('web', { topologyKey: zone })) },
      refused: { a1: antiAffinityUnmet, a2: antiAffinityUnmet },
    },
    {
      name: 'an existing pod keeps others away',
      pods: [app('loner', 'a1', { affinity: apart(term('web', { topologyKey: zone })) })],
      wants: { labels: { app: 'web' } },
      refused: { a1: existingUnmet, a2: existingUnmet },
    },
    {
      name: 'but not those it does not speak of',
      pods: [app('loner', 'a1', { affinity: apart(term('web')) })],
      wants: { labels: { app: 'db' } },
      refused: {},
    },
    {
      name: 'matchLabelKeys: only pods with the same value count',
      pods: [pod('old', { on: 'a1', labels: { app: 'web', hash: '1' } }), pod('new', { on: 'b1', labels: { app: 'web', hash: '2' } })],
      wants: { labels: { app: 'web', hash: '2' }, affinity: apart(term('web', { matchLabelKeys: ['hash'] })) },
      refused: { b1: antiAffinityUnmet },
    },
    {
      name: 'mismatchLabelKeys: only pods with another value count',
      pods: [
        pod('mine', { on: 'a1', labels: { app: 'web', tenant: '1' } }),
        pod('other', { on: 'b1', labels: { app: 'web', tenant: '2' } }),
      ],
      wants: { labels: { app: 'web', tenant: '1' }, affinity: apart(term('web', { mismatchLabelKeys: ['tenant'] })) },
      refused: { b1: antiAffinityUnmet },
    },
  ];
  test.each(rows)('$name', ({ pods = [], wants, refused }) => {
    const world = harness({ nodes, pods, plugins: ['InterPodAffinity'] });
    expect(world.refusals(pod('p', wants))).toEqual(refused);
  });

  test('counts follow pods as they come and go', () => {
    const world = harness({ nodes, plugins: ['InterPodAffinity'] });
    const wants = () => pod('p', { affinity: apart(term('web')) });
    const web = app('web', 'a1');
    expect(world.refusals(wants())).toEqual({});
    world.cache.setPod(web);
    expect(world.refusals(wants())).toEqual({ a1: antiAffinityUnmet });
    world.cache.setPod({ ...web, metadata: { ...web.metadata, labels: { app: 'db' } } });
    expect(world.refusals(wants())).toEqual({});
    world.cache.setPod(web);
    world.cache.removePod(web);
    expect(world.refusals(wants())).toEqual({});
  });
});

describe('InterPodAffinity score', () => {
  const weighted = (weight: number, podAffinityTerm: PodAffinityTerm) => ({ weight, podAffinityTerm });
  const rows: { name: string; pods: ReturnType<typeof app>[]; wants: PodShape; scores: Record<string, number> }[] = [
    {
      name: 'prefers to be near',
      pods: [app('db', 'a1')],
      wants: { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [weighted(10, term('db'))] } } },
      scores: { a1: 200, a2: 0, b1: 0 },
    },
    {
      name: 'prefers to be apart',
      pods: [app('web', 'a1')],
      wants: {
        affinity: {
          podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [weighted(10, term('web', { topologyKey: zone }))] },
        },
      },
      scores: { a1: 0, a2: 0, b1: 200 },
    },
    {
      name: 'more pods weigh more',
      pods: [app('db', 'a1'), app('db', 'a1'), app('db', 'b1')],
      wants: { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [weighted(10, term('db'))] } } },
      scores: { a1: 200, a2: 0, b1: 100 },
    },
    {
      name: 'existing pods draw those they require',
      pods: [app('db', 'a1', { affinity: near(term('web', { topologyKey: zone })) })],
      wants: { labels: { app: 'web' } },
      scores: { a1: 200, a2: 200, b1: 0 },
    },
    {
      name: 'existing pods push away those they prefer not to have',
      pods: [
        app('db', 'a1', { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [weighted(5, term('web'))] } } }),
      ],
      wants: { labels: { app: 'web' } },
      scores: { a1: 0, a2: 200, b1: 200 },
    },
  ];
  test.each(rows)('$name', ({ pods, wants, scores }) => {
    const world = harness({ nodes, pods, plugins: ['InterPodAffinity'] });
    expect(world.scores(pod('p', wants), 'InterPodAffinity')).toEqual(scores);
  });
});
