import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import type { SubjectAccessReview } from '../../../src/api/types/authorization-v1.ts';
import type { Client } from '../../../src/client/client.ts';
import { createAccess } from '../../../src/kubelet/server/access.ts';
import { createDocuments } from '../../../src/kubelet/server/documents.ts';
import { serveLogs } from '../../../src/kubelet/server/logs.ts';
import { serveNodeLogs } from '../../../src/kubelet/server/node-logs.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { container, pod, startNode } from './harness.ts';

const request = (facts: { token?: string; organization?: string; method?: string }): IncomingMessage =>
  ({
    method: facts.method ?? 'GET',
    headers: facts.token === undefined ? {} : { authorization: `Bearer ${facts.token}` },
    socket: {
      authorized: facts.organization !== undefined,
      getPeerCertificate: () => ({ subject: { CN: 'someone', O: facts.organization } }),
    },
  }) as unknown as IncomingMessage;

/** Knows the token `good`, and grants the subresources named. */
function api(...granted: string[]) {
  const asked: string[] = [];
  const client = {
    async create(_kind: unknown, object: KubeObject & Partial<SubjectAccessReview> & { spec: { token?: string } }) {
      if (object.spec.token !== undefined) {
        asked.push('token');
        return { status: { authenticated: object.spec.token === 'good', user: { username: 'scraper', groups: ['watchers'] } } };
      }
      const { verb, resource, subresource = '', name } = object.spec?.resourceAttributes ?? {};
      asked.push(`${object.spec?.user} ${verb} ${resource}/${subresource} ${name}`);
      return { status: { allowed: granted.includes(subresource) } };
    },
  } as unknown as Client;
  const clock = virtualClock();
  return { asked, clock, denied: createAccess({ client, clock, nodeName: 'node-1' }) };
}

describe('the kubelet serves', () => {
  it.each([
    { name: 'the API server', who: { organization: 'system:masters' }, granted: [], path: '/pods', answer: undefined },
    { name: 'nobody without a name', who: {}, granted: ['proxy'], path: '/pods', answer: { code: 401, text: 'Unauthorized' } },
    {
      name: 'nobody with a bad token',
      who: { token: 'bad' },
      granted: ['proxy'],
      path: '/pods',
      answer: { code: 401, text: 'Unauthorized' },
    },
    {
      name: 'metrics to whom they are granted',
      who: { token: 'good' },
      granted: ['metrics'],
      path: '/metrics/resource',
      answer: undefined,
    },
    { name: 'pods to whom may proxy', who: { token: 'good' }, granted: ['proxy'], path: '/pods', answer: undefined },
    {
      name: 'nothing else to them',
      who: { token: 'good', method: 'POST' },
      granted: ['metrics'],
      path: '/exec/default/web/c',
      answer: { code: 403, text: 'Forbidden (user=scraper, verb=create, resource=nodes, subresource(s)=[proxy])' },
    },
    {
      name: 'no logs to a certificate without rights',
      who: { organization: 'readers' },
      granted: [],
      path: '/logs/',
      answer: { code: 403, text: 'Forbidden (user=someone, verb=get, resource=nodes, subresource(s)=[log])' },
    },
  ])('$name', async ({ who, granted, path, answer }) => {
    expect(await api(...granted).denied(request(who), path)).toEqual(answer);
  });

  it('asks once in a while only', async () => {
    const { asked, clock, denied } = api('stats');
    const look = () => denied(request({ token: 'good' }), '/stats/summary');
    await Promise.all([look(), look()]);
    await look();
    expect(asked).toEqual(['token', 'scraper get nodes/stats node-1']);
    await clock.advance(121_000);
    await look();
    expect(asked).toEqual(['token', 'scraper get nodes/stats node-1', 'token']);
  });
});

