import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allow, type Handler, type Loose, patch, startWebhookServer, type WebhookServer } from '../../../support/webhook-server.ts';
import { configMap, configMaps, merge, pod, pods, type Server, startServer } from '../fixture.ts';
import { createService, createSlice } from './objects.ts';

const add = (path: string, value: unknown): object => ({ op: 'add', path, value });
const labelled =
  (name: string): Handler =>
  ({ object }) =>
    patch(object.metadata.labels === undefined ? add('/metadata/labels', { [name]: 'yes' }) : add(`/metadata/labels/${name}`, 'yes'));
/** Counts how many times it has been called on the object itself. */
const counting: Handler = ({ object }) => patch(add('/data', { ...object?.data, seen: String(Number(object?.data?.seen ?? 0) + 1) }));

const handlers: Record<string, Handler> = {
  '/allow': () => allow,
  '/label-a': labelled('a'),
  '/label-b': labelled('b'),
  '/counting': counting,
  '/deny': () => ({ response: { allowed: false } }),
  '/deny-because': () => ({ response: { allowed: false, status: { message: 'too blue' } } }),
  '/deny-coded': () => ({ response: { allowed: false, status: { message: 'too blue', reason: 'Forbidden', code: 403 } } }),
  '/warn': () => ({ response: { allowed: true, warnings: ['mind the gap', 'mind the gap', 'twice'] } }),
  '/hang': () => 'hang',
  '/broken': () => ({ raw: 'not json' }),
  '/failing': () => ({ raw: 'out of order', status: 500 }),
  '/wrong-uid': () => ({ response: { allowed: true, uid: 'x' } }),
  '/no-response': (_request, { apiVersion, kind }) => ({ raw: JSON.stringify({ apiVersion, kind }) }),
  '/untyped-patch': () => ({ response: { allowed: true, patch: 'W10=' } }),
  '/bad-patch': () => patch({ op: 'remove', path: '/nowhere' }),
  '/container': () => patch(add('/spec/containers/-', { name: 'sidecar', image: 'proxy' })),
  '/invalid': () => patch(add('/metadata/labels', { a: 'not a label!' })),
};

let hooks: WebhookServer;
let server: Server;
beforeAll(async () => {
  hooks = await startWebhookServer(handlers, ['hook.default.svc']);
});
afterAll(() => hooks.close());
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.server.close());

const group = '/apis/admissionregistration.k8s.io/v1';
async function configure(kind: 'Mutating' | 'Validating', name: string, ...webhooks: Loose[]): Promise<void> {
  const { status, body } = await server.post(`${group}/${kind.toLowerCase()}webhookconfigurations`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: webhooks.map((webhook, i) => ({
      name: `w${i}.${name}.example.com`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps', 'pods'] }],
      ...webhook,
    })),
  });
  expect(body.message ?? status).toBe(201);
}
const mutate = (name: string, ...webhooks: Loose[]) => configure('Mutating', name, ...webhooks);
const validate = (name: string, ...webhooks: Loose[]) => configure('Validating', name, ...webhooks);
const to = (path: string, more: object = {}) => ({ clientConfig: hooks.at(path), ...more });

