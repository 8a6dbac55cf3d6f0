import { describe, expect, test } from 'vitest';
import { subnetCandidates } from '../../../src/cluster/docker/network.ts';
import { bridgeAddress, containerOptions } from '../../../src/cluster/docker/node-options.ts';

describe('subnetCandidates', () => {
  test('differ by cluster, so that clusters made at once seldom collide', () => {
    const firsts = ['a', 'b', 'demo', 'lab', 'shoal'].map((name) => subnetCandidates(name, [])[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test.each([
    ['the same subnet', (own: string) => own],
    ['a larger one around it', () => '10.201.0.0/16'],
    ['an address in it', (own: string) => own.replace('.0/24', '.77/32')],
  ])('leaves out what overlaps %s', (_, taken) => {
    const [own = ''] = subnetCandidates('demo', []);
    expect(subnetCandidates('demo', [taken(own)])).not.toContain(own);
  });

  test('has other ranges when one is taken whole', () => {
    const left = subnetCandidates('demo', ['10.201.0.0/16']);
    expect(left).toHaveLength(3 * 256);
    expect(left.every((subnet) => !subnet.startsWith('10.201.'))).toBe(true);
  });

  test('is empty when a route covers everything', () => {
    expect(subnetCandidates('demo', ['0.0.0.0/0'])).toEqual([]);
  });
});

describe('containerOptions', () => {
  const spec = {
    cluster: 'demo',
    name: 'demo-worker',
    role: 'worker',
    image: 'shoal/node:1',
    network: 'shoal-demo',
    ip: '10.201.0.3',
    podCIDR: '10.244.1.0/24',
    env: { EXTRA: 'yes' },
    labels: { mine: 'kept', 'dev.shoal.node': 'forged' },
    files: {},
    ports: [{ host: '127.0.0.1', hostPort: 6443, containerPort: 6443, protocol: 'tcp' }],
    mounts: [{ hostPath: '/src', containerPath: '/mnt', readOnly: true }],
    resources: { cpu: 1.5, memory: 1024 },
  } as const;
  const options = containerOptions({ ...spec, ports: [...spec.ports], mounts: [...spec.mounts] }, ['sys_admin', 'net_admin'], 'private');

  test('asks for capabilities by name, never for --privileged', () => {
    expect(options.HostConfig).toMatchObject({ CapAdd: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'], CgroupnsMode: 'private' });
    expect(options.HostConfig?.Privileged).toBeUndefined();
  });

  test('gives the node its fixed address, its ports and its size', () => {
    expect(options.NetworkingConfig).toEqual({
      EndpointsConfig: { 'shoal-demo': { IPAMConfig: { IPv4Address: '10.201.0.3' }, Aliases: ['demo-worker'] } },
    });
    expect(options.HostConfig).toMatchObject({
      PortBindings: { '6443/tcp': [{ HostIp: '127.0.0.1', HostPort: '6443' }] },
      NanoCpus: 1_500_000_000,
      Memory: 1024,
      MemorySwap: 1024,
    });
    expect(options.Env).toEqual(
      expect.arrayContaining(['EXTRA=yes', 'SHOAL_BRIDGE_ADDRESS=10.244.1.1/24', 'SHOAL_NODE_CPU=1.5', 'SHOAL_NODE_MEMORY=1024']),
    );
  });

  test('own labels cannot be overridden', () => {
    expect(options.Labels).toEqual({
      mine: 'kept',
      'dev.shoal.cluster': 'demo',
      'dev.shoal.role': 'worker',
      'dev.shoal.node': 'demo-worker',
    });
  });

  test('the engine in the node takes the first address of the pod range', () => {
    expect(bridgeAddress('10.244.255.0/24')).toBe('10.244.255.1/24');
  });
});
