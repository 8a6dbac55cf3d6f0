import { expect, it } from 'vitest';
import { loopbackUser, type UserInfo } from '../../../src/apiserver/auth/user.ts';
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

/** The names of the flow schema and the priority level that an answer's headers name by uid. */
async function flowOf(server: Server, url: string, user: UserInfo, method: 'GET' | 'POST' = 'GET'): Promise<string> {
  const { headers } = await server.call(method, url, undefined, { user });
  const nameOf = async (plural: string, uid: unknown): Promise<string> => {
    const { body } = await server.get(`${root}/${plural}`);
    return body.items.find(({ metadata }: { metadata: { uid: string } }) => metadata.uid === uid)?.metadata.name ?? 'none';
  };
  const schema = await nameOf('flowschemas', headers['x-kubernetes-pf-flowschema-uid']);
  return `${schema} ${await nameOf('prioritylevelconfigurations', headers['x-kubernetes-pf-prioritylevel-uid'])}`;
}

const who = (name: string, ...groups: string[]): UserInfo => ({ name, groups: [...groups, 'system:authenticated'] });
const jane = who('jane');
const pods = '/api/v1/namespaces/default/pods';

it('an answer says which flow schema and priority level its request fell under, also when it is refused', async () => {
  const server = await startServer();
  expect(await flowOf(server, pods, loopbackUser)).toBe('exempt exempt');
  expect((await server.call('GET', pods, undefined, { user: jane })).status).toBe(403);
  expect(await flowOf(server, pods, jane)).toBe('global-default global-default');
  expect(await flowOf(server, '/no/such/path', { name: 'system:anonymous', groups: ['system:unauthenticated'] })).toBe(
    'global-default global-default',
  );
  expect(await flowOf(server, '/readyz', jane)).toBe('probes exempt');
  expect(await flowOf(server, pods, who('system:serviceaccount:shop:web', 'system:serviceaccounts'))).toBe('service-accounts workload-low');
  expect(await flowOf(server, pods, who('system:serviceaccount:kube-system:job-controller', 'system:serviceaccounts'))).toBe(
    'kube-system-service-accounts workload-high',
  );
  expect(await flowOf(server, pods, who('system:node:n1', 'system:nodes'))).toBe('system-nodes system');
  expect(await flowOf(server, '/api/v1/nodes/n1/status', who('system:node:n1', 'system:nodes'))).toBe('system-node-high node-high');
});

it('what runs on for long is not classified', async () => {
  const server = await startServer();
  expect(await flowOf(server, `${pods}/web/log`, jane)).toBe('none none');
});

it('the flow schema of the lowest precedence that matches and whose priority level exists is taken', async () => {
  const server = await startServer();
  const flowSchema = (name: string, level: string, matchingPrecedence: number, rule: object) =>
    server.post(`${root}/flowschemas`, {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name },
      spec: {
        priorityLevelConfiguration: { name: level },
        matchingPrecedence,
        rules: [{ subjects: [{ kind: 'User', user: { name: 'jane' } }], ...rule }],
      },
    });
  const onPods = { verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['default'] };
  await flowSchema('dangling', 'missing', 10, { resourceRules: [onPods] });
  await flowSchema('later', 'workload-low', 30, { resourceRules: [onPods] });
  await flowSchema('first', 'workload-high', 20, { resourceRules: [onPods] });
  await flowSchema('paths', 'system', 20, { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics/*'] }] });
  await expect.poll(() => flowOf(server, pods, jane)).toBe('first workload-high');
  expect(await flowOf(server, pods, jane, 'POST')).toBe('global-default global-default');
  expect(await flowOf(server, '/api/v1/pods', jane)).toBe('global-default global-default');
  await expect.poll(() => flowOf(server, '/metrics/x', jane)).toBe('paths system');
  expect(await flowOf(server, '/metrics', jane)).toBe('global-default global-default');
});
