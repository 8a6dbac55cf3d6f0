import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/api/status.ts';
import type { Event, Pod } from '../../../src/api/types/core-v1.ts';
import { createInProcessClient } from '../../../src/client/in-process.ts';
import { createRecorder } from '../../../src/client/recorder.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createFakeApi } from '../client/fake-api.ts';

const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop', uid: 'u1', resourceVersion: '7' } };

function setUp() {
  const api = createFakeApi();
  const clock = virtualClock();
  const recorder = createRecorder({ client: createInProcessClient(api.handle), clock, component: 'kubelet', host: 'n1' });
  const events = () => api.all<Event>('events');
  return { api, clock, recorder, events };
}

describe('event recorder', () => {
  test('writes an event beside its object', async () => {
    const { clock, recorder, events } = setUp();
    recorder.event(pod, 'Normal', 'Pulled', 'Container image "web" already present on machine');
    await clock.advance(0);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({
      metadata: { namespace: 'shop', name: expect.stringMatching(/^web-0\.[0-9a-f]{16}$/) },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'web-0', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
      reason: 'Pulled',
      type: 'Normal',
      count: 1,
      source: { component: 'kubelet', host: 'n1' },
      reportingComponent: 'kubelet',
      reportingInstance: 'n1',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    });
  });

  test('a clock that stands between two milliseconds is no obstacle', async () => {
    const { clock, recorder, events } = setUp();
    await clock.advance(0.5);
    recorder.event(pod, 'Normal', 'Pulled', 'Container image "web" already present on machine');
    await clock.advance(0);
    expect(events()).toHaveLength(1);
  });

  test('says what was being done, and whom else it concerns', async () => {
    const { clock, recorder, events } = setUp();
    const related: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'other', namespace: 'shop', uid: 'u2' } };
    recorder.event(pod, 'Normal', 'Preempted', 'Preempted by pod u2 on node n1', { action: 'Preempting', related });
    await clock.advance(0);
    expect(events()[0]).toMatchObject({ action: 'Preempting', related: { kind: 'Pod', name: 'other', namespace: 'shop', uid: 'u2' } });
  });

  test('puts events of cluster-scoped objects into default', async () => {
    const { clock, recorder, events } = setUp();
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, 'Normal', 'NodeReady', 'ready');
    await clock.advance(0);
    expect(events()[0]?.metadata.namespace).toBe('default');
  });

  test('the same again is counted, with at most one write under way', async () => {
    const { api, clock, recorder, events } = setUp();
    for (let i = 0; i < 5; i++) recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting failed container');
    await clock.advance(0);
    await clock.advance(60_000);
    recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting failed container');
    await clock.advance(0);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({ count: 6, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:01:00Z' });
    expect(api.calls.map((call) => call.split(' ')[0])).toEqual(['POST', 'PATCH', 'PATCH']);
  });

  test('an event that expired meanwhile is made again with its count', async () => {
    const { api, clock, recorder, events } = setUp();
    recorder.event(pod, 'Normal', 'Killing', 'Stopping container web');
    await clock.advance(0);
    api.remove('events', events()[0]?.metadata.name ?? '', 'shop');
    recorder.event(pod, 'Normal', 'Killing', 'Stopping container web');
    await clock.advance(0);
    expect(events().map((event) => event.count)).toEqual([2]);
  });

  test('many that differ in their message only are combined', async () => {
    const { clock, recorder, events } = setUp();
    for (let i = 0; i < 13; i++) recorder.event(pod, 'Warning', 'Unhealthy', `probe failed: ${i}`);
    await clock.advance(0);
    expect(events()).toHaveLength(10);
    expect(events().at(-1)).toMatchObject({ count: 4, message: '(combined from similar events): probe failed: 12' });
  });

  test('a flood is cut at 25, then one per five minutes', async () => {
    const { clock, recorder, events } = setUp();
    const total = () => events().reduce((sum, event) => sum + (event.count ?? 0), 0);
    for (let i = 0; i < 100; i++) recorder.event(pod, 'Warning', 'Unhealthy', 'probe failed');
    await clock.advance(0);
    expect(total()).toBe(25);
    await clock.advance(300_000);
    for (let i = 0; i < 5; i++) recorder.event(pod, 'Warning', 'Unhealthy', 'probe failed');
    await clock.advance(0);
    expect(total()).toBe(26);
  });

  test('an unreachable server is tried again, a refusal is not, and neither throws', async () => {
    const { api, clock, recorder, events } = setUp();
    api.failNext(/events/, new ApiError('ServiceUnavailable', 'down'), 2);
    recorder.event(pod, 'Normal', 'Started', 'Started container web');
    await clock.advance(19_999);
    expect(events()).toHaveLength(0);
    await clock.advance(1);
    expect(events()).toHaveLength(1);
    api.failNext(/events/, new ApiError('Forbidden', 'namespace is being terminated'), 1);
    recorder.event(pod, 'Normal', 'Created', 'Created container web');
    await clock.advance(600_000);
    expect(events()).toHaveLength(1);
  });
});
