import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { type Authors, createAuthors } from '../../../src/timeline/authors.ts';
import type { Change } from '../../../src/timeline/change.ts';
import type { TimelineEntry } from '../../../src/timeline/entry.ts';
import { type Journal, openJournal } from '../../../src/timeline/journal.ts';
import { createRecorder, type Recorder } from '../../../src/timeline/recorder.ts';
import { createLogger } from '../../../src/util/log.ts';
import { type VirtualClock, virtualClock } from '../../../src/util/virtual-clock.ts';

let clock: VirtualClock;
let journal: Journal;
let recorder: Recorder;
let revision: number;
let told: TimelineEntry[];
let busy: boolean;

let authors: Authors;

beforeEach(() => {
  clock = virtualClock();
  authors = createAuthors();
  journal = openJournal({ limit: 1_000_000 });
  revision = 100;
  journal.begin({ revision, at: clock.now() });
  told = [];
  busy = false;
  const log = createLogger('test', { write: () => undefined });
  recorder = createRecorder({ journal, authors, clock, log, busy: () => busy, onEntries: (entries) => told.push(...entries) });
});

const present = new Map<string, KubeObject>();
beforeEach(() => present.clear());

/** Writes an object, or deletes it, as `user` through `agent`. */
function write(key: string, object: object | undefined, user?: string, agent?: string): void {
  revision++;
  const previous = present.get(key);
  const now = (object ?? previous) as KubeObject;
  const type = object === undefined ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
  if (object === undefined) present.delete(key);
  else present.set(key, now);
  const change: Change = { type, key, revision, object: now, ...(previous === undefined ? {} : { previous }) };
  recorder.take(change);
  if (user === undefined) return;
  const answer = { ...now, metadata: { ...now.metadata, resourceVersion: String(revision) } };
  const [, , resource = '', namespace = ''] = key.split('/');
  authors.answered({
    info: {
      isResource: true,
      verb: type === 'DELETED' ? 'delete' : 'update',
      group: '',
      resource,
      subresource: '',
      namespace,
      name: now.metadata.name ?? '',
    },
    user: { name: user },
    request: { headers: { 'user-agent': agent }, query: new URLSearchParams() },
    response: { status: 200, body: { kind: 'object', value: answer } },
  });
}

/** `reason: what`, with the cause behind it. */
function lines(): string[] {
  recorder.flush();
  const shown = told.map(
    ({ object, reason, what, cause }) => `${object.kind} ${reason}: ${what}${cause === undefined ? '' : ` ← ${cause.text}`}`,
  );
  told = [];
  return shown;
}

const podKey = '/core/pods/default/web-1';
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true };
const pod = (more: { metadata?: object; spec?: object; status?: object; owned?: boolean } = {}, name = 'web-1') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, ...(more.owned === true ? { ownerReferences: [owner] } : {}), ...more.metadata },
  spec: { nodeName: 'n1', ...more.spec },
  status: { ...more.status },
});
const replicaSet = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', uid: 'rs' },
  spec: { replicas },
});
const container = (state: object, restartCount = 0, lastState: object = {}) => ({
  containerStatuses: [{ name: 'app', image: 'i', imageID: '', ready: true, restartCount, state, lastState }],
});
const node = (ready: string, more: object = {}, heartbeat = '2026-01-01T00:00:00Z') => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  spec: { ...more },
  status: { conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: heartbeat, message: 'Kubelet stopped posting node status.' }] },
});
const components = 'system:kube-controller-manager';

