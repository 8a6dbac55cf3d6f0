import { describe, expect, it } from 'vitest';
import { customKind } from '../../../src/api/custom/custom-kind.ts';
import { type DecodeOptions, decodeObject } from '../../../src/api/decode.ts';
import { kinds } from '../../../src/api/scheme.ts';

const custom = { group: 'example.com', version: 'v1', kind: 'Widget', schema: '' };
const fromText = (kind: Parameters<typeof decodeObject>[0], text: string, options: DecodeOptions = {}) =>
  decodeObject(kind, JSON.parse(text), { rawBody: Buffer.from(text), ...options });

describe('decodeObject', () => {
  it('fills in type and metadata and leaves its argument alone', () => {
    const value = Object.freeze({ data: Object.freeze({ a: '1' }) });
    const { object } = decodeObject(kinds.ConfigMap, value);
    expect(object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { a: '1' } });
    expect((object as { data?: unknown }).data).not.toBe(value.data);
  });

  it('drops nulls, unknown fields and empty collections, and keeps empty structs', () => {
    const { object, warnings } = decodeObject(kinds.Pod, {
      metadata: { name: 'a', creationTimestamp: null, labels: {} },
      spec: { nodeSelector: {}, foo: 1, containers: [], volumes: [{ name: 'v', emptyDir: {} }], tolerations: [] },
    });
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] },
    });
    expect(warnings).toEqual([]);
  });

  it('makes quantities and times canonical', () => {
    const container = { name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Mi', 'example.com/x': 2 } } };
    const { object } = decodeObject(kinds.Pod, {
      metadata: { creationTimestamp: '2026-01-02T03:04:05.678+01:00' },
      spec: { containers: [container] },
    });
    expect(object).toMatchObject({
      metadata: { creationTimestamp: '2026-01-02T02:04:05Z' },
      spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi', 'example.com/x': '2' } } }] },
    });
    const lease = decodeObject(kinds.Lease, { spec: { renewTime: '2026-01-02T03:04:05.678Z' } });
    expect(lease.object).toMatchObject({ spec: { renewTime: '2026-01-02T03:04:05.678000Z' } });
  });

  it('turns nulls in lists and maps into zero values', () => {
    const { object } = decodeObject(kinds.ConfigMap, { data: { a: null } });
    expect(object).toMatchObject({ data: { a: '' } });
  });

  it('keeps the free parts of definitions and of custom resources as they are', () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { a: { default: { x: null, y: [] }, additionalProperties: false } } } };
    const crd = { spec: { versions: [{ name: 'v1', served: true, storage: true, schema }] } };
    expect(decodeObject(kinds.CustomResourceDefinition, crd).object).toMatchObject(crd);
    const widget = { metadata: { name: 'w', bogus: 1 }, spec: { any: [null, {}] } };
    expect(decodeObject(custom, widget).object).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { any: [null, {}] },
    });
  });

  it('does not let a map key become a prototype', () => {
    const { object } = fromText(kinds.ConfigMap, '{"data":{"__proto__":"x"}}');
    expect(Object.keys((object as unknown as { data: object }).data)).toEqual(['__proto__']);
  });
});

