import { beforeEach, describe, expect, test } from 'vitest';
import type { ManagedFieldsEntry } from '../../../src/api/types/meta-v1.ts';
import { merge, pod, pods, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = (replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
});
const scale = (replicas: number, metadata = {}) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { replicas },
});
const apply = (path: string, body: unknown, manager: string, more = '') =>
  server.call('PATCH', `${path}?fieldManager=${manager}${more}`, body, { type: 'application/apply-patch+yaml' });
const owners = async (): Promise<unknown[]> => {
  const { body } = await server.get(`${deployments}/web`);
  const entries: ManagedFieldsEntry[] = body.metadata.managedFields ?? [];
  return entries
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas'))
    .map(({ manager, operation, apiVersion, subresource, time }) => [manager, operation, apiVersion, subresource, time]);
};

describe('server-side apply of a Scale', () => {
  test('conflicts with whoever owns the replicas of the object, in words of the Scale', async () => {
    await apply(`${deployments}/web`, deployment(3), 'one');
    const { status, body } = await apply(`${deployments}/web/scale`, scale(5), 'two');
    expect(status).toBe(409);
    expect(body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas');
  });

  test('by force takes them over, with an entry of the object and no time, as upstream has it', async () => {
    await apply(`${deployments}/web`, deployment(3), 'one');
    const { status, body } = await apply(`${deployments}/web/scale`, scale(5), 'two', '&force=true');
    expect([status, body.spec, body.metadata.managedFields]).toEqual([200, { replicas: 5 }, undefined]);
    expect(await owners()).toEqual([['two', 'Apply', 'apps/v1', 'scale', undefined]]);
  });

  test('of the same number shares them', async () => {
    await apply(`${deployments}/web`, deployment(3), 'one');
    await apply(`${deployments}/web/scale`, scale(3), 'two');
    expect(await owners()).toEqual([
      ['two', 'Apply', 'apps/v1', 'scale', undefined],
      ['one', 'Apply', 'apps/v1', undefined, '2026-01-01T00:00:00Z'],
    ]);
  });

  test('whoever scales otherwise owns them from then on, so that applying the object conflicts', async () => {
    await apply(`${deployments}/web`, deployment(3), 'one');
    await server.call('PATCH', `${deployments}/web/scale?fieldManager=hand`, { spec: { replicas: 7 } }, { type: merge });
    expect(await owners()).toEqual([['hand', 'Update', 'apps/v1', 'scale', undefined]]);
    const { status, body } = await apply(`${deployments}/web`, deployment(3), 'one');
    expect(status).toBe(409);
    expect(body.message).toBe('Apply failed with 1 conflict: conflict with "hand" with subresource "scale" using apps/v1: .spec.replicas');
  });

  test('again by the same manager changes its own', async () => {
    await server.post(`${deployments}?fieldManager=maker`, deployment(3));
    await apply(`${deployments}/web/scale`, scale(4), 'two', '&force=true');
    const { body } = await apply(`${deployments}/web/scale`, scale(6), 'two');
    expect(body.spec).toEqual({ replicas: 6 });
  });

  const refused: [string, unknown, number, string][] = [
    ['another kind', deployment(3), 400, 'invalid object type: apps/v1, Kind=Deployment'],
    [
      'another object of the name',
      scale(4, { uid: 'x' }),
      409,
      'Operation cannot be fulfilled on deployments/scale.apps "web": Precondition failed: UID in precondition: x, UID in object meta: ',
    ],
    ['a field that a Scale has not', { ...scale(4), spec: { replica: 4 } }, 500, '.spec.replica: field not declared in schema'],
  ];
  test.each(refused)('refuses %s', async (_, body, status, message) => {
    await apply(`${deployments}/web`, deployment(), 'one');
    const answer = await apply(`${deployments}/web/scale`, body, 'two', '&force=true');
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  test('creates nothing', async () => {
    const { status, body } = await apply(`${deployments}/web/scale`, scale(4), 'two');
    expect([status, body.message]).toEqual([404, 'deployments.apps "web" not found']);
  });
});

test('applied through resize, only what it changes is owned', async () => {
  await server.post(pods, pod('p', { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '20m' } } }] }));
  const containers = [{ name: 'c', image: 'other', resources: { requests: { cpu: '10m' } } }];
  const { status, body } = await apply(
    `${pods}/p/resize`,
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } },
    'r',
    '&force=true',
  );
  const entry = (body.metadata?.managedFields ?? []).find(({ manager }: ManagedFieldsEntry) => manager === 'r');
  expect([status, body.spec?.containers[0].image, entry?.fieldsV1]).toEqual([
    200,
    'nginx',
    { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { 'f:resources': { 'f:requests': { 'f:cpu': {} } } } } } },
  ]);
});
