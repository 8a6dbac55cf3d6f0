import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../src/api/structural/compile-rules.ts';
import { checkRules } from '../../../src/api/structural/rules.ts';
import type { StructuralSchema } from '../../../src/api/structural/schema.ts';
import type { ValidationRule } from '../../../src/api/types/apiextensions-v1.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';

const item: StructuralSchema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, port: { type: 'integer' }, weight: { type: 'number' } },
};
const properties: Record<string, StructuralSchema> = {
  n: { type: 'integer' },
  text: { type: 'string', maxLength: 100 },
  when: { type: 'string', format: 'date-time' },
  wait: { type: 'string', format: 'duration' },
  either: { 'x-kubernetes-int-or-string': true },
  items: { type: 'array', maxItems: 20, items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
  map: { type: 'object', maxProperties: 20, additionalProperties: { type: 'integer' } },
  set: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 20 }, 'x-kubernetes-list-type': 'set' },
  plain: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 20 } },
  untyped: { 'x-kubernetes-preserve-unknown-fields': true },
  'dashed-name': { type: 'string' },
  namespace: { type: 'string' },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};
const schemaWith = (...rules: ValidationRule[]): StructuralSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } },
});
const check = (rules: ValidationRule[], spec: unknown, old?: unknown): string[] => {
  const { root, errors } = compileRules(schemaWith(...rules));
  expect(errors.map(errorText)).toEqual([]);
  if (root === undefined) throw new Error('no rules');
  return checkRules({ spec }, root, { old: old === undefined ? undefined : { spec: old } }, { left: 10_000_000 }).map(errorText);
};
const failed = (rule: string): string => `spec: Invalid value: failed rule: ${rule}`;

const spec = {
  n: 3,
  text: 'hello',
  when: '2026-01-01T00:00:00Z',
  wait: '90s',
  either: '50%',
  items: [
    { name: 'a', port: 80, weight: 1.5 },
    { name: 'b', port: 443 },
  ],
  map: { x: 1, y: 2 },
  set: ['p', 'q'],
  plain: ['p', 'q'],
  'dashed-name': 'd',
  namespace: 'ns',
};

describe('rules over typed values', () => {
  test.each([
    ['self.n > 2', true],
    ['self.namespace == "ns" && has(self.namespace)', true],
    ['self.set == ["q", "p"] && self.set + ["p", "r"] == ["p", "q", "r"] && size(self.set + ["p", "r"]) == 3', true],
    ['self.items + [self.items[0]] == self.items', true],
    ['self.plain == ["q", "p"]', false],
    ['self.n == 4', false],
    ['self.items.all(i, i.port > 0)', true],
    ['self.items.exists(i, i.name == "c")', false],
    ['self.items.filter(i, has(i.weight)).size() == 1', true],
    ['has(self.items[0].weight) && !has(self.items[1].weight)', true],
    ['self.items.map(i, i.name) == ["a", "b"]', true],
    ['self.map.all(k, self.map[k] > 0)', true],
    ['self.map.all(k, v, v < 2)', false],
    ['"x" in self.map', true],
    ['self.dashed__dash__name == "d" && self.__namespace__ == "ns"', true],
    ['self.when < timestamp("2027-01-01T00:00:00Z")', true],
    ['self.wait > duration("1m")', true],
    ['type(self.either) == string ? self.either.endsWith("%") : self.either > 0', true],
    ['self.text.matches("^[a-z]+$") && self.text.upperAscii() == "HELLO"', true],
    ['self.?free.hasValue()', false],
    ['quantity("1Gi").isGreaterThan(quantity("500Mi"))', true],
    ['self.items[0] != self.items[1]', true],
    ['self.items.map(i, i.port).sort() == [80, 443] && ["b", "a"].sort()[0] == "a"', true],
    ['self.items.sortBy(i, -i.port)[0].name == "b"', true],
    ['self.items.first().hasValue() && self.items.map(i, i.name).last().orValue("") == "b"', true],
    ['[[1, 2], [3]].flatten() == [1, 2, 3] && [[[1]], [[2]]].flatten(2) == [1, 2] && [[[1]]].flatten() == [[1]]', true],
    ['lists.range(3) == [0, 1, 2] && [1, 2, 1].distinct() == [1, 2] && [1, 2].reverse() == [2, 1] && [1, 2, 3].slice(1, 2) == [2]', true],
    ['"%s %d".format(["a", 1]) == "a 1"', true],
    ['[[], ["a"]].size() == 2 && {"a": {}, "b": {"c": 1}}.size() == 2 && bytes(self.text).size() == 5', true],
  ])('%s is %s', (rule, holds) => {
    expect(check([{ rule }], spec)).toEqual(holds ? [] : [failed(rule)]);
  });
});

