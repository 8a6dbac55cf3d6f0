import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { encodeList } from '../../../src/apiserver/rest/encode-list.ts';
import type { Served } from '../../../src/apiserver/rest/served.ts';

const head = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '7' } };
const entry = (index: number, bytes: number, first: object = { kind: 'ConfigMap', apiVersion: 'v1' }): Served => {
  const object = { ...first, metadata: { name: `cm-${index}` }, data: { value: 'ä'.repeat(bytes / 2) } } as unknown as KubeObject;
  return { key: `/core/configmaps/default/cm-${index}`, revision: index, object, json: Buffer.from(JSON.stringify(object)) };
};
const many = (count: number, bytes: number) => Array.from({ length: count }, (_, index) => entry(index, bytes));
const withoutBytes = ({ key, revision, object }: Served): Served => ({ key, revision, object });

/** The whole text; parts are overwritten when the next is asked for, so each is read at once. */
function textOf(encoded: ReturnType<typeof encodeList>): string {
  if (Buffer.isBuffer(encoded)) return encoded.toString();
  const copies: Buffer[] = [];
  for (const part of encoded.parts()) copies.push(Buffer.from(part));
  const whole = Buffer.concat(copies);
  expect(whole.length).toBe(encoded.length);
  return whole.toString();
}

test.each([
  ['none', []],
  ['one', many(1, 10)],
  ['a few', many(3, 10)],
  ['so many that they go in parts', many(2000, 500)],
  ['one that is longer than a part', many(1, 600_000)],
  ['some longer than a part, some shorter', [...many(2, 300_000), ...many(5, 20), ...many(1, 900_000)]],
  ['some whose bytes are not known', many(3, 10).map(withoutBytes)],
])('a typed list of %s has the items without kind and apiVersion', (_name, entries) => {
  const items = entries.map(({ object: { kind: _kind, apiVersion: _apiVersion, ...rest } }) => rest);
  expect(JSON.parse(textOf(encodeList(head, entries, 'ConfigMap')))).toEqual({ ...head, items });
});

test('an item whose kind and apiVersion do not stand first keeps them', () => {
  const odd = entry(1, 10, { apiVersion: 'v1', kind: 'ConfigMap' });
  expect(JSON.parse(textOf(encodeList(head, [odd], 'ConfigMap'))).items).toEqual([odd.object]);
});

test('items of custom resources keep their kind and apiVersion', () => {
  const entries = many(2, 10);
  expect(JSON.parse(textOf(encodeList(head, entries, undefined))).items).toEqual(entries.map(({ object }) => object));
});

test('the same entries can be asked for again', () => {
  const entries = many(2000, 500);
  const texts = [1, 2].map(() => textOf(encodeList(head, entries, 'ConfigMap')));
  expect(texts[0]).toBe(texts[1]);
});
