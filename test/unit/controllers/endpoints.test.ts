import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Pod, Service } from '../../../src/api/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../../src/api/types/discovery-v1.ts';
import { groupEndpoints } from '../../../src/controllers/endpointslice/endpoints-of.ts';
import { planSlices } from '../../../src/controllers/endpointslice/reconcile.ts';
import { startWorld, type World } from './harness.ts';
import { webSet } from './objects.ts';

const endpoint = (ip: string, change: Partial<Endpoint> = {}): Endpoint => ({ addresses: [ip], conditions: { ready: true }, ...change });
const ports = [{ name: '', port: 80, protocol: 'TCP' }];
const slice = (name: string, ...ips: string[]): EndpointSlice => ({
  metadata: { name },
  addressType: 'IPv4',
  ports,
  endpoints: ips.map((ip) => endpoint(ip)),
});
const group = (...ips: string[]) => [{ ports, endpoints: ips.map((ip) => endpoint(ip)) }];
const summary = (plan: ReturnType<typeof planSlices>) => ({
  create: plan.create.map(({ endpoints = [] }) => endpoints.length),
  update: plan.update.map(({ metadata, endpoints = [] }) => `${metadata.name}:${endpoints.map(({ addresses }) => addresses[0]).join()}`),
  delete: plan.delete.map(({ metadata }) => metadata.name),
});

describe('planSlices', () => {
  const rows: [name: string, wanted: string[], existing: EndpointSlice[], expected: ReturnType<typeof summary>][] = [
    ['creates the first', ['1', '2'], [], { create: [2], update: [], delete: [] }],
    ['splits what does not fit', ['1', '2', '3', '4'], [], { create: [3, 1], update: [], delete: [] }],
    ['writes nothing when nothing changed', ['2', '1'], [slice('a', '1', '2')], { create: [], update: [], delete: [] }],
    ['fills a slice that changes anyway', ['1', '3', '4'], [slice('a', '1', '2')], { create: [], update: ['a:1,3,4'], delete: [] }],
    [
      'fills the fullest slice that has room',
      ['1', '2', '3', '4'],
      [slice('a', '1'), slice('b', '2', '3')],
      { create: [], update: ['b:2,3,4'], delete: [] },
    ],
    ['deletes an emptied slice', ['1', '2'], [slice('a', '1', '2'), slice('b', '3')], { create: [], update: [], delete: ['b'] }],
    ['keeps one empty slice when no endpoint is left', [], [], { create: [0], update: [], delete: [] }],
  ];
  it.each(rows)('%s', (_, wanted, existing, expected) => {
    const groups = wanted.length === 0 ? [] : group(...wanted);
    expect(summary(planSlices('IPv4', {}, groups, existing, 3))).toEqual(expected);
  });
});

describe('groupEndpoints', () => {
  const service = (change: object = {}): Service => ({
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...change },
  });
  const pod = (name: string, change: { ready?: boolean; deleting?: boolean; phase?: string; port?: number } = {}): Pod => ({
    metadata: { name, namespace: 'default', uid: name, ...(change.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: change.port ?? 8080 }] }] },
    status: {
      phase: change.phase ?? 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: change.ready === false ? 'False' : 'True' }],
    },
  });
  const node = { metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z' } } };
  const conditions = (of: Pod, change: object = {}) =>
    groupEndpoints(service(change), [of], 'IPv4', () => node).groups[0]?.endpoints[0]?.conditions;

  it.each([
    ['ready', {}, {}, { ready: true, serving: true, terminating: false }],
    ['not ready', { ready: false }, {}, { ready: false, serving: false, terminating: false }],
    ['terminating but still serving', { deleting: true }, {}, { ready: false, serving: true, terminating: true }],
    ['published all the same', { ready: false }, { publishNotReadyAddresses: true }, { ready: true, serving: false, terminating: false }],
    ['finished', { phase: 'Succeeded' }, {}, undefined],
  ])('%s', (_, state, spec, expected) => {
    expect(conditions(pod('p', state), spec)).toEqual(expected);
  });

  it('groups pods by the numbers that a named port has in them, and knows their zone', () => {
    const { groups } = groupEndpoints(service(), [pod('a'), pod('b', { port: 9090 }), pod('c')], 'IPv4', () => node);
    expect(groups.map(({ ports: [port], endpoints }) => [port?.port, endpoints.map(({ targetRef }) => targetRef?.name)])).toEqual([
      [8080, ['a', 'c']],
      [9090, ['b']],
    ]);
    expect(groups[0]?.endpoints[0]?.zone).toBe('z');
  });
});

describe('a Service', () => {
  let world: World;
  afterEach(() => world.stop());
  const create = (spec: object) =>
    world.client.create(kinds.Service, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec });
  const slices = async () =>
    (await world.list(kinds.EndpointSlice)).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');

  it('has slices and Endpoints of the ready pods that it selects', async () => {
    world = await startWorld();
    await create({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
    await world.until('an empty slice', async () => (await slices()).length === 1);
    await world.client.create(kinds.ReplicaSet, webSet(3));
    await world.until(
      'three ready',
      async () =>
        (await slices()).flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready === true).length === 3,
    );
    expect(await slices()).toHaveLength(1);
    const [only] = await slices();
    expect(only?.ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }]);
    expect(only?.metadata.labels).toMatchObject({ 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' });
    expect(only?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Service', name: 'web', controller: true });
    await world.until(
      'Endpoints',
      async () => (await world.client.get(kinds.Endpoints, 'web', 'default')).subsets?.[0]?.addresses?.length === 3,
    );
    await world.client.delete(kinds.Service, 'web', 'default');
    await world.until(
      'all gone',
      async () => (await slices()).length === 0 && !(await world.list(kinds.Endpoints)).some(({ metadata }) => metadata.name === 'web'),
    );
  });

  it('without a selector has slices that mirror its Endpoints', async () => {
    world = await startWorld();
    await create({ ports: [{ port: 80 }] });
    await world.client.create(kinds.Endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '192.0.2.1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ port: 80 }] }],
    });
    await world.until('mirrored', async () => (await slices())[0]?.endpoints?.length === 2);
    const [only] = await slices();
    expect(only?.metadata.labels?.['endpointslice.kubernetes.io/managed-by']).toBe('endpointslicemirroring-controller.k8s.io');
    expect(only?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready])).toEqual([
      ['192.0.2.1', true],
      ['192.0.2.2', false],
    ]);
  });
});
