import { describe, expect, it } from 'vitest';
import { goText } from '../../../src/api/go-text.ts';
import { changedBy } from '../../../src/api/patch/json-patch.ts';
import { applyPatch, patchText } from '../../../src/api/patch/patch.ts';
import { kinds } from '../../../src/api/scheme.ts';

const json = (original: unknown, patch: unknown) => applyPatch({ kind: kinds.ConfigMap, type: 'json', original, patch });
const merge = (original: unknown, patch: unknown) => applyPatch({ kind: kinds.ConfigMap, type: 'merge', original, patch });
const podSpec = (original: unknown, patch: unknown): unknown =>
  (applyPatch({ kind: kinds.Pod, type: 'strategic', original: { spec: original }, patch: { spec: patch } }) as { spec: unknown }).spec;

describe('JSON patch', () => {
  it('applies its operations in order and leaves the original alone', () => {
    const original = Object.freeze({ a: Object.freeze({ b: 1 }) });
    expect(
      json(original, [
        { op: 'test', path: '/a/b', value: 1 },
        { op: 'add', path: '/a/c', value: [1] },
        { op: 'add', path: '/a/c/-', value: 2 },
        { op: 'move', from: '/a/b', path: '/d' },
        { op: 'test', path: '/gone', value: null },
      ]),
    ).toEqual({ a: { c: [1, 2] }, d: 1 });
  });
  it.each([
    ['a failing test', [{ op: 'test', path: '/a', value: 2 }], 422],
    ['a path that is not there', [{ op: 'remove', path: '/b' }], 422],
    ['an index out of range', [{ op: 'add', path: '/l/9', value: 1 }], 422],
    ['an unknown operation', [{ op: 'frob', path: '/a' }], 422],
    ['a prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }], 422],
    ['copies that grow without end', Array.from({ length: 40 }, () => ({ op: 'copy', from: '/l', path: '/l/-' })), 422],
    ['an object', {}, 400],
    ['a list of something else', [1], 400],
    ['too many operations', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })), 413],
  ])('refuses %s', (_name, patch, code) => {
    expect(() => json({ a: 1, l: [] }, patch)).toThrow(expect.objectContaining({ code }));
  });

  it('replaces what an object lacks, and counts from the end of lists, as the library of upstream does', () => {
    const patch = [
      { op: 'replace', path: '/b', value: { c: 1 } },
      { op: 'add', path: '/b/d', value: 2 },
      { op: 'remove', path: '/l/-1' },
      { op: 'copy', from: '/none', path: '/n' },
    ];
    expect(json({ l: [1, 2] }, patch)).toEqual({ l: [1], b: { c: 1, d: 2 }, n: null });
    expect(json({ l: [1, 2] }, patch)).toEqual({ l: [1], b: { c: 1, d: 2 }, n: null });
  });

  const failures: [object, string][] = [
    [{ op: 'add', path: '/a/b/c', value: 1 }, 'add operation does not apply: doc is missing path: "/a/b/c": missing value'],
    [{ op: 'add', path: '/l/7', value: 1 }, "error in add for path: '/l/7': Unable to access invalid index: 7: invalid index referenced"],
    [{ op: 'replace', path: '/l/-', value: 1 }, 'replace operation does not apply: doc is missing key: /l/-: missing value'],
    [{ op: 'remove', path: '/b' }, "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value"],
    [{ op: 'test', path: '/a', value: 2 }, 'testing value /a failed: test failed'],
    [{ op: 'frob', path: '/a' }, 'Unexpected kind: frob'],
  ];
  it.each(failures)('%j fails in its words', (operation, text) => {
    expect(() => changedBy({ a: 1, l: [1] }, [operation])).toThrow(text);
  });

  it('does not look at the whole document for each move', () => {
    const original = { big: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, at])) };
    const moves = Array.from({ length: 2000 }, (_, at) => ({
      op: 'move',
      from: at % 2 === 0 ? '/big' : '/other',
      path: at % 2 === 0 ? '/other' : '/big',
    }));
    const start = performance.now();
    expect(applyPatch({ kind: { schema: '' }, type: 'json', original, patch: moves })).toEqual(original);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('JSON merge patch', () => {
  it('merges maps, replaces lists, deletes at null', () => {
    expect(merge({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { b: null, x: { y: null, z: 1 } }, d: [3] })).toEqual({
      a: { c: 2, x: { z: 1 } },
      d: [3],
    });
  });
  it('refuses what nests without end', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect(() => merge({}, deep)).toThrow(expect.objectContaining({ code: 400, message: 'exceeded max depth' }));
  });
  it('refuses what is not a map', () => {
    expect(() => merge({}, [])).toThrow(
      expect.objectContaining({
        code: 400,
        message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const containers = [
    { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: '2' },
  ];
  it.each([
    ['merges a list by its key', { containers: [{ name: 'b', image: '3' }] }, { containers: [containers[0], { name: 'b', image: '3' }] }],
    ['puts new elements first', { containers: [{ name: 'c' }] }, { containers: [{ name: 'c' }, ...containers] }],
    [
      'merges lists inside lists',
      { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] },
      {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          },
          containers[1],
        ],
      },
    ],
    [
      'orders by $setElementOrder',
      {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
        containers: [
          { name: 'b', image: '3' },
          { name: 'c', image: '4' },
        ],
      },
      { containers: [{ name: 'b', image: '3' }, { name: 'c', image: '4' }, containers[0]] },
    ],
    ['orders without a change', { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }, { containers: containers.toReversed() }],
    ['deletes an element', { containers: [{ name: 'a', $patch: 'delete' }] }, { containers: [containers[1]] }],
    ['replaces a list', { containers: [{ $patch: 'replace' }, { name: 'z' }] }, { containers: [{ name: 'z' }] }],
    ['deletes at null', { containers: null }, {}],
    [
      'deletes an element field at null',
      { containers: [{ name: 'a', env: null }] },
      { containers: [{ name: 'a', image: '1' }, containers[1]] },
    ],
    [
      'takes what is new without its directives',
      {
        volumes: [
          { name: 'gone', $patch: 'delete' },
          { name: 'v', emptyDir: { medium: null } },
        ],
      },
      { containers, volumes: [{ name: 'v', emptyDir: { medium: null } }] },
    ],
    ['adds a map without its nulls', { nodeSelector: { a: null, b: '1' } }, { containers, nodeSelector: { b: '1' } }],
  ])('%s', (_name, patch, expected) => {
    expect(podSpec({ containers }, patch)).toEqual(expected);
  });

  it('keeps only what $retainKeys names', () => {
    const volumes = [{ name: 'v', emptyDir: {} }];
    expect(podSpec({ volumes }, { volumes: [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'c' } }] })).toEqual({
      volumes: [{ name: 'v', configMap: { name: 'c' } }],
    });
  });

  it('replaces and empties maps', () => {
    const original = { nodeSelector: { a: '1' }, securityContext: { runAsUser: 1 } };
    expect(podSpec(original, { nodeSelector: { $patch: 'replace', b: '2' }, securityContext: { $patch: 'delete' } })).toEqual({
      nodeSelector: { b: '2' },
      securityContext: {},
    });
  });

  it('merges lists of texts, and deletes from them', () => {
    const finalizers = (patch: unknown) =>
      applyPatch({
        kind: kinds.Pod,
        type: 'strategic',
        original: { metadata: { finalizers: ['a', 'b', 'c'] } },
        patch: { metadata: patch },
      });
    expect(finalizers({ finalizers: ['d', 'b'] })).toEqual({ metadata: { finalizers: ['d', 'a', 'b', 'c'] } });
    expect(finalizers({ '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['c', 'b'] })).toEqual({
      metadata: { finalizers: ['c', 'b'] },
    });
  });

  it('replaces lists without a merge key', () => {
    const original = { containers: [{ name: 'a', command: ['x', 'y'] }] };
    expect(podSpec(original, { containers: [{ name: 'a', command: ['z'] }] })).toEqual({ containers: [{ name: 'a', command: ['z'] }] });
  });

  it('keeps the server own elements where they were', () => {
    const original = ['s1', 'p1', 's2', 'p2', 's3'].map((name) => ({ name }));
    const order = ['p2', 'p1'].map((name) => ({ name }));
    expect(podSpec({ containers: original }, { '$setElementOrder/containers': order, containers: [{ name: 'p1', image: 'x' }] })).toEqual({
      containers: [{ name: 's1' }, { name: 's2' }, { name: 'p2' }, { name: 'p1', image: 'x' }, { name: 's3' }],
    });
  });

  it.each([
    ['an element without its key', { containers: [{ image: '3' }] }, 'map: map[image:3] does not contain declared merge key: name'],
    ['an unknown directive', { containers: [{ name: 'a', $patch: 'frob' }] }, 'unknown patch type: frob in map: map[$patch:frob name:a]'],
    ['fields that $retainKeys leaves out', { securityContext: {}, $retainKeys: ['containers'] }, 'invalid patch format of retainKeys'],
    ['an order that is no list', { '$setElementOrder/containers': 1 }, 'invalid patch format of setElementOrder list'],
  ])('refuses %s', (_name, patch, message) => {
    expect(() => podSpec({ containers }, patch)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('is not for custom resources', () => {
    expect(() => applyPatch({ kind: { schema: '' }, type: 'strategic', original: {}, patch: {} })).toThrow(
      expect.objectContaining({ code: 415 }),
    );
  });

  it('takes long lists in its stride', () => {
    const long = Array.from({ length: 20_000 }, (_, i) => ({ name: `c${i}` }));
    const result = podSpec({ containers: long }, { containers: long.toReversed() }) as { containers: unknown[] };
    expect(result.containers).toEqual(long.toReversed());
  });
});

it('patches are shown in errors as upstream shows them', () => {
  expect(patchText('strategic', { spec: { b: [1, 'x'], a: null } }, {})).toBe('map[spec:map[a:<nil> b:[1 x]]]');
  expect(patchText('merge', {}, { a: 1 })).toBe('{"a":1}');
  expect(goText(true)).toBe('true');
});