describe('containers', () => {
  const started = { running: { startedAt: 't1' } };
  const crashed = { terminated: { exitCode: 3, reason: 'Error', finishedAt: 't2', containerID: 'c1' } };

  test('a crash, its back-off and the restart follow from one another', () => {
    write(podKey, pod());
    write(podKey, pod({ status: container(started) }));
    write(podKey, pod({ status: container({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } }, 0, crashed) }));
    write(podKey, pod({ status: container({ running: { startedAt: 't3' } }, 1, crashed) }));
    expect(lines().slice(2)).toEqual([
      'Pod Started: container app started ← Pod web-1 placed on n1 by its spec',
      'Pod Exited: container app exited with code 3 ← Pod web-1 container app started',
      'Pod Waiting: container app waits: CrashLoopBackOff: back-off 10s ← Pod web-1 container app exited with code 3',
      'Pod Started: container app started again (restart 1) ← Pod web-1 container app exited with code 3',
    ]);
  });

  test('running out of memory is said outright', () => {
    write(podKey, pod({ status: container(started) }));
    write(podKey, pod({ status: container({ terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: 't', containerID: 'c1' } }) }));
    expect(lines().at(-1)).toMatch(/^Pod Exited: container app was killed: out of memory \(exit code 137\)/);
  });

  test('an image that does not pull is told of once', () => {
    const waiting = (reason: string) => container({ waiting: { reason, message: 'no such image' } });
    write(podKey, pod());
    write(podKey, pod({ status: waiting('ContainerCreating') }));
    write(podKey, pod({ status: waiting('ErrImagePull') }));
    write(podKey, pod({ status: { ...waiting('ErrImagePull'), hostIP: '10.0.0.1' } }));
    expect(lines().slice(2)).toEqual(['Pod Waiting: container app waits: ErrImagePull: no such image']);
  });
});

describe('what becomes of pods', () => {
  test('what a controller takes away when it is scaled down is not replaced', () => {
    write('/apps/replicasets/default/web', replicaSet(2));
    write(podKey, pod({ owned: true }));
    write('/apps/replicasets/default/web', replicaSet(1), 'admin');
    write(podKey, pod({ owned: true, metadata: { deletionTimestamp: 't' } }), components);
    write(podKey, undefined);
    write('/apps/replicasets/default/web', replicaSet(2), 'admin');
    write('/core/pods/default/web-2', pod({ owned: true }, 'web-2'), components);
    expect(lines().filter((line) => !line.includes('Scheduled'))).toEqual([
      'ReplicaSet Created: created: 2 replicas',
      'Pod Created: created ← ReplicaSet web created',
      'ReplicaSet Scaled: scaled 2 → 1',
      'Pod Deleting: told to stop ← ReplicaSet web scaled 2 → 1',
      'Pod Deleted: gone ← Pod web-1 told to stop',
      'ReplicaSet Scaled: scaled 1 → 2',
      'Pod Created: created ← ReplicaSet web scaled 1 → 2',
    ]);
  });

  test('what a person deletes is replaced', () => {
    write('/apps/replicasets/default/web', replicaSet(1));
    write(podKey, pod({ owned: true }));
    write(podKey, pod({ owned: true, metadata: { deletionTimestamp: 't' } }), 'jane', 'kubectl/v1.36');
    write('/core/pods/default/web-2', pod({ owned: true }, 'web-2'), components);
    recorder.flush();
    expect(told.find(({ reason }) => reason === 'Deleting')?.by).toBe('jane (kubectl)');
    expect(lines()).toContain('Pod Created: created as a replacement ← Pod web-1 told to stop');
  });

  test('an eviction names the taint, and the taint the silence of the node', () => {
    write('/core/nodes/n1', node('True'));
    write(podKey, pod({ owned: true }));
    lines();
    write('/core/nodes/n1', node('Unknown'));
    write('/core/nodes/n1', node('Unknown', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }));
    const marked = { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }] };
    write(podKey, pod({ owned: true, status: marked }), components);
    write(podKey, pod({ owned: true, status: marked, metadata: { deletionTimestamp: 't' } }), components);
    expect(lines()).toEqual([
      'Node NotReady: NotReady: Kubelet stopped posting node status',
      'Node Tainted: tainted node.kubernetes.io/unreachable:NoExecute ← Node n1 NotReady',
      'Pod Evicted: evicted from a tainted node ← Node n1 tainted node.kubernetes.io/unreachable:NoExecute',
    ]);
  });
});