describe('mutating webhooks', () => {
  it('change the object one after the other, by the name of their configuration', async () => {
    await mutate('z', to('/label-b'));
    await mutate('m', to('/label-a'));
    const { body } = await server.post(configMaps, configMap('x'));
    expect(body.metadata.labels).toEqual({ a: 'yes', b: 'yes' });
    expect(hooks.seen('/label-b').at(-1).object.metadata.labels).toEqual({ a: 'yes' });
  });

  it('are followed by defaulting', async () => {
    await mutate('m', to('/container'));
    const { body } = await server.post(pods, pod('p'));
    expect(body.spec.containers[1]).toMatchObject({
      name: 'sidecar',
      imagePullPolicy: 'Always',
      terminationMessagePath: '/dev/termination-log',
    });
  });

  it('are followed by validation', async () => {
    await mutate('m', to('/invalid'));
    const { status, body } = await server.post(configMaps, configMap('x'));
    expect([status, body.reason]).toEqual([422, 'Invalid']);
  });

  it.each([
    ['Never', '1'],
    ['IfNeeded', '2'],
  ])('are called again with reinvocationPolicy %s when a later one changes the object', async (reinvocationPolicy, times) => {
    await mutate('a', to('/counting', { reinvocationPolicy }));
    await mutate('b', to('/label-b'));
    const { body } = await server.post(configMaps, configMap('x', { data: { k: 'v' } }));
    expect(body.data).toEqual({ k: 'v', seen: times });
  });

  it('are not called again when nothing changed after them', async () => {
    await mutate('a', to('/allow', { reinvocationPolicy: 'IfNeeded' }), to('/counting', { reinvocationPolicy: 'IfNeeded' }));
    const before = hooks.seen('/allow').length;
    const { body } = await server.post(configMaps, configMap('x'));
    expect(body.data.seen).toBe('1');
    expect(hooks.seen('/allow').length - before).toBe(2);
  });

  it('cannot change what is deleted', async () => {
    await mutate(
      'm',
      to('/counting', { rules: [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] }),
    );
    await server.post(configMaps, configMap('x'));
    const { status, body } = await server.call('DELETE', `${configMaps}/x`);
    expect([status, body.message]).toEqual([
      500,
      'Internal error occurred: admission webhook "w0.m.example.com" attempted to modify the object, which is not supported for this operation',
    ]);
  });
});

describe('validating webhooks', () => {
  const refusals: [string, string, number, string, string | undefined][] = [
    ['without a word', '/deny', 400, 'admission webhook "w0.v.example.com" denied the request without explanation', undefined],
    ['with a message', '/deny-because', 400, 'admission webhook "w0.v.example.com" denied the request: too blue', undefined],
    ['with a code', '/deny-coded', 403, 'admission webhook "w0.v.example.com" denied the request: too blue', 'Forbidden'],
  ];
  it.each(refusals)('refuse %s', async (_name, path, code, message, reason) => {
    await validate('v', to(path));
    const { status, body } = await server.post(configMaps, configMap('x'));
    expect([status, body.message, body.reason]).toEqual([code, message, reason]);
    expect((await server.get(`${configMaps}/x`)).status).toBe(404);
  });

  it('warn, each text once', async () => {
    await validate('v', to('/warn'));
    const { headers } = await server.post(configMaps, configMap('x'));
    expect(headers['warning']).toEqual(['299 - "mind the gap"', '299 - "twice"']);
  });

  it('see what the mutating ones made', async () => {
    await mutate('m', to('/label-a'));
    await validate('v', to('/allow'));
    await server.post(configMaps, configMap('x'));
    expect(hooks.seen('/allow').at(-1)).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      name: 'x',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default', labels: { a: 'yes' } } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
  });

  it('see both states of an update and the last one of a delete', async () => {
    await server.post(configMaps, configMap('x', { data: { a: '1' } }));
    await validate('v', to('/allow'));
    await server.call('PATCH', `${configMaps}/x`, { data: { a: '2' } }, { type: merge });
    expect(hooks.seen('/allow').at(-1)).toMatchObject({
      operation: 'UPDATE',
      object: { data: { a: '2' } },
      oldObject: { data: { a: '1' } },
      options: { kind: 'PatchOptions' },
    });
    await server.call('DELETE', `${configMaps}/x?gracePeriodSeconds=3`);
    expect(hooks.seen('/allow').at(-1)).toMatchObject({
      operation: 'DELETE',
      object: null,
      oldObject: { data: { a: '2' } },
      options: { kind: 'DeleteOptions', gracePeriodSeconds: 3 },
    });
  });

  it('are asked about subresources by their own kind', async () => {
    await server.post(pods, pod('p'));
    await validate(
      'v',
      to('/deny-because', { rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/eviction'] }] }),
    );
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: 'default' } };
    const { body } = await server.post(`${pods}/p/eviction`, eviction);
    expect(body.message).toBe('admission webhook "w0.v.example.com" denied the request: too blue');
    expect(hooks.seen('/deny-because').at(-1)).toMatchObject({
      kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      resource: { resource: 'pods' },
      subResource: 'eviction',
    });
  });

  it('are asked about scale with a Scale', async () => {
    const labels = { app: 'x' };
    await server.post('/apis/apps/v1/namespaces/default/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
    });
    await mutate('v', {
      clientConfig: hooks.at('/allow'),
      rules: [{ operations: ['UPDATE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/scale'] }],
    });
    await server.call('PATCH', '/apis/apps/v1/namespaces/default/deployments/d/scale', { spec: { replicas: 3 } }, { type: merge });
    expect(hooks.seen('/allow').at(-1)).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      object: { kind: 'Scale', spec: { replicas: 3 } },
      oldObject: { kind: 'Scale', spec: { replicas: 1 } },
    });
  });
});

