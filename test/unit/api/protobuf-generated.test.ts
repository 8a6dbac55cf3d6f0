import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf } from '../../../src/api/object.ts';
import { decodeObject, encodeObject } from '../../../src/api/protobuf/envelope.ts';
import { definitions } from '../../../src/api/schema.ts';
import { allKinds } from '../../../src/api/scheme.ts';
import { generatedObject } from '../../support/generated-object.ts';
import { fromWire, toWire } from '../../support/protobuf-client.ts';
import { randomOf } from '../../support/random.ts';

const seed = Number(process.env['SHOAL_PROTOBUF_SEED'] ?? 20_260_730);
const each = 8;

/** Fields that no object of these kinds can have: `kind` and `apiVersion` of objects stand in the envelope. */
const filled = new Set<string>();
const generated = (kind: Kind, index: number) => {
  const random = randomOf(seed, index, kind.plural.length, kind.group.length);
  // The first one is full, to reach every field; the rest have gaps.
  const how = {
    density: index === 0 ? 1 : 0.2 + random.next() * 0.5,
    depth: index === 0 ? 12 : 6,
    filled: (field: string) => filled.add(field),
  };
  return generatedObject(kind, random, how);
};

/** Large objects are compared fast, and shown only where they differ. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

describe.each(allKinds.map((kind) => [`${kind.kind} of ${apiVersionOf(kind)}`, kind] as const))('%s', (_name, kind) => {
  const objects = Array.from({ length: each }, (_, index) => generated(kind, index));

  test('survives a round trip', () => {
    for (const object of objects) expectSame(decodeObject(encodeObject(object) ?? Buffer.alloc(0)), object);
  });

  test('is written so that another implementation reads it', () => {
    for (const object of objects) expectSame(fromWire(encodeObject(object) ?? Buffer.alloc(0)), object);
  });

  test('is read as another implementation writes it', () => {
    for (const object of objects) expectSame(decodeObject(toWire(object)), object);
  });
});

const listed = allKinds
  .filter(({ verbs }) => verbs.includes('list'))
  .map((kind) => [`${kind.kind} of ${apiVersionOf(kind)}`, kind] as const);
test.each(listed)('a list of %s is read by another implementation', (_name, kind) => {
  const objects = [generated(kind, 1), generated(kind, 2)];
  const list = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata: { resourceVersion: '7', remainingItemCount: 0 } };
  const items = objects.map(({ kind: _kind, apiVersion: _version, ...item }) => item);
  const bytes = encodeObject({ ...list, items: objects } as never);
  expectSame(fromWire(bytes ?? Buffer.alloc(0)), { ...list, items });
});

test('every field of every definition that a kind reaches has been there', () => {
  const reached = new Set([...filled].map((field) => field.slice(0, field.lastIndexOf('.'))));
  const missed = [...reached].flatMap((name) => {
    const { properties = {} } = definitions[name] ?? {};
    // The type of an object stands in the envelope, or is known from its place.
    const typed = properties['metadata'] !== undefined;
    const own = Object.keys(properties).filter((field) => !typed || (field !== 'kind' && field !== 'apiVersion'));
    return own.map((field) => `${name}.${field}`).filter((field) => !filled.has(field));
  });
  expect(missed).toEqual([]);
  expect(filled.size).toBeGreaterThan(1900);
});

describe('zeros', () => {
  const rows: [name: string, sent: Record<string, unknown>, kept: boolean][] = [
    ['no replicas wanted', { kind: 'Deployment', apiVersion: 'apps/v1', metadata: {}, spec: { replicas: 0 } }, true],
    ['no replicas there', { kind: 'Deployment', apiVersion: 'apps/v1', metadata: {}, status: { replicas: 0 } }, false],
    [
      'the class of a claim that wants none',
      { kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: {}, spec: { storageClassName: '' } },
      true,
    ],
    ['the class of a volume without', { kind: 'PersistentVolume', apiVersion: 'v1', metadata: {}, spec: { storageClassName: '' } }, false],
    [
      'the holder of a lease that was let go',
      { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: {}, spec: { holderIdentity: '' } },
      true,
    ],
    ['a priority', { kind: 'Pod', apiVersion: 'v1', metadata: {}, spec: { containers: [{ name: 'c' }], priority: 0 } }, true],
    [
      'the host’s network',
      { kind: 'Pod', apiVersion: 'v1', metadata: {}, spec: { containers: [{ name: 'c' }], hostNetwork: false } },
      false,
    ],
    [
      'a limit of nothing to lend',
      {
        kind: 'PriorityLevelConfiguration',
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        metadata: {},
        spec: { type: 'Exempt', exempt: { lendablePercent: 0 } },
      },
      true,
    ],
    [
      'an order',
      {
        kind: 'FlowSchema',
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        metadata: {},
        spec: { priorityLevelConfiguration: { name: 'a' }, matchingPrecedence: 0 },
      },
      false,
    ],
    ['a grace period', { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }, true],
    [
      'an ingress class’s controller',
      { kind: 'IngressClass', apiVersion: 'networking.k8s.io/v1', metadata: {}, spec: { controller: '' } },
      false,
    ],
    [
      'an owner that does not control',
      {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { ownerReferences: [{ kind: 'A', name: 'a', uid: 'u', apiVersion: 'v1', controller: false }] },
      },
      true,
    ],
    ['a number among labels', { kind: 'ConfigMap', apiVersion: 'v1', metadata: {}, data: { a: '' } }, true],
    ['a target port', { kind: 'Service', apiVersion: 'v1', metadata: {}, spec: { ports: [{ port: 1, targetPort: 0 }] } }, true],
  ];
  test.each(rows)('%s', (_name, sent, kept) => {
    const read = decodeObject(toWire(sent));
    if (kept) expect(read).toEqual(sent);
    else
      expect(JSON.stringify(read)).toBe(
        JSON.stringify(sent).replace(/,?"(replicas|storageClassName|hostNetwork|matchingPrecedence|controller)":(0|""|false)/, ''),
      );
  });
});
