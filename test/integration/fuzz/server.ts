/**
 * Child of the fuzz test: an API server over HTTPS with a token for an account that may only get pods. Being a process of its own,
 * its crash, its memory and its stalls are its own.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLogger } from '../../../src/util/log.ts';
import { startHttpsServer } from '../apiserver/fixture.ts';

export interface ServerFacts {
  port: number;
  ca: string;
  admin: { cert: string; key: string };
  readerToken: string;
}

export interface ServerFigures {
  rss: number;
  heapUsed: number;
  handles: number;
  /** Since the last time it was asked. */
  longestStallMs: number;
}

export type Asked = 'figures' | 'clear';

const server = await startHttpsServer({ log: createLogger('fuzzed', { level: 'error' }) });
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'reader' } });
await server.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
});
await server.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
  metadata: { name: 'reader' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
});
await server.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
  metadata: { name: 'widgets.fuzz.example.com' },
  spec: {
    group: 'fuzz.example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                'x-kubernetes-preserve-unknown-fields': true,
                properties: {
                  replicas: { type: 'integer' },
                  name: { type: 'string', maxLength: 1000, pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' },
                  list: { type: 'array', maxItems: 100, items: { type: 'string', maxLength: 100 } },
                },
                'x-kubernetes-validations': [{ rule: "!has(self.list) || self.list.all(x, x.matches('^(a+)+$'))" }],
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
});
const { token } = (
  await server.send('POST', '/api/v1/namespaces/default/serviceaccounts/reader/token', {
    headers: { 'content-type': 'application/json' },
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}',
  })
).json().status;

function figures(): ServerFigures {
  for (let at = 0; at < 3; at++) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const longestStallMs = delay.max / 1e6;
  delay.reset();
  return { rss, heapUsed, handles: process.getActiveResourcesInfo().length, longestStallMs };
}

/** Removes what requests have made and its history, so that what memory is left is what the server kept of its own accord. */
async function clear(): Promise<void> {
  const { store } = server;
  for (const { key, revision } of (await store.list('/')).entries) if (/\/f\d+$|\/fuzz/.test(key)) await store.delete(key, revision);
  await store.compact(await store.revision());
}

process.on('message', async (asked: Asked) => {
  if (asked === 'clear') await clear();
  process.send?.(figures());
});
process.on('disconnect', () => process.exit(0));
const { cert, key } = server.admin;
process.send?.({ port: server.port, ca: server.ca.cert, admin: { cert, key }, readerToken: token } satisfies ServerFacts);
