import { describe, expect, test } from 'vitest';
import { decodeObject, encodeObject } from '../../../src/api/protobuf/envelope.ts';

const objects = {
  'a pod with inlined volume sources, probes and quantities': {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'web', labels: { app: 'web' }, creationTimestamp: '2026-01-02T03:04:05Z', generation: 3 },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', configMap: { name: 'cm', defaultMode: 420, optional: false } },
      ],
      containers: [
        {
          name: 'c',
          image: 'nginx',
          env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
          resources: { limits: { cpu: '100m', memory: '64Mi' } },
          readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
          livenessProbe: { tcpSocket: { port: 80 } },
        },
      ],
    },
  },
  'a secret with bytes': { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's' }, data: { a: 'AP/+' }, type: 'Opaque' },
  'a deployment scaled to nothing': {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name: 'd' },
    spec: { replicas: 0, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } },
  },
  'a lease with microseconds': {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    metadata: { name: 'l' },
    spec: { renewTime: '2026-01-02T03:04:05.678901Z', leaseTransitions: 0 },
  },
  'an eviction of the earlier version': {
    kind: 'Eviction',
    apiVersion: 'policy/v1beta1',
    metadata: { name: 'web' },
    deleteOptions: { gracePeriodSeconds: 5 },
  },
  'a custom resource definition': {
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1',
    metadata: { name: 'x.example.com' },
    spec: {
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              properties: { a: { $ref: '#/b', default: { deep: [1] } }, list: { type: 'array', items: { type: 'string' } } },
              additionalProperties: false,
            },
          },
        },
      ],
    },
  },
};

describe('protobuf', () => {
  test.each(Object.entries(objects))('%s survives a round trip', (_name, object) => {
    const bytes = encodeObject(object);
    expect(bytes?.subarray(0, 4).toString('latin1')).toBe('k8s\0');
    expect(decodeObject(bytes ?? Buffer.alloc(0))).toEqual(object);
  });

  test('raw JSON is written as Go writes it', () => {
    const revision = { kind: 'ControllerRevision', apiVersion: 'apps/v1', metadata: { name: 'a' }, data: { a: '<&>' }, revision: 1 };
    const bytes = encodeObject(revision) as Buffer;
    expect(bytes.toString()).toContain('{"a":"\\u003c\\u0026\\u003e"}');
    expect(decodeObject(bytes)).toEqual(revision);
  });

  test('zeros of scalars that are not pointers are left out', () => {
    const bytes = encodeObject({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: '' },
      spec: { hostNetwork: false, priority: 0 },
    } as object);
    expect(decodeObject(bytes ?? Buffer.alloc(0))).toEqual({ kind: 'Pod', apiVersion: 'v1', metadata: {}, spec: { priority: 0 } });
  });

  test('fields are written in the order of their numbers, whichever the object has, and the envelope with its empty ones', () => {
    const bytes = encodeObject({ data: { b: '2' }, metadata: { uid: 'u', name: 'n' }, kind: 'ConfigMap', apiVersion: 'v1' } as object);
    const field = (number: number, content: string): string => String.fromCharCode((number << 3) | 2, content.length) + content;
    const object = field(1, field(1, 'n') + field(5, 'u')) + field(2, field(1, 'b') + field(2, '2'));
    const type = field(1, 'v1') + field(2, 'ConfigMap');
    expect(bytes?.toString('latin1')).toBe(`k8s\0${field(1, type)}${field(2, object)}${field(3, '')}${field(4, '')}`);
  });

  test('a time that is not there is null where a map names it', () => {
    const budget = {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: { name: 'b' },
      status: { disruptedPods: { p: null } },
    };
    expect(decodeObject(encodeObject(budget) as Buffer)).toMatchObject({ status: { disruptedPods: { p: null } } });
  });

  test('bytes without the prefix are refused', () => {
    expect(() => decodeObject(Buffer.from('{}'))).toThrow('expected prefix');
  });
});
