import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Probe } from '../../../src/api/types/core-v1.ts';
import { healthRequest, healthStatus } from '../../../src/kubelet/probes/grpc.ts';
import { httpTarget, probeHttp } from '../../../src/kubelet/probes/http.ts';
import { resolvePort } from '../../../src/kubelet/probes/prober.ts';
import { probeTcp } from '../../../src/kubelet/probes/tcp.ts';
import { createSimulatedRuntime } from '../../../src/kubelet/runtime/simulated/simulated.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { conditions, container, pod, startNode } from './harness.ts';

const probe = (fields: Partial<Probe> = {}): Probe => ({
  httpGet: { port: 80 },
  periodSeconds: 10,
  failureThreshold: 3,
  successThreshold: 1,
  ...fields,
});

describe('probes', () => {
  it('keep a container unready until the readiness probe succeeds', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container({ readinessProbe: probe() })] }, { readyAfter: '15s' }));
    await node.clock.advance(12_000);
    expect(conditions(node.pod('web'))['Ready']).toBe('False ContainersNotReady');
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: false });
    expect(node.events('web').at(-1)).toBe('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503 (x2)');
    await node.clock.advance(10_000);
    expect(conditions(node.pod('web'))['Ready']).toBe('True');
  });

  it('are tried again soon where nobody listens yet', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container({ readinessProbe: probe() })] }, { readyAfter: '100ms' }));
    await node.clock.advance(90);
    expect(conditions(node.pod('web'))['Ready']).toBe('False ContainersNotReady');
    await node.clock.advance(500);
    expect(conditions(node.pod('web'))['Ready']).toBe('True');
  });

  it('wait for initialDelaySeconds', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container({ readinessProbe: probe({ initialDelaySeconds: 7 }) })] }));
    await node.clock.advance(6_900);
    expect(conditions(node.pod('web'))['Ready']).toBe('False ContainersNotReady');
    await node.clock.advance(200);
    expect(conditions(node.pod('web'))['Ready']).toBe('True');
  });

  it('restart a container whose liveness probe fails, after the threshold and with its own grace', async () => {
    const node = await startNode();
    const liveness = probe({ periodSeconds: 5, terminationGracePeriodSeconds: 3 });
    node.api.put('pods', pod('web', { containers: [container({ livenessProbe: liveness })] }, { unhealthyAfter: '20s', stopDelay: '1h' }));
    await node.clock.advance(29_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    await node.clock.advance(5_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137 } },
    });
    expect(node.events('web')).toContain('Killing: Container web failed liveness probe, will be restarted');
  });

  it('ask for liveness no sooner than a period after the start', async () => {
    const node = await startNode();
    const liveness = probe({ periodSeconds: 5, failureThreshold: 1 });
    node.api.put('pods', pod('web', { containers: [container({ livenessProbe: liveness })] }, { unhealthyAfter: '0s' }));
    await node.clock.advance(4_900);
    expect(node.events('web')).not.toContainEqual(expect.stringContaining('Unhealthy'));
    await node.clock.advance(1_000);
    expect(node.events('web')).toContain('Killing: Container web failed liveness probe, will be restarted');
  });

  it('hold liveness and readiness back until the startup probe succeeds', async () => {
    const node = await startNode();
    const fields = { startupProbe: probe({ periodSeconds: 1, failureThreshold: 30 }), readinessProbe: probe({ periodSeconds: 1 }) };
    node.api.put('pods', pod('web', { containers: [container(fields)] }, { readyAfter: '10s' }));
    await node.clock.advance(9_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    expect(node.events('web').some((line) => line.includes('Readiness probe failed'))).toBe(false);
    await node.clock.advance(2_500);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true });
  });

  it('restart a container that does not start in time', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container({ startupProbe: probe({ periodSeconds: 2 }) })] }, { readyAfter: '1h' }));
    await node.clock.advance(7_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    expect(node.events('web')).toContain('Killing: Container web failed startup probe, will be restarted');
  });

  it('hold later init containers back until a sidecar has started', async () => {
    const node = await startNode();
    const side = container({ name: 'side', restartPolicy: 'Always', startupProbe: probe({ periodSeconds: 1, failureThreshold: 60 }) });
    node.api.put('pods', pod('web', { initContainers: [side] }, { containers: { side: { readyAfter: '5s' } } }));
    await node.clock.advance(4_000);
    expect(node.pod('web')?.status?.phase).toBe('Pending');
    await node.clock.advance(3_000);
    expect(node.pod('web')?.status?.phase).toBe('Running');
  });

  it('count readiness gates', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', { readinessGates: [{ conditionType: 'example.com/ok' }] }));
    await node.clock.advance(1_000);
    expect(conditions(node.pod('web'))).toMatchObject({ Ready: 'False ReadinessGatesNotReady', ContainersReady: 'True' });
    const found = node.pod('web');
    if (found === undefined) throw new Error('no pod');
    const own = [...(found.status?.conditions ?? []), { type: 'example.com/ok', status: 'True' }];
    node.api.put('pods', { ...found, status: { ...found.status, conditions: own } });
    await node.clock.advance(1_000);
    expect(conditions(node.pod('web'))['Ready']).toBe('True');
  });
});

