import { describe, expect, test } from 'vitest';
import { group, type Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { prepareForCreate, prepareForUpdate } from '../../../src/api/strategy/strategy.ts';
import type { DaemonSet, Deployment } from '../../../src/api/types/apps-v1.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { accepted, deployment, job, kinds, pod, service } from './objects.ts';

function updated<T extends KubeObject>(kind: Kind<T>, old: T, change: (object: T) => void, subresource = '', now?: string): T {
  const object = structuredClone(old);
  change(object);
  prepareForUpdate(kind as Kind, object, old, subresource, now);
  return object;
}

test("a Deployment's labels stay when its status is written", () => {
  const old = accepted(kinds.Deployment, { ...deployment(), metadata: { name: 'web', labels: { a: 'b' } } });
  const change = (object: Deployment): void => {
    Object.assign(object.metadata, { labels: { c: 'd' }, annotations: { e: 'f' } });
  };
  expect(updated(kinds.Deployment, old, change, 'status').metadata).toMatchObject({ labels: { a: 'b' }, annotations: { e: 'f' } });
});

describe('create', () => {
  test('a pod starts Pending with its QoS class, whatever status was sent', () => {
    const object = accepted(kinds.Pod, { ...pod(), status: { phase: 'Running' } });
    expect(object.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(object.metadata.generation).toBe(1);
  });

  test('a gated pod says so', () => {
    expect(accepted(kinds.Pod, pod({ schedulingGates: [{ name: 'example.com/wait' }] })).status?.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
        lastProbeTime: null,
        lastTransitionTime: null,
      },
    ]);
  });

  test('a Job selects its pods by uid and carries the generated labels', () => {
    const object = accepted(kinds.Job, job());
    const labels = {
      'controller-uid': 'uid-1',
      'batch.kubernetes.io/controller-uid': 'uid-1',
      'job-name': 'pi',
      'batch.kubernetes.io/job-name': 'pi',
    };
    expect(object.spec?.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'uid-1' } });
    expect(object.spec?.template.metadata?.labels).toEqual(labels);
    expect(object.metadata.labels).toEqual(labels);
  });

  test('a Job with manualSelector is left alone', () => {
    const object = accepted(kinds.Job, job({ manualSelector: true, selector: { matchLabels: { a: 'b' } } }));
    expect(object.spec?.selector).toEqual({ matchLabels: { a: 'b' } });
    expect(object.spec?.template.metadata).toEqual({});
  });

  test('a namespace holds the kubernetes finalizer and is Active', () => {
    expect(accepted(kinds.Namespace, { metadata: { name: 'team' } })).toMatchObject({
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  test('a node keeps the status it registers with', () => {
    const status = { capacity: { cpu: '4' } };
    expect(accepted(kinds.Node, { metadata: { name: 'n1' }, status }).status).toMatchObject(status);
  });

  test.each([
    ['a plain Service', {}, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] }],
    ['headless with a selector', { clusterIP: 'None' }, { clusterIPs: ['None'], ipFamilyPolicy: 'SingleStack' }],
    ['headless without one', { clusterIP: 'None', selector: {} }, { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }],
  ])('families of %s', (_name, spec, expected) => {
    expect(accepted(kinds.Service, service(spec)).spec).toMatchObject(expected);
  });
});

