import { beforeEach, describe, expect, it } from 'vitest';
import { cronTab, cronTabs } from '../../integration/crd/crontab.ts';
import { configMap, type Server, startServer } from '../apiserver/fixture.ts';
import { collection, definitions, type Loose, merge, settle } from './served.ts';

const name = 'crontabs.stable.example.com';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const define = async (definition: unknown = cronTabs()): Promise<Loose> => {
  const { status, body } = await server.post(definitions, definition);
  expect(status, JSON.stringify(body)).toBe(201);
  await settle();
  return (await server.get(`${definitions}/${body.metadata.name}`)).body;
};
const create = async (object: unknown): Promise<Loose> => {
  const { status, body } = await server.post(collection, object);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};
const conditionOf = (definition: Loose, type: string): string => {
  const found = definition.status.conditions.find((condition: Loose) => condition.type === type);
  return found === undefined ? 'none' : `${found.status} ${found.reason}: ${found.message}`;
};

describe('the life of a definition', () => {
  it('names accepted, established, versions recorded', async () => {
    const definition = await define();
    expect(conditionOf(definition, 'NamesAccepted')).toBe('True NoConflicts: no conflicts found');
    expect(conditionOf(definition, 'Established')).toBe('True InitialNamesAccepted: the initial names have been accepted');
    expect(definition.status.storedVersions).toEqual(['v1']);
    expect(definition.status.acceptedNames).toEqual({
      plural: 'crontabs',
      singular: 'crontab',
      kind: 'CronTab',
      listKind: 'CronTabList',
      shortNames: ['ct'],
      categories: ['all'],
    });
  });

  it('names that are taken wait until they are free', async () => {
    await define();
    const other: Loose = cronTabs();
    other.metadata.name = 'tables.stable.example.com';
    other.spec.names = { plural: 'tables', singular: 'table', kind: 'CronTab', shortNames: ['ct'] };
    const waiting = await define(other);
    expect(conditionOf(waiting, 'NamesAccepted')).toBe('False ListKindConflict: "CronTabList" is already in use');
    expect(conditionOf(waiting, 'Established')).toBe('False NotAccepted: not all names are accepted');
    expect((await server.get('/apis/stable.example.com/v1/tables')).status).toBe(404);
    await server.call('DELETE', `${definitions}/${name}`);
    await settle();
    const free = (await server.get(`${definitions}/tables.stable.example.com`)).body;
    expect(conditionOf(free, 'Established')).toContain('True');
    expect((await server.get('/apis/stable.example.com/v1/tables')).status).toBe(200);
  });

  it('its own names too are taken', async () => {
    const definition: Loose = structuredClone(await define());
    definition.spec.names.shortNames = ['ct', 'crontab'];
    expect((await server.call('PUT', `${definitions}/${name}`, definition)).status).toBe(200);
    await settle();
    expect(conditionOf((await server.get(`${definitions}/${name}`)).body, 'NamesAccepted')).toBe(
      'False ShortNamesConflict: "crontab" is already in use',
    );
  });

  it('accepted names must be names', async () => {
    const { status: before, ...definition }: Loose = structuredClone(await define());
    const status = { ...before, acceptedNames: { ...before.acceptedNames, kind: 'No Kind', shortNames: ['A'] } };
    const { body } = await server.call('PUT', `${definitions}/${name}/status`, { ...definition, status });
    expect(body.details.causes.map(({ field }: Loose) => field)).toEqual([
      'status.acceptedNames.kind',
      'status.acceptedNames.shortNames[0]',
    ]);
  });

  it('certificates must be some once it is in use', async () => {
    const conversion = (caBundle: string): Loose => ({
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://h.example.com/', caBundle } },
    });
    const fresh: Loose = structuredClone(cronTabs());
    fresh.spec.conversion = conversion('bm9uZQ==');
    expect((await server.post(`${definitions}?dryRun=All`, fresh)).status).toBe(201);
    const definition = structuredClone(await define());
    definition.spec.conversion = conversion('bm9uZQ==');
    const { status, body } = await server.call('PUT', `${definitions}/${name}`, definition);
    expect([status, body.details.causes]).toEqual([
      422,
      [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.conversion.webhookClientConfig.caBundle',
          message: expect.stringContaining('unable to load root certificates: unable to parse bytes as PEM block'),
        },
      ],
    ]);
  });

  it.each<[string, Loose, number, unknown]>([
    [
      'nulls and unknown fields',
      { type: 'array', items: { type: 'object', zork: 1, properties: null } },
      201,
      { type: 'array', items: { type: 'object' } },
    ],
    [
      'unknown fields of maps',
      { type: 'object', additionalProperties: { type: 'string', zork: 1 } },
      201,
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    ['texts', { type: 'object', additionalProperties: 'x' }, 400, 'boolean or JSON schema expected'],
  ])('schemas within schemas are decoded by themselves: %s', async (_what, schema, status, expected) => {
    const definition: Loose = structuredClone(cronTabs());
    definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.inner = schema;
    const answer = await server.post(`${definitions}?dryRun=All&fieldValidation=Strict`, definition);
    expect(answer.status, answer.body.message).toBe(status);
    if (status === 400) expect(answer.body.message).toContain(expected);
    else expect(answer.body.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.inner).toEqual(expected);
  });

  it('is deleted after its objects, which may hold it up', async () => {
    await define();
    await create(cronTab('free'));
    await create({ ...cronTab('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    const { body } = await server.call('DELETE', `${definitions}/${name}`);
    expect(body.metadata).toMatchObject({ finalizers: ['customresourcecleanup.apiextensions.k8s.io'], generation: 1 });
    expect(body.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    expect(conditionOf(body, 'Terminating')).toContain('True InstanceDeletionPending');
    await settle();
    expect(conditionOf((await server.get(`${definitions}/${name}`)).body, 'Terminating')).toBe(
      'True InstanceDeletionInProgress: CustomResource deletion is in progress',
    );
    expect((await server.get(collection)).body.items.map((item: Loose) => item.metadata.name)).toEqual(['held']);
    const late = await server.post(collection, cronTab('late'));
    expect([late.status, late.body.message]).toEqual([
      403,
      'crontabs.stable.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
    ]);
    await server.call('PATCH', `${collection}/held`, { metadata: { finalizers: null } }, merge);
    await settle();
    expect((await server.get(`${definitions}/${name}`)).status).toBe(404);
    expect((await server.get(collection)).status).toBe(404);
  });

  it.each<[string, (definition: Loose) => void, string]>([
    [
      'a name that is not plural and group',
      (d) => (d.metadata.name = 'x.y.z'),
      'metadata.name: Invalid value: "x.y.z": must be spec.names.plural+"."+spec.group',
    ],
    ['no storage version', (d) => (d.spec.versions[0].storage = false), 'must have exactly one version marked as storage version'],
    [
      'a community group without a word',
      (d) => Object.assign(d, { metadata: { name: 'crontabs.batch.k8s.io' }, spec: { ...d.spec, group: 'batch.k8s.io' } }),
      'protected groups must have approval annotation "api-approved.kubernetes.io"',
    ],
    [
      'a default of the wrong type',
      (d) => (d.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.replicas.default = 'x'),
      'spec.validation.openAPIV3Schema.properties[spec].properties[replicas].default: Invalid value: "string"',
    ],
    [
      'a rule about an unknown field',
      (d) => (d.spec.versions[0].schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'][0].rule = 'self.nope'),
      "undefined field 'nope'",
    ],
    [
      'a pattern that is none',
      (d) => (d.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.cronSpec.pattern = '('),
      'must be a valid regular expression',
    ],
    [
      'a selectable field that is not there',
      (d) => (d.spec.versions[0].selectableFields[0].jsonPath = '.spec.nope'),
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.nope": is an invalid path',
    ],
    [
      'a column without a dot',
      (d) => (d.spec.versions[0].additionalPrinterColumns[0].jsonPath = 'spec'),
      'must be a simple json path starting with .',
    ],
    [
      'additionalProperties beside properties',
      (d) => (d.spec.versions[0].schema.openAPIV3Schema.properties.spec.additionalProperties = { type: 'string' }),
      'additionalProperties and properties are mutual exclusive',
    ],
  ])('refuses %s', async (_what, change, text) => {
    const definition = structuredClone(cronTabs());
    change(definition);
    const { status, body } = await server.post(definitions, definition);
    expect(status).toBe(422);
    expect(body.message).toContain(text);
  });
});

describe('custom objects', () => {
  it('unconditional updates are refused, conditional ones bump the generation', async () => {
    await define();
    const made = await create(cronTab('a'));
    const { status, body } = await server.call('PUT', `${collection}/a`, cronTab('a'));
    expect([status, body.message]).toEqual([
      422,
      'crontabs.stable.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ]);
    const put = await server.call('PUT', `${collection}/a`, { ...made, spec: { ...made.spec, free: { list: [] } } });
    expect([put.status, put.body.metadata.generation, put.body.spec.free]).toEqual([200, 2, { list: [] }]);
  });

  it('another kind or version in the body is refused', async () => {
    await define();
    const { body } = await server.post(collection, { ...cronTab('a'), apiVersion: 'stable.example.com/v2' });
    expect(body.message).toBe(
      'the API version in the data (stable.example.com/v2) does not match the expected API version (stable.example.com/v1)',
    );
    expect((await server.post(collection, { ...cronTab('a'), kind: 'Other' })).body.message).toBe(
      'Other.stable.example.com "a" is invalid: kind: Invalid value: "Other": must be CronTab',
    );
  });

  it('a changed object is told of what was wrong with it before, and may stay so', async () => {
    const definition = structuredClone(await define());
    await create(cronTab('a', { replicas: 3 }));
    const [first] = definition.spec.versions;
    first.schema.openAPIV3Schema.properties.spec.properties.replicas['x-kubernetes-validations'] = [
      { rule: 'self < 3', message: 'too many' },
    ];
    const { status, body } = await server.call('PUT', `${definitions}/${name}`, definition);
    expect(status, JSON.stringify(body)).toBe(200);
    const labelled = await server.call('PATCH', `${collection}/a`, { metadata: { labels: { x: 'y' } } }, merge);
    const warning = ['299 - "spec.replicas: Invalid value: 3: too many"'];
    expect([labelled.status, labelled.headers.warning]).toEqual([200, warning]);
    const mislabelled = await server.call('PATCH', `${collection}/a`, { metadata: { labels: { x: 'y!' } } }, merge);
    expect([mislabelled.status, mislabelled.headers.warning]).toEqual([422, warning]);
    const changed = await server.call('PATCH', `${collection}/a`, { spec: { replicas: 4 } }, merge);
    expect([changed.status, changed.body.message]).toEqual([
      422,
      'CronTab.stable.example.com "a" is invalid: spec.replicas: Invalid value: 4: too many',
    ]);
  });

  it('lists keep kind and apiVersion of their items, watches serve changes', async () => {
    await define();
    await create(cronTab('a'));
    const list = await server.get(collection);
    expect([list.body.kind, list.body.items[0].kind, list.body.items[0].apiVersion]).toEqual([
      'CronTabList',
      'CronTab',
      'stable.example.com/v1',
    ]);
    const watch = await server.watch(
      `${collection}?watch=true&resourceVersion=${list.body.metadata.resourceVersion}&fieldSelector=spec.image%3Dblue`,
    );
    await create(cronTab('green', { image: 'green' }));
    await create(cronTab('blue', { image: 'blue' }));
    const [event] = await watch.next(1);
    expect([event?.type, event?.object.metadata.name]).toEqual(['ADDED', 'blue']);
    watch.close();
  });

  it('deletecollection takes what the selector matches', async () => {
    await define();
    await create({ ...cronTab('a'), metadata: { name: 'a', labels: { go: 'yes' } } });
    await create(cronTab('b'));
    await server.call('DELETE', `${collection}?labelSelector=go%3Dyes`);
    expect((await server.get(collection)).body.items.map((item: Loose) => item.metadata.name)).toEqual(['b']);
  });

  it('defaults of a changed schema show on reads of stored objects, at once and without a write', async () => {
    await define();
    const made = await create(cronTab('a'));
    const definition = (await server.get(`${definitions}/${name}`)).body;
    const next = structuredClone(definition);
    next.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.colour = { type: 'string', default: 'red' };
    delete next.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.image;
    next.spec.versions[0].schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'] = [];
    next.spec.versions[0].selectableFields = [];
    expect((await server.call('PUT', `${definitions}/${name}`, next)).status).toBe(200);
    const { body } = await server.get(`${collection}/a`);
    expect(body.spec).toEqual({ cronSpec: '* * * * */5', replicas: 1, colour: 'red' });
    expect(body.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  it('dry runs store nothing', async () => {
    await define();
    expect((await server.post(`${collection}?dryRun=All`, cronTab('a'))).status).toBe(201);
    expect((await server.get(`${collection}/a`)).status).toBe(404);
  });

  it('built-in kinds are not disturbed by a definition of the same plural in another group', async () => {
    const other: Loose = cronTabs();
    other.metadata.name = 'configmaps.stable.example.com';
    other.spec.names = { plural: 'configmaps', singular: 'configmap', kind: 'ConfigMap' };
    await define(other);
    expect((await server.post('/api/v1/namespaces/default/configmaps', configMap('a'))).body.apiVersion).toBe('v1');
  });
});

describe('several versions', () => {
  const twoVersions = (): Loose => {
    const definition: Loose = cronTabs();
    const [v1] = definition.spec.versions;
    const v2 = structuredClone({ ...v1, name: 'v2', storage: false });
    v2.schema.openAPIV3Schema.properties.spec.properties.extra = { type: 'string', default: 'only in v2' };
    definition.spec.versions = [{ ...v1, deprecated: true }, v2];
    return definition;
  };
  const second = '/apis/stable.example.com/v2/namespaces/default/crontabs';

  it('conversion None: one object under every version, with what the stored version knows of it', async () => {
    await define(twoVersions());
    await create(cronTab('a'));
    const { body } = await server.get(`${second}/a`);
    expect([body.apiVersion, body.spec.extra]).toEqual(['stable.example.com/v2', undefined]);
    await server.call('PATCH', `${second}/a`, { spec: { replicas: 7, extra: 'x' } }, merge);
    const back = await server.get(`${collection}/a`);
    expect([back.body.apiVersion, back.body.spec.replicas, back.body.spec.extra]).toEqual(['stable.example.com/v1', 7, undefined]);
    const [item] = (await server.get(second)).body.items;
    expect([item.apiVersion, item.spec.extra]).toEqual(['stable.example.com/v2', undefined]);
  });

  it('deprecated versions warn; discovery prefers the newest', async () => {
    await define(twoVersions());
    const { headers } = await server.get(collection);
    const warning = ['299 - "stable.example.com/v1 CronTab is deprecated"'];
    expect(headers['warning']).toEqual(warning);
    const missing = await server.get(`${collection}/none`);
    expect([missing.status, missing.headers['warning']]).toEqual([404, warning]);
    expect((await server.get('/apis/stable.example.com')).body.preferredVersion.version).toBe('v2');
  });

  it('a new storage version is recorded; old objects are served from where they lie', async () => {
    await define(twoVersions());
    await create(cronTab('a'));
    const definition = (await server.get(`${definitions}/${name}`)).body;
    const next = structuredClone(definition);
    next.spec.versions[0].storage = false;
    next.spec.versions[1].storage = true;
    const { body } = await server.call('PUT', `${definitions}/${name}`, next);
    expect(body.status.storedVersions).toEqual(['v1', 'v2']);
    expect((await server.get(`${second}/a`)).body.apiVersion).toBe('stable.example.com/v2');
    const gone = structuredClone((await server.get(`${definitions}/${name}`)).body);
    gone.spec.versions.shift();
    expect((await server.call('PUT', `${definitions}/${name}`, gone)).body.message).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions',
    );
  });
});