describe('what a failed rule says', () => {
  const rule = 'self.n > 5';
  test.each<[string, Partial<ValidationRule>, string]>([
    ['the message', { message: 'too small' }, 'spec: Invalid value: too small'],
    ['the message expression', { message: 'x', messageExpression: '"only " + string(self.n)' }, 'spec: Invalid value: only 3'],
    ['the message, where the expression fails', { message: 'x', messageExpression: 'self.items[9].name' }, 'spec: Invalid value: x'],
    ['a field path', { message: 'x', fieldPath: '.n' }, 'spec.n: Invalid value: x'],
    ['a reason', { message: 'x', reason: 'FieldValueForbidden' }, 'spec: Forbidden: x'],
    ['another reason', { message: 'x', reason: 'FieldValueRequired', fieldPath: '.text' }, 'spec.text: Required value: x'],
  ])('%s', (_name, part, error) => {
    expect(check([{ rule, ...part }], spec)).toEqual([error]);
  });

  test.each<[string, ValidationRule, string]>([
    ['in an error', { rule: 'self.items[9].port > 0' }, 'index out of bounds: 9 evaluating rule: self.items[9].port > 0'],
    ['in an error, where the rule has a message', { rule: 'self.map["z"] > 0', message: 'x' }, 'no such key: z evaluating rule: x'],
    [
      'where no function takes such arguments',
      { rule: 'self.either > 5.5', message: 'x' },
      "'no such overload': call arguments did not match a supported operator, function or macro signature for rule: x",
    ],
  ])('an expression that ends %s', (_name, rule, text) => {
    expect(check([rule], spec)).toEqual([`spec: Invalid value: "object": ${text}`]);
  });

  test('the value, unless it is an object or a list', () => {
    const text: StructuralSchema = { type: 'string', maxLength: 9, 'x-kubernetes-validations': [{ rule: 'self != "x"', message: 'no x' }] };
    const list: StructuralSchema = {
      type: 'array',
      maxItems: 3,
      items: text,
      'x-kubernetes-validations': [{ rule: 'size(self) > 5', message: 'short' }],
    };
    const { root } = compileRules({ type: 'object', properties: { list } });
    if (root === undefined) throw new Error('no rules');
    expect(checkRules({ list: ['x'] }, root, { old: undefined }, { left: 1e6 }).map(errorText)).toEqual([
      'list: Invalid value: short',
      'list[0]: Invalid value: "x": no x',
    ]);
  });
});

describe('changes', () => {
  test('transition rules need an old value', () => {
    const rule = { rule: 'self.n >= oldSelf.n', message: 'never less' };
    expect(check([rule], { n: 1 })).toEqual([]);
    expect(check([rule], { n: 1 }, { n: 2 })).toEqual(['spec: Invalid value: never less']);
    expect(check([rule], { n: 3 }, { n: 2 })).toEqual([]);
  });
  test('optionalOldSelf is asked on create too', () => {
    const rule = { rule: 'oldSelf.hasValue() ? self.n == oldSelf.value().n : self.n == 1', optionalOldSelf: true };
    expect(check([rule], { n: 1 })).toEqual([]);
    expect(check([rule], { n: 2 })).toEqual([failed(rule.rule)]);
    expect(check([rule], { n: 2 }, { n: 2 })).toEqual([]);
  });
  test('what held badly before and did not change is tolerated, and told', () => {
    const no: StructuralSchema = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "x"', message: 'no x' }] };
    const { root } = compileRules({ type: 'object', properties: { one: no, list: { type: 'array', maxItems: 5, items: no } } });
    if (root === undefined) throw new Error('no rules');
    const outcome = (value: unknown, old: unknown): string[] =>
      checkRules(value, root, { old }, { left: 1e6 }).map(({ field, tolerated }) => `${field}${tolerated === true ? ' tolerated' : ''}`);
    expect(outcome({ one: 'x' }, { one: 'x' })).toEqual(['one tolerated']);
    expect(outcome({ one: 'x' }, { one: 'y' })).toEqual(['one']);
    // Items of such a list go with no old ones, but the list as a whole did not change.
    expect(outcome({ one: 'y', list: ['x'] }, { list: ['x'] })).toEqual(['list[0] tolerated']);
    expect(outcome({ list: ['x', 'y'] }, { list: ['x'] })).toEqual(['list[0]']);
  });
});

test('rules of list items and map values name their place', () => {
  const positive = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0', message: 'positive' }] } satisfies StructuralSchema;
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      list: { type: 'array', maxItems: 9, items: { type: 'object', properties: { v: positive } } },
      map: { type: 'object', maxProperties: 9, additionalProperties: positive },
    },
  };
  const { root } = compileRules(schema);
  if (root === undefined) throw new Error('no rules');
  const value = { list: [{ v: 1 }, { v: 0 }], map: { a: -1 } };
  expect(checkRules(value, root, { old: undefined }, { left: 1e6 }).map(errorText)).toEqual([
    'list[1].v: Invalid value: 0: positive',
    'map[a]: Invalid value: -1: positive',
  ]);
});