describe('whom webhooks are asked about', () => {
  const rows: [string, object, boolean][] = [
    ['a namespace that is selected', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }, true],
    ['a namespace that is not', { namespaceSelector: { matchLabels: { team: 'red' } } }, false],
    ['an object that is selected', { objectSelector: { matchLabels: { color: 'blue' } } }, true],
    ['an object that is not', { objectSelector: { matchLabels: { color: 'red' } } }, false],
  ];
  it.each(rows)('%s', async (_name, selectors, asked) => {
    await validate('v', to('/deny', selectors));
    const { status } = await server.post(configMaps, configMap('x', { metadata: { labels: { color: 'blue' } } }));
    expect(status).toBe(asked ? 400 : 201);
  });

  it.each([
    ['Equivalent', 400],
    ['Exact', 201],
  ])('the same object by another version, with matchPolicy %s', async (matchPolicy, status) => {
    await validate(
      'v',
      to('/deny', { matchPolicy, rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['events'] }] }),
    );
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'a.b/c',
      reportingInstance: 'i',
      action: 'Look',
      reason: 'Because',
      type: 'Normal',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    expect((await server.post('/apis/events.k8s.io/v1/namespaces/default/events', event)).status).toBe(status);
    if (status === 201) return;
    expect(hooks.seen('/deny').at(-1)).toMatchObject({
      kind: { group: '', kind: 'Event' },
      requestKind: { group: 'events.k8s.io', kind: 'Event' },
      object: { apiVersion: 'v1', kind: 'Event', involvedObject: { name: 'p' } },
    });
  });

  const conditions: [string, string, object, number][] = [
    ['holds', 'object.data.a == "1" && request.userInfo.username == "system:apiserver"', {}, 400],
    ['does not hold', 'object.data.a == "2"', {}, 201],
    ['asks what the user may', '!authorizer.group("").resource("pods").check("get").allowed()', {}, 201],
    ['cannot be evaluated', 'object.data.nope == "1"', {}, 403],
    ['cannot be evaluated and may be ignored', 'object.data.nope == "1"', { failurePolicy: 'Ignore' }, 201],
  ];
  it.each(conditions)('a request of which a match condition %s', async (_name, expression, more, code) => {
    await validate('v', to('/deny', { matchConditions: [{ name: 'c', expression }], ...more }));
    const { status, body } = await server.post(configMaps, configMap('x', { data: { a: '1' } }));
    expect(status).toBe(code);
    if (code !== 403) return;
    expect(body.message).toBe(`configmaps "x" is forbidden: expression 'object.data.nope == "1"' resulted in error: no such key: nope`);
  });

  it('never webhook configurations themselves', async () => {
    await validate('v', to('/deny', { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] }));
    expect((await server.call('DELETE', `${group}/validatingwebhookconfigurations/v`)).status).toBe(200);
    expect((await server.post(configMaps, configMap('x'))).status).toBe(201);
  });
});

