import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { StructuralSchema } from '../../../src/api/structural/schema.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../../src/api/types/apiextensions-v1.ts';
import { customResourceDefinition } from '../../../src/api/validation/crd.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';
import { warningsOf } from '../../../src/api/validation/warnings.ts';
import { nameDefinition } from '../../../src/apiserver/crd/names.ts';

const version = (schema: StructuralSchema, rest: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinitionVersion => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...rest,
});
const definition = (
  versions: CustomResourceDefinitionVersion[],
  rest: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `foos.${rest.group ?? 'ex.io'}` },
  spec: {
    group: 'ex.io',
    scope: 'Namespaced',
    names: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' },
    versions,
    ...rest,
  },
  status: { storedVersions: ['v1'], acceptedNames: { plural: '', kind: '' } },
});
const errors = (object: CustomResourceDefinition): string[] =>
  [...customResourceDefinition(object)].map((error) => errorText(error).replace('spec.validation.openAPIV3Schema', '$'));

/** A schema whose spec has the field `a`. */
const withField = (a: StructuralSchema): StructuralSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { a } } },
});
const at = '$.properties[spec].properties[a]';
const keepAll: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };
const text: StructuralSchema = { type: 'string' };
const keyed = (key: StructuralSchema, rest: StructuralSchema = {}): StructuralSchema => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items: { type: 'object', properties: { k: key }, ...rest },
});
const head = 'this property is in x-kubernetes-list-map-keys, so it';