describe('a probe over the network', () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end();
    else if (request.url === '/away') response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end('gone');
    else if (request.url === '/nowhere') response.writeHead(302).end();
    else if (request.url === '/choices') response.writeHead(300, { location: '/ok' }).end();
    else response.writeHead(request.url === '/ok' ? 200 : 500).end(`${request.headers['user-agent']} ${request.headers['x-test'] ?? ''}`);
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  it.each([
    { name: '200 is success', path: '/ok', result: 'success', output: 'kube-probe/1.36 yes' },
    { name: '500 is failure', path: '/bad', result: 'failure', output: 'HTTP probe failed with statuscode: 500' },
    { name: 'a redirect is followed', path: '/moved', result: 'success', output: 'kube-probe/1.36 yes' },
    {
      name: 'a redirect to another host is a warning',
      path: '/away',
      result: 'warning',
      output: 'Probe terminated redirects, Response body: gone',
    },
    {
      name: 'a redirect to nowhere is a warning',
      path: '/nowhere',
      result: 'warning',
      output: 'Probe terminated redirects, Response body: ',
    },
    {
      name: 'the Location of a list of choices is not followed',
      path: '/choices',
      result: 'warning',
      output: 'Probe terminated redirects, Response body: ',
    },
  ])('httpGet: $name', async ({ path, result, output }) => {
    const target = httpTarget({ port, path, httpHeaders: [{ name: 'X-Test', value: 'yes' }] }, '127.0.0.1', port);
    expect(await probeHttp(target, 1_000)).toEqual({ result, output });
  });

  it('tells of a redirect that is not followed, and counts it as success', async () => {
    const clock = virtualClock();
    const { probe: _, ...runtime } = createSimulatedRuntime({ clock, podCIDR: '10.244.1.0/24' });
    const node = await startNode({ runtime, clock });
    const away = probe({ httpGet: { host: '127.0.0.1', port, path: '/away' } });
    node.api.put('pods', pod('web', { containers: [container({ readinessProbe: away })] }));
    await clock.advance(1_000);
    await vi.waitFor(async () => {
      await clock.advance(0);
      expect(node.events('web').at(-1)).toBe('ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: gone');
      expect(conditions(node.pod('web'))['Ready']).toBe('True');
    });
  });

  it('tells of a refused connection in Go words', async () => {
    const target = httpTarget({ port: 1 }, '127.0.0.1', 1);
    expect(await probeHttp(target, 1_000)).toEqual({
      result: 'failure',
      output: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    expect(await probeTcp('127.0.0.1', 1, 1_000)).toMatchObject({
      result: 'failure',
      output: 'dial tcp 127.0.0.1:1: connect: connection refused',
    });
    expect(await probeTcp('127.0.0.1', port, 1_000)).toEqual({ result: 'success', output: '' });
  });

  it.each([
    { name: 'a number', value: 8080, port: 8080 },
    { name: 'a number as text', value: '8080', port: 8080 },
    { name: "a port's name", value: 'http', port: 80 },
    { name: 'an unknown name', value: 'grpc', port: undefined },
  ])('finds the port given as $name', ({ value, port: expected }) => {
    expect(resolvePort(value, container({ ports: [{ name: 'http', containerPort: 80 }] }))).toBe(expected);
  });

  it('speaks the gRPC health protocol', () => {
    expect([...healthRequest('')]).toEqual([0, 0, 0, 0, 0]);
    expect([...healthRequest('ab')]).toEqual([0, 0, 0, 0, 4, 0x0a, 2, 0x61, 0x62]);
    expect(healthStatus(Buffer.from([0, 0, 0, 0, 2, 8, 1]))).toBe('SERVING');
    expect(healthStatus(Buffer.from([0, 0, 0, 0, 0]))).toBe('UNKNOWN');
  });
});
