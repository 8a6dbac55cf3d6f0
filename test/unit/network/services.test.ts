import { describe, expect, it } from 'vitest';
import type { Pod, Service } from '../../../src/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../src/api/types/discovery-v1.ts';
import { staleUdp } from '../../../src/network/services/conntrack.ts';
import { healthCheckOf, hostPorts, servicePorts } from '../../../src/network/services/model.ts';
import { buildRuleset, type NodeFacts } from '../../../src/network/services/ruleset.ts';
import { script } from '../../../src/network/services/script.ts';

const facts: NodeFacts = { clusterCIDR: '10.244.0.0/16', podCIDR: '10.244.1.0/24', serviceCIDR: '10.96.0.0/12', clusterDNS: '10.96.0.10' };
const n1 = { nodeName: 'n1', zone: 'a' };
const web = (spec: Partial<Service['spec']> = {}, labels: Record<string, string> = {}): Service => ({
  metadata: { name: 'web', namespace: 'shop', labels },
  spec: { clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20'], ports: [{ port: 80 }], ...spec },
});
const slice = (endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
  addressType: 'IPv4',
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  ports: [{ port: 8080, protocol: 'TCP' }],
  endpoints,
});
const here = { addresses: ['10.244.1.2'], nodeName: 'n1', conditions: { ready: true } };
const there = { addresses: ['10.244.2.2'], nodeName: 'n2', conditions: { ready: true } };
const leaving = { addresses: ['10.244.2.3'], nodeName: 'n2', conditions: { ready: false, serving: true, terminating: true } };

const hinted = (endpoint: object, zone: string | undefined, node?: string) => ({
  ...(endpoint as typeof here),
  hints: {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(node === undefined ? {} : { forNodes: [{ name: node }] }),
  },
});

describe('backends of a service', () => {
  type Endpoints = NonNullable<EndpointSlice['endpoints']>;
  it.each<{ name: string; endpoints: Endpoints; cluster: string[]; local: string[] }>([
    {
      name: 'are its ready endpoints',
      endpoints: [here, there, leaving],
      cluster: ['10.244.1.2', '10.244.2.2'],
      local: ['10.244.1.2'],
    },
    { name: 'are those still serving when none is ready', endpoints: [leaving], cluster: ['10.244.2.3'], local: [] },
    {
      name: 'are those hinted for the zone of this node',
      endpoints: [hinted(here, 'b'), hinted(there, 'a')],
      cluster: ['10.244.2.2'],
      local: ['10.244.1.2'],
    },
    {
      name: 'are those hinted for this node before those for its zone',
      endpoints: [hinted(here, 'a', 'n1'), hinted(there, 'a', 'n2')],
      cluster: ['10.244.1.2'],
      local: ['10.244.1.2'],
    },
    {
      name: 'are all when one has no hint',
      endpoints: [here, hinted(there, 'a')],
      cluster: ['10.244.1.2', '10.244.2.2'],
      local: ['10.244.1.2'],
    },
    {
      name: 'are all when none is hinted for here',
      endpoints: [hinted(here, 'b'), hinted(there, 'c')],
      cluster: ['10.244.1.2', '10.244.2.2'],
      local: ['10.244.1.2'],
    },
  ])('$name', ({ endpoints, cluster, local }) => {
    const [port] = servicePorts(web(), [slice(endpoints)], n1);
    const ips = (backends: { ip: string }[] = []): string[] => backends.map(({ ip }) => ip);
    expect({ cluster: ips(port?.cluster), local: ips(port?.local) }).toEqual({ cluster, local });
  });
  it.each([
    ['headless ones', web({ clusterIP: 'None' })],
    ['those said to be headless', web({}, { 'service.kubernetes.io/headless': '' })],
    ['those of another proxy', web({}, { 'service.kubernetes.io/service-proxy-name': 'other' })],
  ])('do not exist for %s', (_name, service) => expect(servicePorts(service, [slice([here])], n1)).toEqual([]));
  it('are of the port with the same name and protocol', () => {
    const [port] = servicePorts(web({ ports: [{ port: 80, protocol: 'UDP' }] }), [slice([here])], n1);
    expect(port?.cluster).toEqual([]);
  });
  it('are counted for load balancers that ask', () => {
    const service = web({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 });
    const check = { namespace: 'shop', name: 'web', port: 30001, localEndpoints: 1 };
    expect(healthCheckOf(service, [slice([here, there]), slice([here])], n1)).toEqual(check);
    expect(healthCheckOf(web(), [slice([here])], n1)).toBeUndefined();
  });
});

