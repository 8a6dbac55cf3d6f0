/** What the server answers about custom resources where it is not what it answers about built-in kinds. */
import { beforeEach, describe, expect, it, test } from 'vitest';
import { cronTab, cronTabs } from '../../integration/crd/crontab.ts';
import { type Server, startServer } from '../apiserver/fixture.ts';
import { collection, definitions, type Loose, merge, settle } from './served.ts';

const root = '/apis/stable.example.com/v1';
const apply = { type: 'application/apply-patch+yaml' };

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const define = async (definition: Loose = cronTabs()): Promise<void> => {
  expect((await server.post(definitions, definition)).status).toBe(201);
  await settle();
};
/** The definition with more fields in its spec. */
const withFields = (properties: object): Loose => {
  const definition: Loose = structuredClone(cronTabs());
  Object.assign(definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties, properties);
  return definition;
};
const withSpec = (spec: Record<string, unknown>): Loose => cronTab('a', spec);
const said = async (answer: ReturnType<Server['call']>): Promise<[number, string]> => {
  const { status, body } = await answer;
  return [status, (body as Loose)?.message ?? body];
};

describe('what is not there', () => {
  beforeEach(() => define());

  test.each([
    ['creating outside of a namespace', 'POST', `${root}/crontabs`],
    ['deleting in all namespaces', 'DELETE', `${root}/crontabs`],
    ['getting outside of a namespace', 'GET', `${root}/crontabs/a`],
  ])('%s is no path of ours', async (_name, method, path) => {
    expect((await server.call(method as 'GET', path, method === 'POST' ? cronTab('a') : undefined)).status).toBe(404);
  });

  it('a subresource is taken for an object', async () => {
    await server.post(collection, cronTab('a'));
    expect(await said(server.get(`${collection}/a/zork`))).toEqual([404, 'crontabs.stable.example.com "a" not found']);
  });

  it('a verb is named in the refusal', async () => {
    const { body } = await server.call('DELETE', `${collection}/a/status`);
    expect(body).toMatchObject({
      code: 405,
      message: 'delete is not supported on resources of kind "crontabs.stable.example.com"',
      details: { group: 'stable.example.com', kind: 'crontabs' },
    });
  });

  it('an object of another uid, which upstream names by where it keeps it', async () => {
    const { body } = await server.post(collection, cronTab('a'));
    const [status, message] = await said(server.call('PUT', `${collection}/a`, { ...body, metadata: { ...body.metadata, uid: 'other' } }));
    expect(status).toBe(409);
    expect(message).toContain('Key: /registry/stable.example.com/crontabs/default/a, ResourceVersion: 0');
    const { body: service } = await server.post('/api/v1/namespaces/default/services', {
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }] },
    });
    const other = { ...service, metadata: { name: 's', uid: 'other' } };
    expect((await said(server.call('PUT', '/api/v1/namespaces/default/services/s', other)))[1]).toContain(
      'Key: /registry/services/specs/default/s,',
    );
  });

  it('strategic merge patches', async () => {
    const types = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    for (const path of [`${collection}/a`, `${collection}/a/scale`])
      expect(await said(server.call('PATCH', path, {}, { type: 'application/strategic-merge-patch+json' }))).toEqual([
        415,
        `the body of the request was in an unknown format - accepted media types include: ${types}`,
      ]);
  });
});

describe('lists', () => {
  beforeEach(async () => {
    await define();
    for (const name of ['a', 'b', 'c']) await server.post(collection, cronTab(name));
  });

  it('say that nothing follows', async () => {
    expect((await server.get(collection)).body.metadata).toMatchObject({ continue: '' });
    expect((await server.call('DELETE', `${collection}?labelSelector=zork`)).body.metadata).toMatchObject({ continue: '' });
  });

  it('of any version come whole, whatever the limit', async () => {
    expect((await server.get(`${collection}?limit=2&resourceVersion=0`)).body.items).toHaveLength(3);
    expect((await server.get(`${collection}?limit=2`)).body.items).toHaveLength(2);
  });

  it('of metadata have no items where there are none', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const { body } = await server.call('GET', `${collection}?labelSelector=zork`, undefined, { accept });
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', items: null });
    expect(body.metadata).not.toHaveProperty('continue');
  });

  it('show the first of several results in a column', async () => {
    const definition: Loose = structuredClone(
      cronTabs({ additionalPrinterColumns: [{ name: 'Ports', type: 'string', jsonPath: '.spec.ports[*].name' }] }),
    );
    definition.spec.group = 'other.example.com';
    definition.metadata.name = 'crontabs.other.example.com';
    definition.spec.names = { plural: 'crontabs', kind: 'CronTab' };
    await define(definition);
    const path = '/apis/other.example.com/v1/namespaces/default/crontabs';
    const object = { ...withSpec({ ports: [{ name: 'x' }, { name: 'y' }] }), apiVersion: 'other.example.com/v1' };
    expect((await server.post(path, object)).status).toBe(201);
    const { body } = await server.call('GET', path, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(body.rows[0].cells).toEqual(['a', 'x']);
  });
});