describe('update', () => {
  const stored: Deployment = { ...accepted(kinds.Deployment, deployment()), status: { replicas: 1 } };

  test('through the main resource the status stays', () => {
    expect(
      updated(kinds.Deployment, stored, (object) => {
        object.status = { replicas: 9 };
      }).status,
    ).toEqual({ replicas: 1 });
  });

  test.each<[string, (object: typeof stored) => void, number]>([
    ['a spec change', (object) => Object.assign(object.spec ?? {}, { replicas: 5 }), 2],
    ['an annotation of a Deployment', (object) => Object.assign(object.metadata, { annotations: { a: 'b' } }), 2],
    ['a label', (object) => Object.assign(object.metadata, { labels: { a: 'b' } }), 1],
    ['a generation that the client sets', (object) => Object.assign(object.metadata, { generation: 40 }), 1],
  ])('after %s', (_name, change, generation) => {
    expect(updated(kinds.Deployment, stored, change).metadata.generation).toBe(generation);
  });

  test('of its template a DaemonSet counts, whatever the client says of the count', () => {
    const generation = (object: DaemonSet): string | undefined => object.metadata.annotations?.['deprecated.daemonset.template.generation'];
    const { selector, template } = deployment().spec ?? {};
    const made = accepted(kinds.DaemonSet, {
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector, template },
    } as DaemonSet);
    expect(generation(made)).toBe('1');
    const forgotten = updated(kinds.DaemonSet, made, (object) => {
      object.metadata.annotations = {};
    });
    expect(generation(forgotten)).toBe('1');
    const changed = updated(kinds.DaemonSet, made, (object) => Object.assign(object.spec?.template.spec ?? {}, { hostNetwork: true }));
    expect(generation(changed)).toBe('2');
    expect(generation(updated(kinds.DaemonSet, made, (object) => Object.assign(object.metadata, { annotations: {} }), 'status'))).toBe('1');
  });

  test('scale counts as a spec change', () => {
    const object = updated(kinds.Deployment, stored, (one) => Object.assign(one.spec ?? {}, { replicas: 5 }), 'scale');
    expect(object.metadata.generation).toBe(2);
  });

  test('through status only status and metadata move', () => {
    const object = updated(
      kinds.Deployment,
      stored,
      (one) => {
        Object.assign(one.spec ?? {}, { replicas: 5 });
        one.metadata.annotations = { a: 'b' };
        one.status = { replicas: 2 };
      },
      'status',
    );
    expect(object.spec?.replicas).toBe(1);
    expect(object.status).toEqual({ replicas: 2 });
    expect(object.metadata).toMatchObject({ generation: 1, annotations: { a: 'b' } });
  });

  test('a pod status without a QoS class keeps the stored one', () => {
    const old = accepted(kinds.Pod, pod());
    const object = updated(kinds.Pod, old, (one: Pod) => Object.assign(one, { status: { phase: 'Running' } }), 'status');
    expect(object.status).toEqual({ phase: 'Running', qosClass: 'BestEffort' });
  });

  test('ephemeralcontainers changes nothing else', () => {
    const old = accepted(kinds.Pod, pod());
    const ephemeralContainers = [{ name: 'debug', image: 'busybox' }];
    const object = updated(
      kinds.Pod,
      old,
      (one) => {
        Object.assign(one.spec ?? {}, { ephemeralContainers, nodeName: 'other' });
        one.metadata.labels = { stolen: 'yes' };
      },
      'ephemeralcontainers',
    );
    expect(object.spec).toEqual({ ...old.spec, ephemeralContainers });
    expect(object.metadata.labels).toBeUndefined();
    expect(object.metadata.generation).toBe(2);
  });

  test('resize takes resources alone', () => {
    const old = accepted(kinds.Pod, pod());
    const object = updated(
      kinds.Pod,
      old,
      (one) => {
        Object.assign(one.spec?.containers[0] ?? {}, { image: 'other', resources: { requests: { cpu: '2' } } });
      },
      'resize',
    );
    expect(object.spec?.containers[0]).toMatchObject({ image: 'app:v1', resources: { requests: { cpu: '2' } } });
  });

  test('a namespace keeps its finalizers outside finalize', () => {
    const old = accepted(kinds.Namespace, { metadata: { name: 'team' } });
    const clear = (object: typeof old): void => {
      object.spec = { finalizers: [] };
    };
    expect(updated(kinds.Namespace, old, clear).spec?.finalizers).toEqual(['kubernetes']);
    expect(updated(kinds.Namespace, old, clear, 'finalize').spec?.finalizers).toEqual([]);
  });

  test('a signing request is issued its certificate through status, and decided through approval', () => {
    const old = accepted(kinds.CertificateSigningRequest, { metadata: { name: 'c' }, spec: { request: 'x', signerName: 'a.b/c' } });
    const approve = (object: typeof old): void => {
      object.status = { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'forged' };
    };
    const now = '2026-01-02T00:00:00Z';
    const conditions = [{ type: 'Approved', status: 'True', lastUpdateTime: now, lastTransitionTime: now }];
    expect(updated(kinds.CertificateSigningRequest, old, approve, '', now).status).toEqual({});
    const approved = updated(kinds.CertificateSigningRequest, old, approve, 'approval', now);
    expect(approved.status).toEqual({ conditions });
    const reword = (object: typeof old): void => {
      object.status = { conditions: [{ type: 'Approved', status: 'True', message: 'later' }], certificate: 'forged' };
    };
    expect(updated(kinds.CertificateSigningRequest, approved, reword, 'status', now).status).toEqual({ conditions, certificate: 'forged' });
  });
});

