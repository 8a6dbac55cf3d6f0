import { describe, expect, test } from 'vitest';
import { addressAt, networkingOf, nextPlace, placeNodes, placeOf, sameShape } from '../../../src/cluster/plan.ts';
import type { NodeState } from '../../../src/cluster/provider.ts';
import { type ClusterSpec, defaultClusterSpec, nextWorkerName, plainNode } from '../../../src/cluster/spec.ts';
import type { ShoalError } from '../../../src/util/errors.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return (thrown as ShoalError).code;
  }
  return 'none';
};

describe('addresses', () => {
  test.each([
    ['10.96.0.0/16', 1, '10.96.0.1'],
    ['10.96.0.0/16', 10, '10.96.0.10'],
    ['10.244.0.0/16', 256, '10.244.1.0'],
    ['192.168.255.0/24', 255, '192.168.255.255'],
    ['172.30.0.0/15', 65_536, '172.31.0.0'],
  ])('%s has as its %i. address %s', (cidr, index, address) => {
    expect(addressAt(cidr, index)).toBe(address);
  });

  test('a range that is too small is a problem of the configuration', () => {
    expect(codeOf(() => addressAt('10.96.0.0/29', 10))).toBe('CONFIG_INVALID');
    expect(codeOf(() => placeOf(0, '10.201.0.0/24', '10.244.0.0/25'))).toBe('CONFIG_INVALID');
  });

  test('a /24 of Docker has room for 253 nodes', () => {
    expect(placeOf(252, '10.201.0.0/24', '10.244.0.0/16').ip).toBe('10.201.0.254');
    expect(codeOf(() => placeOf(253, '10.201.0.0/24', '10.244.0.0/16'))).toBe('NETWORK_EXHAUSTED');
  });
});

describe('places', () => {
  test('the control plane is first wherever it stands, then the workers in order', () => {
    const spec = defaultClusterSpec('demo', 2);
    spec.nodes.reverse();
    expect([...placeNodes(spec, '10.201.7.0/24')]).toEqual([
      ['demo-control-plane', { ip: '10.201.7.2', podCIDR: '10.244.0.0/24' }],
      ['demo-worker2', { ip: '10.201.7.3', podCIDR: '10.244.1.0/24' }],
      ['demo-worker', { ip: '10.201.7.4', podCIDR: '10.244.2.0/24' }],
    ]);
  });

  test('a removed node leaves its place and its name to the next', () => {
    const nodes = ['10.201.7.2', '10.201.7.4'].map((ip) => ({ ip }) as NodeState);
    expect(nextPlace(nodes, '10.201.7.0/24', '10.244.0.0/16')).toEqual({ ip: '10.201.7.3', podCIDR: '10.244.1.0/24' });
    expect(nextWorkerName('demo', new Set(['demo-control-plane', 'demo-worker', 'demo-worker3']))).toBe('demo-worker2');
  });

  test('DNS is the tenth address of the Services', () => {
    expect(networkingOf(defaultClusterSpec('demo', 0))).toMatchObject({ clusterDNS: '10.96.0.10', clusterDomain: 'cluster.local' });
  });
});

describe('sameShape', () => {
  const made: ClusterSpec = { ...defaultClusterSpec('demo', 2) };
  made.networking = { ...made.networking, apiServerPort: 6443, gatewayPort: 8081 };
  const wanted = (change: (spec: ClusterSpec) => void): ClusterSpec => {
    const spec = defaultClusterSpec('demo', 2);
    change(spec);
    return spec;
  };
  test('counts a registry, but not the port that Shoal chose for it', () => {
    const withRegistry = { ...made, registry: { port: 5001 } };
    const asked = (port: number) => wanted((spec) => Object.assign(spec, { registry: { port } }));
    expect(sameShape(asked(0), withRegistry)).toBe(true);
    expect(sameShape(asked(5002), withRegistry)).toBe(false);
    expect(sameShape(asked(0), made)).toBe(false);
    expect(
      sameShape(
        wanted(() => undefined),
        withRegistry,
      ),
    ).toBe(false);
  });
  test.each<[string, (spec: ClusterSpec) => void, boolean]>([
    ['the same request', () => undefined, true],
    ['ports that Shoal chose', (spec) => Object.assign(spec.networking, { apiServerPort: 6443 }), true],
    ['another port', (spec) => Object.assign(spec.networking, { gatewayPort: 9999 }), false],
    ['nodes in another order', (spec) => void spec.nodes.reverse(), true],
    ['one node more', (spec) => void spec.nodes.push(plainNode('demo-worker3', 'worker')), false],
    ['a label', (spec) => Object.assign(spec.nodes[1] ?? {}, { labels: { disk: 'ssd' } }), false],
    ['another size', (spec) => Object.assign(spec.nodes[1] ?? {}, { resources: { cpu: 1 } }), false],
    ['images to load', (spec) => void spec.images.push('web:1'), true],
    ['a controller setting', (spec) => Object.assign(spec.controllers, { nodeMonitorGracePeriodMs: 5000 }), false],
  ])('%s', (_, change, same) => {
    expect(sameShape(wanted(change), made)).toBe(same);
  });
});