describe('rules that do not compile', () => {
  test.each([
    ['self.missing == 1', "undefined field 'missing'"],
    ['self.n == "x"', "found no matching overload for '_==_' applied to '(int, string)'"],
    ['self.n +', 'Syntax error'],
    ['other == 1', "undeclared reference to 'other' (in container '')"],
    ['self.n', 'cel expression must evaluate to a bool'],
    ['has(self.missing)', "1:4: undefined field 'missing'"],
    ['has(self)', '1:5: invalid argument to has() macro'],
    ['has(self.?n)', 'invalid argument to has() macro'],
    ['self.?missing.hasValue()', "undefined field 'missing'"],
    ['self.any == 1', "undefined field 'any'"],
    ['self.text == null', "'_==_' applied to '(string, null)'"],
    ['self.text.matches("[a")', '1:19: invalid matches argument'],
    ['duration("x") > self.wait', '1:10: invalid duration argument'],
    ['timestamp("x") > self.when', '1:11: invalid timestamp argument'],
    ['[1, "a"].size() == 2', "1:5: expected type 'int' but found 'string'"],
    ['[1, self.either].size() == 2', "1:9: expected type 'int' but found 'dyn'"],
    ['{"a": 1, "b": "c"}.size() == 2', "1:15: expected type 'int' but found 'string'"],
    ['self.items.sortBy(i, i).size() == 2', "'@sortByAssociatedKeys'"],
    ['cel.bind(x, 1, x == 1)', "1:1: undeclared reference to 'cel' (in container '')"],
  ])('%s: %s', (rule, text) => {
    const { errors } = compileRules(schemaWith({ rule }), 'schema');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.field).toBe('schema.properties[spec].x-kubernetes-validations[0].rule');
    expect(errors[0]?.detail).toContain(text);
  });

  test('a rule about what may be anything has no type', () => {
    const any = { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule: 'self == 1' }] };
    const { errors } = compileRules({ type: 'object', properties: { any } }, 'schema');
    expect(errors.map(errorText)).toEqual([
      'schema.properties[any].x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations',
    ]);
  });

  test('a rule that does not compile does not use the old value; HTML is escaped where it is shown', () => {
    const { errors } = compileRules(schemaWith({ rule: 'oldSelf.z > 1', optionalOldSelf: true }), 'schema');
    expect(errors.map(({ field }) => field.split('.').at(-1))).toEqual(['rule', 'optionalOldSelf']);
    expect(errors.map(errorText).join()).toContain('"Rule":"oldSelf.z \\u003e 1"');
  });

  test('a message expression must be a text', () => {
    const { errors } = compileRules(schemaWith({ rule: 'true', messageExpression: 'self.n' }), 'schema');
    expect(errors[0]?.detail).toBe('messageExpression must evaluate to a string');
  });
});

describe('cost', () => {
  const nested = (maxItems?: number): StructuralSchema => ({
    type: 'array',
    ...(maxItems === undefined ? {} : { maxItems }),
    items: { type: 'array', ...(maxItems === undefined ? {} : { maxItems }), items: { type: 'string', maxLength: 10 } },
    'x-kubernetes-validations': [{ rule: 'self.all(a, a.all(b, self.all(c, c.all(d, b == d))))' }],
  });
  test('a rule over lists without bounds is refused', () => {
    const { errors } = compileRules({ type: 'object', properties: { list: nested() } }, 'schema');
    expect(errors.map(({ detail }) => detail).join()).toContain('estimated rule cost exceeds budget by factor of more than 100x');
    expect(compileRules({ type: 'object', properties: { list: nested(5) } }, 'schema').errors).toEqual([]);
  });
  test('a rule that costs too much while it runs ends the checks', () => {
    const { root } = compileRules({ type: 'object', properties: { list: nested(40) } }, 'schema');
    if (root === undefined) throw new Error('no rules');
    const list = Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => 'x'));
    const errors = checkRules({ list }, root, { old: undefined }, { left: 10_000_000 });
    expect(errors.map(({ detail }) => detail).join()).toContain(
      'no further validation rules will be run due to call cost exceeds limit for rule',
    );
  });
});

describe('where and how an expression is wrong', () => {
  test.each<[string, string]>([
    ['self.spec.z', "1:10: undefined field 'z'\n | self.spec.z\n | .........^"],
    ['self.spec.n == "x"', "1:13: found no matching overload for '_==_' applied to '(int, string)'"],
    ['self.spec.text.startsWith(1)', "1:26: found no matching overload for 'startsWith' applied to 'string.(int)'"],
    ['self.spec.text.beginsWith("a")', "1:26: undeclared reference to 'beginsWith' (in container '')"],
    ['unknown(self) == 1', "1:8: undeclared reference to 'unknown' (in container '')"],
    ['!self.spec.n', "1:1: found no matching overload for '!_' applied to '(int)'"],
    ['self.spec.items.map(i, i.port)["a"] == 1', "1:31: found no matching overload for '_[_]' applied to '(list(int), string)'"],
    ['self.spec.when > self.spec.wait', "1:16: found no matching overload for '_>_' applied to '(timestamp, duration)'"],
    ['true ? 1 : "a"', "1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'"],
    ['self.spec.n ==', "1:15: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.'"],
  ])('%s', (rule, text) => {
    const { errors } = compileRules({
      type: 'object',
      properties: { spec: { type: 'object', properties } },
      'x-kubernetes-validations': [{ rule }],
    });
    expect(errors[0]?.detail).toContain(`compilation failed: ERROR: <input>:${text}`);
  });
});
