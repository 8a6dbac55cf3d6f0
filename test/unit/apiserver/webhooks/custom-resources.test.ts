import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { patch, startWebhookServer, type WebhookServer } from '../../../support/webhook-server.ts';
import { configMap, configMaps, type Server, startServer } from '../fixture.ts';

/** Custom resources before webhooks and policies, in either of their versions, and as parameters. */
let hooks: WebhookServer;
let server: Server;
beforeAll(async () => {
  hooks = await startWebhookServer({
    '/size': () => patch({ op: 'add', path: '/spec/size', value: 7 }, { op: 'add', path: '/spec/x', value: 1 }),
  });
});
afterAll(() => hooks.close());

const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const apiVersion = 'admissionregistration.k8s.io/v1';
const widget = (version: string, name: string, spec: object = {}) => ({
  apiVersion: `example.com/${version}`,
  kind: 'Widget',
  metadata: { name },
  spec,
});

beforeEach(async () => {
  server = await startServer();
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' }, color: { type: 'string', default: 'red' } } } },
    },
  };
  const versions = ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === 'v1', schema }));
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' };
  await server.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names, versions },
  });
  await expect.poll(() => server.get(widgets).then(({ status }) => status)).toBe(200);
});
afterEach(() => server.server.close());

const create = async (plural: string, kind: string, name: string, rest: object): Promise<void> => {
  const { status, body } = await server.post(`/apis/${apiVersion}/${plural}`, { apiVersion, kind, metadata: { name }, ...rest });
  expect(body.message ?? status).toBe(201);
};

it('are changed in the version that the webhook knows, then pruned and defaulted', async () => {
  await create('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'm', {
    webhooks: [
      {
        name: 'size.example.com',
        clientConfig: hooks.at('/size'),
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        rules: [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['widgets'] }],
      },
    ],
  });
  const { status, body } = await server.post(widgets.replace('/v1/', '/v2/'), widget('v2', 'a'));
  expect([status, body.apiVersion, body.spec]).toEqual([201, 'example.com/v2', { size: 7, color: 'red' }]);
  expect(hooks.seen('/size').at(-1)).toMatchObject({ object: { apiVersion: 'example.com/v1' }, requestKind: { version: 'v2' } });
});

it('are changed by policies, whose lists and maps their schema knows', async () => {
  await create('mutatingadmissionpolicies', 'MutatingAdmissionPolicy', 'm', {
    spec: {
      matchConstraints: {
        resourceRules: [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['*'], resources: ['widgets'] }],
      },
      mutations: [
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{size: object.spec.size + 1}}' } },
      ],
    },
  });
  await create('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', 'm', { spec: { policyName: 'm' } });
  expect((await server.post(widgets, widget('v1', 'a', { size: 1 }))).body.spec).toEqual({ size: 2, color: 'red' });
});

it('are the parameters of policies', async () => {
  await create('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'p', {
    spec: {
      paramKind: { apiVersion: 'example.com/v2', kind: 'Widget' },
      matchConstraints: { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] },
      validations: [{ expression: 'object.data.size() <= params.spec.size', messageExpression: '"at most " + string(params.spec.size)' }],
    },
  });
  await create('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'p', {
    spec: { policyName: 'p', validationActions: ['Deny'], paramRef: { name: 'limit', parameterNotFoundAction: 'Deny' } },
  });
  await server.post(widgets, widget('v1', 'limit', { size: 1 }));
  const { body } = await server.post(configMaps, configMap('x', { data: { a: '', b: '' } }));
  expect(body.message).toContain('denied request: at most 1');
  expect((await server.post(configMaps, configMap('x', { data: { a: '' } }))).status).toBe(201);
});

it('have an APIService for as long as they are served', async () => {
  const service = () => server.get('/apis/apiregistration.k8s.io/v1/apiservices/v2.example.com');
  await expect.poll(() => service().then(({ status }) => status)).toBe(200);
  expect((await service()).body).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
    status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
  });
  await server.call('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com');
  await expect.poll(() => service().then(({ status }) => status)).toBe(404);
});