describe('faults', () => {
  const fault = (phase: string, state: string) => ({
    apiVersion: 'chaos.shoal.dev/v1alpha1',
    kind: 'Fault',
    metadata: { name: 'cut' },
    spec: { duration: '1m' },
    status: { phase, action: 'NodeDisconnect', target: 'n1', targets: { n1: { state } } },
  });

  test('a node that a Fault has hit names it when it falls silent, and when it is back', () => {
    write('/core/nodes/n1', node('True'));
    lines();
    write('/chaos.shoal.dev/faults/cut', fault('Active', 'Injected'));
    write('/core/nodes/n1', node('Unknown'));
    write('/chaos.shoal.dev/faults/cut', fault('Undone', 'Undone'));
    write('/core/nodes/n1', node('True'));
    expect(lines()).toEqual([
      'Fault Created: created for 1m',
      'Fault FaultActive: is Active: NodeDisconnect on n1 ← Fault cut created for 1m',
      'Node Fault: hit by NodeDisconnect of Fault cut ← Fault cut created for 1m',
      'Node NotReady: NotReady: Kubelet stopped posting node status ← Node n1 hit by NodeDisconnect of Fault cut',
      'Fault FaultUndone: is Undone: NodeDisconnect on n1 ← Fault cut created for 1m',
      'Node FaultUndone: rid of NodeDisconnect of Fault cut ← Fault cut created for 1m',
      'Node Ready: Ready ← Node n1 rid of NodeDisconnect of Fault cut',
    ]);
  });
});

describe('noise', () => {
  test('heartbeats and leases leave nothing, neither entries nor versions', () => {
    write('/core/nodes/n1', node('True'));
    lines();
    const before = journal.live().get('/core/nodes/n1');
    write('/core/nodes/n1', node('True', {}, '2026-01-01T00:05:00Z'));
    write('/coordination.k8s.io/leases/kube-node-lease/n1', { kind: 'Lease', metadata: { name: 'n1', namespace: 'kube-node-lease' } });
    expect(lines()).toEqual([]);
    expect([...journal.live()]).toEqual([['/core/nodes/n1', before]]);
  });

  test('an event that is counted up is told of once', () => {
    const event = (count: number) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'default' },
      reason: 'FailedMount',
      message: 'no such volume',
      count,
    });
    write('/core/events/default/e', event(1));
    write('/core/events/default/e', event(2));
    expect(lines()).toEqual(['Pod FailedMount: FailedMount: no such volume']);
  });

  test('what only notes the status of an unknown kind is no news, its spec is', () => {
    const widget = (size: number, seen: number) => ({ kind: 'Widget', metadata: { name: 'w' }, spec: { size }, status: { seen } });
    write('/example.com/widgets/w', widget(1, 1));
    write('/example.com/widgets/w', widget(1, 2));
    write('/example.com/widgets/w', widget(2, 2));
    expect(lines()).toEqual(['Widget Created: created', 'Widget Changed: changed: spec.size']);
  });
});

test('entries that come before a write has settled wait for it, and then are told of', async () => {
  write(podKey, pod());
  expect(told).toEqual([]);
  await clock.advance(50);
  expect(told.map(({ reason }) => reason)).toEqual(['Created', 'Scheduled']);
  expect(told.map(({ at }) => at)).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z']);
});

describe('while the process is busy', () => {
  const widget = (name: string) => ({ kind: 'Widget', metadata: { name } });

  test('history waits until it no longer is', async () => {
    busy = true;
    write(podKey, pod());
    await clock.advance(5000);
    expect(told).toEqual([]);
    busy = false;
    await clock.advance(50);
    expect(told.map(({ at }) => at)).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z']);
  });

  test('it waits ten seconds at most', async () => {
    busy = true;
    write(podKey, pod());
    await clock.advance(10_050);
    expect(told.map(({ reason }) => reason)).toEqual(['Created', 'Scheduled']);
  });

  test('who asks gets everything at once', () => {
    busy = true;
    write(podKey, pod());
    expect(lines()).toHaveLength(2);
  });

  test('a burst is told of whole and in order, a slice at a turn', async () => {
    for (let index = 0; index < 250; index++) write(`/example.com/widgets/w${index}`, widget(`w${index}`));
    await clock.advance(50);
    expect(told.map(({ object }) => object.name)).toEqual(Array.from({ length: 250 }, (_, index) => `w${index}`));
  });
});