describe('rules', () => {
  const rules = (service: Service, endpoints: EndpointSlice['endpoints'] = [here, there]) =>
    buildRuleset(servicePorts(service, [slice(endpoints)], n1), [], facts);

  it('send a cluster IP to one of its backends at random', () => {
    const built = rules(web());
    const chain = [...built.chains].find(([name]) => name.startsWith('svc-'));
    expect(built.elements.get('service-ips')).toEqual(new Map([['10.96.0.20 . tcp . 80', `goto ${chain?.[0]}`]]));
    expect(chain?.[1][0]).toMatch(/^numgen random mod 2 vmap \{ 0 : goto ep-\w+-shop-web-, 1 : goto ep-\w+-shop-web- \}$/);
  });
  it('refuse a service without endpoints', () => {
    const built = rules(web({ nodePort: 1, ports: [{ port: 80, nodePort: 30080 }] } as Partial<Service['spec']>), []);
    expect(built.elements.get('no-endpoint-services')).toEqual(new Map([['10.96.0.20 . tcp . 80', 'goto refuse']]));
    expect(built.elements.get('no-endpoint-node-ports')).toEqual(new Map([['tcp . 30080', 'goto refuse']]));
    expect(built.elements.get('service-ips')?.size).toBe(0);
  });
  it('drop what a policy keeps on a node without backends, which others may have', () => {
    const built = rules(web({ ports: [{ port: 80, nodePort: 30080 }], internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' }), [
      there,
    ]);
    expect(built.elements.get('no-endpoint-services')).toEqual(new Map([['10.96.0.20 . tcp . 80', 'drop']]));
    expect(built.elements.get('no-endpoint-node-ports')).toEqual(new Map([['tcp . 30080', 'drop']]));
    expect(built.elements.get('service-ips')?.size).toBe(0);
  });
  it('send traffic under internalTrafficPolicy Local to this node’s backends', () => {
    const built = rules(web({ internalTrafficPolicy: 'Local' }));
    const local = [...built.chains].find(([name]) => name.startsWith('loc-'));
    expect(built.elements.get('service-ips')?.get('10.96.0.20 . tcp . 80')).toBe(`goto ${local?.[0]}`);
    expect(local?.[1]).toHaveLength(1);
  });
  it('masquerade node-port traffic, unless it stays on the node; the policy binds only what comes from outside', () => {
    const external = (policy: string) => {
      const built = rules(web({ ports: [{ port: 80, nodePort: 30080 }], externalTrafficPolicy: policy }));
      return [...built.chains].find(([name]) => name.startsWith('ext-'))?.[1].map((line) => line.replace(/-shop-web.*/, ''));
    };
    expect(external('Cluster')).toEqual(['meta mark set meta mark | 0x4000', 'goto svc']);
    expect(external('Local')).toEqual([
      'ip saddr 10.244.0.0/16 goto svc',
      'fib saddr type local meta mark set meta mark | 0x4000 goto svc',
      'goto loc',
    ]);
  });
  it('keep a client on its backend under session affinity', () => {
    const sticky = (timeoutSeconds: number) =>
      rules(web({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }));
    const built = sticky(60);
    expect([...built.sets.values()]).toEqual(Array(2).fill('type ipv4_addr; flags dynamic,timeout;'));
    const remembering = [...built.chains.values()].flat().filter((line) => line.startsWith('update @aff-'));
    expect(remembering.map((line) => line.replace(/aff-\w+/, 'aff'))).toEqual(Array(2).fill('update @aff { ip saddr timeout 60s }'));
    // Another timeout keeps who is remembered.
    expect(script(built, sticky(90))).not.toMatch(/^(add|delete) set/m);
  });
  it('leave what a node sends to itself its source', () => {
    expect(rules(web()).chains.get('postrouting')?.[1]).toBe('oifname "lo" return');
  });
  it('let nothing that was meant for a service out of the cluster', () => {
    const built = rules(web());
    expect(built.elements.get('cluster-ips')).toEqual(new Map([['10.96.0.20', 'goto refuse']]));
    for (const chain of ['filter-forward', 'filter-output']) {
      expect(built.chains.get(chain)?.slice(-2)).toEqual([
        'ct state new ip daddr vmap @cluster-ips',
        `ct state new ip daddr ${facts.serviceCIDR} ip daddr != ${facts.clusterDNS} drop`,
      ]);
    }
  });
  it('leave the DNS address to the node', () => {
    const built = rules(web({ clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }), []);
    expect(built.elements.get('cluster-ips')?.size).toBe(0);
    expect(built.elements.get('no-endpoint-services')?.size).toBe(0);
  });
  it('map host ports of running pods', () => {
    const pod: Pod = {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
      status: { phase: 'Running', podIP: '10.244.1.9' },
    };
    const built = buildRuleset([], hostPorts([pod, { ...pod, status: { phase: 'Succeeded', podIP: '10.244.1.8' } }]), facts);
    expect([...(built.elements.get('host-ports')?.keys() ?? [])]).toEqual(['tcp . 8080']);
  });
});

describe('connection tracking forgets of UDP', () => {
  const udp = (endpoints: EndpointSlice['endpoints'], nodePort?: number) => {
    const ports = [{ port: 53, protocol: 'UDP', ...(nodePort === undefined ? {} : { nodePort }) }];
    const own = { ...slice(endpoints), ports: [{ port: 5353, protocol: 'UDP' }] };
    return buildRuleset(servicePorts(web({ ports }), [own], n1), [], facts);
  };
  it.each([
    ['a backend that is gone', udp([here, there]), udp([here]), ['--reply-src 10.244.2.2']],
    ['an address that was refused', udp([]), udp([here]), ['--orig-dst 10.96.0.20 --orig-port-dst 53']],
    ['a node port that is new', udp([here]), udp([here], 30053), ['--orig-port-dst 30053']],
    ['nothing of a backend more', udp([here]), udp([here, there]), []],
  ])('%s', (_name, before, after, filters) => expect(staleUdp(before, after)).toEqual(filters));
});

describe('the nft script', () => {
  const built = (endpoints: EndpointSlice['endpoints']) => buildRuleset(servicePorts(web(), [slice(endpoints)], n1), [], facts);

  it('makes the table anew at first', () =>
    expect(script(undefined, built([here]))).toMatch(/^add table ip shoal\ndelete table ip shoal\nadd table ip shoal\nadd map/));
  it('is empty when nothing changed', () => expect(script(built([here, there]), built([there, here]))).toBe(''));
  it('touches only what changed when an endpoint goes', () => {
    const text = script(built([here, there]), built([here]));
    expect(
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['flush chain', 'add rule', 'flush chain', 'delete chain']);
  });
  it('moves the address between serving and refusing', () => {
    const text = script(built([]), built([here]));
    expect(text).toContain('delete element ip shoal no-endpoint-services { 10.96.0.20 . tcp . 80 }');
    expect(text).toContain('add element ip shoal service-ips { 10.96.0.20 . tcp . 80 : goto svc-');
  });
});
