import { describe, expect, it } from 'vitest';
import { pictureOf } from '../../../src/view/picture-of.ts';
import { deployment, event, node, type PodShape, pod, replicaSet, service, slice } from './objects.ts';

describe('pods of a picture', () => {
  const rows: [string, PodShape, Record<string, unknown>][] = [
    ['ready', { node: 'a' }, { tone: 'running', status: 'Running', ready: 1 }],
    ['started but not ready', { node: 'a', ready: false }, { tone: 'starting' }],
    ['without a node', { unschedulable: '0/3 nodes are available' }, { tone: 'pending', message: '0/3 nodes are available' }],
    [
      'crashing',
      { node: 'a', waiting: 'CrashLoopBackOff', restarts: 4 },
      { tone: 'failing', restarts: 4, message: 'back-off: CrashLoopBackOff' },
    ],
    ['without its image', { node: 'a', waiting: 'ImagePullBackOff' }, { tone: 'failing', status: 'ImagePullBackOff' }],
    ['being created', { node: 'a', waiting: 'ContainerCreating' }, { tone: 'starting', status: 'ContainerCreating' }],
    ['being deleted', { node: 'a', terminating: true }, { tone: 'ending', status: 'Terminating' }],
    ['done and being deleted', { node: 'a', phase: 'Succeeded', ready: false, terminating: true }, { tone: 'ending' }],
    ['done', { node: 'a', phase: 'Succeeded', ready: false }, { tone: 'done' }],
  ];
  it.each(rows)('%s', (_, shape, expected) => {
    const picture = pictureOf({ nodes: [node('a')], pods: [pod('web', shape)] });
    expect([...(picture.nodes[0]?.pods ?? []), ...picture.pending]).toEqual([expect.objectContaining({ uid: 'pod-web', ...expected })]);
  });

  it('belong to their Deployment rather than to its ReplicaSet', () => {
    const pods = [pod('web-abc-1', { node: 'a', set: 'web-abc', hash: 'abc' })];
    const [shown] = pictureOf({ nodes: [node('a')], pods, replicaSets: [replicaSet('web-abc', 'web', 1, 1)] }).nodes[0]?.pods ?? [];
    expect(shown).toMatchObject({ workload: { kind: 'Deployment', name: 'web' }, revision: 'abc' });
  });

  it('keep their identity and place when they go from pending to a node', () => {
    const before = pictureOf({ nodes: [node('a')], pods: [pod('web')] });
    const after = pictureOf({ nodes: [node('a')], pods: [pod('web', { node: 'a' })] });
    expect(before.pending.map(({ uid }) => uid)).toEqual(after.nodes[0]?.pods.map(({ uid }) => uid));
    expect(after.pending).toEqual([]);
  });

  it('of a node whose object is gone stay where they were', () => {
    const picture = pictureOf({ nodes: [], pods: [pod('web', { node: 'gone' })] });
    expect(picture.nodes).toMatchObject([{ name: 'gone', state: 'Unknown', pods: [{ name: 'web' }] }]);
  });
});

describe('nodes of a picture', () => {
  it('say what their pods ask for, of those that still run', () => {
    const pods = [
      pod('one', { node: 'a', cpu: '500m' }),
      pod('two', { node: 'a', cpu: '1' }),
      pod('over', { node: 'a', cpu: '1', phase: 'Succeeded', ready: false }),
    ];
    const usage = new Map([['a', { cpu: 0.25, memory: 1024 }]]);
    expect(pictureOf({ nodes: [node('a')], pods, usage }).nodes[0]).toMatchObject({
      cpu: { allocatable: 4, requested: 1.5, used: 0.25 },
      memory: { allocatable: 8 * 1024 ** 3, requested: 0, used: 1024 },
      maxPods: 110,
    });
  });

  it('come control plane first, then by number', () => {
    const nodes = [node('w10'), node('w2'), node('z', { labels: { 'node-role.kubernetes.io/control-plane': '' } })];
    expect(pictureOf({ nodes, pods: [] }).nodes.map(({ name }) => name)).toEqual(['z', 'w2', 'w10']);
  });

  it('say that they are cordoned or do not answer', () => {
    const nodes = [node('a', { cordoned: true }), node('b', { ready: 'Unknown' })];
    expect(pictureOf({ nodes, pods: [] }).nodes).toMatchObject([
      { state: 'Ready', schedulable: false },
      { state: 'Unknown', schedulable: true },
    ]);
  });
});

describe('workloads of a picture', () => {
  const old = replicaSet('web-old', 'web', 1, 2);
  const fresh = replicaSet('web-new', 'web', 2, 1);
  const rolling = { replicas: 3, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3 };
  it('show old and new revisions while a Deployment rolls out', () => {
    const [web] = pictureOf({ nodes: [], pods: [], deployments: [deployment('web', 2, rolling)], replicaSets: [old, fresh] }).workloads;
    expect(web).toMatchObject({
      state: 'progressing',
      updated: 1,
      images: ['web:v2'],
      revisions: [
        { number: 2, hash: 'new', current: true, pods: 1 },
        { number: 1, hash: 'old', current: false, pods: 2 },
      ],
    });
  });
  it('are stuck when their controller says so, with its words', () => {
    const status = {
      ...rolling,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }],
    };
    expect(pictureOf({ nodes: [], pods: [], deployments: [deployment('web', 2, status)] }).workloads).toMatchObject([
      { state: 'stuck', message: 'timed out' },
    ]);
  });
  it('are complete when all that is wanted is there, and leave empty revisions out', () => {
    const status = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const sets = [replicaSet('web-old', 'web', 1, 0), fresh];
    expect(pictureOf({ nodes: [], pods: [], deployments: [deployment('web', 1, status)], replicaSets: sets }).workloads).toMatchObject([
      { state: 'complete', revisions: [{ number: 2 }] },
    ]);
  });
});

it('services know their pods and nodes, and which are ready', () => {
  const endpointSlices = [
    slice('web', [
      { name: 'web-1', node: 'a', ready: true },
      { name: 'web-2', node: 'b', ready: false },
    ]),
  ];
  expect(pictureOf({ nodes: [], pods: [], services: [service('web')], endpointSlices }).services).toEqual([
    expect.objectContaining({
      name: 'web',
      ports: ['http 80', '53/UDP'],
      web: true,
      endpoints: [
        { ip: '10.244.0.1', ready: true, pod: 'web-1', node: 'a' },
        { ip: '10.244.0.2', ready: false, pod: 'web-2', node: 'b' },
      ],
    }),
  ]);
});

it('events come most recent first', () => {
  const events = [event('Early', 'x', '2026-01-01T00:00:00Z'), event('Late', 'y', '2026-01-01T00:00:09Z')];
  expect(pictureOf({ nodes: [], pods: [], events }).events.map(({ reason }) => reason)).toEqual(['Late', 'Early']);
});
