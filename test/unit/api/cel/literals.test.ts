import { describe, expect, it } from 'vitest';
import { literalsOf } from '../../../../src/api/cel/admission/literals.ts';

describe('object literals become map literals', () => {
  const rows: [string, string, string][] = [
    ['a plain expression', 'object.a == 1 ? {"x": 1} : {}', 'object.a == 1 ? {"x": 1} : {}'],
    ['an object', 'Object{spec: Object.spec{replicas: 1, paused: true}}', '{"spec": {"replicas": 1, "paused": true}}'],
    ['in lists', '[Object.a.b{name: "x"}, Object.a.b{name: "y"}]', '[{"name": "x"}, {"name": "y"}]'],
    [
      'a value with commas of its own',
      'Object{a: f(x, y), b: [1, 2], c: {"d": 1, "e": 2}}',
      '{"a": f(x, y), "b": [1, 2], "c": {"d": 1, "e": 2}}',
    ],
    ['a conditional value', 'Object{a: x ? y : z, b: 1}', '{"a": x ? y : z, "b": 1}'],
    ['an optional field', 'Object{?a: object.?b}', '{"a": object.?b}'],
    ['a field in backquotes', 'Object{`a-b`: 1}', '{"a-b": 1}'],
    [
      'texts that look like objects',
      '"Object{a: 1}" + \'Object{b: 2}\' + r"Object{c: \\"',
      '"Object{a: 1}" + \'Object{b: 2}\' + r"Object{c: \\"',
    ],
    ['a patch', 'JSONPatch{op: "add", path: "/a", value: Object.a{b: 1}}', '{"op": "add", "path": "/a", "value": {"b": 1}}'],
    ['a name that only ends so', 'myObject{a: 1}', 'myObject{a: 1}'],
    ['over lines', 'Object{\n  a: 1,\n  b: 2\n}', '{\n  "a": 1,\n  "b": 2\n}'],
    ['empty', 'Object{}', '{}'],
  ];
  it.each(rows)('%s', (_name, expression, expected) => {
    expect(literalsOf(expression).text).toBe(expected);
  });
});