describe('validation', () => {
  it('takes any finalizer, with a warning', async () => {
    await define();
    const object = { ...cronTab('a'), metadata: { name: 'a', finalizers: ['mine', 'mine.io', 'kubernetes', 'example.com/x'] } };
    const { status, headers } = await server.post(collection, object);
    const prefer = 'prefer a domain-qualified finalizer name';
    const others = 'to avoid accidental conflicts with other finalizer writers';
    expect([status, headers?.['warning']]).toEqual([
      201,
      [
        String.raw`299 - "metadata.finalizers: \"mine\": ${prefer} ${others}"`,
        String.raw`299 - "metadata.finalizers: \"mine.io\": ${prefer} including a path (/) ${others}"`,
      ],
    ]);
  });

  it('says of metadata twice what changed in it', async () => {
    await define();
    await server.post(collection, cronTab('a'));
    const { body } = await server.call('PATCH', `${collection}/a`, { metadata: { uid: 'other' } }, merge);
    expect(body.details.causes.map(({ field }: Loose) => field)).toEqual(['metadata.uid', 'metadata.uid']);
    expect(body.message.match(/metadata\.uid/g)).toHaveLength(1);
  });

  it('rules wait for a name', async () => {
    await define();
    const { body } = await server.post(collection, { ...cronTab('a'), metadata: {} });
    expect(body.details.causes.at(-1).message).toContain('some validation rules were not checked');
  });

  it('of a status says where it is in the field alone', async () => {
    await define();
    const { body: made } = await server.post(collection, cronTab('a'));
    const { body } = await server.call('PUT', `${collection}/a/status`, { ...made, status: { replicas: 'x' } });
    expect(body.details.causes.slice(0, 2)).toEqual([
      {
        reason: 'FieldValueTypeInvalid',
        field: 'status.replicas',
        message: 'Invalid value: "string": replicas in body must be of type integer: "string"',
      },
      {
        reason: 'FieldValueInvalid',
        field: '.status.replicas',
        message: 'Invalid value: 0: .status.replicas accessor error: x is of the type string, expected int64',
      },
    ]);
  });

  it('of a scale is that of the object', async () => {
    await define();
    await server.post(collection, cronTab('a'));
    const { body } = await server.call('PATCH', `${collection}/a/scale`, { spec: { replicas: -1 } }, merge);
    expect(body.details).toMatchObject({ group: 'stable.example.com', kind: 'CronTab' });
    expect(body.message).toContain('.spec.replicas: Invalid value: -1: should be a non-negative integer');
  });

  it('tolerates repeated items where some were repeated before', async () => {
    await define();
    await server.post(collection, withSpec({ ports: [{ name: 'x' }] }));
    const repeated = { spec: { ports: [{ name: 'x' }, { name: 'x' }] } };
    const { body } = await server.call('PATCH', `${collection}/a`, repeated, merge);
    expect(body.message).toContain('spec.ports[1]: Duplicate value: {"name":"x"}');
  });
});

