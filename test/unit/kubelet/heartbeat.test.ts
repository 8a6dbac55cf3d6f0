import { expect, it } from 'vitest';
import type { Lease } from '../../../src/api/types/coordination-v1.ts';
import type { Node } from '../../../src/api/types/core-v1.ts';
import { startNode } from './harness.ts';

const ready = (node: Node | undefined): string | undefined => node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

it('a node that was declared Unknown while it was cut off says at its next heartbeat that it is Ready', async () => {
  const { api, clock } = await startNode();
  const node = api.get<Node>('nodes', 'node-1') as Node;
  const conditions = node.status?.conditions?.map((each) => ({ ...each, status: 'Unknown', reason: 'NodeStatusUnknown' })) ?? [];
  api.put('nodes', { ...node, status: { ...node.status, conditions } });
  await clock.advance(0);
  expect(ready(api.get<Node>('nodes', 'node-1'))).toBe('Unknown');
  await clock.advance(10_400);
  expect(ready(api.get<Node>('nodes', 'node-1'))).toBe('True');
});

it('a status that stays as it is is not written again before its time', async () => {
  const { api, clock } = await startNode();
  await clock.advance(20_000);
  const writes = (): number => api.calls.filter((call) => call.startsWith('PATCH') && call.includes('/nodes/node-1/status')).length;
  const before = writes();
  await clock.advance(200_000);
  expect(writes()).toBe(before);
  await clock.advance(120_000);
  expect(writes()).toBe(before + 1);
});

it('the lease is renewed as often as it was told', async () => {
  const { api, clock } = await startNode({ leaseRenewMs: 1_000 });
  const renewed = (): string => api.get<Lease>('leases', 'node-1', 'kube-node-lease')?.spec?.renewTime ?? '';
  await clock.advance(1_000);
  const before = renewed();
  await clock.advance(1_100);
  expect(renewed() > before).toBe(true);
});

it('extended resources that somebody advertises can be allocated until they are taken back', async () => {
  const { api, clock } = await startNode();
  const resource = 'example.com/fakecpu';
  const node = (): Node => api.get<Node>('nodes', 'node-1') as Node;
  const { status } = node();
  api.put('nodes', { ...node(), status: { ...status, capacity: { ...status?.capacity, [resource]: '1000' } } });
  await clock.advance(11_000);
  expect(node().status?.allocatable).toEqual({ ...status?.allocatable, [resource]: '1000' });
  api.put('nodes', { ...node(), status: { ...node().status, capacity: status?.capacity ?? {} } });
  await clock.advance(11_000);
  expect(node().status?.allocatable).toEqual(status?.allocatable);
});
