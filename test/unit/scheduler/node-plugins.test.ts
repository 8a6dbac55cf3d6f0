import { describe, expect, test } from 'vitest';
import type { NodeSpec, Toleration } from '../../../src/api/types/core-v1.ts';
import { type NodeShape, node, type PodShape, pod } from './build.ts';
import { harness } from './harness.ts';

const taint = (effect: string, key = 'dedicated', value = 'db'): NodeSpec => ({ taints: [{ key, value, effect }] });
const mismatch = "node(s) didn't match Pod's node affinity/selector";
const required = (...matchExpressions: { key: string; operator: string; values?: string[] }[]): PodShape => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } },
});

describe('NodeName', () => {
  test.each([
    { name: 'no name asked for', asked: '', refused: undefined },
    { name: 'its own name', asked: 'n1', refused: undefined },
    { name: 'another name', asked: 'n2', refused: "node(s) didn't match the requested node name" },
  ])('$name', ({ asked, refused }) => {
    const world = harness({ nodes: [node('n1')], plugins: ['NodeName'] });
    expect(world.refusals(pod('p', { on: asked }))['n1']).toBe(refused);
  });
});

describe('NodeUnschedulable', () => {
  const cordon: Toleration = { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' };
  test.each([
    { name: 'an open node', unschedulable: false, tolerations: [], refused: undefined },
    { name: 'a cordoned node', unschedulable: true, tolerations: [], refused: 'node(s) were unschedulable' },
    { name: 'a cordoned node, tolerated', unschedulable: true, tolerations: [cordon], refused: undefined },
  ])('$name', ({ unschedulable, tolerations, refused }) => {
    const world = harness({ nodes: [node('n1', { spec: { unschedulable } })], plugins: ['NodeUnschedulable'] });
    expect(world.refusals(pod('p', { tolerations }))['n1']).toBe(refused);
  });
});

describe('TaintToleration', () => {
  const untolerated = 'node(s) had untolerated taint(s)';
  const rows: { name: string; spec: NodeSpec; tolerations: Toleration[]; refused?: string }[] = [
    { name: 'no taints', spec: {}, tolerations: [] },
    { name: 'NoSchedule', spec: taint('NoSchedule'), tolerations: [], refused: untolerated },
    { name: 'NoExecute', spec: taint('NoExecute'), tolerations: [], refused: untolerated },
    { name: 'PreferNoSchedule does not refuse', spec: taint('PreferNoSchedule'), tolerations: [] },
    { name: 'equal value', spec: taint('NoSchedule'), tolerations: [{ key: 'dedicated', value: 'db' }] },
    { name: 'other value', spec: taint('NoSchedule'), tolerations: [{ key: 'dedicated', value: 'web' }], refused: untolerated },
    { name: 'exists', spec: taint('NoSchedule'), tolerations: [{ key: 'dedicated', operator: 'Exists' }] },
    { name: 'everything', spec: taint('NoExecute'), tolerations: [{ operator: 'Exists' }] },
    {
      name: 'other effect',
      spec: taint('NoExecute'),
      tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
      refused: untolerated,
    },
    { name: 'greater number', spec: taint('NoSchedule', 'gpus', '8'), tolerations: [{ key: 'gpus', operator: 'Gt', value: '4' }] },
    {
      name: 'number not greater',
      spec: taint('NoSchedule', 'gpus', '4'),
      tolerations: [{ key: 'gpus', operator: 'Gt', value: '4' }],
      refused: untolerated,
    },
  ];
  test.each(rows)('$name', ({ spec, tolerations, refused }) => {
    const world = harness({ nodes: [node('n1', { spec })], plugins: ['TaintToleration'] });
    expect(world.refusals(pod('p', { tolerations }))['n1']).toBe(refused);
  });

  test('prefers nodes with fewer untolerated soft taints', () => {
    const soft = (key: string) => ({ key, value: '', effect: 'PreferNoSchedule' });
    const nodes = [
      node('none'),
      node('one', { spec: { taints: [soft('a'), soft('tolerated')] } }),
      node('two', { spec: { taints: [soft('a'), soft('b')] } }),
    ];
    const world = harness({ nodes, plugins: ['TaintToleration'] });
    const tolerations = [{ key: 'tolerated', operator: 'Exists' }];
    expect(world.scores(pod('p', { tolerations }), 'TaintToleration')).toEqual({ none: 300, one: 150, two: 0 });
  });
});

describe('NodeAffinity', () => {
  const rows: { name: string; labels?: Record<string, string>; shape: PodShape; fits: boolean }[] = [
    { name: 'nodeSelector present', labels: { disk: 'ssd' }, shape: { nodeSelector: { disk: 'ssd' } }, fits: true },
    { name: 'nodeSelector absent', shape: { nodeSelector: { disk: 'ssd' } }, fits: false },
    { name: 'In', labels: { disk: 'ssd' }, shape: required({ key: 'disk', operator: 'In', values: ['nvme', 'ssd'] }), fits: true },
    { name: 'In, label absent', shape: required({ key: 'disk', operator: 'In', values: ['ssd'] }), fits: false },
    { name: 'NotIn, label absent', shape: required({ key: 'disk', operator: 'NotIn', values: ['ssd'] }), fits: true },
    { name: 'NotIn', labels: { disk: 'ssd' }, shape: required({ key: 'disk', operator: 'NotIn', values: ['ssd'] }), fits: false },
    { name: 'Exists', labels: { disk: '' }, shape: required({ key: 'disk', operator: 'Exists' }), fits: true },
    { name: 'DoesNotExist', labels: { disk: '' }, shape: required({ key: 'disk', operator: 'DoesNotExist' }), fits: false },
    { name: 'Gt', labels: { cores: '16' }, shape: required({ key: 'cores', operator: 'Gt', values: ['8'] }), fits: true },
    { name: 'Gt compares numbers', labels: { cores: '16' }, shape: required({ key: 'cores', operator: 'Gt', values: ['9'] }), fits: true },
    { name: 'Lt', labels: { cores: '16' }, shape: required({ key: 'cores', operator: 'Lt', values: ['8'] }), fits: false },
    { name: 'Gt of no number', labels: { cores: 'many' }, shape: required({ key: 'cores', operator: 'Gt', values: ['8'] }), fits: false },
    {
      name: 'requirements of a term hold together',
      labels: { a: '1' },
      shape: required({ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'Exists' }),
      fits: false,
    },
    { name: 'a term without requirements matches nothing', shape: required(), fits: false },
    {
      name: 'nodeSelector and affinity hold together',
      labels: { disk: 'ssd' },
      shape: { ...required({ key: 'disk', operator: 'Exists' }), nodeSelector: { zone: 'a' } },
      fits: false,
    },
  ];
  test.each(rows)('$name', ({ labels, shape, fits }) => {
    const world = harness({ nodes: [node('n1', labels === undefined ? {} : { labels })], plugins: ['NodeAffinity'] });
    expect(world.refusals(pod('p', shape))['n1']).toBe(fits ? undefined : mismatch);
  });

  test('terms are alternatives', () => {
    const terms = [
      { key: 'a', operator: 'Exists' },
      { key: 'b', operator: 'Exists' },
    ].map((row) => ({ matchExpressions: [row] }));
    const world = harness({ nodes: [node('n1', { labels: { b: '' } }), node('n2')], plugins: ['NodeAffinity'] });
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    expect(world.refusals(pod('p', { affinity }))).toEqual({ n2: mismatch });
  });

  test('metadata.name narrows the search and others are told so', () => {
    const byName = (...values: string[]): PodShape => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values }] }],
          },
        },
      },
    });
    const world = harness({ nodes: [node('n1'), node('n2'), node('n3')], plugins: ['NodeAffinity'] });
    expect(world.find(pod('p', byName('n2'))).found?.name).toBe('n2');
    const none = world.message(pod('p', byName('nowhere')));
    expect(none).toBe("0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity].");
  });

  test('scores preferences by weight', () => {
    const prefer = (key: string, weight: number) => ({ weight, preference: { matchExpressions: [{ key, operator: 'Exists' }] } });
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefer('a', 30), prefer('b', 10)] } };
    const nodes = [node('both', { labels: { a: '', b: '' } }), node('b', { labels: { b: '' } }), node('none')];
    const world = harness({ nodes, plugins: ['NodeAffinity'] });
    expect(world.scores(pod('p', { affinity }), 'NodeAffinity')).toEqual({ both: 200, b: 50, none: 0 });
  });
});

