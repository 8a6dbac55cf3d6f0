import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../../src/timeline/entry.ts';
import { renderTimeline } from '../../../src/timeline/render.ts';

let id = 0;
const entry = (kind: string, name: string, reason: string, what: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id: ++id,
  at: `2026-01-31T12:00:00.${String(id).padStart(3, '0')}Z`,
  revision: id,
  kind: 'write',
  object: { kind, name, namespace: 'default' },
  reason,
  what,
  ...more,
});

test('chains of cause are indented, and what is not right above is said', () => {
  const deployment = entry('Deployment', 'web', 'Created', 'created: 2 replicas', { by: 'jane (kubectl)' });
  const set = entry('ReplicaSet', 'web-1', 'Created', 'created: 2 replicas', {
    by: 'kube-controller-manager',
    cause: { entry: deployment.id, text: 'Deployment web created' },
  });
  const cause = { entry: set.id, text: 'ReplicaSet web-1 created' };
  const a = entry('Pod', 'web-1-a', 'Created', 'created', { cause });
  const b = entry('Pod', 'web-1-b', 'Created', 'created', { cause });
  const scheduled = entry('Pod', 'web-1-a', 'Scheduled', 'scheduled to n1', { cause: { entry: a.id, text: 'Pod web-1-a created' } });
  const exited = entry('Pod', 'web-1-a', 'Exited', 'container app exited with code 0', {
    at: '2026-02-01T00:00:00.000Z',
    cause: { entry: 999, text: 'Pod web-1-a told to stop' },
  });
  const elsewhere = entry('Secret', 's', 'Created', 'created', {
    at: '2026-02-01T00:00:00.001Z',
    object: { kind: 'Secret', name: 's', namespace: 'shop' },
    by: 'kube-controller-manager',
  });
  expect(renderTimeline([deployment, set, a, b, scheduled, exited, elsewhere], { zone: 'utc' })).toBe(`\
2026-01-31 UTC
12:00:00.001  Deployment web created: 2 replicas by jane (kubectl)
12:00:00.002  └ ReplicaSet web-1 created: 2 replicas
12:00:00.003    └ Pod web-1-a created
12:00:00.004    └ Pod web-1-b created, because ReplicaSet web-1 created
12:00:00.005      └ Pod web-1-a scheduled to n1
2026-02-01 UTC
00:00:00.000  Pod web-1-a container app exited with code 0, because told to stop
00:00:00.001  Secret shop/s created by kube-controller-manager
`);
});

test('no line is wider than it may be while its words allow', () => {
  const long = entry(
    'Pod',
    'big',
    'Unschedulable',
    `cannot be scheduled: ${'0/4 nodes are available: 4 Insufficient cpu. '.repeat(5).trim()}`,
  );
  const lines = renderTimeline([long], { zone: 'utc', width: 60 }).trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines.slice(2).every((line) => line.startsWith(' '.repeat(14)))).toBe(true);
});
