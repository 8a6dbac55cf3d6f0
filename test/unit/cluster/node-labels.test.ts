import { expect, test } from 'vitest';
import { kubeletMaySet, splitLabels } from '../../../src/cluster/node-labels.ts';

test.each([
  ['disk', true],
  ['example.com/disk', true],
  ['kubernetes.io/hostname', true],
  ['topology.kubernetes.io/zone', true],
  ['node.kubernetes.io/anything', true],
  ['my.kubelet.kubernetes.io/anything', true],
  ['notkubernetes.io/x', true],
  ['kubernetes.io/role', false],
  ['node-role.kubernetes.io/worker', false],
  ['node-restriction.kubernetes.io/fips', false],
  ['example.k8s.io/x', false],
])('a kubelet may set %s: %s', (label, expected) => {
  expect(kubeletMaySet(label)).toBe(expected);
});

test('a control plane gets its role from the administrator', () => {
  expect(splitLabels({ role: 'control-plane', labels: { disk: 'ssd' } })).toEqual({
    own: { disk: 'ssd' },
    administrative: { 'node-role.kubernetes.io/control-plane': '' },
  });
  expect(splitLabels({ role: 'worker', labels: { disk: 'ssd', 'node-role.kubernetes.io/gpu': '' } })).toEqual({
    own: { disk: 'ssd' },
    administrative: { 'node-role.kubernetes.io/gpu': '' },
  });
});
