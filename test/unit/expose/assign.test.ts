import { describe, expect, test } from 'vitest';
import { portsToExpose } from '../../../src/api/exposed.ts';
import type { Service, ServiceSpec } from '../../../src/api/types/core-v1.ts';
import { assignPorts } from '../../../src/gateway/expose/assign.ts';

const service = (
  name: string,
  spec: Partial<ServiceSpec>,
  annotations: Record<string, string> = {},
  created = '2026-01-01T00:00:00Z',
): Service => ({
  metadata: { name, namespace: 'default', annotations, creationTimestamp: created },
  spec: { ports: [{ port: 80, name: 'http' }], ...spec },
});
const ports: ServiceSpec['ports'] = [{ port: 80, name: 'http' }, { port: 53, protocol: 'UDP' }, { port: 5432 }];
const wants = (what: string) => ({ 'shoal.dev/expose': what });
const has = (given: Record<string, number>) => ({ 'shoal.dev/exposed': JSON.stringify(given) });

test.each<[string, Service, number[]]>([
  ['a Service that says nothing', service('a', { ports }), []],
  ['all TCP ports', service('a', { ports }, wants('all')), [80, 5432]],
  ['a port by number', service('a', { ports }, wants('5432')), [5432]],
  ['ports by name and number', service('a', { ports }, wants('5432, http')), [80, 5432]],
  ['a port that carries no TCP', service('a', { ports }, wants('53')), []],
  ['a LoadBalancer', service('a', { type: 'LoadBalancer', ports }), [80, 5432]],
  ['a LoadBalancer of another implementation', service('a', { type: 'LoadBalancer', loadBalancerClass: 'x.dev/y', ports }), []],
])('exposes of %s what it asks for', (_, one, expected) => expect(portsToExpose(one)).toEqual(expected));

describe('ports of the pool', () => {
  const given = (services: Service[], pool: number[]) => {
    const { exposures, refused } = assignPorts(services, pool);
    return {
      exposures: Object.fromEntries(exposures.map(({ service: one, port, local }) => [`${one.metadata.name}:${port}`, local])),
      refused: refused.map(({ metadata }) => metadata.name),
    };
  };

  test('stay with who has them, whoever comes', () => {
    const services = [service('a', {}, wants('all')), service('b', {}, { ...wants('all'), ...has({ 80: 9080 }) })];
    expect(given(services, [9080, 9081]).exposures).toEqual({ 'a:80': 9081, 'b:80': 9080 });
  });

  test('go to the oldest where they are too few, and the others are named', () => {
    const services = [service('new', {}, wants('all'), '2026-01-02T00:00:00Z'), service('old', {}, wants('all'))];
    expect(given(services, [9080])).toEqual({ exposures: { 'old:80': 9080 }, refused: ['new'] });
  });

  test('are given anew when the pool has changed, or when two claim the same', () => {
    const services = [
      service('a', {}, { ...wants('all'), ...has({ 80: 1 }) }),
      service('b', {}, { ...wants('all'), ...has({ 80: 9080 }) }),
      service('c', {}, { ...wants('all'), ...has({ 80: 9080 }) }),
    ];
    expect(given(services, [9080, 9081, 9082]).exposures).toEqual({ 'a:80': 9081, 'b:80': 9080, 'c:80': 9082 });
  });

  test('are free when a Service goes', () => {
    const leaving = service('a', {}, wants('all'));
    leaving.metadata.deletionTimestamp = '2026-01-03T00:00:00Z';
    expect(given([leaving], [9080])).toEqual({ exposures: {}, refused: [] });
  });
});