describe('the kubelet shows', () => {
  it('what its containers use, by the names that metrics-server reads', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', {}, { cpu: '500m', memory: '20Mi' }));
    await node.clock.advance(3_000);
    const documents = createDocuments(node.kubelet.backend, node.clock);
    const text = (await documents('/metrics/resource'))?.body ?? '';
    const at = node.clock.now();
    expect(text).toContain('# TYPE container_cpu_usage_seconds_total counter\n');
    expect(text).toContain(`container_memory_working_set_bytes{container="web",namespace="default",pod="web"} 20971520 ${at}\n`);
    expect(text).toContain(`node_memory_working_set_bytes 20971520 ${at}\n`);
    expect(text).toContain(`pod_memory_working_set_bytes{namespace="default",pod="web"} 20971520 ${at}\n`);
    await documents('/stats/summary');
    await node.clock.advance(10_000);
    const summary = JSON.parse((await documents('/stats/summary'))?.body ?? '');
    expect(summary.pods).toMatchObject([
      {
        podRef: { name: 'web' },
        cpu: { usageNanoCores: 500_000_000 },
        memory: { usageBytes: 20971520, workingSetBytes: 20971520, rssBytes: 20971520, pageFaults: 0, majorPageFaults: 0 },
        containers: [{ memory: { rssBytes: 20971520 } }],
      },
    ]);
    expect(summary.node.memory).toMatchObject({ rssBytes: 20971520, pageFaults: 0 });
    expect((await documents('/metrics/cadvisor'))?.body).toMatch(/^container_memory_rss\{.*pod="web"\} 20971520 /m);
  });

  it('its settings, its pods and that it is well', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web'));
    await node.clock.advance(1_000);
    const documents = createDocuments(node.kubelet.backend, node.clock);
    expect(JSON.parse((await documents('/configz'))?.body ?? '')).toMatchObject({
      kubeletconfig: { maxPods: 110, clusterDNS: ['10.96.0.10'], nodeStatusReportFrequency: '300s' },
    });
    expect(JSON.parse((await documents('/pods/'))?.body ?? '').items).toHaveLength(1);
    expect((await documents('/metrics'))?.body).toContain('kubelet_running_pods 1\n');
    expect((await documents('/healthz/syncloop'))?.body).toBe('ok');
    expect(await documents('/nothing')).toBeUndefined();
  });
});

/** What a handler answers to a GET. */
async function answered(handler: (response: import('node:http').ServerResponse) => Promise<void>): Promise<string> {
  const server = createServer((_, response) => void handler(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const text = `${answer.status} ${await answer.text()}`;
  server.close();
  return text;
}

describe('logs', () => {
  it.each([
    {
      name: 'an image that cannot be pulled',
      behaviour: { pullError: 'gone' },
      spec: {},
      why: 'is waiting to start: trying and failing to pull image',
    },
    { name: 'a container in the making', behaviour: { pullDelay: '1h' }, spec: {}, why: 'is waiting to start: ContainerCreating' },
    {
      name: 'a container whose image is not there',
      behaviour: {},
      spec: { imagePullPolicy: 'Never' },
      why: 'is waiting to start: ErrImageNeverPull',
    },
  ])('there are none of $name', async ({ behaviour, spec, why }) => {
    const node = await startNode();
    node.api.put('pods', pod('web', { containers: [container(spec)] }, behaviour));
    await node.clock.advance(1_000);
    const target = { namespace: 'default', pod: 'web', container: 'web' };
    const { backend } = node.kubelet;
    const text = (query: string) => answered((response) => serveLogs(backend, node.clock, target, new URLSearchParams(query), response));
    expect(await text('')).toBe(`400 container "web" in pod "web" ${why}`);
    expect(await text('previous=true')).toBe('400 previous terminated container "web" in pod "web" not found');
  });

  it('of the node are files below one directory', async () => {
    const root = await mkdtemp(join(tmpdir(), 'logs-'));
    await mkdir(join(root, 'pods'));
    await writeFile(join(root, 'a&b.log'), 'hello\n');
    const at = (path: string) => answered((response) => serveNodeLogs(root, path, response));
    expect(await at('/logs/')).toBe('200 <!doctype html>\n<pre>\n<a href="a&b.log">a&#38;b.log</a>\n<a href="pods/">pods/</a>\n</pre>\n');
    expect(await at('/logs/a&b.log')).toBe('200 hello\n');
    expect(await at('/logs/../../../../etc/passwd')).toBe('404 404 page not found\n');
    await rm(root, { recursive: true });
  });
});
