/** What the conformance suite does with the kinds of `resource.k8s.io`: create, update, patch in every way, list, delete. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { merge, type Server, startServer } from './fixture.ts';

type Patch = [type: string, url: string, body: unknown];

interface Row {
  kind: string;
  path: string;
  spec: object;
  /** What a strategic merge patch adds. */
  change: object;
  status?: object;
}

const group = '/apis/resource.k8s.io/v1';
const labelled = { metadata: { labels: { 'test.dra.example.com': 'test' } } };
const requests = { devices: { requests: [{ name: 'req-0', exactly: { deviceClassName: 'dra.example.com' } }] } };
const slice = { driver: 'dra.example.com', pool: { name: 'cluster', generation: 1, resourceSliceCount: 1 }, nodeName: 'no-such-node' };
const selecting = (expression: string): object => ({ selectors: [{ cel: { expression } }] });
const rows: Row[] = [
  { kind: 'DeviceClass', path: `${group}/deviceclasses`, spec: selecting('false'), change: { spec: selecting('1 == 0') } },
  {
    kind: 'ResourceClaim',
    path: `${group}/namespaces/default/resourceclaims`,
    spec: requests,
    change: labelled,
    status: { allocation: {} },
  },
  {
    kind: 'ResourceClaimTemplate',
    path: `${group}/namespaces/default/resourceclaimtemplates`,
    spec: { spec: requests },
    change: labelled,
  },
  { kind: 'ResourceSlice', path: `${group}/resourceslices`, spec: slice, change: { spec: { devices: [{ name: 'device-0' }] } } },
];

async function remade(server: Server, { path, kind, spec }: Row): Promise<KubeObject> {
  await server.call('DELETE', `${path}/test`);
  const object = { apiVersion: 'resource.k8s.io/v1', kind, metadata: { name: 'test', labels: { e2e: 'x' } }, spec, status: {} };
  const { status, body } = await server.post(`${path}?fieldValidation=Ignore`, object);
  expect(status, JSON.stringify(body)).toBe(201);
  return body as KubeObject;
}

test.each(rows)('$kind is made, changed, listed and taken away', async (row) => {
  const server = await startServer();
  const { path, kind, change, status } = row;
  const selected = `${path}?labelSelector=e2e%3Dx`;
  const made = await remade(server, row);
  const watch = await server.watch(`${selected}&watch=true&resourceVersion=${made.metadata.resourceVersion}`);
  const identity = { apiVersion: made.apiVersion, kind, metadata: { name: 'test', uid: made.metadata.uid } };
  const applied = (parts: object): object => ({
    ...parts,
    ...identity,
    metadata: { ...(parts as KubeObject).metadata, ...identity.metadata },
  });
  const patches: Patch[] = [
    ['application/strategic-merge-patch+json', `${path}/test?fieldValidation=Strict`, applied(change)],
    [merge, `${path}/test`, applied({ metadata: { labels: { b: 'c' } } })],
    ['application/json-patch+json', `${path}/test`, [{ op: 'add', path: '/metadata/labels/c', value: 'd' }]],
    ['application/apply-patch+yaml', `${path}/test?fieldManager=test-apply&force=true`, applied({ metadata: { labels: { d: 'e' } } })],
  ];
  if (status !== undefined) {
    patches.push(
      ['application/json-patch+json', `${path}/test/status`, [{ op: 'add', path: '/status/allocation', value: {} }]],
      [merge, `${path}/test/status`, applied({ status: { devices: [] } })],
      ['application/apply-patch+yaml', `${path}/test/status?fieldManager=test-apply&force=true`, applied({ status })],
    );
  }
  for (const [type, url, body] of patches) {
    const answer = await server.call('PATCH', url, body, { type });
    expect(answer.status, `${type} ${JSON.stringify(answer.body)}`).toBe(200);
    expect(answer.body).toMatchObject(type.startsWith('application/strategic') ? change : {});
  }
  const list = await server.get(selected);
  expect(list.body.items).toHaveLength(1);
  if (status !== undefined) expect(list.body.items[0].status).toEqual({ allocation: { devices: {} } });
  await server.call('DELETE', selected);
  const changes = status === undefined ? 4 : 6;
  const types = (await watch.next(changes + 1)).map(({ type }) => type);
  expect(types).toEqual([...Array.from({ length: changes }, () => 'MODIFIED'), 'DELETED']);
});
