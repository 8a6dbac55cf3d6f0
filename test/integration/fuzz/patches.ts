import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf } from '../../../src/api/object.ts';
import type { Random } from '../../support/random.ts';
import { type Body, bodyFor, mangled } from './bodies.ts';

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
const paths = [
  '',
  '/',
  '/metadata',
  '/metadata/name',
  '/metadata/labels',
  '/metadata/labels/a',
  '/spec',
  '/spec/containers/0',
  '/spec/containers/-',
  '/spec/containers/99999999999',
  '/data',
  '/data/a',
  '/data/b',
  '/a~1b',
  '/a~2',
  '/__proto__/x',
  '/constructor/prototype',
  'no-slash',
  '/metadata/finalizers/0',
  '/metadata/annotations',
];

/** A patch of any type: sensible, wrong, or one that makes much of little. */
export function patchFor(kind: Kind, random: Random): Body {
  if (random.chance(0.01)) return bomb(kind, random);
  switch (random.below(5)) {
    case 0:
    case 1:
      return patch(types.json, random.chance(0.1) ? mangled([{}], random) : operations(random, 1 + random.below(6)));
    case 2:
      return patch(random.pick([types.merge, types.strategic]), {
        metadata: { labels: { a: random.pick(['b', null, 1, {}, []]) } },
        ...random.pick([{}, { data: { a: 'c' } }, { spec: null }, { data: null }]),
      });
    case 3:
      return patch(types.strategic, directives(random));
    default:
      return {
        ...bodyFor(kind, random),
        contentType: random.pick([types.apply, types.apply, types.merge, 'application/json', 'application/apply-patch+cbor', '', 'x']),
      };
  }
}

const patch = (contentType: string, value: unknown): Body => ({ bytes: Buffer.from(JSON.stringify(value) ?? ''), contentType });

const operations = (random: Random, count: number): object[] =>
  Array.from({ length: count }, () => ({
    op: random.pick(['add', 'add', 'remove', 'replace', 'copy', 'move', 'test', 'nothing', '_get', '']),
    path: random.pick(paths),
    ...(random.chance(0.5) ? { from: random.pick(paths) } : {}),
    ...(random.chance(0.7) ? { value: random.pick<unknown>(['x', null, 1, {}, [], { a: [1] }, undefined]) } : {}),
  }));

const directives = (random: Random): object => ({
  metadata: random.pick<object>([
    {},
    { $retainKeys: ['name'] },
    { '$deleteFromPrimitiveList/finalizers': ['a'] },
    { $patch: 'replace', name: 'f1' },
    { '$setElementOrder/finalizers': random.pick<unknown>([['a'], 'x', null]) },
  ]),
  spec: random.pick<unknown>([
    null,
    { $patch: random.pick(['delete', 'replace', 'merge', 'odd', 1]) },
    { containers: [{ name: 'c', image: 'other' }] },
    { containers: [{ image: 'no-name' }] },
    { containers: [{ name: 'c', $patch: 'delete' }] },
    { containers: [{ $patch: 'replace' }] },
    { containers: [1, { name: 'c' }] },
    { containers: [[]] },
    { containers: 'x' },
    { '$setElementOrder/containers': [{ name: 'x' }, { name: 'c' }], containers: [{ name: 'c' }] },
    { ports: [{ port: 1 }, { port: 1 }] },
    { template: { spec: { containers: [{ name: 'c', env: [{ name: 'A', value: 'b' }] }] } } },
  ]),
});

/** Patches whose work or outcome is far larger than they are. */
function bomb(kind: Kind, random: Random): Body {
  const copies = (from: string, to: string, count: number): object[] =>
    Array.from({ length: count }, () => ({ op: 'copy', from, path: to }));
  const grown = { a: 'x'.repeat(1000), b: {} };
  return random.pick<() => Body>([
    () =>
      patch(types.json, [
        { op: 'add', path: '/data', value: grown },
        ...Array.from({ length: 60 }, (_, at) => ({ op: 'copy', from: '/data', path: `/data/b${at}` })),
      ]),
    () =>
      patch(types.json, [
        { op: 'add', path: '/metadata/finalizers', value: ['a'] },
        ...copies('/metadata/finalizers/0', '/metadata/finalizers/-', 9_990),
      ]),
    () => patch(types.json, copies('', '/metadata/annotations/a', 10_000)),
    () => patch(types.json, operations(random, 10_001)),
    () => patch(types.json, operations(random, 9_000)),
    () =>
      patch(types.json, [
        { op: 'add', path: '/data', value: { a: 'x'.repeat(1_000_000) } },
        ...Array.from({ length: 9_000 }, (_, at) => ({
          op: 'move',
          from: at % 2 === 0 ? '/data' : '/other',
          path: at % 2 === 0 ? '/other' : '/data',
        })),
      ]),
    () =>
      patch(types.json, [
        { op: 'add', path: '/metadata/finalizers', value: Array.from({ length: 400_000 }, () => 'a') },
        ...Array.from({ length: 9_000 }, () => ({ op: 'add', path: '/metadata/finalizers/0', value: 'b' })),
      ]),
    () =>
      patch(types.json, [
        { op: 'add', path: '/data', value: { a: 'x'.repeat(1_000_000) } },
        ...Array.from({ length: 9_000 }, () => ({ op: 'test', path: '/data', value: {} })),
      ]),
    () => patch(types.merge, JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`)),
    () => patch(types.strategic, { spec: { containers: Array.from({ length: 60_000 }, (_, at) => ({ name: `c${at}` })) } }),
    () =>
      patch(types.strategic, {
        spec: {
          '$setElementOrder/containers': Array.from({ length: 60_000 }, (_, at) => ({ name: `c${at}` })),
          containers: Array.from({ length: 30_000 }, (_, at) => ({ name: `c${at}` })),
        },
      }),
    () =>
      patch(types.strategic, {
        metadata: {
          $retainKeys: Array.from({ length: 100_000 }, (_, at) => `k${at}`),
          ...Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 1])),
        },
      }),
    () =>
      patch(types.apply, {
        apiVersion: apiVersionOf(kind),
        kind: kind.kind,
        metadata: { name: 'f1', labels: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 'v'])) },
        spec: { containers: Array.from({ length: 20_000 }, (_, at) => ({ name: `c${at}`, ports: [{ containerPort: at }] })) },
      }),
  ])();
}
