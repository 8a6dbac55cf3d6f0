import { expect, test } from 'vitest';
import { renamedNode, renamedSpec, renamedState } from '../../../src/cluster/snapshots/rename.ts';
import { defaultClusterSpec } from '../../../src/cluster/spec.ts';
import type { StateEntry } from '../../../src/cluster/state/api-state.ts';

test.each([
  ['lab-worker', 'copy-worker'],
  ['lab-b', 'copy-b'],
  ['big', 'copy-big'],
  ['laboratory', 'copy-laboratory'],
])('a fork names the node %s %s', (node, expected) => expect(renamedNode(node, 'lab', 'copy')).toBe(expected));

test('a fork is asked for with its own name, nodes and ports', () => {
  const spec = defaultClusterSpec('lab', 1);
  spec.networking.apiServerPort = 6445;
  spec.registry = { port: 5000 };
  const renamed = renamedSpec(spec, 'copy');
  expect(renamed.nodes.map(({ name }) => name)).toEqual(['copy-control-plane', 'copy-worker']);
  expect(renamed).toMatchObject({ name: 'copy', networking: { apiServerPort: 0, gatewayPort: 0 }, registry: { port: 0 } });
});

const entries: StateEntry[] = [
  ['/core/nodes/lab-worker', { kind: 'Node', metadata: { name: 'lab-worker', labels: { 'kubernetes.io/hostname': 'lab-worker' } } }],
  [
    '/core/pods/default/lab-worker',
    {
      kind: 'Pod',
      metadata: { name: 'lab-worker', labels: { app: 'lab-worker' } },
      spec: { nodeName: 'lab-worker', containers: [{ image: 'lab-worker' }] },
    },
  ],
  [
    '/core/persistentvolumes/pv',
    {
      spec: {
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', values: ['lab-worker'] }] }] },
        },
      },
    },
  ],
  [
    '/core/persistentvolumeclaims/default/c',
    { metadata: { name: 'c', annotations: { 'volume.kubernetes.io/selected-node': 'lab-worker' } } },
  ],
  ['/core/configmaps/default/text', { data: { note: 'lab-worker' } }],
];

test('objects follow their nodes where they are bound to them, and nowhere else', () => {
  const renamed = new Map(renamedState(entries, 'lab', 'copy'));
  expect(renamed.get('/core/nodes/copy-worker')).toMatchObject({
    metadata: { name: 'copy-worker', labels: { 'kubernetes.io/hostname': 'copy-worker' } },
  });
  expect(renamed.get('/core/pods/default/lab-worker')).toMatchObject({
    metadata: { name: 'lab-worker', labels: { app: 'lab-worker' } },
    spec: { nodeName: 'copy-worker' },
  });
  expect(JSON.stringify(renamed.get('/core/persistentvolumes/pv'))).toContain('"copy-worker"');
  expect(renamed.get('/core/persistentvolumeclaims/default/c')).toMatchObject({
    metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'copy-worker' } },
  });
  expect(renamed.get('/core/configmaps/default/text')).toEqual({ data: { note: 'lab-worker' } });
});

test('a cluster that comes back under its own name keeps everything', () => {
  expect(renamedState(entries, 'lab', 'lab')).toEqual(entries);
});