describe('embedded resources', () => {
  const template = { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true };
  const own = { apiVersion: 'v1', kind: 'Pod' };
  const head = 'CronTab in version "v1" cannot be handled as a CronTab: spec.template';
  beforeEach(() => define(withFields({ template })));

  test.each<[string, object, [number, unknown]]>([
    ['need a type', {}, [422, expect.stringMatching(/apiVersion: Required value, .*kind: Required value\]?/)]],
    ['need a type that says something', { apiVersion: '', kind: 'A b' }, [422, expect.stringContaining('must not be empty')]],
    ['have a text for a kind', { apiVersion: 'v1', kind: 1 }, [400, `${head}.kind: Invalid value: 1: must be a string`]],
    [
      'have metadata',
      { ...own, metadata: { name: 'x', labels: { a: 1 } } },
      [
        400,
        `${head}.metadata: Invalid value: {"labels":{"a":1},"name":"x"}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string`,
      ],
    ],
    [
      'have labels that are some',
      { ...own, metadata: { labels: { 'a b': '' } } },
      [422, expect.stringContaining('spec.template.metadata.labels')],
    ],
  ])('%s', async (_name, value, answer) => {
    expect(await said(server.post(collection, withSpec({ template: value })))).toEqual(answer);
  });

  it('may have any name', async () => {
    const { status, body } = await server.post(
      collection,
      withSpec({ template: { ...own, metadata: { name: 'A_', creationTimestamp: null } } }),
    );
    expect([status, body.spec.template.metadata]).toEqual([201, { name: 'A_' }]);
  });

  it('tell of unknown metadata last', async () => {
    const { headers } = await server.post(collection, withSpec({ zork: 1, template: { ...own, metadata: { zork: 2 } } }));
    expect(headers?.['warning']).toEqual([
      String.raw`299 - "unknown field \"spec.zork\""`,
      String.raw`299 - "unknown field \"spec.template.metadata.zork\""`,
    ]);
  });
});

describe('who owns what', () => {
  const fields = ({ body }: Loose): Loose => body.metadata.managedFields[0].fieldsV1;

  it('no field is there before somebody sets it', async () => {
    await define(withFields({ nothing: { type: 'string', nullable: true } }));
    expect(fields(await server.post(collection, withSpec({ nothing: null })))).toMatchObject({ 'f:spec': { '.': {}, 'f:nothing': {} } });
  });

  it('the status of a definition is the server’s', async () => {
    await define();
    const { metadata } = (await server.get(`${definitions}/crontabs.stable.example.com`)).body;
    const entry = metadata.managedFields.find(({ subresource }: Loose) => subresource === 'status');
    expect(entry).toMatchObject({
      manager: 'kube-apiserver',
      operation: 'Update',
      fieldsV1: {
        'f:status': { 'f:acceptedNames': { 'f:kind': {} }, 'f:conditions': { 'k:{"type":"Established"}': { '.': {}, 'f:status': {} } } },
      },
    });
  });

  it('what is applied and changes nothing has no time', async () => {
    await define();
    await server.post(collection, cronTab('a', { image: 'x' }));
    const config = { ...cronTab('a'), spec: { image: 'x' } };
    const { body } = await server.call('PATCH', `${collection}/a?fieldManager=other`, config, apply);
    expect(body.metadata.managedFields[0]).toMatchObject({ manager: 'other', operation: 'Apply' });
    expect(body.metadata.managedFields[0]).not.toHaveProperty('time');
  });

  test.each([
    ['of another type', { replicas: 'x' }, '.spec.replicas: expected numeric (int or float), got string'],
    ['no list', { ports: 'x' }, '.spec.ports: expected list, got &{x}'],
    ['an item twice', { ports: [{ name: 'x' }, { name: 'x' }] }, '.spec.ports: duplicate entries for key [name="x"]'],
    [
      'an item without its key',
      { ports: [{ port: 1 }] },
      '.spec.ports: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ])('applying what is %s fails before anything is looked at', async (_name, spec, text) => {
    await define();
    const answer = await said(server.call('PATCH', `${collection}/a?fieldManager=m`, withSpec(spec), apply));
    expect(answer).toEqual([500, `failed to create typed patch object (/a; stable.example.com/v1, Kind=CronTab): ${text}`]);
  });

  it('an applied record is refused, even an empty one', async () => {
    await define();
    const config = { ...cronTab('a'), metadata: { name: 'a', managedFields: [] } };
    expect(await said(server.call('PATCH', `${collection}/a?fieldManager=m`, config, apply))).toEqual([
      400,
      'metadata.managedFields must be nil',
    ]);
  });
});

describe('patches of the type', () => {
  beforeEach(async () => {
    await define();
    await server.post(collection, cronTab('a'));
  });

  it('may not take the kind away', async () => {
    const { status, body } = await server.call('PATCH', `${collection}/a`, { kind: null }, merge);
    expect([status, body.details.causes[0].field]).toEqual([422, 'patch']);
  });

  it('may not name another version', async () => {
    expect(await said(server.call('PATCH', `${collection}/a`, { apiVersion: 'x/v1' }, merge))).toEqual([
      422,
      'CronTab.x "a" is invalid: apiVersion: Invalid value: "x/v1": must be stable.example.com/v1',
    ]);
  });
});
