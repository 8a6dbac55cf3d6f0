import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../../src/api/structural/compile-rules.ts';
import type { StructuralSchema } from '../../../../src/api/structural/schema.ts';

const text = (maxLength?: number, rest: StructuralSchema = {}): StructuralSchema => ({
  type: 'string',
  ...(maxLength === undefined ? {} : { maxLength }),
  ...rest,
});
const list = (items: StructuralSchema, maxItems?: number): StructuralSchema => ({
  type: 'array',
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
});
const object = (properties: Record<string, StructuralSchema>, rest: StructuralSchema = {}): StructuralSchema => ({
  type: 'object',
  properties,
  ...rest,
});

/** By how much the rule is over its budget, as the error says; nothing where it is within. */
const excess = (schema: StructuralSchema, rule: string): string | undefined => {
  const self = { ...schema, 'x-kubernetes-validations': [{ rule }] };
  const { errors } = compileRules(object({ self }));
  const over = errors.find(({ detail }) => detail.startsWith('estimated rule cost'));
  return over === undefined ? errors[0]?.detail : /factor of (.*?) \(/.exec(over.detail)?.[1];
};

describe('rules that projects ship are within the budget', () => {
  const reference = object(
    {
      group: text(253),
      kind: text(63),
      name: text(253),
      namespace: text(63),
      sectionName: text(253),
    },
    { required: ['name'] },
  );
  const sameNamespace =
    "(((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__))";
  const rows: [string, StructuralSchema, string][] = [
    ['presence in a list without lengths', list(object({ a: text(), b: text() }), 50), 'self.all(x, has(x.a) == has(x.b))'],
    ['unique names', list(object({ name: text(253) }), 64), 'self.all(a, self.exists_one(b, a.name == b.name))'],
    [
      'references of a route',
      list(reference, 32),
      `self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && ${sameNamespace}))`,
    ],
    ['a pattern', text(1024), "self.matches('^(?:[-A-Za-z0-9/._~!$&()*+,;=:@]|[%][0-9a-fA-F]{2})+$')"],
    ['a pattern for a text of any length', text(), "self.matches('^[a-z]+$')"],
    ['a constant among constants', text(), "self in ['a', 'b', 'c']"],
    ['a member of a list without bounds', list(text()), "'*' in self"],
    ['either an integer or a text', { 'x-kubernetes-int-or-string': true }, "type(self) == string ? self.endsWith('%') : self > 0"],
    ['a change of a text of any length', text(), 'self == oldSelf'],
    ['counting what passes', list(object({ type: text(64) }), 16), "self.filter(f, f.type == 'A').size() <= 1"],
    [
      'operators',
      list(object({ op: text(undefined, { enum: ['In', 'Gt'] }), values: list(text()) }), 100),
      "self.all(x, x.op == 'In' ? x.values.size() != 0 : true)",
    ],
    ['a format', text(63), '!format.dns1123Label().validate(self).hasValue()'],
    ['a bounded list of lists of no bound', list(list({ type: 'integer' })), 'self.all(x, true)'],
    ['whether texts are addresses', list(text(), 1000), 'self.all(x, isURL(x))'],
  ];
  test.each(rows)('%s', (_name, schema, rule) => {
    expect(excess(schema, rule)).toBeUndefined();
  });
});

describe('rules that upstream refuses are refused', () => {
  const rows: [string, StructuralSchema, string, string][] = [
    ['complaints of a format, joined', text(63), 'format.dns1123Label().validate(self).orValue([]).join(",") == ""', 'more than 100x'],
    ['the order of texts that a rule collects', list(object({ a: text(10) }), 10), 'self.map(x, x.a).isSorted()', 'more than 100x'],
    ['each element against each other', list({ type: 'integer' }), 'self.distinct().size() == 1', 'more than 100x'],
    [
      'every text of a list compared with a constant',
      list(list(text())),
      "self.all(l, l.all(s, s == 'string constant'))",
      'more than 100x',
    ],
    ['a list without bounds with itself', list(text()), 'self.all(a, self.all(b, a == b))', 'more than 100x'],
    ['texts without bounds with each other', list(text(), 20), 'self.all(a, self.all(b, a.contains(b)))', 'more than 100x'],
    [
      'a little too much',
      list(text(256), 350),
      'self.all(a, self.exists(b, a == b))',
      expect.stringMatching(/^[\d.]+x$/) as unknown as string,
    ],
  ];
  test.each(rows)('%s', (_name, schema, rule, factor) => {
    expect(excess(schema, rule)).toEqual(factor);
  });
});

test.each<[string, string | undefined]>([
  ['self.many.sort().size() > 1', 'more than 100x'],
  ['self.many.sortBy(x, x.size()).size() > 1', 'more than 100x'],
  ['self.many.distinct().size() > 1', 'more than 100x'],
  ['lists.range(self.n).size() > 1', 'more than 100x'],
  ['self.many.reverse().size() > 1 && self.many.slice(0, 1).size() == 1 && self.many.first().hasValue()', undefined],
  ['self.few.sort().size() > 1 && self.few.sortBy(x, x.size()).size() > 1 && lists.range(10).size() == 10', undefined],
  ['bytes(self.text).size() > 3', undefined],
])('lists and bytes: %s', (rule, expected) => {
  const schema = object({ many: list(text()), few: list(text(10), 10), n: { type: 'integer' }, text: text() });
  expect(excess(schema, rule)).toBe(expected);
});
