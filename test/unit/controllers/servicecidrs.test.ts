import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Service } from '../../../src/api/types/core-v1.ts';
import type { ServiceCIDR } from '../../../src/api/types/networking-v1.ts';
import { mayGo } from '../../../src/controllers/servicecidrs.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world?.stop());

const range = (name: string, cidr: string): ServiceCIDR => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name },
  spec: { cidrs: [cidr] },
});
const service = (name: string, clusterIP?: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...(clusterIP === undefined ? {} : { clusterIP }) },
});
const conditions = async (name: string) =>
  ((await world.client.get(kinds.ServiceCIDR, name)).status?.conditions ?? []).map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ]);
const isThere = async (name: string) => (await world.list(kinds.ServiceCIDR)).some(({ metadata }) => metadata.name === name);

describe('a ServiceCIDR', () => {
  it('is said to be ready, the cluster’s own too, and is protected', async () => {
    world = await startWorld();
    await world.client.create(kinds.ServiceCIDR, range('more', '10.200.0.0/28'));
    await world.until('ready', async () => (await conditions('more')).length === 1 && (await conditions('kubernetes')).length === 1);
    expect(await conditions('more')).toEqual([['Ready', 'True', '', 'Kubernetes Service CIDR is ready']]);
    expect(await conditions('kubernetes')).toEqual([['Ready', 'True', '', 'Kubernetes default Service CIDR is ready']]);
    expect((await world.client.get(kinds.ServiceCIDR, 'more')).metadata.finalizers).toEqual(['networking.k8s.io/service-cidr-finalizer']);
  });

  it('is allocated from, and stays until the last address is free', async () => {
    world = await startWorld();
    await expect(world.client.create(kinds.Service, service('early', '10.200.0.5'))).rejects.toThrow(
      'failed to allocate IP 10.200.0.5: the provided network does not match the current range',
    );
    await world.client.create(kinds.ServiceCIDR, range('more', '10.200.0.0/28'));
    await world.until('ready', async () => (await conditions('more')).length === 1);
    await world.client.create(kinds.Service, service('asked', '10.200.0.5'));
    await world.client.delete(kinds.ServiceCIDR, 'more');
    await world.until('terminating', async () => (await conditions('more'))[0]?.[2] === 'Terminating');
    await expect(world.client.create(kinds.Service, service('late', '10.200.0.6'))).rejects.toThrow('does not match the current range');
    expect(await isThere('more')).toBe(true);
    await world.client.delete(kinds.Service, 'asked', 'default');
    await world.until('gone', async () => !(await isThere('more')));
  });

  it('without addresses goes at once', async () => {
    world = await startWorld();
    await world.client.create(kinds.ServiceCIDR, range('more', '10.200.0.0/28'));
    await world.client.delete(kinds.ServiceCIDR, 'more');
    await world.until('gone', async () => !(await isThere('more')));
  });

  it('gives its addresses when the others are full', async () => {
    world = await startWorld({ serviceCIDR: '10.96.0.0/30' });
    await world.client.create(kinds.Service, service('last'));
    await expect(world.client.create(kinds.Service, service('full'))).rejects.toThrow('range is full');
    await world.client.create(kinds.ServiceCIDR, range('more', '10.200.0.0/30'));
    const made = await world.client.create(kinds.Service, service('further'));
    expect(made.spec?.clusterIP).toMatch(/^10\.200\.0\.[12]$/);
  });
});

describe('a range may go', () => {
  const [wide, narrow, other] = [range('wide', '10.0.0.0/16'), range('narrow', '10.0.1.0/24'), range('other', '10.9.0.0/24')];
  const rows: [name: string, others: ServiceCIDR[], addresses: string[], expected: boolean][] = [
    ['when nothing is in it', [narrow], ['10.9.0.1'], true],
    ['when another range has its addresses', [narrow, wide], ['10.0.1.5'], true],
    ['not when one address is left', [narrow, other], ['10.9.0.1', '10.0.1.5'], false],
    ['not when the other one goes too', [narrow, { ...wide, metadata: { name: 'wide', deletionTimestamp: 'now' } }], ['10.0.1.5'], false],
  ];
  it.each(rows)('%s', (_name, others, addresses, expected) => expect(mayGo(narrow, others, addresses)).toBe(expected));
});
