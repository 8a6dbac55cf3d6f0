import { describe, expect, it } from 'vitest';
import type { Pod, Service } from '../../../src/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../src/api/types/discovery-v1.ts';
import { hostPorts, servicePorts } from '../../../src/network/services/model.ts';
import { buildRuleset, type NodeFacts } from '../../../src/network/services/ruleset.ts';
import { script } from '../../../src/network/services/script.ts';

const facts: NodeFacts = { clusterCIDR: '10.244.0.0/16', podCIDR: '10.244.1.0/24', serviceCIDR: '10.96.0.0/12', clusterDNS: '10.96.0.10' };
const web = (spec: Partial<Service['spec']> = {}): Service => ({
  metadata: { name: 'web', namespace: 'shop' },
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

describe('backends of a service', () => {
  const ips = (service: Service, endpoints: EndpointSlice['endpoints']): string[] =>
    servicePorts(service, [slice(endpoints)], 'n1')[0]?.internal.map((one) => one.ip) ?? [];
  it('are its ready endpoints', () => expect(ips(web(), [here, there, leaving])).toEqual(['10.244.1.2', '10.244.2.2']));
  it('are those still serving when none is ready', () => expect(ips(web(), [leaving])).toEqual(['10.244.2.3']));
  it('are this node’s under internalTrafficPolicy Local', () =>
    expect(ips(web({ internalTrafficPolicy: 'Local' }), [here, there])).toEqual(['10.244.1.2']));
  it('do not exist for headless services', () => expect(servicePorts(web({ clusterIP: 'None' }), [slice([here])], 'n1')).toEqual([]));
});

describe('rules', () => {
  const rules = (service: Service, endpoints: EndpointSlice['endpoints'] = [here, there]) =>
    buildRuleset(servicePorts(service, [slice(endpoints)], 'n1'), [], facts);

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
  it('masquerade node-port traffic, unless it stays on the node', () => {
    const external = (policy: string) => {
      const built = rules(web({ ports: [{ port: 80, nodePort: 30080 }], externalTrafficPolicy: policy }));
      return [...built.chains].find(([name]) => name.startsWith('ext-'))?.[1];
    };
    expect(external('Cluster')?.[0]).toContain('mark set');
    expect(external('Local')).toHaveLength(1);
  });
  it('keep a client on its backend under session affinity', () => {
    const built = rules(web({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }));
    expect([...built.sets.values()]).toEqual(Array(2).fill('type ipv4_addr; flags dynamic,timeout; timeout 60s;'));
  });
  it('leave the DNS address to the node', () => {
    const built = rules(web({ clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }), []);
    expect(built.elements.get('no-endpoint-services')?.size).toBe(0);
  });
  it('map host ports of running pods', () => {
    const pod: Pod = {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
      status: { phase: 'Running', podIP: '10.244.1.9' },
    };
    const built = buildRuleset([], hostPorts([pod, { ...pod, status: { phase: 'Succeeded', podIP: '10.244.1.8' } }]), facts);
    expect([...(built.elements.get('node-ports')?.keys() ?? [])]).toEqual(['tcp . 8080']);
  });
});

describe('the nft script', () => {
  const built = (endpoints: EndpointSlice['endpoints']) => buildRuleset(servicePorts(web(), [slice(endpoints)], 'n1'), [], facts);

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