describe('a webhook that cannot be asked', () => {
  const rows: [string, Loose, string][] = [
    ['answers no JSON', '/broken', "failed to call webhook: couldn't get version/kind; json parse error: invalid character"],
    [
      'answers 500',
      '/failing',
      'failed to call webhook: an error on the server ("out of order") has prevented the request from succeeding',
    ],
    ['answers 404', '/nowhere', 'failed to call webhook: the server could not find the requested resource'],
    ['answers for another request', '/wrong-uid', 'received invalid webhook response: expected response.uid='],
    ['answers without a response', '/no-response', 'received invalid webhook response: webhook response was absent'],
  ];
  it.each(rows)('%s', async (_name, path, text) => {
    await validate('v', to(path));
    const { status, body } = await server.post(configMaps, configMap('x'));
    expect([status, body.reason]).toEqual([500, 'InternalError']);
    expect(body.message).toContain(`Internal error occurred: failed calling webhook "w0.v.example.com": ${text}`);
  });

  it.each(['/broken', '/failing', '/wrong-uid', '/untyped-patch'])('lets the request pass when it is to be ignored: %s', async (path) => {
    await mutate('m', to(path, { failurePolicy: 'Ignore' }));
    expect((await server.post(configMaps, configMap('x'))).status).toBe(201);
  });

  it('is given up after its timeout', async () => {
    await validate('v', to('/hang', { timeoutSeconds: 2 }));
    const before = hooks.seen('/hang').length;
    const answer = server.post(configMaps, configMap('x'));
    await expect.poll(() => hooks.seen('/hang').length).toBe(before + 1);
    await server.clock.advance(2000);
    const { status, body } = await answer;
    expect([status, body.message]).toEqual([
      500,
      `Internal error occurred: failed calling webhook "w0.v.example.com": failed to call webhook: Post "https://127.0.0.1:${hooks.port}/hang?timeout=2s": context deadline exceeded`,
    ]);
  });

  it('is not trusted without its authority', async () => {
    await validate('v', { clientConfig: { url: hooks.at('/allow').url } });
    const { body } = await server.post(configMaps, configMap('x'));
    expect(body.message).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority');
  });

  it('is no use in a dry run when it has side effects', async () => {
    await validate('v', to('/allow', { sideEffects: 'NoneOnDryRun' }));
    expect((await server.post(`${configMaps}?dryRun=All`, configMap('x'))).status).toBe(201);
    expect(hooks.seen('/allow').at(-1).dryRun).toBe(true);
  });
});

describe('a webhook behind a Service', () => {
  const service = (): Loose => ({
    clientConfig: { service: { namespace: 'default', name: 'hook', path: '/deny-because' }, caBundle: hooks.caBundle },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  });

  it('is found by its endpoints and known by its name', async () => {
    await createService(server, 'hook');
    await createSlice(server, 'hook', hooks.port);
    await validate('v', service());
    const { body } = await server.post(configMaps, configMap('x'));
    expect(body.message).toBe('admission webhook "w0.v.example.com" denied the request: too blue');
  });

  it('fails without the Service and without endpoints', async () => {
    await validate('v', service());
    const prefix =
      'Internal error occurred: failed calling webhook "w0.v.example.com": failed to call webhook: Post "https://hook.default.svc:443/deny-because?timeout=10s": ';
    expect((await server.post(configMaps, configMap('x'))).body.message).toBe(`${prefix}service "hook" not found`);
    await createService(server, 'hook');
    const { clusterIP } = (await server.get('/api/v1/namespaces/default/services/hook')).body.spec;
    expect((await server.post(configMaps, configMap('x'))).body.message).toBe(
      `${prefix}dial tcp ${clusterIP}:443: connect: connection refused`,
    );
  });
});
