import { expect, it } from 'vitest';
import { type Server, startServer } from './fixture.ts';

const root = '/apis/flowcontrol.apiserver.k8s.io/v1';
const dangling = async (server: Server, name: string): Promise<string> =>
  (await server.get(`${root}/flowschemas/${name}`)).body.status.conditions[0].status;

it('a cluster starts with the flow schemas and priority levels of upstream, all of which fit', async () => {
  const server = await startServer();
  const { body } = await server.get(`${root}/flowschemas`);
  expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
    'catch-all',
    'endpoint-controller',
    'exempt',
    'global-default',
    'kube-controller-manager',
    'kube-scheduler',
    'kube-system-service-accounts',
    'probes',
    'service-accounts',
    'system-leader-election',
    'system-node-high',
    'system-nodes',
    'workload-leader-election',
  ]);
  for (const { status } of body.items) expect(status.conditions).toMatchObject([{ type: 'Dangling', status: 'False', reason: 'Found' }]);
  expect((await server.get(`${root}/prioritylevelconfigurations`)).body.items).toHaveLength(8);
});

it('a flow schema dangles while its priority level is missing', async () => {
  const server = await startServer();
  const spec = { priorityLevelConfiguration: { name: 'mine' }, rules: [] };
  await server.post(`${root}/flowschemas`, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'mine' },
    spec,
  });
  await expect.poll(() => dangling(server, 'mine')).toBe('True');
  await server.post(`${root}/prioritylevelconfigurations`, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'mine' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  });
  await expect.poll(() => dangling(server, 'mine')).toBe('False');
});