describe('NodePorts', () => {
  test.each([
    { name: 'a free port', port: 81, fits: true },
    { name: 'a taken port', port: 80, fits: false },
  ])('$name', ({ port, fits }) => {
    const world = harness({ nodes: [node('n1')], pods: [pod('other', { on: 'n1', hostPort: 80 })], plugins: ['NodePorts'] });
    const refusal = world.refusals(pod('p', { hostPort: port }))['n1'];
    expect(refusal).toBe(fits ? undefined : "node(s) didn't have free ports for the requested pod ports");
  });

  test.each([
    { name: 'other protocol', mine: { protocol: 'UDP' }, fits: true },
    { name: 'other address', mine: { hostIP: '10.0.0.2' }, fits: true },
    { name: 'same address', mine: { hostIP: '10.0.0.1' }, fits: false },
    { name: 'all addresses', mine: {}, fits: false },
  ])('$name', ({ mine, fits }) => {
    const withPort = (more: object) => ({ spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80, ...more }] }] } });
    const taken = pod('other', { on: 'n1' });
    Object.assign(taken.spec ?? {}, withPort({ hostIP: '10.0.0.1' }).spec);
    const world = harness({ nodes: [node('n1')], pods: [taken], plugins: ['NodePorts'] });
    expect(world.find(pod('p', withPort(mine))).found !== undefined).toBe(fits);
  });
});

describe('ImageLocality', () => {
  test('prefers nodes that have the images, by size and spread', () => {
    const MB = 1024 * 1024;
    const nodes = [
      node('big', { images: { 'web:v1': 600 * MB } }),
      node('also', { images: { 'web:v1': 600 * MB } }),
      node('other', { images: { 'db:v1': 900 * MB } }),
      node('none'),
    ];
    const world = harness({ nodes, plugins: ['ImageLocality'] });
    // Half of the nodes have it: 300 MB count, of 23 to 1000.
    expect(world.scores(pod('p'), 'ImageLocality')).toEqual({ big: 28, also: 28, other: 0, none: 0 });
  });

  test('a name without tag means latest', () => {
    const shape: NodeShape = { images: { 'registry:5000/web:latest': 1024 ** 3 } };
    const world = harness({ nodes: [node('has', shape), node('none')], plugins: ['ImageLocality'] });
    const image = { spec: { containers: [{ name: 'c', image: 'registry:5000/web' }] } };
    expect(world.scores(pod('p', image), 'ImageLocality')['has']).toBeGreaterThan(0);
  });
});