describe('schemas, in upstream words', () => {
  test.each<[string, StructuralSchema, string[]]>([
    [
      'unknown fields that are not kept',
      { 'x-kubernetes-preserve-unknown-fields': false },
      [`${at}.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`],
    ],
    ['a default that repeats items', { type: 'array', items: text, 'x-kubernetes-list-type': 'set', default: ['a', 'a'] }, []],
    ['any default of int or string', { 'x-kubernetes-int-or-string': true, default: true }, []],
    [
      'a default resource without a type',
      { type: 'object', 'x-kubernetes-embedded-resource': true, ...keepAll, default: {} },
      [`${at}.default.apiVersion: Required value`, `${at}.default.kind: Required value`],
    ],
    [
      'a default resource with metadata of another type',
      {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        ...keepAll,
        default: { kind: 'A', apiVersion: 'v1', metadata: { labels: { a: 1 } } },
      },
      [
        `${at}.default.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string`,
      ],
    ],
    ['a field without a type', {}, [`${at}.type: Required value: must not be empty for specified object fields`]],
    ['a type of its own', { type: 'text' }, [expect.stringContaining(`${at}.type: Unsupported value: "text": supported values: "array"`)]],
    ['int or string', { anyOf: [{ type: 'integer' }, text], 'x-kubernetes-int-or-string': true }, []],
    [
      'int or string with more',
      { allOf: [{ anyOf: [{ type: 'integer' }, text] }, { pattern: '^x' }], 'x-kubernetes-int-or-string': true },
      [],
    ],
    [
      'structure in a value validation',
      { ...text, not: { type: 'string', default: 'x', nullable: true, description: 'd', 'x-kubernetes-list-type': 'set' } },
      [
        `${at}.not.default: Forbidden: must be undefined to be structural`,
        `${at}.not.description: Forbidden: must be empty to be structural`,
        `${at}.not.nullable: Forbidden: must be false to be structural`,
        `${at}.not.type: Forbidden: must be empty to be structural`,
        `${at}.not.x-kubernetes-list-type: Forbidden: must be undefined to be structural`,
        `${at}.not.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`,
      ],
    ],
    ['a value validation of an undeclared part below the root', { type: 'object', anyOf: [{ properties: { z: { minimum: 1 } } }] }, []],
    [
      'a set of objects',
      { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
      [`${at}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`],
    ],
    [
      'a key that may be absent or null',
      keyed({ ...text, nullable: true }),
      [
        `${at}.items.properties[k].default: Required value: ${head} must have a default or be a required property`,
        `${at}.items.properties[k].nullable: Forbidden: ${head} cannot be nullable`,
      ],
    ],
    [
      'a key that is no scalar',
      keyed({ type: 'object' }, { required: ['k'] }),
      [`${at}.items.properties[k].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map`],
    ],
    [
      'an embedded resource without parts',
      { type: 'object', 'x-kubernetes-embedded-resource': true },
      [
        `${at}.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
      ],
    ],
    [
      'a default of the wrong type',
      { type: 'integer', default: 'x' },
      [`${at}.default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      'a rule about what items were',
      { type: 'array', maxItems: 3, items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } },
      [
        `${at}.items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}`,
      ],
    ],
    [
      'a rule that does not compile',
      { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self.z', message: 'm' }] },
      [
        expect.stringContaining(
          `${at}.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.z","Message":"m","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: type 'int' does not support field selection`,
        ),
      ],
    ],
    [
      'what a rule says badly',
      { ...text, 'x-kubernetes-validations': [{ rule: 'true', message: 'a\nb', reason: 'Odd', fieldPath: '.z', optionalOldSelf: true }] },
      [
        `${at}.x-kubernetes-validations[0].message: Invalid value: "a\\nb": must not contain line breaks`,
        expect.stringContaining(`${at}.x-kubernetes-validations[0].reason: Unsupported value: "Odd"`),
        `${at}.x-kubernetes-validations[0].fieldPath: Invalid value: ".z": must be a valid path`,
      ],
    ],
  ])('%s', (_name, schema, expected) => {
    expect(errors(definition([version(withField(schema))])).map((error) => error.replace('spec.validation.openAPIV3Schema', '$'))).toEqual(
      expected,
    );
  });

  test.each<[string, StructuralSchema, string[]]>([
    ['names alone', { type: 'object', properties: { name: { ...text, maxLength: 5 } } }, []],
    [
      'anything else',
      { type: 'object', properties: { labels: { type: 'object' } } },
      [
        '$.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
  ])('of metadata: %s', (_name, metadata, expected) => {
    expect(errors(definition([version({ type: 'object', properties: { metadata } })]))).toEqual(expected);
  });

  test('with a status of its own, the root may not be a choice', () => {
    const schema: StructuralSchema = { type: 'object', properties: { spec: { type: 'object' } }, oneOf: [{ required: ['spec'] }] };
    expect(errors(definition([version(schema)]))).toEqual([]);
    expect(errors(definition([version(schema, { subresources: { status: {} } })])).join()).toMatch(
      /^\$: Invalid value: .*: only \[Description Type .* XValidations\] fields are allowed at the root/,
    );
  });
});

describe('the rest of a definition', () => {
  const plain: StructuralSchema = { type: 'object' };
  const webhook = (clientConfig: object, conversionReviewVersions: string[]) => ({
    conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions } },
  });
  test.each<[string, CustomResourceDefinition, string[]]>([
    [
      'a name of the first version that is none',
      { ...definition([version(plain, { name: 'V1' })]), status: { storedVersions: ['V1'] } } as unknown as CustomResourceDefinition,
      ['spec.versions[0].name', 'spec.version'].map((field) => expect.stringContaining(`${field}: Invalid value: "V1": a DNS-1035 label`)),
    ],
    [
      'a storage version that is not among the stored',
      definition([version(plain), version(plain, { name: 'v2', storage: true })]),
      [
        expect.stringContaining('must have exactly one version marked as storage version'),
        'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
      ],
    ],
    [
      'selectable fields of one version of two with the same schema',
      definition([
        version(withField(text)),
        version(withField(text), { name: 'v2', storage: false, selectableFields: [{ jsonPath: '.spec.a' }] }),
      ]),
      ['spec.versions[1].selectableFields: Invalid value: "": may only be set when `version.schema.openAPIV3Schema` is not included'],
    ],
    [
      'a URL without a scheme',
      definition([version(plain)], webhook({ url: '::' }, ['v1'])),
      [
        'spec.conversion.webhookClientConfig.url: Required value: url must be a valid URL: parse "::": missing protocol scheme; desired format: https://host[/path]',
      ],
    ],
    [
      'columns',
      definition([version(plain, { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'x', format: 'y' }] })]),
      [
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].format: Invalid value: "y": must be one of byte,date,date-time,double,float,int32,int64,password',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .',
      ],
    ],
    [
      'selectable fields',
      definition([
        version(withField(text), { selectableFields: [{ jsonPath: 'spec.a' }, { jsonPath: '.spec' }, { jsonPath: '.spec.z' }] }),
      ]),
      [
        'spec.selectableFields[0].jsonPath: Invalid value: "spec.a": is an invalid path: expected [ or . but got: spec',
        expect.stringContaining('spec.selectableFields[1].jsonPath: Invalid value: ".spec": must point to a field of type string'),
        'spec.selectableFields[2].jsonPath: Invalid value: ".spec.z": is an invalid path: does not refer to a valid field',
      ],
    ],
    [
      'scale',
      definition([version(plain, { subresources: { scale: { specReplicasPath: 'spec.n', statusReplicasPath: '.spec.n' } } })]),
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: "spec.n": must be a simple json path starting with .',
        'spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.n": should be a json path under .status',
      ],
    ],
    [
      'a conversion by nobody',
      definition([version(plain)], { conversion: { strategy: 'Webhook' } }),
      [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    ],
    [
      'a conversion by two, in versions nobody speaks',
      definition([version(plain)], webhook({ url: 'https://x', service: { name: 'a', namespace: 'b' } }, ['v7', 'v7'])),
      [
        'spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required',
        'spec.conversion.conversionReviewVersions[1]: Invalid value: "v7": duplicate version',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v7","v7"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'versions of one name',
      definition([version(plain), version(plain, { storage: false })]),
      [expect.stringMatching(/^spec.versions: Invalid value: \[\{"Name":"v1",.*\]: must contain unique version names$/)],
    ],
    [
      'a long warning',
      definition([version(plain, { deprecated: true, deprecationWarning: 'x'.repeat(257) })]),
      [expect.stringContaining('must be <= 256 characters long')],
    ],
  ])('%s', (_name, object, expected) => {
    expect(errors(object)).toEqual(expected);
  });

  test('a name that is to be made must be the only one there is', () => {
    const object = definition([version(plain)]);
    object.metadata.generateName = 'foos.ex.io';
    expect(errors(object)).toEqual([]);
    object.metadata.generateName = 'foos-';
    expect(errors(object)).toEqual(['metadata.generateName: Invalid value: "foos-": must be spec.names.plural+"."+spec.group']);
  });

  test('a default of the whole is a whole resource', () => {
    expect(errors(definition([version({ type: 'object', default: {} })]))).toEqual([
      '$.default.apiVersion: Required value',
      '$.default.kind: Required value',
    ]);
  });

  test('formats that mean nothing are warned of, once', () => {
    const formats = (...fields: StructuralSchema[]): CustomResourceDefinition =>
      definition([version({ type: 'object', properties: Object.fromEntries(fields.map((field, index) => [`f${index}`, field])) })]);
    const known = [
      { ...text, format: 'date-time' },
      { ...text, format: 'k8s-short-name' },
      { type: 'integer', format: 'int64' },
      { type: 'number', format: 'double' },
    ];
    expect(warningsOf(kinds.CustomResourceDefinition, formats(...known))).toEqual([]);
    const odd = formats({ ...text, format: 'int64' }, { type: 'array', items: text, format: 'cidr' }, { ...text, format: 'int64' });
    expect(warningsOf(kinds.CustomResourceDefinition, odd)).toEqual(['unrecognized format "int64"', 'unrecognized format "cidr"']);
    expect(warningsOf(kinds.CustomResourceDefinition, odd, odd)).toEqual([]);
  });

  test.each<[string, string, string, string]>([
    ['https://github.com/x/1', 'True', 'ApprovedAnnotation', 'approved in https://github.com/x/1'],
    ['unapproved, for now', 'False', 'UnapprovedAnnotation', 'not approved: "unapproved, for now"'],
  ])("the community's groups say whether they are approved: %s", (annotation, status, reason, message) => {
    const object = definition([version(plain)], { group: 'ex.k8s.io' });
    object.metadata.annotations = { 'api-approved.kubernetes.io': annotation };
    expect(errors(object)).toEqual([]);
    const [condition] = nameDefinition(object, []).conditions;
    expect(condition).toEqual({ type: 'KubernetesAPIApprovalPolicyConformant', status, reason, message });
  });
});
