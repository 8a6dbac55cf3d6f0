import {
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Health,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  NetworkingV1Api,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  V1MicroTime,
  VersionApi,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../apiserver/client-config.ts';
import { type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';

/** The official JavaScript client against the API server alone: what it reads and writes, typed and untyped. */
let server: HttpsServer;
let config: KubeConfig;
beforeAll(async () => {
  server = await startHttpsServer();
  config = clientConfig(server);
});
afterAll(() => server.close());

const namespace = 'default';
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'web', image: 'website:v1.0', ports: [{ containerPort: 80 }] }] },
});
const deployment = (name: string) => ({
  metadata: { name },
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name) },
});

describe('typed clients', () => {
  it('apps: create, read, status, scale, replace, delete', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const created = await apps.createNamespacedDeployment({ namespace, body: deployment('typed') });
    expect(created.spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } });
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'typed' });
    const scaled = await apps.replaceNamespacedDeploymentScale({ namespace, name: 'typed', body: { ...scale, spec: { replicas: 5 } } });
    expect(scaled.spec?.replicas).toBe(5);
    const current = await apps.readNamespacedDeployment({ namespace, name: 'typed' });
    expect(current.spec?.replicas).toBe(5);
    await expect(apps.replaceNamespacedDeployment({ namespace, name: 'typed', body: created })).rejects.toMatchObject({ code: 409 });
    const status = await apps.deleteNamespacedDeployment({ namespace, name: 'typed', propagationPolicy: 'Background' });
    expect(status).toMatchObject({ status: 'Success', details: { name: 'typed', group: 'apps', kind: 'deployments' } });
  });

  it('batch, networking, rbac and coordination: dates, ports that are names, micro times', async () => {
    const job = await config.makeApiClient(BatchV1Api).createNamespacedCronJob({
      namespace,
      body: {
        metadata: { name: 'nightly' },
        spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { ...template('n').spec, restartPolicy: 'Never' } } } } },
      },
    });
    expect(job.spec?.concurrencyPolicy).toBe('Allow');
    const ingress = await config.makeApiClient(NetworkingV1Api).createNamespacedIngress({
      namespace,
      body: { metadata: { name: 'web' }, spec: { defaultBackend: { service: { name: 'web', port: { name: 'http' } } } } },
    });
    expect(ingress.spec?.defaultBackend?.service?.port).toEqual({ name: 'http' });
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const { items } = await rbac.listClusterRole({ labelSelector: 'kubernetes.io/bootstrapping=rbac-defaults', limit: 1000 });
    expect(items.map((role) => role.metadata?.name)).toContain('cluster-admin');
    const leases = config.makeApiClient(CoordinationV1Api);
    const now = new V1MicroTime('2026-01-01T00:00:00.123Z');
    const lease = await leases.createNamespacedLease({
      namespace,
      body: { metadata: { name: 'leader' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: now, renewTime: now } },
    });
    expect(String(lease.spec?.renewTime)).toBe('2026-01-01T00:00:00.123000Z');
  });

  it('who leads: of two that take the same lease, one is told that it lost', async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const { metadata, spec } = await leases.readNamespacedLease({ namespace, name: 'leader' });
    const taken = await Promise.allSettled(
      ['b', 'c'].map((holderIdentity) =>
        leases.replaceNamespacedLease({
          namespace,
          name: 'leader',
          body: { ...(metadata === undefined ? {} : { metadata }), spec: { ...spec, holderIdentity } },
        }),
      ),
    );
    expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(taken.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 409 } });
  });

  it('the server itself: version and health', async () => {
    expect((await config.makeApiClient(VersionApi).getCode()).gitVersion).toMatch(/^v1\.36\./);
    const health = new Health(config);
    expect(await Promise.all([health.readyz({}), health.livez({})])).toEqual([true, true]);
  });
});

describe('lists', () => {
  it('in pages, as of the moment of the first', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    const labels = { paged: 'yes' };
    for (const name of names) await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
    const query = { namespace, labelSelector: 'paged=yes', limit: 3 };
    const first = await core.listNamespacedConfigMap(query);
    expect(first.metadata?.remainingItemCount).toBeUndefined();
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'page-9', labels } } });
    const seen = first.items.map((item) => item.metadata?.name);
    for (let next = first.metadata?._continue; next !== undefined && next !== ''; ) {
      const page = await core.listNamespacedConfigMap({ ...query, _continue: next });
      seen.push(...page.items.map((item) => item.metadata?.name));
      next = page.metadata?._continue;
    }
    expect(seen).toEqual(names);
    const all = await core.listConfigMapForAllNamespaces({ labelSelector: 'paged in (yes)', fieldSelector: 'metadata.name=page-9' });
    expect(all.items).toHaveLength(1);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'paged=yes' });
    expect((await core.listNamespacedConfigMap(query)).items).toEqual([]);
  });
});

describe('patches', () => {
  const image = (value: string) => ({ spec: { template: { spec: { containers: [{ name: 'web', image: value }] } } } });
  it.each([
    ['strategic', PatchStrategy.StrategicMergePatch, image('website:v2.0'), ['website:v2.0', 80]],
    ['merge', PatchStrategy.MergePatch, image('website:v3.0'), ['website:v3.0', undefined]],
    [
      'JSON',
      PatchStrategy.JsonPatch,
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'website:v4.0' }],
      ['website:v4.0', 80],
    ],
    ['apply', PatchStrategy.ServerSideApply, { apiVersion: 'apps/v1', kind: 'Deployment', ...image('website:v5.0') }, ['website:v5.0', 80]],
  ])('%s', async (name, strategy, body, expected) => {
    const apps = config.makeApiClient(AppsV1Api);
    const own = `patched-${name.toLowerCase()}`;
    await apps.createNamespacedDeployment({ namespace, body: deployment(own) });
    const { spec } = await apps.patchNamespacedDeployment(
      { namespace, name: own, body, fieldManager: 'test', ...(name === 'apply' ? { force: true } : {}) },
      setHeaderOptions('Content-Type', strategy),
    );
    const [container] = spec?.template.spec?.containers ?? [];
    expect([container?.image, container?.ports?.[0]?.containerPort]).toEqual(expected);
  });
});

describe('KubernetesObjectApi', () => {
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bundle' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'bundle' },
      data: { color: 'red' },
    } as KubernetesObject,
    { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment('bundled') } as KubernetesObject,
  ];

  it('applies what it is given, whatever its kind: made once, then patched', async () => {
    const client = KubernetesObjectApi.makeApiClient(config);
    for (let round = 0; round < 2; round++) {
      for (const object of objects) {
        await client.patch(object, undefined, undefined, 'bundler', true, PatchStrategy.ServerSideApply);
      }
    }
    const header = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'bundle' } };
    expect(await client.read(header)).toMatchObject({ data: { color: 'red' }, metadata: { managedFields: [{ manager: 'bundler' }] } });
    expect(
      (await client.list('apps/v1', 'Deployment', 'default', undefined, undefined, undefined, 'metadata.name=bundled')).items,
    ).toHaveLength(1);
    expect(await client.delete({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'bundle' } })).toMatchObject(
      {
        status: 'Success',
      },
    );
    await expect(client.read(header)).rejects.toMatchObject({ code: 404 });
  });

  it('is told of a kind that is none', async () => {
    const client = KubernetesObjectApi.makeApiClient(config);
    await expect(client.create({ apiVersion: 'apps/v1', kind: 'Nonsense', metadata: { name: 'x' } })).rejects.toThrow(
      'Unrecognized API version and kind: apps/v1 Nonsense',
    );
  });
});
