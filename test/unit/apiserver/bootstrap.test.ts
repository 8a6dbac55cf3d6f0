import { beforeEach, describe, expect, it } from 'vitest';
import { type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});
const flowcontrol = '/apis/flowcontrol.apiserver.k8s.io/v1';

describe('what every cluster has', () => {
  it.each([
    ['the Service of the API server', '/api/v1/namespaces/default/services/kubernetes', { spec: { clusterIP: '10.96.0.1' } }],
    ['a priority level', `${flowcontrol}/prioritylevelconfigurations/workload-low`, { spec: { type: 'Limited' } }],
    ['a flow schema', `${flowcontrol}/flowschemas/service-accounts`, { spec: { matchingPrecedence: 9000 } }],
  ])('comes back when it is deleted: %s', async (_name, url, expected) => {
    const { metadata } = (await server.get(url)).body;
    expect((await server.call('DELETE', url)).status).toBe(200);
    await expect.poll(async () => (await server.get(url)).status).toBe(200);
    const { body } = await server.get(url);
    expect(body).toMatchObject(expected);
    expect(body.metadata.uid).not.toBe(metadata.uid);
  });

  it('leaves what a user made and deleted alone', async () => {
    const url = '/api/v1/namespaces/default/services';
    await server.post(url, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'mine' }, spec: { ports: [{ port: 80 }] } });
    await server.call('DELETE', `${url}/mine`);
    await server.call('DELETE', `${url}/kubernetes`);
    await expect.poll(async () => (await server.get(`${url}/kubernetes`)).status).toBe(200);
    expect((await server.get(`${url}/mine`)).status).toBe(404);
  });
});

describe('discovery', () => {
  const rows: [name: string, list: string, resource: string, hash: string | undefined][] = [
    ['a core kind', '/api/v1', 'pods', 'xPOwRZ+Yhw8='],
    ['a kind of two groups, stored as one', '/apis/events.k8s.io/v1', 'events', 'r2yiGXH7wu8='],
    ['an old version, stored as the new one', '/apis/autoscaling/v1', 'horizontalpodautoscalers', 'qwQve8ut294='],
    ['a kind that is never stored', '/apis/authorization.k8s.io/v1', 'subjectaccessreviews', undefined],
    ['a subresource', '/api/v1', 'pods/status', undefined],
  ];
  it.each(rows)('tells the hash of the stored version: %s', async (_name, list, resource, hash) => {
    const { resources } = (await server.get(list)).body;
    expect(resources.find(({ name }: { name: string }) => name === resource).storageVersionHash).toBe(hash);
  });
});

describe('an access review', () => {
  const rows: [name: string, spec: object, message: string][] = [
    [
      'without anything',
      {},
      '[spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    ],
    [
      'of both sorts',
      { user: 'a', resourceAttributes: {}, nonResourceAttributes: { path: '/' } },
      'spec.nonResourceAttributes: Invalid value: {"path":"/"}: cannot be specified in combination with resourceAttributes',
    ],
  ];
  it.each(rows)('%s is refused', async (_name, spec, message) => {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    const { status, body } = await server.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
    expect([status, body.message]).toEqual([422, `SubjectAccessReview.authorization.k8s.io "" is invalid: ${message}`]);
  });
});
