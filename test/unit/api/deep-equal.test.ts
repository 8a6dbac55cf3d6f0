import { expect, it } from 'vitest';
import { semanticEqual } from '../../../src/api/deep-equal.ts';

it.each([
  ['the same scalars', 1, 1, true],
  ['another type', 1, '1', false],
  ['absent and null', undefined, null, true],
  ['absent and an empty map', undefined, {}, true],
  ['absent and an empty list', { a: [] }, {}, true],
  ['absent and zero', { a: 0 }, {}, false],
  ['labels absent and empty', { metadata: { labels: {} } }, { metadata: {} }, true],
  ['a status absent and empty', { status: {} }, {}, true],
  ['an empty selector and none', { namespaceSelector: {} }, {}, false],
  ['an empty volume source and none', { volumes: [{ name: 'a', emptyDir: {} }] }, { volumes: [{ name: 'a' }] }, false],
  ['lists in another order', [1, 2], [2, 1], false],
  ['a longer list', [1], [1, 2], false],
  ['a list and a map', [], { a: 1 }, false],
  ['keys in another order', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, true],
  ['one more key', { a: 1 }, { a: 1, b: 2 }, false],
  ['an inherited name', { toString: 1 }, {}, false],
])('%s', (_name, a, b, equal) => {
  expect(semanticEqual(a, b)).toBe(equal);
  expect(semanticEqual(b, a)).toBe(equal);
});
