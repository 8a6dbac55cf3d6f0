import * as dns from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../src/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../src/api/types/discovery-v1.ts';
import { lookup, type ZoneView } from '../../../src/network/dns/records.ts';
import { respond } from '../../../src/network/dns/server.ts';

const service = (name: string, spec: Service['spec']): Service => ({ metadata: { name, namespace: 'shop' }, spec });
const services: Service[] = [
  service('web', { clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }),
  service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432 }] }),
  service('twice', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432 }] }),
  service('empty', { clusterIP: 'None', clusterIPs: ['None'] }),
  service('alias', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
  service('circle', { type: 'ExternalName', externalName: 'circle.shop.svc.cluster.local' }),
  service('out', { type: 'ExternalName', externalName: 'example.org' }),
];
const dbSlice: EndpointSlice = {
  addressType: 'IPv4',
  metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.244.1.5'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.244.2.6'], conditions: { ready: true } },
    { addresses: ['10.244.2.7'], conditions: { ready: false } },
  ],
};
const otherPort = { ...dbSlice, ports: [{ name: 'stats', port: 9187, protocol: 'TCP' }] };
const view: ZoneView = {
  domain: 'cluster.local',
  service: (namespace, name) => services.find((one) => one.metadata.namespace === namespace && one.metadata.name === name),
  slices: (_namespace, name) => (name === 'db' ? [dbSlice] : name === 'twice' ? [dbSlice, otherPort] : []),
  hasNamespace: (name) => name === 'shop',
  serviceByIP: (ip) => services.find((one) => one.spec?.clusterIP === ip),
  endpointsByIP: (ip) => (ip === '10.244.1.5' ? [{ service: 'db', namespace: 'shop', hostname: 'db-0' }] : []),
};

describe('the cluster zone', () => {
  const rows: [string, string, string, unknown][] = [
    ['a service has its cluster IP', 'web.shop.svc.cluster.local', 'A', ['10.96.0.20']],
    ['names are case-insensitive', 'WEB.Shop.svc.cluster.local.', 'A', ['10.96.0.20']],
    ['a service without IPv6 is empty, not missing', 'web.shop.svc.cluster.local', 'AAAA', 'empty'],
    ['an unknown service does not exist', 'nope.shop.svc.cluster.local', 'A', 'nxdomain'],
    ['a headless service has its ready endpoints', 'db.shop.svc.cluster.local', 'A', ['10.244.1.5', '10.244.2.6']],
    ['an endpoint in two slices is told once', 'twice.shop.svc.cluster.local', 'A', ['10.244.1.5', '10.244.2.6']],
    ['a headless service without endpoints does not exist', 'empty.shop.svc.cluster.local', 'A', 'nxdomain'],
    ['an endpoint with a hostname has a name', 'db-0.db.shop.svc.cluster.local', 'A', ['10.244.1.5']],
    ['an endpoint without a hostname is named by its address', '10-244-2-6.db.shop.svc.cluster.local', 'A', ['10.244.2.6']],
    [
      'a named port has SRV records',
      '_http._tcp.web.shop.svc.cluster.local',
      'SRV',
      [{ priority: 0, weight: 100, port: 80, target: 'web.shop.svc.cluster.local' }],
    ],
    ['an ExternalName is a CNAME', 'out.shop.svc.cluster.local', 'A', ['example.org']],
    ['a pod is found by its address', '10-244-1-5.shop.pod.cluster.local', 'A', ['10.244.1.5']],
    ['a pod of an unknown namespace is not', '10-244-1-5.nope.pod.cluster.local', 'A', 'nxdomain'],
    ['a namespace exists without records', 'shop.svc.cluster.local', 'A', 'empty'],
    ['a cluster IP has its service', '20.0.96.10.in-addr.arpa', 'PTR', ['web.shop.svc.cluster.local']],
    ['an endpoint of a headless service has its name', '5.1.244.10.in-addr.arpa', 'PTR', ['db-0.db.shop.svc.cluster.local']],
    ['an address of nobody is asked upstream', '1.1.1.1.in-addr.arpa', 'PTR', 'foreign'],
    ['other names are asked upstream', 'example.org', 'A', 'foreign'],
  ];
  it.each(rows)('%s', (_why, name, type, expected) => {
    const found = lookup(view, { name, type });
    expect(found.kind === 'answers' ? found.answers.map((answer) => ('data' in answer ? answer.data : undefined)) : found.kind).toEqual(
      expected,
    );
  });
});

