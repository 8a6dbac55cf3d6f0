import { describe, expect, test } from 'vitest';
import { parseJsonPath } from '../../../src/api/custom/json-path.ts';
import { applySchemaDefaults } from '../../../src/api/structural/default.ts';
import { uniqueItems } from '../../../src/api/structural/lists.ts';
import { prune } from '../../../src/api/structural/prune.ts';
import type { StructuralSchema } from '../../../src/api/structural/schema.ts';
import { validateValue } from '../../../src/api/structural/validate.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';

const object = (properties: Record<string, StructuralSchema>, rest: StructuralSchema = {}): StructuralSchema => ({
  type: 'object',
  properties,
  ...rest,
});
const text: StructuralSchema = { type: 'string' };
const integer: StructuralSchema = { type: 'integer' };
const preserve = { 'x-kubernetes-preserve-unknown-fields': true };

describe('pruning', () => {
  const rows: { name: string; schema: StructuralSchema; value: unknown; left: unknown; paths: string[] }[] = [
    {
      name: 'unknown fields go, type fields stay',
      schema: object({ spec: object({ a: text }) }),
      value: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n' }, spec: { a: 'x', b: 1 }, other: {} },
      left: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n' }, spec: { a: 'x' } },
      paths: ['spec.b', 'other'],
    },
    {
      name: 'in list items and map values',
      schema: object({
        list: { type: 'array', items: object({ a: text }) },
        map: { type: 'object', additionalProperties: object({ a: text }) },
      }),
      value: { list: [{ a: 'x', b: 1 }], map: { k: { a: 'x', c: 2 } } },
      left: { list: [{ a: 'x' }], map: { k: { a: 'x' } } },
      paths: ['list[0].b', 'map.k.c'],
    },
    {
      name: 'preserved parts stay, but declared fields in them are pruned',
      schema: object({ free: object({ known: object({ a: text }) }, preserve) }),
      value: { free: { any: { thing: 1 }, known: { a: 'x', b: 1 } } },
      left: { free: { any: { thing: 1 }, known: { a: 'x' } } },
      paths: ['free.known.b'],
    },
    {
      name: 'embedded resources keep their own type fields',
      schema: object({ template: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
      value: { template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', odd: 1 }, spec: { x: 1 }, y: 1 } },
      left: { template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: {} } },
      paths: ['template.metadata.odd', 'template.spec.x', 'template.y'],
    },
  ];
  test.each(rows)('$name', ({ schema, value, left, paths }) => {
    const copy = structuredClone(value);
    expect(prune(copy, schema)).toEqual(paths);
    expect(copy).toEqual(left);
  });
});

describe('defaulting', () => {
  const schema = object({
    a: { type: 'string', default: 'x' },
    inner: object({ b: { type: 'integer', default: 1 } }, { default: {} }),
    plain: object({ c: { type: 'integer', default: 2 } }),
    nullable: { type: 'string', nullable: true, default: 'd' },
    list: { type: 'array', items: object({ e: { type: 'string', default: 'e' } }) },
    noDefault: text,
  });
  const rows: { name: string; value: unknown; result: unknown }[] = [
    { name: 'absent fields, nested where the parent is there or defaulted', value: {}, result: { a: 'x', inner: { b: 1 }, nullable: 'd' } },
    { name: 'what is there stays', value: { a: '', inner: { b: 0 }, nullable: null }, result: { a: '', inner: { b: 0 }, nullable: null } },
    { name: 'nulls where null is not allowed', value: { a: null, noDefault: null }, result: { a: 'x', inner: { b: 1 }, nullable: 'd' } },
    {
      name: 'inside present objects and list items',
      value: { plain: {}, list: [{}, { e: 'f' }] },
      result: { a: 'x', inner: { b: 1 }, nullable: 'd', plain: { c: 2 }, list: [{ e: 'e' }, { e: 'f' }] },
    },
  ];
  test.each(rows)('$name', ({ value, result }) => {
    const copy = structuredClone(value);
    applySchemaDefaults(copy, schema);
    expect(copy).toEqual(result);
  });
});

describe('value validation, in upstream words', () => {
  const rows: { name: string; schema: StructuralSchema; value: unknown; errors: string[] }[] = [
    { name: 'type', schema: integer, value: 'x', errors: ['f: Invalid value: "string": f in body must be of type integer: "string"'] },
    { name: 'an integer is a number', schema: { type: 'number' }, value: 1, errors: [] },
    {
      name: 'a fraction is no integer',
      schema: integer,
      value: 1.5,
      errors: [
        'f: Invalid value: "number": f in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in f',
      ],
    },
    { name: 'null', schema: text, value: null, errors: ['f: Invalid value: "null": f in body must be of type string: "null"'] },
    { name: 'nullable', schema: { type: 'string', nullable: true }, value: null, errors: [] },
    {
      name: 'int or string',
      schema: { 'x-kubernetes-int-or-string': true, anyOf: [integer, text] },
      value: true,
      errors: ['f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"'],
    },
    { name: 'int or string holds', schema: { 'x-kubernetes-int-or-string': true, anyOf: [integer, text] }, value: '80%', errors: [] },
    {
      name: 'minimum',
      schema: { ...integer, minimum: 1 },
      value: 0,
      errors: ['f: Invalid value: 0: f in body should be greater than or equal to 1'],
    },
    {
      name: 'exclusive maximum',
      schema: { ...integer, maximum: 5, exclusiveMaximum: true },
      value: 5,
      errors: ['f: Invalid value: 5: f in body should be less than 5'],
    },
    { name: 'multipleOf of fractions', schema: { type: 'number', multipleOf: 0.1 }, value: 0.3, errors: [] },
    {
      name: 'minLength',
      schema: { ...text, minLength: 2 },
      value: 'é',
      errors: ['f: Invalid value: "é": f in body should be at least 2 chars long'],
    },
    { name: 'maxLength', schema: { ...text, maxLength: 2 }, value: 'abc', errors: ['f: Too long: may not be more than 2 bytes'] },
    { name: 'pattern', schema: { ...text, pattern: '^a+$' }, value: 'b', errors: [`f: Invalid value: "b": f in body should match '^a+$'`] },
    { name: 'enum', schema: { ...text, enum: ['a', 'b'] }, value: 'c', errors: ['f: Unsupported value: "c": supported values: "a", "b"'] },
    {
      name: 'format',
      schema: { ...text, format: 'date-time' },
      value: 'noon',
      errors: ['f: Invalid value: "noon": f in body must be of type date-time: "noon"'],
    },
    { name: 'unknown formats mean nothing', schema: { ...text, format: 'whatever' }, value: 'x', errors: [] },
    {
      name: 'items',
      schema: { type: 'array', items: integer, minItems: 3 },
      value: [1, 'x'],
      errors: [
        'f[1]: Invalid value: "string": f[1] in body must be of type integer: "string"',
        'f: Invalid value: 2: f in body should have at least 3 items',
      ],
    },
    {
      name: 'maxItems',
      schema: { type: 'array', items: integer, maxItems: 1 },
      value: [1, 2],
      errors: ['f: Too many: 2: must have at most 1 item'],
    },
    {
      name: 'required and map values',
      schema: { type: 'object', required: ['a'], additionalProperties: integer },
      value: { b: 'x' },
      errors: ['f.b: Invalid value: "string": f.b in body must be of type integer: "string"', 'f.a: Required value'],
    },
    {
      name: 'only the first problem of a text',
      schema: { ...text, minLength: 2, pattern: '^x' },
      value: 'y',
      errors: ['f: Invalid value: "y": f in body should be at least 2 chars long'],
    },
    {
      name: 'allOf, of which nothing holds',
      schema: { ...text, allOf: [{ minLength: 2 }, { pattern: '^x' }] },
      value: 'y',
      errors: [
        'f: Invalid value: "y": f in body should be at least 2 chars long',
        'f: Invalid value: "y": f in body should match \'^x\'',
        '<nil>: Invalid value: "": "f" must validate all the schemas (allOf). None validated',
      ],
    },
    {
      name: 'an integer beyond its format',
      schema: { ...integer, format: 'int32' },
      value: 2 ** 31,
      errors: ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in f'],
    },
    {
      name: 'an integer beyond 64 bits',
      schema: integer,
      value: 2 ** 65,
      errors: [
        'f: Invalid value: "number": f in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in f',
      ],
    },
    {
      name: 'a number beyond its format',
      schema: { type: 'number', format: 'float' },
      value: 1e39,
      errors: ['<nil>: Invalid value: "": Checked value must be of type number with format float in f'],
    },
    { name: 'a format of another type means nothing', schema: { type: 'number', format: 'int32' }, value: 2 ** 33, errors: [] },
    {
      name: 'a number where a text with a format should be',
      schema: { ...text, format: 'date' },
      value: 1,
      errors: ['f: Invalid value: "int64": f in body must be of type date: "int64"'],
    },
    {
      name: 'whole numbers know no step below one',
      schema: { type: 'number', multipleOf: 0.5 },
      value: 1,
      errors: ['f: Invalid value: 0: factor MultipleOf declared for f must be positive: 0'],
    },
    {
      name: 'oneOf',
      schema: object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      value: { a: 'x', b: 'y' },
      errors: ['<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    },
    {
      name: 'not',
      schema: object({ a: text }, { not: { required: ['a'] } }),
      value: { a: 'x' },
      errors: ['<nil>: Invalid value: "": "f" must not validate the schema (not)'],
    },
  ];
  test.each(rows)('$name', ({ schema, value, errors }) => {
    expect(validateValue(value, schema, 'f').map(errorText)).toEqual(errors);
  });

  test('ratcheting: parts that are as they were are not looked at again', () => {
    const schema = object({
      a: { ...integer, minimum: 10 },
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: object({ k: text, v: { ...integer, maximum: 1 } }),
      },
    });
    const old = {
      a: 1,
      list: [
        { k: 'x', v: 5 },
        { k: 'y', v: 0 },
      ],
    };
    const next = {
      a: 1,
      b: true,
      list: [
        { k: 'y', v: 7 },
        { k: 'x', v: 5 },
      ],
    };
    expect(validateValue(next, schema, '', { old }).map(({ field }) => field)).toEqual(['list[0].v']);
    expect(validateValue(next, schema).map(({ field }) => field)).toEqual(['a', 'list[0].v', 'list[1].v']);
  });
});

describe('formats of texts', () => {
  test.each([
    [
      'hostname',
      ['a', 'a-b', 'example.com', 'ex--ample.com', '日本.jp'],
      ['ab-c', 'a.b', '1.2', 'example.com.', '-a.com', '', `${'x'.repeat(64)}.com`],
    ],
    ['duration', ['1h', '1.5h', '-1h', '0', '1 day', '5 weeks', 'P1D'], ['', 'x', '10', '1x']],
    [
      'date-time',
      ['2020-01-01T00:00:00Z', '2020-01-01t00:00:00.1+01:00'],
      ['2020-01-01', '2020-01-01 00:00:00Z', '2020-01-01T00:00Z', '2020-01-01T24:00:00Z'],
    ],
    ['ipv4', ['1.2.3.4', '01.2.3.4', '::ffff:1.2.3.4'], ['1.2.3', '256.1.1.1', '::1']],
    ['ipv6', ['::1', '::ffff:1.2.3.4'], ['1.2.3.4', 'fe80::1%eth0']],
    ['cidr', ['10.0.0.0/8', '010.0.0.0/8', '::/0'], ['10.0.0.0', '10.0.0.0/33']],
    ['email', ['a@b', '"A B" <a@b.c>'], ['a', 'a@', '<a>']],
    ['byte', ['YWJj'], ['', 'YWI', '!!']],
    ['ssn', ['111-11-1111', '111 11 1111'], ['111111111']],
    ['rgbcolor', ['rgb(1, 2,255)'], ['rgb(256,0,0)', 'rgb(01,2,3)']],
  ])('%s', (format, good, bad) => {
    const fits = (value: string): boolean => validateValue(value, { ...text, format }, 'f').length === 0;
    expect(good.filter((value) => !fits(value))).toEqual([]);
    expect(bad.filter(fits)).toEqual([]);
  });
});

test('a scalar is no item of a map', () => {
  const schema = object({
    map: { type: 'array', items: object({ k: text }), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
  });
  const errors = [...uniqueItems({ map: [{ k: 'a' }, 'x', { k: 'a' }] }, schema)].map(errorText);
  expect(errors).toEqual(['map[1]: Invalid value: "x": must be an object for an array of list-type map']);
});

test('sets and maps refuse repeated items', () => {
  const schema = object({
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['p'],
      items: object({ p: { ...text, default: 'TCP' }, n: integer }),
    },
    atomic: { type: 'array', items: text },
  });
  const value = { set: ['a', 'b', 'a'], map: [{ n: 1 }, { p: 'TCP', n: 2 }], atomic: ['a', 'a'] };
  expect([...uniqueItems(value, schema)].map(errorText)).toEqual(['set[2]: Duplicate value: "a"', 'map[1]: Duplicate value: {"p":"TCP"}']);
});

describe('JSON paths', () => {
  const value = {
    a: { 'b.c': [1, 2, 3] },
    list: [
      { type: 'Ready', status: 'True', n: 3 },
      { type: 'Other', status: 'False' },
    ],
  };
  test.each([
    ['.a', [value.a]],
    ['.a.b\\.c[1]', [2]],
    [".a['b.c'][-1]", [3]],
    ['.a["b.c"][0:2]', [1, 2]],
    ['.list[*].type', ['Ready', 'Other']],
    ['.list[?(@.type=="Ready")].status', ['True']],
    [".list[?(@.n>2)]['type']", ['Ready']],
    ['.list[?(@.n)].type', ['Ready']],
    ['..status', ['True', 'False']],
    ['.missing.deep', []],
    ['{.list[1].type}', ['Other']],
  ])('%s', (path, found) => {
    expect(parseJsonPath(path)(value)).toEqual(found);
  });
  test('what is no path is refused', () => {
    for (const path of ['.a[', '.a]b', '.a[?(x)]']) expect(() => parseJsonPath(path)).toThrow(SyntaxError);
  });
});
