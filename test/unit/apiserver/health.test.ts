import { describe, expect, test } from 'vitest';
import { loopbackUser } from '../../../src/apiserver/auth/user.ts';
import { healthChecks, healthPaths } from '../../../src/apiserver/health.ts';
import { createMetrics } from '../../../src/apiserver/metrics.ts';

const state = { fault: undefined as string | undefined, started: true };
const metrics = createMetrics();
const answer = healthPaths(
  healthChecks(
    async () => state.fault,
    () => state.started,
  ),
  metrics,
);

async function ask(url: string): Promise<[status: number | undefined, text: string]> {
  const [path = '', query = ''] = url.split('?');
  const request = { method: 'GET', path, query: new URLSearchParams(query), headers: {}, signal: new AbortController().signal } as const;
  const response = await answer(request, loopbackUser);
  const body = response?.body;
  return [response?.status, body?.kind === 'raw' ? String(body.data) : ''];
}

describe('health', () => {
  test.each(['healthz', 'livez', 'readyz'])('/%s names its checks when asked', async (root) => {
    Object.assign(state, { fault: undefined, started: true });
    expect(await ask(`/${root}`)).toEqual([200, 'ok']);
    const [status, text] = await ask(`/${root}?verbose`);
    const lines = text.split('\n');
    expect(status).toBe(200);
    expect(lines).toEqual(
      expect.arrayContaining([
        '[+]ping ok',
        '[+]log ok',
        '[+]etcd ok',
        '[+]poststarthook/rbac/bootstrap-roles ok',
        '[+]autoregister-completion ok',
      ]),
    );
    expect(lines.includes('[+]informer-sync ok')).toBe(root === 'readyz');
    expect(lines.at(-2)).toBe(`${root} check passed`);
  });

  test('what fails is named, even when nobody asked', async () => {
    Object.assign(state, { fault: 'disk full', started: true });
    const [status, text] = await ask('/livez');
    expect([status, text.split('\n')[2]]).toEqual([500, '[-]etcd failed: reason withheld']);
    expect(text).toMatch(/\nlivez check failed\n$/);
    expect(await ask('/livez/etcd')).toEqual([500, 'internal server error: disk full\n']);
    expect(await ask('/livez?exclude=etcd')).toEqual([200, 'ok']);
  });

  test('a start that is not over is not ready', async () => {
    Object.assign(state, { fault: undefined, started: false });
    expect(await ask('/readyz/poststarthook/rbac/bootstrap-roles')).toEqual([500, 'internal server error: not finished\n']);
    expect(await ask('/readyz/ping')).toEqual([200, 'ok']);
    expect(await ask('/readyz/nosuch')).toEqual([undefined, '']);
  });

  test('a name to leave out that there is not is told', async () => {
    Object.assign(state, { fault: undefined, started: true });
    const [, text] = await ask('/readyz?verbose&exclude=nosuch&exclude=ping');
    expect(text).toContain('[+]ping excluded: ok\n');
    expect(text).toContain('warn: some health checks cannot be excluded: no matches for "nosuch"\nreadyz check passed\n');
  });
});

test('requests are counted under upstream’s names', async () => {
  const pods = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'default', name: '' };
  metrics.count({ ...pods, verb: 'list' }, 200, 0.03);
  metrics.count({ ...pods, verb: 'create' }, 201, 0.004);
  const [, text] = await ask('/metrics');
  const labels = 'component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource=""';
  expect(text).toContain(`apiserver_request_total{code="200",${labels},verb="LIST",version="v1"} 1\n`);
  expect(text).toContain(`apiserver_request_total{code="201",${labels},verb="POST",version="v1"} 1\n`);
  const took = (bound: string): string => `apiserver_request_duration_seconds_bucket{${labels},verb="LIST",version="v1",le="${bound}"}`;
  expect(text).toContain(`${took('0.025')} 0\n${took('0.05')} 1\n`);
  expect(text).toContain(`${took('+Inf')} 1\n`);
  expect(text).toContain(`apiserver_request_duration_seconds_sum{${labels},verb="LIST",version="v1"} 0.03\n`);
  expect(text).toMatch(/kubernetes_build_info\{build_date="[^"]+",.*git_version="v1\.36/);
});