describe('field validation', () => {
  const text = '{"spec":{"replicas":1,"replicas":2,"foo":1,"template":{"spec":{"containers":[{"name":"a","bar":{},"name":"b"}]}}}}';
  const problems = [
    'unknown field "spec.foo"',
    'unknown field "spec.template.spec.containers[0].bar"',
    'duplicate field "spec.replicas"',
    'duplicate field "spec.template.spec.containers[0].name"',
  ];
  it('Ignore says nothing', () => {
    expect(fromText(kinds.Deployment, text).warnings).toEqual([]);
  });
  it('Warn lists the problems', () => {
    expect(fromText(kinds.Deployment, text, { fieldValidation: 'Warn' }).warnings).toEqual(problems);
  });
  it('Strict refuses', () => {
    const message = `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${problems.join(', ')}`;
    expect(() => fromText(kinds.Deployment, text, { fieldValidation: 'Strict' })).toThrow(expect.objectContaining({ code: 400, message }));
  });
  it('tells quotes and colons inside strings from keys', () => {
    const tricky = '{"data":{"a\\"":"x\\\\","b":":\\":","c" : "\\u0022:"},"metadata":{"name":"a\\\\\\":"}}';
    expect(fromText(kinds.ConfigMap, tricky, { fieldValidation: 'Warn' }).warnings).toEqual([]);
  });
  it('refuses what nests without end', () => {
    const deep = `{"metadata":{},"bogus":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => fromText(kinds.ConfigMap, deep, { fieldValidation: 'Warn' })).toThrow(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: exceeded max depth',
    );
  });
  it('leaves duplicates of YAML to its parser', () => {
    const rawBody = Buffer.from('data: {"a":1,"a":2}');
    expect(decodeObject(kinds.ConfigMap, { data: { a: '2' } }, { fieldValidation: 'Warn', rawBody }).warnings).toEqual([]);
  });
});

describe('errors', () => {
  const deployment = (spec: unknown) => ({ apiVersion: 'apps/v1', kind: 'Deployment', spec });
  const inContainer = (container: unknown) => deployment({ template: { spec: { containers: [container] } } });
  const cannot = 'Deployment in version "v1" cannot be handled as a Deployment: ';
  it.each([
    [
      'a text for a number',
      kinds.Deployment,
      deployment({ replicas: '3' }),
      `${cannot}json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      'a fraction',
      kinds.Deployment,
      deployment({ replicas: 1.5 }),
      `${cannot}json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      'more than 32 bits',
      kinds.Deployment,
      deployment({ replicas: 2 ** 31 }),
      `${cannot}json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      'a number deep inside lists',
      kinds.Deployment,
      inContainer({ name: 'a', env: [{ name: 'x', value: 1 }] }),
      `${cannot}json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string`,
    ],
    [
      'an object for a list',
      kinds.Deployment,
      deployment({ template: { spec: { containers: {} } } }),
      `${cannot}json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container`,
    ],
    [
      'a list for an object',
      kinds.Deployment,
      deployment([]),
      `${cannot}json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec`,
    ],
    [
      'a bad quantity',
      kinds.Deployment,
      inContainer({ name: 'a', resources: { limits: { cpu: 'much' } } }),
      `${cannot}quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
    [
      'a number in a map of texts',
      kinds.ConfigMap,
      { data: { a: 1 } },
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'bad base64',
      kinds.Secret,
      { data: { a: 'YWJj!' } },
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 4',
    ],
    [
      'another kind',
      kinds.Pod,
      { apiVersion: 'v1', kind: 'Service' },
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    ],
    [
      'an unknown kind',
      kinds.Pod,
      { apiVersion: 'v1', kind: 'Pox' },
      'Pox in version "v1" cannot be handled as a Pod: no kind "Pox" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      'the same kind of another group',
      kinds.EventsEvent,
      { apiVersion: 'v1', kind: 'Event' },
      'the API version in the data (v1) does not match the expected API version (events.k8s.io/v1)',
    ],
  ])('%s', (_name, kind, value, message) => {
    expect(() => decodeObject(kind, value)).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest', message }));
  });

  it('is 422 on the field "patch" for a patched object', () => {
    const patched = deployment({ replicas: 'x' });
    expect(() => decodeObject(kinds.Deployment, patched, { patchText: 'map[spec:map[replicas:x]]' })).toThrow(
      expect.objectContaining({
        code: 422,
        message:
          ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      }),
    );
  });
});

describe('a body of a custom resource says itself what it is', () => {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const definition = { spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [] } };
  const kind = customKind(definition as never, { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } });
  it.each([
    [
      '{"metadata":{"name":"a"}}',
      `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{"metadata":{"name":"a"}}' ({"metadata":{"name":"a"}})`,
    ],
    ['{"kind":"Widget"}', 'the API version in the data () does not match the expected API version (example.com/v1)'],
    [
      '{"kind":"Gadget","apiVersion":"example.com/v1","metadata":{"name":"a"}}',
      'Gadget.example.com "a" is invalid: kind: Invalid value: "Gadget": must be Widget',
    ],
  ])('%s', (text, message) => {
    expect(() => fromText(kind, text)).toThrow(message);
  });
});