describe('a Service update', () => {
  const allocated = (spec: object) => {
    const object = accepted(kinds.Service, service(spec));
    Object.assign(object.spec ?? {}, { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] });
    return object;
  };

  test('that leaves out what was allocated keeps it', () => {
    const old = allocated({ type: 'NodePort' });
    Object.assign(old.spec?.ports?.[0] ?? {}, { nodePort: 30080 });
    const object = updated(kinds.Service, old, ({ spec }) => {
      delete spec?.clusterIP;
      delete spec?.clusterIPs;
      delete spec?.ports?.[0]?.nodePort;
    });
    expect(object.spec).toMatchObject({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ nodePort: 30080 }] });
  });

  test('to ClusterIP drops node ports', () => {
    const old = allocated({ type: 'NodePort' });
    Object.assign(old.spec?.ports?.[0] ?? {}, { nodePort: 30080 });
    const object = updated(kinds.Service, old, ({ spec }) => Object.assign(spec ?? {}, { type: 'ClusterIP' }));
    expect(object.spec?.ports?.[0]).not.toHaveProperty('nodePort');
    expect(object.spec).not.toHaveProperty('externalTrafficPolicy');
  });

  test('to ExternalName gives the address back', () => {
    const object = updated(kinds.Service, allocated({}), ({ spec }) =>
      Object.assign(spec ?? {}, { type: 'ExternalName', externalName: 'a.b' }),
    );
    expect(object.spec).not.toHaveProperty('clusterIP');
    expect(object.spec).not.toHaveProperty('ipFamilies');
  });
});

describe('a custom resource', () => {
  const plain = group('example.com', 'v1').namespaced('Widget');
  const withStatus = group('example.com', 'v1').namespaced('Widget', { subresources: ['status'] });
  const widget = (parts: object): KubeObject => ({ metadata: { name: 'w' }, ...parts });

  test('without a status subresource keeps its status and counts it as content', () => {
    const object = widget({ spec: { a: 1 }, status: { b: 2 } });
    prepareForCreate(plain, object);
    expect(object).toMatchObject({ status: { b: 2 }, metadata: { generation: 1 } });
    const changed = updated(plain, object, (one) => Object.assign(one, { status: { b: 3 } }));
    expect(changed.metadata.generation).toBe(2);
  });

  test('with one, each side leaves the other alone', () => {
    const object = widget({ spec: { a: 1 }, status: { b: 2 } });
    prepareForCreate(withStatus, object);
    expect(object).not.toHaveProperty('status');
    const old = { ...object, status: { b: 2 } };
    const change = (one: KubeObject): void => {
      Object.assign(one, { spec: { a: 9 }, status: { b: 9 } });
      one.metadata.labels = { x: 'y' };
    };
    expect(updated(withStatus, old, change)).toMatchObject({ spec: { a: 9 }, status: { b: 2 }, metadata: { generation: 2 } });
    const status = updated(withStatus, old, change, 'status');
    expect(status).toMatchObject({ spec: { a: 1 }, status: { b: 9 }, metadata: { generation: 1 } });
    expect(status.metadata.labels).toBeUndefined();
  });
});
