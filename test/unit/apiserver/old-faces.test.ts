import { beforeEach, describe, expect, it } from 'vitest';
import { type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});
const v1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const v2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } };

describe('autoscaling/v1', () => {
  const create = (url: string, version: string, spec: object) =>
    server.post(url, { apiVersion: `autoscaling/${version}`, kind: 'HorizontalPodAutoscaler', metadata: { name: 'a' }, spec });

  it.each([
    [50, 50],
    [undefined, 80],
  ])('says CPU %s in its own way', async (percentage, expected) => {
    const spec = { scaleTargetRef, maxReplicas: 3, ...(percentage === undefined ? {} : { targetCPUUtilizationPercentage: percentage }) };
    const { status, body } = await create(v1, 'v1', spec);
    expect([status, body.apiVersion, body.spec]).toEqual([
      201,
      'autoscaling/v1',
      { scaleTargetRef, maxReplicas: 3, minReplicas: 1, targetCPUUtilizationPercentage: expected },
    ]);
    expect((await server.get(`${v2}/a`)).body).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { minReplicas: 1, metrics: [cpu(expected)] },
    });
  });

  it('is owned by its own fields, and written back as it was read changes nothing', async () => {
    await create(v1, 'v1', { scaleTargetRef, maxReplicas: 3 });
    const { body } = await server.get(`${v1}/a`);
    const [{ fieldsV1 }] = body.metadata.managedFields;
    expect(Object.keys(fieldsV1['f:spec'])).toEqual(['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef']);
    const { body: after } = await server.call('PUT', `${v1}/a`, { ...body, metadata: { ...body.metadata, managedFields: undefined } });
    expect(after.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('keeps what only v2 knows, through a write by v1', async () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 5 } };
    await create(v2, 'v2', { scaleTargetRef, maxReplicas: 3, metrics: [cpu(60), memory], behavior });
    const { body } = await server.get(`${v1}/a`);
    expect(JSON.parse(body.metadata.annotations['autoscaling.alpha.kubernetes.io/metrics'])).toEqual([memory]);
    const { status } = await server.call('PUT', `${v1}/a`, { ...body, spec: { ...body.spec, maxReplicas: 9 } });
    expect(status).toBe(200);
    const after = (await server.get(`${v2}/a`)).body;
    expect(after.spec).toMatchObject({ maxReplicas: 9, metrics: [cpu(60), memory], behavior });
    expect(after.metadata).not.toHaveProperty('annotations');
  });

  it('is listed and printed', async () => {
    await create(v2, 'v2', { scaleTargetRef, maxReplicas: 3, metrics: [cpu(60)] });
    const table = await server.call('GET', v1, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table.body.rows[0].cells.slice(0, 3)).toEqual(['a', 'Deployment/web', 'cpu: <unknown>/60%']);
  });
});

describe('componentstatuses', () => {
  it('are healthy, and deprecated', async () => {
    const { body, headers } = await server.get('/api/v1/componentstatuses');
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'controller-manager',
      'etcd-0',
      'scheduler',
    ]);
    expect(headers['warning']).toEqual(['299 - "v1 ComponentStatus is deprecated in v1.19+"']);
    const one = await server.call('GET', '/api/v1/componentstatuses/etcd-0', undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    expect(one.body.rows[0].cells).toEqual(['etcd-0', 'Healthy', 'ok', '']);
    expect((await server.get('/api/v1/componentstatuses/x')).status).toBe(404);
  });
});