describe('respond', () => {
  const query = (name: string, type: dns.RecordType): Buffer =>
    dns.encode({ type: 'query', id: 7, flags: dns.RECURSION_DESIRED, questions: [{ name, type }] });
  const never = (): Promise<Buffer> => Promise.reject(new Error('no resolver'));

  it('answers from the zone with authority', async () => {
    const answer = dns.decode((await respond(view, never, query('web.shop.svc.cluster.local', 'A'), 'udp')) ?? Buffer.alloc(0));
    expect(answer).toMatchObject({ id: 7, rcode: 'NOERROR', flag_aa: true, answers: [{ data: '10.96.0.20' }] });
  });
  it('says NXDOMAIN with the zone in authority', async () => {
    const answer = dns.decode((await respond(view, never, query('nope.shop.svc.cluster.local', 'A'), 'udp')) ?? Buffer.alloc(0));
    expect(answer).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ type: 'SOA', name: 'cluster.local' }] });
  });
  it('answers with what an alias points at, in the cluster and outside', async () => {
    const upstream = async (packet: Buffer): Promise<Buffer> => {
      const { id = 0, questions = [] } = dns.decode(packet);
      return dns.encode({ type: 'response', id, questions, answers: [{ type: 'A', name: questions[0]?.name ?? '', data: '192.0.2.1' }] });
    };
    const answersTo = async (name: string): Promise<string[]> => {
      const answer = dns.decode((await respond(view, upstream, query(name, 'A'), 'udp')) ?? Buffer.alloc(0));
      return (answer.answers ?? []).map((one) => `${one.type} ${'data' in one ? String(one.data) : ''}`);
    };
    expect(await answersTo('alias.shop.svc.cluster.local')).toEqual(['CNAME web.shop.svc.cluster.local', 'A 10.96.0.20']);
    expect(await answersTo('out.shop.svc.cluster.local')).toEqual(['CNAME example.org', 'A 192.0.2.1']);
    expect(await answersTo('circle.shop.svc.cluster.local')).toEqual(['CNAME circle.shop.svc.cluster.local']);
  });
  it('passes foreign names on unchanged', async () => {
    const sent: Buffer[] = [];
    const upstream = async (packet: Buffer): Promise<Buffer> => {
      sent.push(packet);
      return Buffer.from('the answer');
    };
    const packet = query('example.org', 'A');
    expect((await respond(view, upstream, packet, 'udp'))?.toString()).toBe('the answer');
    expect(sent).toEqual([packet]);
  });
  it('says SERVFAIL when no resolver answers', async () => {
    const answer = dns.decode((await respond(view, never, query('example.org', 'A'), 'udp')) ?? Buffer.alloc(0));
    expect(answer).toMatchObject({ rcode: 'SERVFAIL' });
  });
  it('truncates what does not fit a datagram, and not over TCP', async () => {
    const endpoints = Array.from({ length: 60 }, (_, index) => ({ addresses: [`10.244.3.${index}`], conditions: { ready: true } }));
    const big: ZoneView = { ...view, slices: () => [{ ...dbSlice, endpoints }] };
    const small = dns.decode((await respond(big, never, query('db.shop.svc.cluster.local', 'A'), 'udp')) ?? Buffer.alloc(0));
    expect(small).toMatchObject({ flag_tc: true, answers: [] });
    const whole = dns.decode((await respond(big, never, query('db.shop.svc.cluster.local', 'A'), 'tcp')) ?? Buffer.alloc(0));
    expect(whole.answers).toHaveLength(60);
  });
  it('ignores what is no question', async () => {
    expect(await respond(view, never, Buffer.from('no dns'), 'udp')).toBeUndefined();
  });
});
